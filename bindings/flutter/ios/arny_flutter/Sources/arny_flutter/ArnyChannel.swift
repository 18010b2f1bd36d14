import Foundation
#if canImport(Arny)
import Arny
#endif

/// The method channel and the event channel, but for Flutter and iOS: what is called by which name, with which
/// arguments, and what is answered. ArnyFlutterPlugin connects it.
///
/// Functions never wait; replies and events come on the main thread.
final class ArnyChannel: @unchecked Sendable {
    typealias Sink = @Sendable (Fields) -> Void

    private let host: any Device
    private let services: Services
    private let folder: TeamFolder
    private let lock = NSLock() // guards all below
    private var path: String? // of the service
    private var service: (any Service)?
    private var last: Task<Void, Never>? // the last change of the service: one at a time
    private var answers: [Int: Task<Void, Never>] = [:] // those that stream, by the ids that Dart gave them
    private var sink: (number: Int, tell: Sink)?
    private var sinks = 0
    private var cached = false

    init(_ host: any Device, _ services: Services = .shared) {
        self.host = host
        self.services = services
        folder = TeamFolder(host: host)
    }

    func call(_ method: String, _ raw: Any?, _ reply: @escaping @Sendable (Reply) -> Void) {
        let arguments: Result<Arguments, any Error> = Result { try Arguments(method, raw) }
        Task { [self] in
            var ended: Reply
            do {
                try setCache()
                ended = try await answer(method, arguments.get())
            } catch {
                ended = Reply(error)
            }
            host.post { [ended] in reply(ended) }
        }
    }

    private func answer(_ method: String, _ arguments: Arguments) async throws -> Reply {
        switch method {
        case "initializeModel": return .success(try await initializeModel(arguments))
        case "initializeModels": return .success(try await initializeModels(arguments))
        case "generateText": return .success(try await generateText(arguments))
        case "startText": return .success(try startText(arguments))
        case "cancelText": try await cancelText(arguments)
        case "classifyIntent": return .success(try await classifyIntent(arguments))
        case "switchSpecialist": try await switchSpecialist(arguments)
        case "disposeModel", "disposeModels": await dispose()
        case "memory":
            guard let team else { return .success(nil) }
            return .success(fields(try await team.memory()))
        case "pressure": try await pressure(arguments.word("level", pressures, .critical))
        case "suspend": try await suspend(cancel: arguments.flag("cancel", true))
        case "holdBackground": host.holdBackground(try arguments.flag("hold", true))
        case "sessionKey": return .success(Bytes(bytes: try host.sessionKey(reset: arguments.flag("reset", false))))
        case "folders": return .success(["support": host.support, "cache": host.cache])
        case "assetPath": return .success(host.assetPath(try arguments.text("asset")))
        case "readAsset": return .success(try readAsset(arguments))
        case "power": return .success(host.power())
        default: return .notImplemented
        }
        return .success(nil)
    }

    /// The library asks for it before anything else.
    private func setCache() throws {
        let first = lock.withLock {
            defer { cached = true }
            return !cached
        }
        if first { try setLibraryCache(host.cache) }
    }

    // ---- events

    /// Whoever listened before is dead (hot restart): its answers are for nobody.
    func listen(_ tell: @escaping Sink) {
        unlisten()
        lock.withLock {
            sinks += 1
            sink = (sinks, tell)
        }
        powerChanged()
    }

    func unlisten() {
        let left = lock.withLock {
            defer { answers = [:] }
            sink = nil
            return answers.values
        }
        left.forEach { $0.cancel() }
    }

    /// Battery saver or heat have changed.
    func powerChanged() {
        Task { [self] in tell(host.power().merging(["type": "power"]) { $1 }) }
    }

    /// `to`: who asked; what is for one that is dead is for nobody.
    private func tell(_ event: Fields, to asker: Int? = nil) {
        guard let number = asker ?? lock.withLock({ sink?.number }) else { return }
        host.post { [self] in
            if let sink = lock.withLock({ sink }), sink.number == number {
                sink.tell(event)
            }
        }
    }

    private func tellMemory() async {
        guard let team, lock.withLock({ sink }) != nil, let memory = try? await team.memory() else { return }
        tell(fields(memory))
    }

    // ---- what iOS tells

    func memoryWarning() {
        Task { [self] in try? await pressure(.critical) } // a team that was closed meanwhile has nothing to give back
    }

    /// iOS stops the app some seconds later, and kills it if it holds the lock of a file then.
    func enteredBackground() {
        host.holdBackground(true)
        Task { [self] in
            try? await suspend(cancel: true) // KV that could not be written will be computed anew
            host.holdBackground(false)
        }
    }

    /// The engine is gone.
    func close() {
        unlisten()
        Task { [self] in await dispose() }
    }

    private func pressure(_ level: Pressure) async throws {
        guard let team else { return }
        try team.pressure(level)
        tell(["type": "pressure", "level": pressures.first { $0.1 == level }?.0 ?? ""])
        await tellMemory()
    }

    private func suspend(cancel: Bool) async throws {
        if cancel { lock.withLock { service }?.cancel() }
        try await team?.suspend()
        await tellMemory()
    }

    // ---- methods

    private let pressures: [(String, Pressure)] = [("none", .none), ("low", .low), ("critical", .critical)]
    private let persists: [(String, Persist)] =
        [("team", .team), ("none", .none), ("memory", .memory), ("disk", .disk)]

    private var team: Team? { (lock.withLock { service } as? WholeTeam)?.team }

    private func wholeTeam(_ method: String) throws -> WholeTeam {
        guard let team = lock.withLock({ service }) as? WholeTeam else {
            throw ArnyError.argument("\(method): no team is open: call initializeModels first")
        }
        return team
    }

    private func initializeModel(_ arguments: Arguments) async throws -> Bool {
        let given = try arguments.text("modelPath")
        let chosen = try arguments.textOrNil("tokenizer")
        let threads = try arguments.whole("threads", 0)
        return try await become("model \(given)") { [self] in
            let file = folder.find(given)
            let words = chosen.map(folder.find) ?? folder.tokenizer(file)
            let name = (file as NSString).lastPathComponent
            return OneModel(try await Model(file, options: ModelOptions(tokenizer: words, threads: threads)) { [self] in
                tell(["type": "loading", "model": name, "progress": $0])
            })
        }
    }

    /// "models", as in the guide; or "team", a folder with a team.json.
    private func initializeModels(_ arguments: Arguments) async throws -> Bool {
        let given = try arguments.textOrNil("team")
        let models = given == nil ? try arguments.texts("models") : [:]
        try TeamFolder.check(models)
        let language = try arguments.textOrNil("language")
        let persist = try arguments.word("persist", persists, .team)
        let encrypted = try arguments.flag("encrypted", false)
        let threads = try arguments.whole("threads", 0)
        let name = "team " + (given ?? models.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: ", "))
        return try await become(name) { [self] in
            let place = try given.map(folder.findTeam) ?? folder.of(models)
            // The name stays the same; on iOS the path of an app changes with each update.
            let team = try await Team(place, threads: threads, language: language,
                                      state: "\(host.support)/arny-state/\(folder.fileName(name))",
                                      key: encrypted ? host.sessionKey(reset: false) : nil)
            do {
                return WholeTeam(team, try await team.session(persist: persist))
            } catch {
                await team.close()
                throw error
            }
        }
    }

    /// The old one is closed first: two may not fit. Where opening fails, nothing is open.
    private func become(_ name: String,
                        _ open: @escaping @Sendable () async throws -> any Service) async throws -> Bool {
        try await change { [self] in
            if lock.withLock({ path }) == name { return }
            await leave()
            let opened = try await services.take(name, open)
            lock.withLock {
                path = name
                service = opened
            }
        }
        await tellMemory()
        return true
    }

    private func change(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let task = lock.withLock {
            let before = last
            let task = Task {
                await before?.value
                try await work()
            }
            last = Task { _ = try? await task.value }
            return task
        }
        try await task.value
    }

    private func dispose() async {
        try? await change { [self] in await leave() } // it throws nothing
    }

    private func leave() async {
        let old = lock.withLock {
            defer { (path, service) = (nil, nil) }
            return path
        }
        if let old { await services.leave(old) }
    }

    private func generateText(_ arguments: Arguments) async throws -> String {
        var text = ""
        for try await event in try ask(arguments) {
            if let token = event.text {
                text += token
            } else {
                tell(fields(event))
            }
        }
        await tellMemory()
        return text
    }

    private func ask(_ arguments: Arguments) throws -> Events {
        let prompt = try arguments.text("prompt")
        let maxTokens = try arguments.whole("maxTokens")
        let temperature = Float(try arguments.number("temperature"))
        guard let service = lock.withLock({ service }) else {
            throw ArnyError.argument("no model is open: call initializeModel or initializeModels first")
        }
        return try service.ask(prompt, maxTokens: maxTokens, sampling: Sampling(temperature: temperature))
    }

    /// The same as events, which carry the id; replies when it has begun.
    private func startText(_ arguments: Arguments) throws -> Bool {
        let id = try arguments.whole("id")
        _ = try (arguments.text("prompt"), arguments.whole("maxTokens"), arguments.number("temperature"))
        try lock.withLock {
            guard let asker = sink?.number else { throw ArnyError.argument("startText: nobody listens to the events") }
            if answers[id] != nil { throw ArnyError.argument("startText: \"id\" \(id) is in use") }
            answers[id] = Task { [self] in
                await stream(arguments, id, asker)
                lock.withLock { if sink?.number == asker { answers[id] = nil } }
                await tellMemory()
            }
        }
        return true
    }

    private func stream(_ arguments: Arguments, _ id: Int, _ asker: Int) async {
        do {
            for try await event in try ask(arguments) {
                tell(fields(event).merging(["id": id]) { $1 }, to: asker)
            }
        } catch {
            guard case .error(let code, let message, let remedy) = Reply(error) else { return }
            var event: Fields = ["type": "error", "id": id, "code": code, "message": message]
            event["remedy"] = remedy
            tell(event, to: asker)
        }
    }

    /// Replies when it has stopped. One that there is not has ended: that is no error.
    private func cancelText(_ arguments: Arguments) async throws {
        guard arguments.has("id") else {
            lock.withLock { service }?.cancel()
            return
        }
        let id = try arguments.whole("id")
        let task = lock.withLock { answers[id] }
        task?.cancel()
        await task?.value
    }

    private func classifyIntent(_ arguments: Arguments) async throws -> String {
        let prompt = try arguments.text("prompt")
        let (agent, confidence) = try await wholeTeam("classifyIntent").classify(prompt)
        // A name has no character that JSON would escape.
        return "{\"agent\": \"\(agent)\", \"confidence\": \(confidence)}"
    }

    private func switchSpecialist(_ arguments: Arguments) async throws {
        let name = try arguments.text("name")
        try await wholeTeam("switchSpecialist").switchTo(name) { [self] in
            tell(["type": "loading", "model": name, "progress": $0])
        }
        await tellMemory()
    }

    /// For assets that are files, which Dart reads by itself, but for the manifest.
    private func readAsset(_ arguments: Arguments) throws -> Bytes {
        let asset = try arguments.text("asset")
        let (offset, length) = (try arguments.long("offset"), try arguments.whole("length"))
        guard let path = host.assetPath(asset), let file = FileHandle(forReadingAtPath: path) else {
            throw DeviceError(code: "not-found", message: "there is no asset \(asset)")
        }
        defer { try? file.close() }
        try file.seek(toOffset: UInt64(max(0, offset)))
        return Bytes(bytes: [UInt8](try file.read(upToCount: max(0, length)) ?? Data()))
    }
}
