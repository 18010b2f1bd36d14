package io.flutter.plugin.common

interface BinaryMessenger

class MethodCall(@JvmField val method: String, @JvmField val arguments: Any?)

class MethodChannel(messenger: BinaryMessenger, name: String) {
    interface MethodCallHandler {
        fun onMethodCall(call: MethodCall, result: Result)
    }

    interface Result {
        fun success(result: Any?)

        fun error(errorCode: String, errorMessage: String?, errorDetails: Any?)

        fun notImplemented()
    }

    fun setMethodCallHandler(handler: MethodCallHandler?) {}
}

class EventChannel(messenger: BinaryMessenger, name: String) {
    interface StreamHandler {
        fun onListen(arguments: Any?, events: EventSink)

        fun onCancel(arguments: Any?)
    }

    interface EventSink {
        fun success(event: Any?)
    }

    fun setStreamHandler(handler: StreamHandler?) {}
}
