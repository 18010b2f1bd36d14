// As much of Flutter as the plugin names: it is compiled against this where there is none.
import Foundation

public typealias FlutterResult = (Any?) -> Void
public typealias FlutterEventSink = (Any?) -> Void

public protocol FlutterBinaryMessenger {}

public class FlutterMethodCall: NSObject {
    public let method: String
    public let arguments: Any?

    public init(method: String, arguments: Any?) {
        self.method = method
        self.arguments = arguments
    }
}

public class FlutterError: NSObject {
    public init(code: String, message: String?, details: Any?) {}
}

public let FlutterMethodNotImplemented = NSObject()

public class FlutterStandardTypedData: NSObject {
    public let data: Data

    public init(bytes: Data) { data = bytes }
}

public class FlutterMethodChannel: NSObject {
    public init(name: String, binaryMessenger: any FlutterBinaryMessenger) {}
}

public protocol FlutterStreamHandler {
    func onListen(withArguments arguments: Any?, eventSink: @escaping FlutterEventSink) -> FlutterError?
    func onCancel(withArguments arguments: Any?) -> FlutterError?
}

public class FlutterEventChannel: NSObject {
    public init(name: String, binaryMessenger: any FlutterBinaryMessenger) {}
    public func setStreamHandler(_ handler: (any FlutterStreamHandler)?) {}
}

public protocol FlutterPluginRegistrar {
    func messenger() -> any FlutterBinaryMessenger
    func lookupKey(forAsset asset: String) -> String
    func addMethodCallDelegate(_ delegate: any FlutterPlugin, channel: FlutterMethodChannel)
}

public protocol FlutterPlugin {
    static func register(with registrar: any FlutterPluginRegistrar)
    func handle(_ call: FlutterMethodCall, result: @escaping FlutterResult)
    func detachFromEngine(for registrar: any FlutterPluginRegistrar)
}
