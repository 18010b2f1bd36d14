package org.arny

import java.lang.ref.PhantomReference
import java.lang.ref.ReferenceQueue
import java.util.concurrent.ConcurrentHashMap
import kotlin.concurrent.thread

/**
 * What [Team], [Session], [Model] and [Answer] have in common: they hold memory of the C library, and are to be closed.
 *
 * Whatever is called on them afterwards throws [ArnyException.Argument]: "the session is closed". What was forgotten is
 * closed some time after the garbage collector has found it.
 */
public abstract class Owner internal constructor(internal val handle: Handle) : AutoCloseable {

    init {
        Forgotten.watch(this, handle)
    }

    /** Whether it was closed. */
    public val isClosed: Boolean get() = handle.isClosed

    /**
     * Frees it, and cancels what it was doing. Closing twice is fine, from any thread, and in any order.
     *
     * Waits for what is running to stop: one step of decoding, and the writing of what is kept on disk. Where that is
     * too long, on the main thread of an app, call [drop].
     */
    override fun close(): Unit = handle.close()

    /** The same without waiting: it is freed on another thread. For `onCleared` and `onDestroy`. */
    public fun drop(): Unit = handle.close(wait = false)
}

/**
 * Closes what nobody refers to any more. java.lang.ref.Cleaner would do the same, but came to Android with API 33; a
 * finalizer could bring its object back to life. A handle knows nothing of its owner, or the owner would never be found
 * forgotten.
 */
private object Forgotten {
    private class Trace(owner: Owner, val handle: Handle) : PhantomReference<Owner>(owner, queue)

    private val queue = ReferenceQueue<Owner>()
    private val traces: MutableSet<Trace> = ConcurrentHashMap.newKeySet()

    init {
        thread(isDaemon = true, name = "arny-forgotten") {
            while (true) {
                val trace = queue.remove() as Trace
                traces -= trace
                trace.handle.close(wait = false)
            }
        }
    }

    fun watch(owner: Owner, handle: Handle) {
        traces += Trace(owner, handle)
    }
}
