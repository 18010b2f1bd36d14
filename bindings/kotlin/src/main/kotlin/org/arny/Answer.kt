package org.arny

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.map

/** How often a reader that waits looks whether it is still wanted. */
private const val LOOK_MS = 100

/**
 * An answer on its way, for code without coroutines; in a coroutine, [Session.ask] and [Model.generate] are easier. It
 * is computed on a thread of the library, which stays at most 256 events ahead of its reader.
 *
 *     session.start("Solve 2x + 5 = 15").use { answer ->
 *         while (true) {
 *             val event = answer.next() ?: break
 *             if (event is ArnyEvent.Token) print(event.text)
 *         }
 *     }
 */
public class Answer internal constructor(stream: Long, parent: Handle? = null) :
    Owner(Handle("answer", stream, Native::streamFree, cancel = Native::streamCancel, parent = parent)) {

    @Volatile
    private var ended = false

    /** The last event, when it was read. */
    @Volatile
    public var done: ArnyEvent.Done? = null
        private set

    /**
     * The next event, which it waits for; null after the last one. Where the answer failed, it throws what went wrong,
     * and gives null after that.
     */
    public fun next(): ArnyEvent? {
        while (true) { // not one endless wait: another thread may close this meanwhile
            val event = poll(LOOK_MS) ?: continue
            return event as? ArnyEvent
        }
    }

    /** An [ArnyEvent]; null, when none came in time; [Make.end], when all were read. */
    internal fun poll(timeoutMs: Int): Any? {
        if (ended) return Make.end()
        val event = try {
            handle.use { Native.streamNext(it, timeoutMs) }
        } catch (problem: ArnyException) {
            if (!isClosed) finish()
            throw problem
        }
        if (event is ArnyEvent.Done) done = event
        if (event is ArnyEvent.Done || event === Make.end()) finish()
        return event
    }

    private fun finish() {
        ended = true
        close()
    }

    /**
     * Stops this answer, queued or running, and returns at once: what was computed until then can still be read, and
     * `Done(reason = CANCELLED)` after it. After the end it does nothing.
     */
    public fun cancel() {
        if (!ended) handle.use(Native::streamCancel)
    }

    /** Reads to the end; the whole text. */
    public fun text(): String {
        val text = StringBuilder()
        while (true) {
            val event = next() ?: return text.toString()
            if (event is ArnyEvent.Token) text.append(event.text)
        }
    }
}

/**
 * A cold flow: each collection begins an answer, and cancels it when it stops before the end.
 *
 * An error travels as a value up to the collector's side, and is thrown there: thrown on this side of [flowOn] it would
 * overtake the events that wait between the two.
 */
internal fun answers(begin: () -> Answer): Flow<ArnyEvent> = flow<Any> {
    try {
        begin()
    } catch (problem: ArnyException) {
        return@flow emit(problem)
    }.use { answer ->
        while (true) {
            currentCoroutineContext().ensureActive()
            val event = polled(answer) ?: continue
            if (event === Make.end()) break
            emit(event)
            if (event is ArnyException) break
        }
    }
}.flowOn(Dispatchers.IO).map { event -> if (event is ArnyException) throw event else event as ArnyEvent }

private fun polled(answer: Answer): Any? = try {
    answer.poll(LOOK_MS)
} catch (problem: ArnyException) {
    problem
}
