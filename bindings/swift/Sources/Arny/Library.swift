// What belongs to the library as a whole: Arny.version, Arny.engines, Arny.setLog. They are not members of a type
// called Arny, because one that is called as its module makes Arny.Session and the like unreachable.
import CArny
import Foundation

/// The C library's version: "0.1.0".
public var version: String { String(cString: arny_version()) }

/// The engines of this build, such as ["gguf", "pte", "fake"].
public var engines: [String] { words(arny_engines()) }

/// Names of the chat templates that ``ModelOptions/chat`` takes.
public var chatTemplates: [String] { words(arny_chat_templates()) }

private func words(_ text: UnsafePointer<CChar>) -> [String] {
    String(cString: text).split(separator: " ").map(String.init)
}

/// How important a line of the log is.
public enum LogLevel: Int32, Sendable, Comparable {
    /// Something failed.
    case error = 0
    /// Something is not as it should be.
    case warn = 1
    /// What a person may want to know.
    case info = 2
    /// All.
    case debug = 3

    /// By importance.
    public static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }
}

private final class Log: Sendable {
    let tell: @Sendable (LogLevel, String) -> Void

    init(_ tell: @escaping @Sendable (LogLevel, String) -> Void) {
        self.tell = tell
    }
}

/// Sends messages up to `level` to `tell`, on any thread, also while an engine computes: be quick. nil (the default)
/// drops them all. The text of conversations is never logged. Set it before anything else is called.
public func setLog(_ level: LogLevel = .info, _ tell: (@Sendable (LogLevel, String) -> Void)?) {
    guard let tell else {
        arny_set_log(nil, level.rawValue, nil)
        return
    }
    // Never released: a thread of the library may be inside the one before.
    let log = Unmanaged.passRetained(Log(tell))
    arny_set_log({ level, line, data in
        let log = Unmanaged<Log>.fromOpaque(data!).takeUnretainedValue()
        log.tell(LogLevel(rawValue: level) ?? .debug, string(line) ?? "")
    }, level.rawValue, log.toOpaque())
}

/// The folder of what can be made anew: for each .pte its weights, packed for this processor. nil: the library's
/// default; "": none, they are packed into memory each time. On iOS a folder in Library/Caches. Set it before anything
/// else is called.
public func setCache(_ folder: String?) throws {
    try withCStrings { try check(arny_set_cache(try $0.add(folder, "the folder"))) }
}
