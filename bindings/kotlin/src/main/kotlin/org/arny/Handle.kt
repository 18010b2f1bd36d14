package org.arny

/**
 * Something of the C library: closed once, and not while a call of another thread is inside. [close] takes it away from
 * later calls at once; whoever leaves last frees it.
 *
 * `cancel` stops what runs in it, as soon as it is closed. `parent` must stay until this is freed.
 */
internal class Handle(
    private val what: String,
    private val pointer: Long,
    private val free: (Long) -> Unit,
    private val drop: (Long) -> Unit = free,
    private val cancel: (Long) -> Unit = {},
    private val parent: Handle? = null,
) {
    private var users = 0
    private var closed = false
    private var wait = true

    val isClosed: Boolean get() = synchronized(this) { closed }

    inline fun <R> use(block: (Long) -> R): R {
        val pointer = enter()
        try {
            return block(pointer)
        } finally {
            leave()
        }
    }

    /** @param wait until it is freed; else that is done on a thread of the library */
    fun close(wait: Boolean = true) {
        synchronized(this) {
            if (closed) return
            closed = true
            this.wait = wait
            users++
        }
        cancel(pointer)
        leave()
    }

    fun enter(): Long = synchronized(this) {
        if (closed) throw ArnyException.Argument("the $what is closed")
        users++
        pointer
    }

    fun leave() {
        val last = synchronized(this) { --users == 0 && closed }
        if (!last) return
        if (wait) free(pointer) else drop(pointer)
        parent?.leave()
    }
}
