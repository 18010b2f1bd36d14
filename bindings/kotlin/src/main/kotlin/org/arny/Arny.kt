package org.arny

/** How much the log tells. */
public enum class LogLevel { ERROR, WARN, INFO, DEBUG }

/** The library itself. */
public object Arny {
    /** Of the C library: "0.1.0". */
    public val version: String get() = textOf(Native.version())!!

    /** The engines of this build, such as "gguf", "pte", "fake". */
    public val engines: List<String> get() = words(Native.engines())

    /** Names of the chat templates that `chat` takes. */
    public val chatTemplates: List<String> get() = words(Native.chatTemplates())

    /**
     * Sends messages up to [level] to [listener]; null drops them all. Set it before anything else is called. It may be
     * called on any thread, also while an engine computes: be quick. The text of conversations is never logged.
     */
    @Synchronized
    public fun setLog(level: LogLevel = LogLevel.INFO, listener: ((level: LogLevel, line: String) -> Unit)?) {
        Make.listener = listener
        Native.setLog(listener != null, level.ordinal)
    }

    /**
     * The folder of what can be made anew: for each .pte its weights, packed for this processor. Set it before anything
     * else is called; on Android `context.cacheDir`. Null: $ARNY_CACHE, else $XDG_CACHE_HOME/arny, else ~/.cache/arny;
     * "": none, they are packed into memory each time.
     */
    public fun setCache(folder: String?): Unit = Native.setCache(utf8OrNull(folder, "the folder"))

    private fun words(bytes: ByteArray) = textOf(bytes)!!.split(' ').filter { it.isNotEmpty() }
}
