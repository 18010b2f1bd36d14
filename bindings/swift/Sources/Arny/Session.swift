import CArny

/// Where a session keeps what was said.
public enum Persist: Int32, Sendable {
    /// As team.json says.
    case team = 0
    /// Turns live as long as the session is open; the KV of an agent that loses its context is gone.
    case none = 1
    /// The KV waits in memory, within the team's budget.
    case memory = 2
    /// Turns and KV outlive the process: a session of the same name goes on where it was.
    case disk = 3
}

/// What was asked and what was answered.
public struct Turn: Sendable, Hashable {
    /// Who answered.
    public let agent: String
    /// What was asked.
    public let user: String
    /// What was answered.
    public let reply: String
}

/// A conversation with a team: ``Team/session(_:persist:)``. It is a list of turns; each message is routed, its agent
/// made ready, and the answer streamed.
public final class Session: Sendable {
    /// Tells sessions of a team apart.
    public let name: String
    private let handle: Handle

    init(_ team: Team, _ name: String?, _ persist: Persist) async throws {
        (handle, self.name) = try await waiting {
            var options = arny_session_options(size: size(of: arny_session_options.self), persist: persist.rawValue)
            var pointer: OpaquePointer?
            try withCStrings { strings in
                let name = try strings.add(name, "the name")
                try team.handle.use { try check(arny_session_open_with(&pointer, $0, name, &options)) }
            }
            let handle = Handle("session", pointer!, cancel: { arny_session_cancel($0) },
                                free: { arny_session_free($0) }, drop: { arny_session_drop($0) })
            return (handle, string(arny_session_name(pointer)) ?? "")
        }
    }

    /// Asks; the answer is computed on a thread of the library, and comes as events.
    ///
    /// Whoever stops listening cancels it: by leaving the loop, by dropping the stream, or as a task that is cancelled,
    /// for which the loop just ends. To have `done` too, call ``cancel()``. An answer that fails throws its
    /// ``ArnyError`` where `done` would stand; its turn is not kept. One that was cancelled is kept as far as it was
    /// spoken.
    ///
    /// - Parameters:
    ///   - text: the message.
    ///   - agent: this one answers, nothing is routed; nil: the gateway decides.
    ///   - maxTokens: 0: as team.json says.
    ///   - sampling: nil: as team.json says.
    public func ask(_ text: String, agent: String? = nil, maxTokens: Int = 0,
                    sampling: Sampling? = nil) throws -> AsyncThrowingStream<ArnyEvent, any Error> {
        try ask(utf8: Array(text.utf8), agent: agent, maxTokens: maxTokens, sampling: sampling)
    }

    /// What a String cannot hold reaches the library too, which refuses it.
    package func ask(utf8 text: [UInt8], agent: String? = nil, maxTokens: Int = 0,
                     sampling: Sampling? = nil) throws -> AsyncThrowingStream<ArnyEvent, any Error> {
        try withCStrings { strings in
            let text = try strings.add(bytes: text, "the text")
            var options = arny_ask_options()
            options.size = size(of: arny_ask_options.self)
            options.agent = try strings.add(agent, "agent")
            options.max_tokens = try int32(maxTokens, "maxTokens")
            return try withPointer(sampling?.native) { sampling in
                options.sampling = sampling
                return try Answer.begin(handle) { arny_session_post($0, $1, text, &options, $2, $3) }
            }
        }
    }

    /// Stops the answers that are running or queued, if any: each still ends with `done`. It does not cancel the next
    /// one.
    public func cancel() throws {
        try handle.use { arny_session_cancel($0) }
    }

    /// From now on this agent answers without routing; nil goes back to the gateway.
    public func use(_ agent: String?) throws {
        try withCStrings { strings in
            let agent = try strings.add(agent, "agent")
            try handle.use { try check(arny_session_use($0, agent)) }
        }
    }

    /// The agent that answered last.
    public var agent: String? {
        get throws { try handle.use { string(arny_session_agent($0)) } }
    }

    /// All turns, oldest first.
    public var turns: [Turn] {
        get throws {
            var turns: [Turn] = []
            try handle.use { session in
                try withUnsafeMutablePointer(to: &turns) { turns in
                    try check(arny_session_each_turn(session, { turn, data in
                        let turn = turn!.pointee
                        data!.assumingMemoryBound(to: [Turn].self).pointee.append(
                            Turn(agent: string(turn.agent) ?? "", user: string(turn.user) ?? "",
                                 reply: string(turn.reply) ?? ""))
                        return 0
                    }, turns))
                }
            }
            return turns
        }
    }

    /// Forgets all turns, in memory and on disk; the session can be used again. ``ArnyError/busy(_:)`` during an
    /// answer.
    public func clear() async throws {
        try await waiting { [handle] in
            try handle.use { try check(arny_session_clear($0)) }
        }
    }

    /// Cancels an answer in flight, and returns when the session is freed: what it keeps is on the disk then. Closing
    /// twice is fine; a session that is forgotten is closed too, after its answers.
    public func close() async {
        await handle.close()
    }
}
