import CArny

/// How much of an agent is in memory.
public enum AgentState: String, Sendable {
    /// Nothing.
    case closed
    /// Its model's file is open, its pages were given back.
    case parked
    /// All that it needs to speak.
    case open
}

/// What one agent takes now, in bytes.
public struct AgentMemory: Sendable, Hashable {
    /// Its name; "gateway" for the gateway.
    public let agent: String
    /// The model's name in team.json.
    public let model: String
    /// How much of it is there.
    public let state: AgentState
    /// Bytes that its model takes now, parked or open; shared ones are counted at each agent.
    public let weights: Int64
    /// Bytes of KV cache and scratch memory now.
    public let context: Int64
    /// Bytes of saved KV held in memory.
    public let snapshot: Int64
    /// Tokens in its KV cache.
    public let contextTokens: Int
    /// Bytes of its model's file that are in this process now, as the system tells; -1: it does not.
    public let resident: Int64

    init(_ row: arny_agent_memory) {
        agent = string(row.agent) ?? ""
        model = string(row.model) ?? ""
        switch row.state {
        case number(ARNY_STATE_CLOSED): state = .closed
        case number(ARNY_STATE_PARKED): state = .parked
        default: state = .open
        }
        weights = row.weights
        context = row.context
        snapshot = row.snapshot
        contextTokens = Int(row.context_tokens)
        resident = row.resident
    }
}

/// What is in memory now, in bytes.
public struct Memory: Sendable, Hashable {
    /// Resident bytes of the process; 0 where the system does not tell.
    public let rss: Int64
    /// Of which anonymous.
    public let anon: Int64
    /// The most that was ever resident.
    public let peak: Int64
    /// The team's budget; 0: none.
    public let budget: Int64
    /// Resident bytes that a file backs: the system takes them when it wants.
    public let file: Int64
    /// Bytes that the system lets this process still take; Int64.max: it does not tell.
    public let left: Int64
    /// Agents in the order of team.json, then the gateway.
    public let agents: [AgentMemory]
}

/// What one agent will take, in bytes, told from the files alone.
public struct AgentEstimate: Sendable, Hashable {
    /// Its name; "gateway" for the gateway.
    public let agent: String
    /// File pages of the model.
    public let weights: Int64
    /// Its KV cache at full context.
    public let kv: Int64
    /// Scratch memory of a step.
    public let compute: Int64
    /// The adapter's.
    public let adapter: Int64

    init(_ row: arny_agent_estimate) {
        agent = string(row.agent) ?? ""
        weights = row.weights
        kv = row.kv
        compute = row.compute
        adapter = row.adapter
    }
}

/// What a team will take, in bytes, told from its files alone.
public struct Estimate: Sendable, Hashable {
    /// The most that is resident at once within the budget, the engine's own included.
    public let peak: Int64
    /// The team's budget; 0: none.
    public let budget: Int64
    /// peak <= budget, or there is no budget.
    public let fits: Bool
    /// Agents in the order of team.json, then the gateway.
    public let agents: [AgentEstimate]
}

/// How short of memory the system is.
public enum Pressure: Int32, Sendable {
    /// Not at all.
    case none = 0
    /// Parks everybody but the agent that spoke last and pinned ones.
    case low = 1
    /// Parks pinned ones too, closes what is parked, and drops what can be rebuilt.
    case critical = 2
}
