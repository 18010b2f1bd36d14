#if canImport(Flutter)
import Flutter
import Foundation
import UIKit

/// Connects ArnyChannel with Flutter and iOS. One for each Flutter engine; hot restart keeps it.
///
/// An app that has a channel of another name says so in its Info.plist: ArnyFlutterChannel.
public final class ArnyFlutterPlugin: NSObject, FlutterPlugin, FlutterStreamHandler {
    private let channel: ArnyChannel
    private let events: FlutterEventChannel

    public static func register(with registrar: FlutterPluginRegistrar) {
        let own = Bundle.main.object(forInfoDictionaryKey: "ArnyFlutterChannel") as? String
        let name = own ?? "com.example.app/executorch"
        let methods = FlutterMethodChannel(name: name, binaryMessenger: registrar.messenger())
        let events = FlutterEventChannel(name: "\(name)/events", binaryMessenger: registrar.messenger())
        let host = Phone { [key = registrar.lookupKey(forAsset: "")] in key + $0 }
        let plugin = ArnyFlutterPlugin(ArnyChannel(host), events)
        registrar.addMethodCallDelegate(plugin, channel: methods)
        events.setStreamHandler(plugin)
    }

    private init(_ channel: ArnyChannel, _ events: FlutterEventChannel) {
        self.channel = channel
        self.events = events
        super.init()
        observe(UIApplication.didReceiveMemoryWarningNotification) { $0.memoryWarning() }
        observe(UIApplication.didEnterBackgroundNotification) { $0.enteredBackground() }
        observe(.NSProcessInfoPowerStateDidChange) { $0.powerChanged() }
        observe(ProcessInfo.thermalStateDidChangeNotification) { $0.powerChanged() }
    }

    private func observe(_ name: Notification.Name, _ tell: @escaping @Sendable (ArnyChannel) -> Void) {
        NotificationCenter.default.addObserver(forName: name, object: nil, queue: nil) { [weak channel] _ in
            if let channel { tell(channel) }
        }
    }

    public func detachFromEngine(for registrar: FlutterPluginRegistrar) {
        events.setStreamHandler(nil)
        channel.close()
    }

    public func handle(_ call: FlutterMethodCall, result: @escaping FlutterResult) {
        let result = Callback(call: result)
        channel.call(call.method, call.arguments) { reply in
            switch reply {
            case .success(let value): result.call(flutter(value))
            case .error(let code, let message, let remedy):
                result.call(FlutterError(code: code, message: message, details: remedy))
            case .notImplemented: result.call(FlutterMethodNotImplemented)
            }
        }
    }

    public func onListen(withArguments arguments: Any?, eventSink: @escaping FlutterEventSink) -> FlutterError? {
        let sink = Callback(call: eventSink)
        channel.listen { sink.call(flutter($0)) }
        return nil
    }

    public func onCancel(withArguments arguments: Any?) -> FlutterError? {
        channel.unlisten()
        return nil
    }
}

/// Flutter's closures are called on the main thread alone, where replies and events come.
private struct Callback: @unchecked Sendable {
    let call: (Any?) -> Void
}

private func flutter(_ value: (any Sendable)?) -> Any? {
    guard let bytes = value as? Bytes else { return value }
    return FlutterStandardTypedData(bytes: Data(bytes.bytes))
}
#endif
