package org.arny

import kotlinx.coroutines.flow.Flow

/**
 * A conversation with a team, made by [Team.session]. Each message is routed, its agent made ready, and the answer
 * streamed; what was said is kept, so that the next message goes on from there. Everything may be called from any
 * thread; answers of a team run one after the other.
 *
 *     session.ask("Solve 2x + 5 = 15").collect { event ->
 *         when (event) {
 *             is ArnyEvent.Routed -> print("[${event.agent}] ")
 *             is ArnyEvent.Token -> print(event.text)
 *             else -> {}
 *         }
 *     }
 */
public class Session internal constructor(pointer: Long) :
    Owner(Handle("session", pointer, Native::sessionFree, Native::sessionDrop, Native::sessionCancel)) {

    /** What tells it apart from other sessions of its team. */
    public val name: String = textOf(Native.sessionName(pointer))!!

    /**
     * The answer to a message, as a cold flow of events: asking begins when it is collected, and collecting it again
     * asks again. Whoever stops collecting (by cancelling the coroutine, by `take`, by throwing) cancels the answer,
     * and goes on when that has stopped. Where the answer fails, the flow throws an [ArnyException] in the place of
     * [ArnyEvent.Done].
     *
     * A turn that ended in an error is not kept; one that was cancelled is kept as far as it was spoken.
     *
     * @param agent this one answers, and nothing is routed; null: the gateway decides
     * @param maxTokens 0: as team.json says
     * @param sampling null: as team.json says
     */
    public fun ask(
        text: String,
        agent: String? = null,
        maxTokens: Int = 0,
        sampling: Sampling? = null,
    ): Flow<ArnyEvent> = answers { start(text, agent, maxTokens, sampling) }

    /**
     * The same for code without coroutines: an answer that is computed at once, and read with [Answer.next]. Does not
     * wait.
     */
    public fun start(text: String, agent: String? = null, maxTokens: Int = 0, sampling: Sampling? = null): Answer {
        val words = utf8(text, "the text")
        val who = utf8OrNull(agent, "agent")
        return handle.use { session ->
            Answer(Native.sessionStart(session, words, who, maxTokens, sampling?.numbers(), sampling?.seed ?: 0))
        }
    }

    /**
     * Stops the answers that are running or queued, if any, in load, prefill or decode. Without an answer in flight it
     * does nothing: it does not cancel the next one.
     */
    public fun cancel(): Unit = handle.use(Native::sessionCancel)

    /**
     * From now on this agent answers without routing; null goes back to the gateway. [ArnyException.Argument] when
     * there is no such agent: the message lists those that there are.
     */
    public fun use(agent: String?) {
        val who = utf8OrNull(agent, "agent")
        handle.use { Native.sessionUse(it, who) }
    }

    /** The agent that answered last, or null. */
    public val agent: String? get() = handle.use { textOf(Native.sessionAgent(it)) }

    /** All turns, oldest first. */
    public val turns: List<Turn>
        get() = ArrayList<Turn>().also { turns -> handle.use { Native.sessionTurns(it, turns) } }

    /**
     * Forgets all turns, in memory and on disk, with the KV that was made of them; the session can be used again.
     * [ArnyException.Busy] during an answer; waits for those of other sessions.
     */
    public suspend fun clear(): Unit = waiting { handle.use(Native::sessionClear) }

    override fun toString(): String = "Session($name)"
}
