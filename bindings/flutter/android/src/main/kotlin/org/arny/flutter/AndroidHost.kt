package org.arny.flutter

import android.content.Context
import android.content.res.AssetManager
import android.os.Handler
import android.os.Looper
import android.os.PowerManager
import java.io.File
import java.io.InputStream

/** [keyOf]: the name that an asset of Flutter's has among those of Android. */
internal class AndroidHost(private val context: Context, private val keyOf: (String) -> String) : Host {
    private val main = Handler(Looper.getMainLooper())

    override val support = File(context.filesDir, "arny")
    override val cache: File get() = context.cacheDir
    override val models = listOf(File(support, "models"), File(support, "downloads"), context.filesDir)

    /** An asset is a part of the app's package: it has a descriptor and no path, and the library wants a path. */
    override fun assetPath(asset: String): String? = null

    private class Reading(val asset: String, val stream: InputStream, var position: Long)

    private var reading: Reading? = null

    /** The last one stays open: who goes on reading does not skip from the beginning each time. */
    @Synchronized
    override fun readAsset(asset: String, offset: Long, length: Int): ByteArray {
        val from = reading?.takeIf { it.asset == asset && it.position == offset } ?: open(asset, offset)
        val bytes = ByteArray(length)
        var filled = 0
        while (filled < length) {
            val read = from.stream.read(bytes, filled, length - filled)
            if (read < 0) break
            filled += read
        }
        from.position += filled
        if (filled < length) {
            from.stream.close()
            reading = null
        }
        return bytes.copyOf(filled)
    }

    private fun open(asset: String, offset: Long): Reading {
        reading?.stream?.close()
        reading = null
        val stream = context.assets.open(keyOf(asset), AssetManager.ACCESS_STREAMING)
        var left = offset
        while (left > 0) {
            val skipped = stream.skip(left)
            if (skipped <= 0) break
            left -= skipped
        }
        return Reading(asset, stream, offset).also { reading = it }
    }

    override fun sessionKey(reset: Boolean): ByteArray = SessionKey(context).get(reset)

    override fun power(): Map<String, Any> {
        val manager = context.getSystemService(PowerManager::class.java)
        val thermal = when (manager.currentThermalStatus) {
            PowerManager.THERMAL_STATUS_NONE -> "nominal"
            PowerManager.THERMAL_STATUS_LIGHT -> "fair"
            PowerManager.THERMAL_STATUS_MODERATE, PowerManager.THERMAL_STATUS_SEVERE -> "serious"
            else -> "critical"
        }
        return mapOf("lowPower" to manager.isPowerSaveMode, "thermal" to thermal)
    }

    /** Android does not stop an app within seconds. */
    override fun holdBackground(hold: Boolean) {}

    override fun post(task: () -> Unit) {
        main.post(task)
    }
}
