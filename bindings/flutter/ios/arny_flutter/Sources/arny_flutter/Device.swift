import Foundation

/// What the channel wants of iOS. All of it but `post` may wait, and is called on threads that may.
protocol Device: Sendable {
    /// Where a model with a relative path is looked for, in this order. There is at least one.
    var models: [String] { get }
    /// What is kept, and belongs to this app alone.
    var support: String { get }
    /// What may be lost.
    var cache: String { get }
    /// A file that is the asset; nil: there is none.
    func assetPath(_ asset: String) -> String?
    /// 32 bytes that outlive the app's process; `reset`: new ones, whatever was encrypted with the old ones is lost.
    func sessionKey(reset: Bool) throws -> [UInt8]
    /// "lowPower", true or false, and "thermal": "nominal", "fair", "serious" or "critical".
    func power() -> [String: any Sendable]
    /// Asks for, or gives back, some seconds in the background.
    func holdBackground(_ hold: Bool)
    /// Runs the task on the main thread, in order.
    func post(_ task: @escaping @Sendable () -> Void)
}

/// How a call ends; told once, on the main thread.
enum Reply: @unchecked Sendable {
    /// nil, a Bool, a number, a String, Bytes, or arrays and dictionaries of these.
    case success((any Sendable)?)
    case error(code: String, message: String, remedy: String?)
    case notImplemented
}

/// Bytes, which go to Dart as a Uint8List and not as a list of numbers.
struct Bytes: Sendable, Equatable {
    let bytes: [UInt8]
}

/// What the system refuses.
struct DeviceError: Error {
    let code: String
    let message: String
}
