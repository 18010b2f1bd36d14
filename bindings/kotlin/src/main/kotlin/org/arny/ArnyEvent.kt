package org.arny

/**
 * What an answer is made of, always in this order:
 *
 *     Routed        the gateway's decision (not when the caller named the agent)
 *     Safety        the message speaks of danger to life (only then)
 *     Dropped       old turns left the context to make room (only then)
 *     Loading ...   progress, only while a file is being opened
 *     Ready         the agent can speak
 *     Token ...     the answer, a token an event
 *     Done          nothing after it; where an answer fails, an [ArnyException] is thrown in its place
 */
public sealed interface ArnyEvent {

    /** The gateway's decision. */
    public data class Routed(
        val agent: String,
        /** The probability of [agent], 0 to 1. */
        val confidence: Double,
        /** The whole distribution: agents in the order of team.json, "none" last. */
        val scores: Map<String, Double>,
        /** The decision took so long. */
        val ms: Double,
    ) : ArnyEvent

    /** The message speaks of danger to life. */
    public data class Safety(
        /** How sure that is, 0 to 1. */
        val confidence: Double,
        /** What team.json says is shown, in the app's language; null: nothing. */
        val text: String?,
    ) : ArnyEvent

    /** Old turns left the context to make room. */
    public data class Dropped(
        /** How many turns that the agent knows are no longer in its context. */
        val droppedTurns: Long,
    ) : ArnyEvent

    /** A model's file is being opened. */
    public data class Loading(
        /** The file's name. */
        val model: String,
        /** 0 to 1, told at each hundredth. */
        val progress: Double,
    ) : ArnyEvent

    /** The agent can speak. */
    public data class Ready(
        /** Null when one model talks without a team. */
        val agent: String?,
        val from: From,
        /** Tokens whose KV was there already, live or as a snapshot. */
        val restoredTokens: Long,
        /** Tokens that had to be prefilled. */
        val prefillTokens: Long,
        /** From the decision until the first token can be computed. */
        val ms: Double,
    ) : ArnyEvent

    /** A piece of the answer. */
    public data class Token(
        /** In the model's vocabulary; -1 for text that was held back until the end. */
        val id: Int,
        /** Never part of a stop string; may be "" while bytes are held back. */
        val text: String,
    ) : ArnyEvent

    /** The answer has ended. */
    public data class Done(
        /** Null when one model talks without a team. */
        val agent: String?,
        val reason: Reason,
        /** Tokens of the prompt, restored ones included. */
        val promptTokens: Long,
        /** Tokens generated. */
        val tokens: Long,
        /** From the call to the first token, routing and loading included. */
        val ttftMs: Double,
        /** Prefilled tokens per second; 0 when nothing was prefilled. */
        val prefillTps: Double,
        /** Tokens per second after the first one; 0 for fewer than two. */
        val decodeTps: Double,
        /** Resident bytes of the process. */
        val rss: Long,
        /** Its anonymous bytes: what no file backs. */
        val anon: Long,
        /** Bytes of turns and KV that went to disk since the last Done. */
        val written: Long,
    ) : ArnyEvent

    /** Where a ready agent came from. */
    public enum class From {
        /** Its context was live. */
        HOT,

        /** Its file was open; its pages, its context or both had to be brought back. */
        PARKED,

        /** Its file had to be opened. */
        CLOSED,
    }

    /** Why an answer ended. */
    public enum class Reason {
        /** The model ended its turn, or a stop string was met. */
        STOP,

        /** maxTokens reached. */
        LENGTH,

        /** By [Session.cancel], [Answer.cancel], or because the session was closed. */
        CANCELLED,

        /** The context is full. */
        CONTEXT,

        /** No agent answered: team.json says that only help is shown where there is danger. */
        SAFETY,
    }
}
