// As much of Flutter's embedding as the plugin names: it is compiled against these where there is no Flutter SDK.
package io.flutter.embedding.engine.plugins

import android.content.Context
import io.flutter.plugin.common.BinaryMessenger

interface FlutterPlugin {
    fun onAttachedToEngine(binding: FlutterPluginBinding)

    fun onDetachedFromEngine(binding: FlutterPluginBinding)

    interface FlutterAssets {
        fun getAssetFilePathByName(assetFileName: String): String
    }

    class FlutterPluginBinding(
        val applicationContext: Context,
        val binaryMessenger: BinaryMessenger,
        val flutterAssets: FlutterAssets,
    )
}
