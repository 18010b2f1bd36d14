#if canImport(Arny)
import Arny
#endif

/// What goes over the channel: fields by their names, and "type". null is left out.
typealias Fields = [String: any Sendable]

func fields(_ event: ArnyEvent) -> Fields {
    var fields: Fields
    switch event {
    case .routed(let e):
        let scores = Dictionary(e.scores.map { ($0.agent, $0.p) }, uniquingKeysWith: { $1 })
        fields = ["type": "routed", "agent": e.agent, "confidence": e.confidence, "scores": scores, "ms": e.ms]
    case .safety(let e):
        fields = ["type": "safety", "confidence": e.confidence]
        fields["text"] = e.text
    case .dropped(let e):
        fields = ["type": "dropped", "droppedTurns": e.droppedTurns]
    case .loading(let e):
        fields = ["type": "loading", "model": e.model, "progress": e.progress]
    case .ready(let e):
        fields = ["type": "ready", "from": e.from.rawValue, "restoredTokens": e.restoredTokens,
                  "prefillTokens": e.prefillTokens, "ms": e.ms]
        fields["agent"] = e.agent
    case .token(let e):
        fields = ["type": "token", "text": e.text]
    case .done(let e):
        fields = ["type": "done", "reason": e.reason.rawValue, "promptTokens": e.promptTokens, "tokens": e.tokens,
                  "ttftMs": e.ttftMs, "prefillTps": e.prefillTps, "decodeTps": e.decodeTps, "rss": e.rss,
                  "anon": e.anon, "written": e.written]
        fields["agent"] = e.agent
    }
    return fields
}

func fields(_ memory: Memory) -> Fields {
    let agents: [Fields] = memory.agents.map {
        ["agent": $0.agent, "model": $0.model, "state": $0.state.rawValue, "weights": $0.weights, "context": $0.context,
         "snapshot": $0.snapshot, "contextTokens": $0.contextTokens, "resident": $0.resident]
    }
    return ["type": "memory", "rss": memory.rss, "anon": memory.anon, "peak": memory.peak, "budget": memory.budget,
            "file": memory.file, "left": memory.left, "agents": agents]
}
