import CArny
import Foundation

/// What goes wrong: one case for each code of `enum arny_status` (arny/common.h), with the library's sentence that says
/// what is wrong, where, and what would be right.
///
///     do {
///         for try await event in try chat.ask("Hello") { ... }
///     } catch ArnyError.budget(let message) {
///         ...
///     }
public enum ArnyError: Error, Sendable, Equatable {
    /// The caller's mistake: out of range, a name that does not exist, something that is closed.
    case argument(String)
    /// No such file or folder.
    case notFound(String)
    /// A file, a message or a team that is not what it should be.
    case data(String)
    /// The system gave no memory.
    case memory(String)
    /// It would not fit the team's byte budget now.
    case budget(String)
    /// Reading failed.
    case io(String)
    /// Creating, writing, syncing or renaming failed.
    case write(String)
    /// This build or this engine cannot do it.
    case unsupported(String)
    /// Stopped by a cancel.
    case cancelled(String)
    /// The text is longer than the context of the model.
    case context(String)
    /// It is in use in a way that cannot be queued.
    case busy(String)
    /// The engine failed; the log has its words.
    case engine(String)
    /// A code that this package does not know.
    case unknown(Int32, String)

    /// The C library's number.
    public var code: Int32 { parts.code }
    /// The code's short name, such as "not-found".
    public var status: String { String(cString: arny_status_name(code)) }
    /// One sentence that says what is wrong, where, and what would be right.
    public var message: String { parts.message }
    /// What helps against such an error in general, for whoever writes the application.
    public var remedy: String { String(cString: arny_status_remedy(code)) }

    private var parts: (code: Int32, message: String) {
        switch self {
        case .argument(let message): (number(ARNY_E_ARGUMENT), message)
        case .notFound(let message): (number(ARNY_E_NOT_FOUND), message)
        case .data(let message): (number(ARNY_E_DATA), message)
        case .memory(let message): (number(ARNY_E_MEMORY), message)
        case .budget(let message): (number(ARNY_E_BUDGET), message)
        case .io(let message): (number(ARNY_E_IO), message)
        case .write(let message): (number(ARNY_E_WRITE), message)
        case .unsupported(let message): (number(ARNY_E_UNSUPPORTED), message)
        case .cancelled(let message): (number(ARNY_E_CANCELLED), message)
        case .context(let message): (number(ARNY_E_CONTEXT), message)
        case .busy(let message): (number(ARNY_E_BUSY), message)
        case .engine(let message): (number(ARNY_E_ENGINE), message)
        case .unknown(let code, let message): (code, message)
        }
    }

    init(code: Int32, message: String) {
        switch code {
        case number(ARNY_E_ARGUMENT): self = .argument(message)
        case number(ARNY_E_NOT_FOUND): self = .notFound(message)
        case number(ARNY_E_DATA): self = .data(message)
        case number(ARNY_E_MEMORY): self = .memory(message)
        case number(ARNY_E_BUDGET): self = .budget(message)
        case number(ARNY_E_IO): self = .io(message)
        case number(ARNY_E_WRITE): self = .write(message)
        case number(ARNY_E_UNSUPPORTED): self = .unsupported(message)
        case number(ARNY_E_CANCELLED): self = .cancelled(message)
        case number(ARNY_E_CONTEXT): self = .context(message)
        case number(ARNY_E_BUSY): self = .busy(message)
        case number(ARNY_E_ENGINE): self = .engine(message)
        default: self = .unknown(code, message)
        }
    }
}

extension ArnyError: LocalizedError, CustomStringConvertible {
    /// The message, as `localizedDescription` shows it.
    public var errorDescription: String? { message }
    /// The remedy.
    public var recoverySuggestion: String? { remedy }
    /// "not-found: there is no file ..."
    public var description: String { "\(status): \(message)" }
}

/// Throws what a call of this thread has failed with.
func check(_ status: Int32) throws {
    if status < 0 {
        throw ArnyError(code: status, message: String(cString: arny_last_error()))
    }
}
