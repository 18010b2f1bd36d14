import Foundation

/// In the place of the iPhone's.
final class Phone: Device {
    private let keyOf: @Sendable (String) -> String

    init(_ keyOf: @escaping @Sendable (String) -> String) {
        self.keyOf = keyOf
    }

    let models = [NSTemporaryDirectory()]
    let support = NSTemporaryDirectory()
    let cache = NSTemporaryDirectory()
    func assetPath(_ asset: String) -> String? { keyOf(asset) }
    func sessionKey(reset: Bool) throws -> [UInt8] { [] }
    func power() -> [String: any Sendable] { [:] }
    func holdBackground(_ hold: Bool) {}
    func post(_ task: @escaping @Sendable () -> Void) { DispatchQueue.main.async(execute: task) }
}
