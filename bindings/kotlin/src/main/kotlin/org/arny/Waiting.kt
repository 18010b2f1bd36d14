package org.arny

import kotlin.coroutines.cancellation.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.job
import kotlinx.coroutines.withContext

/** What may wait, for a file or for an answer that is running, does so on a thread that is there to wait. */
internal suspend fun <R> waiting(block: () -> R): R = withContext(Dispatchers.IO) { block() }

/**
 * The same for work that tells how far it is. It stops when the coroutine is cancelled, or when the listener throws.
 */
internal suspend fun <R> reporting(listener: ((Double) -> Unit)?, block: (Progress) -> R): R =
    withContext(Dispatchers.IO) {
        val progress = Progress(coroutineContext.job, listener)
        try {
            block(progress)
        } catch (stopped: ArnyException.Cancelled) {
            ensureActive()
            throw progress.thrown ?: stopped
        }
    }

/** What was opened for a coroutine that is cancelled by then has no owner: it is closed. */
internal suspend fun <T : Owner> opening(open: suspend (keep: (T) -> T) -> T): T {
    var opened: T? = null
    try {
        return open { opened = it; it }
    } catch (cancelled: CancellationException) {
        withContext(NonCancellable + Dispatchers.IO) { opened?.close() }
        throw cancelled
    }
}

internal class Progress(private val job: Job, private val listener: ((Double) -> Unit)?) {
    var thrown: Throwable? = null
        private set

    /** Called by C, which must get an answer and no exception. */
    fun stops(share: Double): Boolean {
        if (!job.isActive || thrown != null) return true
        try {
            listener?.invoke(share)
        } catch (problem: Throwable) {
            thrown = problem
        }
        return thrown != null
    }
}
