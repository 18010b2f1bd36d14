import Arny
import Foundation

typealias Events = AsyncThrowingStream<ArnyEvent, any Error>

/// Runs one script of bindings/conformance, whose README has the format.
final class Conformance {
    private let folder: Folder
    private let steps: [JSON]
    private var teams: [String: Team] = [:]
    private var sessions: [String: Session] = [:]
    private var models: [String: Model] = [:]
    private var answers: [String: (events: Events, cancel: () throws -> Void)] = [:]

    init(_ script: URL) throws {
        let source = try Data(contentsOf: script)
        let script = try JSONDecoder().decode(JSON.self, from: source)
        folder = try Folder()
        steps = script["steps"]!.list!
        try folder.write("team.json", object("team", in: source))
        for (name, model) in script["files"]!.object! {
            try folder.write(name, Data("#arny-fake 1\n".utf8) + JSONEncoder().encode(model))
        }
    }

    /// The first step that does not give what it must, or nil.
    func run() async throws -> String? {
        for (number, step) in steps.enumerated() {
            if let problem = try await check(step) {
                return "step \(number + 1) (\(step["do"]!.string!)): \(problem)"
            }
        }
        return nil
    }

    private func check(_ step: JSON) async throws -> String? {
        let given: JSON
        do {
            given = try await run(step)
        } catch let raised as ArnyError {
            guard let error = step["error"] else { return "\(raised)" }
            return wrong(error["code"]!, .string(raised.status), "the error")
                ?? wrong(.object(["contains": error["says"]!]), .string(raised.message), "the message")
        }
        if let error = step["error"] {
            return "it gave \(given): the error \(error) expected"
        }
        return (step["gives"] ?? step["events"]).flatMap { wrong($0, given) }
    }

    // ---- steps

    private func team(_ step: JSON) -> Team { teams[step["team"]!.string!]! }
    private func session(_ step: JSON) -> Session { sessions[step["session"]!.string!]! }
    private func model(_ step: JSON) -> Model { models[step["model"]!.string!]! }
    private func path(_ step: JSON) -> String { folder.path + (step["path"].map { "/" + text($0) } ?? "") }
    private func agent(_ step: JSON) -> String { step["agent"]!.string! }

    private func run(_ step: JSON) async throws -> JSON {
        switch step["do"]!.string! {
        case "open":
            teams[step["as"]!.string!] = try await Team(
                path(step), engine: step["engine"]?.string, budget: Int64(step["budget"]?.int ?? 0),
                threads: step["threads"]?.int ?? 0, language: step["language"]?.string,
                state: step["state"].map { "\(folder.path)/\($0.string!)" })
        case "session":
            let persist: Persist = switch step["persist"]?.string {
            case "none": .none
            case "memory": .memory
            case "disk": .disk
            default: .team
            }
            sessions[step["as"]!.string!] = try await team(step).session(step["name"].map(text), persist: persist)
        case "ask": return try await heard(try ask(step), step)
        case "start": answers[step["as"]!.string!] = try ask(step)
        case "finish": return try await heard(answers.removeValue(forKey: step["answer"]!.string!)!, step)
        case "cancel": try session(step).cancel()
        case "route":
            var turns = (step["turns"]?.list ?? [step["text"]!]).map(text)
            return json(try await team(step).route(turns.removeLast(), after: turns))
        case "use": try session(step).use(step["agent"]!.string)
        case "turns": return .list(try session(step).turns.map(json))
        case "agent": return JSON(try session(step).agent)
        case "clear": try await session(step).clear()
        case "forget": try await team(step).forget(step["name"]!.string!)
        case "sessions": return .list(try await team(step).sessions().map { JSON($0) })
        case "team": return json(team(step))
        case "memory": return json(try await team(step).memory())
        case "estimate": return json(try await team(step).estimate())
        case "pressure": try team(step).pressure(step["level"]!.string == "low" ? .low : .critical)
        case "pin": try await team(step).pin(agent(step), step["pinned"]!.bool!)
        case "unload": try await team(step).unload(agent(step))
        case "preload": try await team(step).preload(agent(step))
        case "expect": try team(step).expect(agent(step))
        case "warm": try await team(step).warm()
        case "suspend": try await team(step).suspend()
        case "model":
            let options = ModelOptions(chat: step["chat"]?.string, context: step["context"]?.int ?? 0)
            models[step["as"]!.string!] = try await Model(path(step), options: options)
        case "generate":
            let model = model(step)
            let events = try model.generate(
                utf8: bytes(step["prompt"]!), system: step["system"]?.string, raw: step["raw"]?.bool ?? false,
                maxTokens: step["max_tokens"]?.int ?? 0, stop: step["stop"]?.list?.map { $0.string! } ?? [])
            return try await heard((events, model.cancel), step)
        case "count": return JSON(try await model(step).countTokens(utf8: bytes(step["text"]!)))
        case "inspect": return json(try await inspect(path(step)))
        case "close":
            let what = step["what"]!.string!
            await teams[what]?.close()
            await sessions[what]?.close()
            await models[what]?.close()
        case let unknown:
            fatalError("no step is called \(unknown)")
        }
        return .null
    }

    private func ask(_ step: JSON) throws -> (Events, () throws -> Void) {
        let session = session(step)
        return (try session.ask(utf8: bytes(step["text"]!), agent: step["agent"]?.string,
                                maxTokens: step["max_tokens"]?.int ?? 0), session.cancel)
    }

    /// All events of an answer; cancelled or left after so many tokens.
    private func heard(_ answer: (events: Events, cancel: () throws -> Void), _ step: JSON) async throws -> JSON {
        var events: [[String: JSON]] = [], tokens = 0
        do {
            for try await event in answer.events {
                add(json(event), to: &events)
                guard event.text != nil else { continue }
                tokens += 1
                if tokens == step["close_after"]?.int {
                    break
                }
                if tokens == step["cancel_after"]?.int {
                    try answer.cancel()
                }
            }
        } catch let error as ArnyError {
            add(["type": "error", "status": JSON(error.status), "message": JSON(error.message)], to: &events)
        }
        return .list(events.map { .object($0) })
    }

    /// Rows of tokens are joined, of loading only the last is kept.
    private func add(_ event: [String: JSON], to events: inout [[String: JSON]]) {
        let before = events.last
        if event["type"] == "token", before?["type"] == "token" {
            events[events.count - 1]["text"] = .string(before!["text"]!.string! + event["text"]!.string!)
        } else if event["type"] == "loading", before?["type"] == "loading" {
            events[events.count - 1] = event
        } else {
            events.append(event)
        }
    }
}

/// A member of a JSON object as it stands there: Foundation's objects forget the order of theirs, and that of agents
/// has a meaning.
private func object(_ name: String, in source: Data) -> Data {
    let start = source[source.range(of: Data("\"\(name)\": {".utf8))!].endIndex - 1
    var depth = 0, isText = false, isEscaped = false
    for place in source.indices[start...] {
        switch source[place] {
        case _ where isEscaped: isEscaped = false
        case UInt8(ascii: "\\"): isEscaped = true
        case UInt8(ascii: "\""): isText.toggle()
        case UInt8(ascii: "{") where !isText: depth += 1
        case UInt8(ascii: "}") where !isText:
            depth -= 1
            if depth == 0 { return source[start...place] }
        default: break
        }
    }
    fatalError("\(name) does not end")
}

// ---- texts

/// A string of a step; `units` may be none, see `bytes`.
private func text(_ value: JSON) -> String {
    String(decoding: bytes(value), as: UTF8.self)
}

/// The same in UTF-8; a surrogate without its other half, which no String holds, as the three bytes that it would have.
private func bytes(_ value: JSON) -> [UInt8] {
    if let part = value["repeat"]?.string {
        return Array(String(repeating: part, count: value["times"]!.int!).utf8)
    }
    guard let units = value["units"]?.list else { return Array(value.string!.utf8) }
    return units.flatMap { unit -> [UInt8] in
        let unit = UInt16(unit.int!)
        if let scalar = Unicode.Scalar(unit) {
            return Array(String(scalar).utf8)
        }
        return [0xE0 | UInt8(unit >> 12), 0x80 | UInt8(unit >> 6 & 0x3F), 0x80 | UInt8(unit & 0x3F)]
    }
}

// ---- what the calls give, by the names of C

private func json(_ scores: [Score]) -> JSON {
    .object(Dictionary(uniqueKeysWithValues: scores.map { ($0.agent, .number($0.p)) }))
}

private func json(_ event: ArnyEvent) -> [String: JSON] {
    switch event {
    case .routed(let e):
        ["type": "routed", "agent": JSON(e.agent), "confidence": .number(e.confidence), "scores": json(e.scores)]
    case .safety(let e): ["type": "safety", "confidence": .number(e.confidence), "text": JSON(e.text)]
    case .dropped(let e): ["type": "dropped", "dropped_turns": JSON(e.droppedTurns)]
    case .loading(let e): ["type": "loading", "model": JSON(e.model), "progress": .number(e.progress)]
    case .ready(let e):
        ["type": "ready", "agent": JSON(e.agent), "from": JSON(e.from.rawValue),
         "restored_tokens": JSON(e.restoredTokens), "prefill_tokens": JSON(e.prefillTokens), "ms": .number(e.ms)]
    case .token(let e): ["type": "token", "id": JSON(e.id), "text": JSON(e.text)]
    case .done(let e):
        ["type": "done", "agent": JSON(e.agent), "reason": JSON(e.reason.rawValue),
         "prompt_tokens": JSON(e.promptTokens), "tokens": JSON(e.tokens), "written": JSON(e.written)]
    }
}

private func json(_ decision: Decision) -> JSON {
    .object(["agent": JSON(decision.agent), "confidence": .number(decision.confidence), "scores": json(decision.scores),
             "danger": .number(decision.danger)])
}

private func json(_ turn: Turn) -> JSON {
    .object(["agent": JSON(turn.agent), "user": JSON(turn.user), "reply": JSON(turn.reply)])
}

private func json(_ team: Team) -> JSON {
    let agents = team.agents.map { JSON.object(["name": JSON($0.name), "description": JSON($0.description)]) }
    return .object(["plan": JSON(team.plan), "engine": JSON(team.engine), "budget": JSON(team.budget),
                    "agents": .list(agents)])
}

private func json(_ memory: Memory) -> JSON {
    let agents = memory.agents.map {
        JSON.object(["agent": JSON($0.agent), "state": JSON($0.state.rawValue),
                     "context_tokens": JSON($0.contextTokens)])
    }
    return .object(["budget": JSON(memory.budget), "agents": .list(agents)])
}

private func json(_ estimate: Estimate) -> JSON {
    let agents = estimate.agents.map {
        JSON.object(["agent": JSON($0.agent), "weights": JSON($0.weights), "kv": JSON($0.kv)])
    }
    return .object(["peak": JSON(estimate.peak), "budget": JSON(estimate.budget), "fits": .bool(estimate.fits),
                    "agents": .list(agents)])
}

private func json(_ info: FileInfo) -> JSON {
    .object(["kind": JSON(info.kind), "architecture": JSON(info.architecture), "bytes": JSON(info.bytes)])
}
