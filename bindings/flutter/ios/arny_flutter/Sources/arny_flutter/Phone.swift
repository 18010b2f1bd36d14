#if os(iOS)
import Foundation
import UIKit

/// `keyOf`: the name that an asset of Flutter's has in the app's bundle.
final class Phone: Device, @unchecked Sendable {
    private let keyOf: @Sendable (String) -> String
    private var task = UIBackgroundTaskIdentifier.invalid // of the main thread, as is the next
    private var holders = 0

    init(_ keyOf: @escaping @Sendable (String) -> String) {
        self.keyOf = keyOf
    }

    let support: String = {
        let path = NSSearchPathForDirectoriesInDomains(.applicationSupportDirectory, .userDomainMask, true)[0] + "/arny"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        // Models can be had again, and sessions are of this device alone: no backup keeps them.
        var url = URL(fileURLWithPath: path)
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        try? url.setResourceValues(values)
        return path
    }()

    let cache = NSSearchPathForDirectoriesInDomains(.cachesDirectory, .userDomainMask, true)[0]

    var models: [String] {
        let assets = Bundle.main.bundlePath + "/" + keyOf("assets/models")
        return ["\(support)/models", "\(support)/downloads", assets, Bundle.main.bundlePath]
    }

    func assetPath(_ asset: String) -> String? {
        let path = Bundle.main.bundlePath + "/" + keyOf(asset)
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    func sessionKey(reset: Bool) throws -> [UInt8] { try SessionKey.get(reset: reset) }

    func power() -> [String: any Sendable] {
        let info = ProcessInfo.processInfo
        let thermal = switch info.thermalState {
        case .nominal: "nominal"
        case .fair: "fair"
        case .serious: "serious"
        default: "critical"
        }
        return ["lowPower": info.isLowPowerModeEnabled, "thermal": thermal]
    }

    /// Who holds counts: the plugin and Dart may both do.
    func holdBackground(_ hold: Bool) {
        DispatchQueue.main.async { [self] in
            holders = max(0, holders + (hold ? 1 : -1))
            if holders == 0 {
                endTask()
            } else if task == .invalid {
                task = UIApplication.shared.beginBackgroundTask(withName: "arny") { [weak self] in self?.endTask() }
            }
        }
    }

    private func endTask() {
        if task == .invalid { return }
        UIApplication.shared.endBackgroundTask(task)
        task = .invalid
    }

    func post(_ task: @escaping @Sendable () -> Void) { DispatchQueue.main.async(execute: task) }
}
#endif
