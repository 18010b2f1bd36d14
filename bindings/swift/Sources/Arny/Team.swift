import CArny

/// Somebody who answers.
public struct Agent: Sendable, Hashable {
    /// As team.json says.
    public let name: String
    /// One line that says what the agent is for; "" where there is none.
    public let description: String
}

/// Who should answer.
public struct Decision: Sendable, Hashable {
    /// A name, or "none".
    public let agent: String
    /// The probability of that agent, 0 to 1.
    public let confidence: Double
    /// The whole distribution, agents in the order of team.json, "none" last.
    public let scores: [Score]
    /// The probability that the message speaks of danger to life; -1 where the gateway has nothing that tells.
    public let danger: Double
    /// Milliseconds that it took.
    public let ms: Double
}

/// The agents of one team.json, the gateway that chooses between them, and the memory they share.
///
///     let team = try await Team("models/demo")
///     let chat = try await team.session()
///     for try await event in try chat.ask("Solve 2x + 5 = 15") {
///         switch event {
///         case .routed(let routed): print("[\(routed.agent)]", terminator: " ")
///         case .token(let token): print(token.text, terminator: "")
///         default: break
///         }
///     }
///
/// Everything may be called from any thread or task. One answer or decision runs at a time in a team; others wait for
/// it in the order in which they came. What waits is `async`, and waits on a thread that is none of Swift's tasks'.
public final class Team: Sendable {
    /// What was opened.
    public let path: String
    /// In the order of team.json.
    public let agents: [Agent]
    /// "monolith", "hybrid", "adapters".
    public let plan: String
    /// "gguf", "pte", "fake".
    public let engine: String
    /// Bytes; 0: none was set.
    public let budget: Int64
    let handle: Handle

    /// Opens the team in `path`: a folder with a team.json, or the file itself. Reads and checks team.json and that
    /// every file which its engine will open is there; opens no model yet.
    ///
    /// - Parameters:
    ///   - path: the folder, or the file.
    ///   - engine: overrides the file's "engine"; nil: as it says.
    ///   - budget: bytes, overrides the file's "budget"; 0: as it says.
    ///   - threads: overrides the file's "threads"; 0: as it says.
    ///   - language: of the app, such as "pt-BR" or "de": which text of help is shown; nil: the first one.
    ///   - state: a folder of this team's own for what "persist": "disk" keeps. Made when it is needed; one process at
    ///     a time.
    ///   - key: 32 bytes: what is kept there is encrypted with AES-256-GCM. nil: it is not.
    ///   - watch: obey the system's signs of memory pressure too (Linux), see ``pressure(_:)``.
    public convenience init(_ path: String, engine: String? = nil, budget: Int64 = 0, threads: Int = 0,
                            language: String? = nil, state: String? = nil, key: [UInt8]? = nil,
                            watch: Bool = false) async throws {
        if let key, key.count != 32 {
            throw ArnyError.argument("the key has \(key.count) bytes: 32 expected")
        }
        self.init(path, try await waiting {
            var pointer: OpaquePointer?
            try withCStrings { strings in
                var options = arny_team_options()
                options.size = size(of: arny_team_options.self)
                options.engine = try strings.add(engine, "engine")
                options.budget = budget
                options.threads = try int32(threads, "threads")
                options.language = try strings.add(language, "language")
                options.state = try strings.add(state, "state")
                options.key = key.map { strings.keep($0) }
                options.watch = watch ? 1 : 0
                try check(arny_team_open(&pointer, try strings.add(path, "the path"), &options))
            }
            return Opened(pointer!)
        })
    }

    /// A team of one: a model file, an agent called "assistant" with that system message, no gateway. The options'
    /// adapter must be nil.
    public convenience init(model path: String, system: String? = nil,
                            options: ModelOptions = ModelOptions()) async throws {
        self.init(path, try await waiting {
            var pointer: OpaquePointer?
            try withCStrings { strings in
                var native = try options.native(strings)
                try check(arny_team_open_model(&pointer, try strings.add(path, "the path"), &native,
                                               try strings.add(system, "the system message")))
            }
            return Opened(pointer!)
        })
    }

    private struct Opened {
        let handle: Handle
        let agents: [Agent]
        let plan: String
        let engine: String
        let budget: Int64

        init(_ pointer: OpaquePointer) {
            handle = Handle("team", pointer, free: { arny_team_free($0) }, drop: { arny_team_drop($0) })
            agents = (0..<arny_team_agent_count(pointer)).map {
                Agent(name: string(arny_team_agent_name(pointer, $0)) ?? "",
                      description: string(arny_team_agent_description(pointer, $0)) ?? "")
            }
            plan = string(arny_team_plan(pointer)) ?? ""
            engine = string(arny_team_engine(pointer)) ?? ""
            budget = arny_team_budget(pointer)
        }
    }

    private init(_ path: String, _ opened: Opened) {
        self.path = path
        handle = opened.handle
        agents = opened.agents
        plan = opened.plan
        engine = opened.engine
        budget = opened.budget
    }

    /// Begins a conversation. `name` (1 to 64 bytes of letters, digits, '-', '_', '.'; nil: "default") tells sessions
    /// of a team apart: opening one that is open already is ``ArnyError/busy(_:)``. The session holds the team: close
    /// both in any order.
    public func session(_ name: String? = nil, persist: Persist = .team) async throws -> Session {
        try await Session(self, name, persist)
    }

    /// Who should answer the message; `after`: what the user has said so far, oldest first.
    public func route(_ message: String, after: [String] = []) async throws -> Decision {
        try await waiting { [handle] in
            var decision: OpaquePointer?
            try withCStrings { strings in
                var turns: [UnsafePointer<CChar>?] = try (after + [message]).map { try strings.add($0, "the message") }
                try handle.use { try check(arny_team_route_turns(&decision, $0, &turns, turns.count)) }
            }
            defer { arny_decision_free(decision) }
            let scores = UnsafeBufferPointer(start: arny_decision_scores(decision),
                                             count: arny_decision_count(decision))
            return Decision(agent: string(arny_decision_agent(decision)) ?? "",
                            confidence: arny_decision_confidence(decision), scores: scores.map { Score($0) },
                            danger: arny_decision_danger(decision), ms: arny_decision_ms(decision))
        }
    }

    /// Makes everybody ready who fits the budget beside the others, the gateway first, so that the first message to
    /// each agent costs what the second does. `progress`: 0 to 1. A task that is cancelled meanwhile stops it.
    public func warm(progress: (@Sendable (Double) -> Void)? = nil) async throws {
        try await watched(progress) { [handle] watch in
            try handle.use { try check(arny_team_warm($0, Watch.callback, watch.pointer)) }
        }
    }

    // ---- memory

    /// What is in memory now. Waits for no answer: meanwhile it tells what was there when that began.
    public func memory() async throws -> Memory {
        try await waiting { [self] in
            var total = arny_memory()
            total.size = size(of: arny_memory.self)
            let rows = try rows(arny_agent_memory()) { arny_team_memory(&total, $0, $1, $2, $3) }
            return Memory(rss: total.rss, anon: total.anon, peak: total.peak, budget: total.budget, file: total.file,
                          left: total.left, agents: rows.map(AgentMemory.init))
        }
    }

    /// What the team will take, told from its files alone.
    public func estimate() async throws -> Estimate {
        try await waiting { [self] in
            var total = arny_team_estimate()
            total.size = size(of: arny_team_estimate.self)
            let rows = try rows(arny_agent_estimate()) { arny_team_estimate_memory(&total, $0, $1, $2, $3) }
            return Estimate(peak: total.peak, budget: total.budget, fits: total.fits != 0,
                            agents: rows.map(AgentEstimate.init))
        }
    }

    /// Of the agents, and of the gateway. The names in them are the team's, which must be open while they are read.
    private func rows<Row>(_ empty: Row, _ fill: (UnsafeMutablePointer<Row>?, Int, UnsafeMutablePointer<Int>,
                                                  OpaquePointer) -> Int32) throws -> ArraySlice<Row> {
        var rows = [Row](repeating: empty, count: agents.count + 1), count = 0
        try handle.use { team in
            try check(rows.withUnsafeMutableBufferPointer { fill($0.baseAddress, $0.count, &count, team) })
        }
        return rows.prefix(count)
    }

    /// The system is short of memory: call it from didReceiveMemoryWarning. Never waits: during an answer the rest of
    /// the team obeys at its next token, and the answer goes on.
    public func pressure(_ level: Pressure) throws {
        try handle.use { try check(arny_team_pressure($0, level.rawValue)) }
    }

    /// The app goes to the background: what sessions keep on disk is written, all contexts and pages are given back,
    /// and the lock on the state folder is let go, for which iOS kills an app that it suspends. Waits for an answer
    /// that is running: cancel it, or let it end. Everything stays good: what is used next takes it all again.
    public func suspend() async throws {
        try await waiting { [handle] in
            try handle.use { try check(arny_team_suspend($0)) }
        }
    }

    // ---- agents

    /// This agent is likely to be asked next: in idle time its model and KV are brought in, as far as the budget
    /// allows. Never waits, and gives way to whoever asks.
    public func expect(_ agent: String) throws {
        try named(agent) { arny_team_expect($0, $1) }
    }

    /// A pinned agent keeps its model and context once it has them; others are refused (``ArnyError/budget(_:)``) what
    /// would need them. The gateway is pinned from the beginning; "gateway" is an agent here.
    public func pin(_ agent: String, _ pinned: Bool = true) async throws {
        try await waiting { [self] in try named(agent) { arny_agent_pin($0, $1, pinned ? 1 : 0) } }
    }

    /// Opens its model and prefills its role prompt, taking memory from others where that must be. `progress`: 0 to 1.
    /// A task that is cancelled meanwhile stops it.
    public func preload(_ agent: String, progress: (@Sendable (Double) -> Void)? = nil) async throws {
        try await watched(progress) { [self] watch in
            try named(agent) { arny_agent_preload($0, $1, Watch.callback, watch.pointer) }
        }
    }

    /// Frees its context, whose KV is kept as always, and closes its model where nobody else uses it.
    public func unload(_ agent: String) async throws {
        try await waiting { [self] in try named(agent) { arny_agent_unload($0, $1) } }
    }

    // ---- what is kept on disk

    /// Names of the sessions that are kept on disk, sorted.
    public func sessions() async throws -> [String] {
        try await waiting { [handle] in
            var names: [String] = []
            try handle.use { team in
                try withUnsafeMutablePointer(to: &names) { names in
                    try check(arny_session_each(team, { name, data in
                        data!.assumingMemoryBound(to: [String].self).pointee.append(string(name) ?? "")
                        return 0
                    }, names))
                }
            }
            return names.sorted()
        }
    }

    /// Forgets all turns of a session by its name, open or not, of this process or an earlier one: nothing of it stays
    /// on the disk.
    public func forget(_ name: String) async throws {
        try await waiting { [self] in try named(name) { arny_session_forget($0, $1) } }
    }

    /// A call that takes the team and one name.
    private func named(_ name: String, _ call: (OpaquePointer, UnsafePointer<CChar>?) -> Int32) throws {
        try withCStrings { strings in
            let name = try strings.add(name, "the name")
            try handle.use { try check(call($0, name)) }
        }
    }

    /// Closes the team's models once the last session on it is closed too: the order does not matter. Closing twice is
    /// fine; a team that is forgotten is closed too.
    public func close() async {
        await handle.close()
    }
}
