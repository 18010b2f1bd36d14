package org.arny

/** One of a team, as team.json describes it. */
public data class Agent(
    val name: String,
    /** One line that says what the agent is for; "". */
    val description: String,
)

/** Who should answer. */
public data class Decision(
    /** A name, or "none". */
    val agent: String,
    /** The probability of that agent, 0 to 1. */
    val confidence: Double,
    /** The share of each agent, and of "none"; they add up to 1. */
    val scores: Map<String, Double>,
    /** Probability that the message speaks of danger to life; -1 where the gateway has nothing that tells. */
    val danger: Double,
    val ms: Double,
)

/** One message, and what was answered. */
public data class Turn(
    /** Who answered. */
    val agent: String,
    val user: String,
    val reply: String,
)

/** What is in memory now, in bytes. */
public data class Memory(
    /** Resident bytes of the process; 0 where the system does not tell. */
    val rss: Long,
    /** Of which anonymous. */
    val anon: Long,
    /** The most that was ever resident. */
    val peak: Long,
    /** 0: none. */
    val budget: Long,
    /** Resident bytes that a file backs: the system takes them when it wants. */
    val file: Long,
    /** Bytes that the system lets this process still take; [Long.MAX_VALUE]: it does not tell. */
    val left: Long,
    /** A row for each agent, then the gateway. */
    val agents: List<AgentMemory>,
)

/** What one agent takes now, in bytes. */
public data class AgentMemory(
    /** "gateway" for the gateway. */
    val agent: String,
    /** The model's name in team.json. */
    val model: String,
    val state: AgentState,
    /** What its model takes now, parked or open; shared ones are counted at each agent. */
    val weights: Long,
    /** KV cache and scratch memory now. */
    val context: Long,
    /** Saved KV held in memory. */
    val snapshot: Long,
    /** Tokens in its KV cache. */
    val contextTokens: Long,
    /** Bytes of its model's file that are in this process now; -1: the system does not tell. */
    val resident: Long,
)

/** How much of an agent is in memory. */
public enum class AgentState { CLOSED, PARKED, OPEN }

/** What a team will take, in bytes, told from its files alone. */
public data class Estimate(
    /** The most that is resident at once within the budget, the engine's own included. */
    val peak: Long,
    /** 0: none. */
    val budget: Long,
    /** peak <= budget, or there is no budget. */
    val fits: Boolean,
    /** A row for each agent, then the gateway. */
    val agents: List<AgentEstimate>,
)

/** What one agent will take, in bytes. */
public data class AgentEstimate(
    val agent: String,
    /** File pages of the model. */
    val weights: Long,
    /** Its KV cache at full context. */
    val kv: Long,
    /** Scratch memory of a step. */
    val compute: Long,
    val adapter: Long,
)

/** How short of memory the system is. */
public enum class Pressure {
    NONE,

    /** Parks everybody but the agent that spoke last and pinned ones. */
    LOW,

    /** Parks pinned ones too, closes what is parked, and drops what can be rebuilt. */
    CRITICAL,
}

/** What is kept of a session. */
public enum class Persist {
    /** As team.json says. */
    TEAM,

    /** The KV of an agent that loses its context is gone; turns live as long as the session is open. */
    NONE,

    /** The KV waits in memory, within the team's budget. */
    MEMORY,

    /** Turns and KV outlive the process: a session of the same name goes on where it was. */
    DISK,
}
