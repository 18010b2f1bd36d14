package org.arny.flutter

import java.io.File

/** What the channel wants of Android. All of it but [post] may wait, and is called on threads that may. */
interface Host {
    /** Where a model with a relative path is looked for, in this order. There is at least one. */
    val models: List<File>

    /** What is kept, and belongs to this app alone. */
    val support: File

    /** What may be lost. */
    val cache: File

    /** A file that is the asset; null: assets are no files here. */
    fun assetPath(asset: String): String?

    /** At most [length] bytes of the asset from [offset] on; none: it ends there. */
    fun readAsset(asset: String, offset: Long, length: Int): ByteArray

    /** 32 bytes that outlive the app's process; [reset]: new ones, whatever was encrypted with the old ones is lost. */
    fun sessionKey(reset: Boolean): ByteArray

    /** "lowPower", true or false, and "thermal": "nominal", "fair", "serious" or "critical". */
    fun power(): Map<String, Any>

    /** Asks for, or gives back, some seconds in the background. */
    fun holdBackground(hold: Boolean)

    /** Runs the task on the main thread, in order and at once or later. */
    fun post(task: () -> Unit)
}

/** The answer to a call; given once, on the main thread. */
interface Reply {
    fun success(value: Any?)

    fun error(code: String, message: String, remedy: String?)

    fun notImplemented()
}
