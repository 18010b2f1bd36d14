import CArny

/// One agent's share of a decision; shares of a decision add up to 1.
public struct Score: Sendable, Hashable {
    /// Its name, or "none".
    public let agent: String
    /// 0 to 1.
    public let p: Double

    init(_ score: arny_score) {
        agent = string(score.agent) ?? ""
        p = score.p
    }
}

/// What an answer is made of, always in this order: `routed`, `safety`, `dropped`, `loading` ..., `ready`, `token` ...,
/// `done`. See arny/event.h. An answer that fails throws an ``ArnyError`` where `done` would stand.
public enum ArnyEvent: Sendable, Hashable {
    /// The gateway's decision; not when the caller named the agent.
    case routed(Routed)
    /// The message speaks of danger to life.
    case safety(Safety)
    /// Old turns left the context to make room.
    case dropped(Dropped)
    /// A model's file is being opened.
    case loading(Loading)
    /// The agent can speak.
    case ready(Ready)
    /// A part of the answer.
    case token(Token)
    /// The last event.
    case done(Done)

    /// The gateway's decision.
    public struct Routed: Sendable, Hashable {
        /// Who answers.
        public let agent: String
        /// The probability of `agent`, 0 to 1.
        public let confidence: Double
        /// The whole distribution, agents in the order of team.json, "none" last.
        public let scores: [Score]
        /// Milliseconds that the decision took.
        public let ms: Double
    }

    /// The message speaks of danger to life.
    public struct Safety: Sendable, Hashable {
        /// How sure that is, 0 to 1.
        public let confidence: Double
        /// What team.json says is shown, in the app's language; nil: nothing.
        public let text: String?
    }

    /// Old turns left the context to make room.
    public struct Dropped: Sendable, Hashable {
        /// How many turns that the agent knows are no longer in its context.
        public let droppedTurns: Int
    }

    /// A model's file is being opened.
    public struct Loading: Sendable, Hashable {
        /// The file's name.
        public let model: String
        /// 0 to 1, told at each hundredth.
        public let progress: Double
    }

    /// Where a ready agent came from.
    public enum From: String, Sendable {
        /// Its context was live.
        case hot
        /// Its file was open; its pages, its context or both had to be brought back.
        case parked
        /// Its file had to be opened.
        case closed
    }

    /// The agent can speak.
    public struct Ready: Sendable, Hashable {
        /// nil when one model talks without a team.
        public let agent: String?
        /// Where it came from.
        public let from: From
        /// Tokens whose KV was there already, live or as a snapshot.
        public let restoredTokens: Int
        /// Tokens that had to be prefilled.
        public let prefillTokens: Int
        /// Milliseconds from the decision until the first token can be computed.
        public let ms: Double
    }

    /// A part of the answer.
    public struct Token: Sendable, Hashable {
        /// In the model's vocabulary; -1 for text that was held back until the end.
        public let id: Int
        /// Never part of a stop string; may be "" while bytes of a character are held back.
        public let text: String
    }

    /// Why an answer ended.
    public enum Reason: String, Sendable {
        /// The model ended its turn, or a stop string was met.
        case stop
        /// maxTokens reached.
        case length
        /// It was cancelled.
        case cancelled
        /// The context is full.
        case context
        /// No agent answered: team.json says that only help is shown where there is danger.
        case safety
    }

    /// The end of an answer.
    public struct Done: Sendable, Hashable {
        /// Who answered; nil when one model talks without a team.
        public let agent: String?
        /// Why it ended.
        public let reason: Reason
        /// Tokens of the prompt, restored ones included.
        public let promptTokens: Int
        /// Tokens generated.
        public let tokens: Int
        /// Milliseconds from the call to the first token, routing and loading included.
        public let ttftMs: Double
        /// Prefilled tokens per second; 0 when nothing was prefilled.
        public let prefillTps: Double
        /// Tokens per second after the first one; 0 for fewer than two.
        public let decodeTps: Double
        /// Resident bytes of the process.
        public let rss: Int64
        /// Its anonymous bytes: what no file backs.
        public let anon: Int64
        /// Bytes of turns and KV that went to disk since the last done.
        public let written: Int64
    }

    /// The text of a token; nil for any other event.
    public var text: String? {
        if case .token(let token) = self { token.text } else { nil }
    }
}

extension ArnyEvent {
    /// Copies an event of the library; throws what an error event says.
    init(_ e: arny_event) throws {
        switch e.type {
        case number(ARNY_EVENT_ROUTED):
            let scores = UnsafeBufferPointer(start: e.scores, count: e.scores_count).map { Score($0) }
            self = .routed(Routed(agent: string(e.agent) ?? "", confidence: e.confidence, scores: scores, ms: e.ms))
        case number(ARNY_EVENT_SAFETY):
            self = .safety(Safety(confidence: e.confidence, text: string(e.text)))
        case number(ARNY_EVENT_DROPPED):
            self = .dropped(Dropped(droppedTurns: Int(e.dropped_turns)))
        case number(ARNY_EVENT_LOADING):
            self = .loading(Loading(model: string(e.model) ?? "", progress: e.progress))
        case number(ARNY_EVENT_READY):
            self = .ready(Ready(agent: string(e.agent), from: From(e.from), restoredTokens: Int(e.restored_tokens),
                                prefillTokens: Int(e.prefill_tokens), ms: e.ms))
        case number(ARNY_EVENT_TOKEN):
            let text = UnsafeRawBufferPointer(start: e.text, count: e.text_len)
            self = .token(Token(id: Int(e.id), text: String(decoding: text, as: UTF8.self)))
        case number(ARNY_EVENT_DONE):
            self = .done(Done(agent: string(e.agent), reason: Reason(e.reason), promptTokens: Int(e.prompt_tokens),
                              tokens: Int(e.tokens), ttftMs: e.ttft_ms, prefillTps: e.prefill_tps,
                              decodeTps: e.decode_tps, rss: e.rss, anon: e.anon, written: e.written))
        default:
            throw ArnyError(code: e.status, message: string(e.message) ?? "")
        }
    }
}

extension ArnyEvent.From {
    init(_ from: Int32) {
        switch from {
        case number(ARNY_FROM_HOT): self = .hot
        case number(ARNY_FROM_PARKED): self = .parked
        default: self = .closed
        }
    }
}

extension ArnyEvent.Reason {
    init(_ reason: Int32) {
        switch reason {
        case number(ARNY_REASON_LENGTH): self = .length
        case number(ARNY_REASON_CANCELLED): self = .cancelled
        case number(ARNY_REASON_CONTEXT): self = .context
        case number(ARNY_REASON_SAFETY): self = .safety
        default: self = .stop
        }
    }
}
