package org.arny

/**
 * What goes wrong: one class for each code of `enum arny_status`. [message] is one sentence that says what is wrong,
 * where, and what would be right: it is for people. The class and [code] are for programs, and stable.
 */
public sealed class ArnyException(
    /** The C library's number. */
    public val code: Int,
    /** The code's short name, such as "not-found". */
    public val status: String,
    /** What is wrong, where, and what would be right. */
    override val message: String,
) : RuntimeException(message) {

    /** What helps against such an error in general, as a sentence for whoever writes the application. */
    public val remedy: String get() = textOf(Native.statusRemedy(code))!!

    /** The caller's mistake: out of range, a name that does not exist, something that is closed. */
    public class Argument(message: String) : ArnyException(-1, "argument", message)

    /** No such file or folder. */
    public class NotFound(message: String) : ArnyException(-2, "not-found", message)

    /** A file, a message or a team that is not what it should be. */
    public class Data(message: String) : ArnyException(-3, "data", message)

    /** The system gave no memory. */
    public class Memory(message: String) : ArnyException(-4, "memory", message)

    /** It would not fit the team's byte budget now. */
    public class Budget(message: String) : ArnyException(-5, "budget", message)

    /** Reading failed. */
    public class Io(message: String) : ArnyException(-6, "io", message)

    /** Creating, writing, syncing or renaming failed. */
    public class Write(message: String) : ArnyException(-7, "write", message)

    /** This build or this engine cannot do it. */
    public class Unsupported(message: String) : ArnyException(-8, "unsupported", message)

    /** Stopped by a cancel. It is no `CancellationException`: a coroutine that is cancelled throws its own. */
    public class Cancelled(message: String) : ArnyException(-9, "cancelled", message)

    /** The text is longer than the context of the model. */
    public class Context(message: String) : ArnyException(-10, "context", message)

    /** It is in use in a way that cannot be queued. */
    public class Busy(message: String) : ArnyException(-11, "busy", message)

    /** The engine under us failed; the log has its words. */
    public class Engine(message: String) : ArnyException(-12, "engine", message)

    /** A code that this version of the package does not know. */
    public class Unknown(code: Int, message: String) : ArnyException(code, "unknown", message)

    internal companion object {
        fun of(code: Int, message: String): ArnyException = when (code) {
            -1 -> Argument(message)
            -2 -> NotFound(message)
            -3 -> Data(message)
            -4 -> Memory(message)
            -5 -> Budget(message)
            -6 -> Io(message)
            -7 -> Write(message)
            -8 -> Unsupported(message)
            -9 -> Cancelled(message)
            -10 -> Context(message)
            -11 -> Busy(message)
            -12 -> Engine(message)
            else -> Unknown(code, message)
        }
    }
}
