// How Swift's values become C's, and C's become Swift's.
import CArny
import Dispatch
import Foundation

/// C's enumerators arrive as structs, whose raw values are signed only where one of them is negative.
func number<E: RawRepresentable>(_ constant: E) -> Int32 where E.RawValue: BinaryInteger {
    Int32(truncatingIfNeeded: constant.rawValue)
}

/// `sizeof`, as option structs want it.
func size<T>(of type: T.Type) -> UInt32 {
    UInt32(MemoryLayout<T>.stride)
}

func int32(_ value: Int, _ what: String) throws -> Int32 {
    guard let fitting = Int32(exactly: value) else {
        throw ArnyError.argument("\(what) is \(value): a number of 32 bits expected")
    }
    return fitting
}

func string(_ text: UnsafePointer<CChar>?) -> String? {
    text.map { String(cString: $0) }
}

/// Copies of strings for C, which live until `body` returns.
func withCStrings<R>(_ body: (CStrings) throws -> R) rethrows -> R {
    let strings = CStrings()
    return try withExtendedLifetime(strings) { try body(strings) }
}

final class CStrings {
    private var copies: [UnsafeMutableBufferPointer<UInt8>] = []

    deinit {
        copies.forEach { $0.deallocate() }
    }

    func add(_ text: String?, _ what: String) throws -> UnsafePointer<CChar>? {
        try text.map { try add(bytes: Array($0.utf8), what) }
    }

    /// What is no text in UTF-8 reaches the library, which says so; only a NUL cannot.
    func add(bytes: [UInt8], _ what: String) throws -> UnsafePointer<CChar> {
        if let place = bytes.firstIndex(of: 0) {
            throw ArnyError.argument("\(what) has a NUL at byte \(place): a C string cannot hold it")
        }
        return UnsafeRawPointer(keep(bytes + [0])).assumingMemoryBound(to: CChar.self)
    }

    func keep(_ bytes: [UInt8]) -> UnsafePointer<UInt8> {
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = copy.initialize(from: bytes)
        copies.append(copy)
        return UnsafePointer(copy.baseAddress!)
    }
}

/// A pointer to a value, or NULL.
func withPointer<T, R>(_ value: T?, _ body: (UnsafePointer<T>?) throws -> R) rethrows -> R {
    guard let value else { return try body(nil) }
    return try withUnsafePointer(to: value) { try body($0) }
}

// ---- calls that wait ------------------------------------------------------------------------------------------------

/// Threads that may wait. Those of Swift's tasks are as many as the processor's cores, and must not.
let patient = DispatchQueue(label: "arny", attributes: .concurrent)

/// Runs a call that waits where it may.
func waiting<T: Sendable>(_ call: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        patient.async { continuation.resume(with: Result(catching: call)) }
    }
}

/// Told by the library how far a call is; stops the call when its task is cancelled.
final class Watch: @unchecked Sendable {
    private let tell: (@Sendable (Double) -> Void)?
    private let lock = NSLock()
    private var stopped = false

    init(_ tell: (@Sendable (Double) -> Void)?) {
        self.tell = tell
    }

    func stop() {
        lock.withLock { stopped = true }
    }

    /// Lives as long as `self`, which the call must outlive: see `watched`.
    var pointer: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    static let callback: arny_progress_callback = { share, data in
        let watch = Unmanaged<Watch>.fromOpaque(data!).takeUnretainedValue()
        watch.tell?(share)
        return watch.lock.withLock { watch.stopped } ? 1 : 0
    }
}

/// Runs a call that waits and tells how far it is: `call` passes `Watch.callback` and the watch's pointer on.
func watched<T: Sendable>(_ tell: (@Sendable (Double) -> Void)?,
                          _ call: @escaping @Sendable (Watch) throws -> T) async throws -> T {
    let watch = Watch(tell)
    return try await withTaskCancellationHandler {
        try await waiting { try withExtendedLifetime(watch) { try call(watch) } }
    } onCancel: {
        watch.stop()
    }
}
