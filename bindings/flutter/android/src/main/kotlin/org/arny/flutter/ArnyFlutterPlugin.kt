package org.arny.flutter

import android.content.BroadcastReceiver
import android.content.ComponentCallbacks2
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.content.res.Configuration
import android.os.PowerManager
import io.flutter.embedding.engine.plugins.FlutterPlugin
import io.flutter.plugin.common.EventChannel
import io.flutter.plugin.common.MethodCall
import io.flutter.plugin.common.MethodChannel

/**
 * Connects [ArnyChannel] with Flutter and Android. One for each Flutter engine; hot restart keeps it.
 *
 * An app that has a channel of another name says so in its manifest:
 * `<meta-data android:name="org.arny.flutter.channel" android:value="com.acme.app/models"/>`.
 */
class ArnyFlutterPlugin :
    FlutterPlugin, MethodChannel.MethodCallHandler, EventChannel.StreamHandler, ComponentCallbacks2 {

    private lateinit var context: Context
    private lateinit var channel: ArnyChannel
    private lateinit var methods: MethodChannel
    private lateinit var events: EventChannel

    private val hot = PowerManager.OnThermalStatusChangedListener { channel.powerChanged() }
    private val saver = object : BroadcastReceiver() {
        override fun onReceive(context: Context, intent: Intent) = channel.powerChanged()
    }

    override fun onAttachedToEngine(binding: FlutterPlugin.FlutterPluginBinding) {
        context = binding.applicationContext
        channel = ArnyChannel(AndroidHost(context, binding.flutterAssets::getAssetFilePathByName))
        val name = channelName(context)
        methods = MethodChannel(binding.binaryMessenger, name).also { it.setMethodCallHandler(this) }
        events = EventChannel(binding.binaryMessenger, "$name/events").also { it.setStreamHandler(this) }
        context.registerComponentCallbacks(this)
        context.getSystemService(PowerManager::class.java).addThermalStatusListener(hot)
        context.registerReceiver(saver, IntentFilter(PowerManager.ACTION_POWER_SAVE_MODE_CHANGED))
    }

    override fun onDetachedFromEngine(binding: FlutterPlugin.FlutterPluginBinding) {
        context.unregisterReceiver(saver)
        context.getSystemService(PowerManager::class.java).removeThermalStatusListener(hot)
        context.unregisterComponentCallbacks(this)
        methods.setMethodCallHandler(null)
        events.setStreamHandler(null)
        channel.close()
    }

    // ---- Flutter

    override fun onMethodCall(call: MethodCall, result: MethodChannel.Result) =
        channel.call(call.method, call.arguments, object : Reply {
            override fun success(value: Any?) = result.success(value)

            override fun error(code: String, message: String, remedy: String?) = result.error(code, message, remedy)

            override fun notImplemented() = result.notImplemented()
        })

    override fun onListen(arguments: Any?, events: EventChannel.EventSink) = channel.listen(events::success)

    override fun onCancel(arguments: Any?) = channel.unlisten()

    // ---- Android

    override fun onTrimMemory(level: Int) = channel.trim(level)

    override fun onConfigurationChanged(configuration: Configuration) {}

    @Deprecated("Android calls it where it does not call onTrimMemory")
    override fun onLowMemory() = channel.trim(ComponentCallbacks2.TRIM_MEMORY_COMPLETE)

    private fun channelName(context: Context): String {
        val flags = android.content.pm.PackageManager.GET_META_DATA
        val data = context.packageManager.getApplicationInfo(context.packageName, flags).metaData
        return data?.getString("org.arny.flutter.channel") ?: "com.example.app/executorch"
    }
}
