@testable import arny_flutter
import Arny
import XCTest

/// What was replied with an error.
struct Refused: Error {
    let code: String
    let message: String
    let remedy: String?
}

/// Fields as they came, in order.
final class Heard: @unchecked Sendable {
    private let lock = NSLock()
    private var fields: [Fields] = []

    func add(_ event: Fields) { lock.withLock { fields.append(event) } }

    var all: [Fields] { lock.withLock { fields } }

    func first(_ type: String) -> Fields? { all.first { $0["type"] as? String == type } }

    func wait(_ type: String, line: UInt = #line) async throws -> Fields {
        for _ in 0..<6000 {
            if let found = first(type) { return found }
            try await Task.sleep(nanoseconds: 5_000_000)
        }
        XCTFail("\(type) did not come: \(all.suffix(5))", line: line)
        throw Refused(code: "test", message: type, remedy: nil)
    }
}

final class TestDevice: Device {
    let folder: String
    private let main = DispatchQueue(label: "main")

    init() throws {
        folder = NSTemporaryDirectory() + "/arny-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: "\(folder)/models", withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var models: [String] { ["\(folder)/models", folder] }
    var support: String { "\(folder)/support" }
    var cache: String { "\(folder)/cache" }

    func assetPath(_ asset: String) -> String? {
        FileManager.default.fileExists(atPath: "\(folder)/\(asset)") ? "\(folder)/\(asset)" : nil
    }

    func sessionKey(reset: Bool) throws -> [UInt8] { [UInt8](repeating: 7, count: 32) }
    func power() -> [String: any Sendable] { ["lowPower": true, "thermal": "fair"] }
    func holdBackground(_ hold: Bool) {}
    func post(_ task: @escaping @Sendable () -> Void) { main.async(execute: task) }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/models/\(name)"))
    }

    func fake(_ name: String, _ json: String) throws { try write("\(name).fake", "#arny-fake 1\n\(json)") }
}

final class ArnyChannelTests: XCTestCase {
    private var host: TestDevice!
    private var channel: ArnyChannel!
    private let services = Services()

    override func setUpWithError() throws {
        host = try TestDevice()
        channel = ArnyChannel(host, services)
    }

    override func tearDown() { channel.close() }

    private func call(_ method: String, _ arguments: Any? = nil,
                      on other: ArnyChannel? = nil) async throws -> (any Sendable)? {
        let reply = await withCheckedContinuation { done in
            (other ?? channel).call(method, arguments) { done.resume(returning: $0) }
        }
        switch reply {
        case .success(let value): return value
        case .error(let code, let message, let remedy): throw Refused(code: code, message: message, remedy: remedy)
        case .notImplemented: throw Refused(code: "not-implemented", message: method, remedy: nil)
        }
    }

    private func refused(_ method: String, _ arguments: Any? = nil, line: UInt = #line) async throws -> Refused {
        do {
            _ = try await call(method, arguments)
        } catch let problem as Refused {
            return problem
        }
        XCTFail("\(method) was not refused", line: line)
        throw Refused(code: "test", message: method, remedy: nil)
    }

    private func generate(_ prompt: String) async throws -> String? {
        try await call("generateText", ["prompt": prompt, "maxTokens": 512, "temperature": 0.0]) as? String
    }

    private func start(_ id: Int, _ prompt: String, _ maxTokens: Int = 50) async throws {
        _ = try await call("startText", ["id": id, "prompt": prompt, "maxTokens": maxTokens, "temperature": 0.0])
    }

    private func listen() -> Heard {
        let heard = Heard()
        channel.listen { heard.add($0) }
        return heard
    }

    private func guide() throws -> [String: String] {
        try host.fake("gateway", #"""
            {"say": [{"when": "anxious", "say": "wellness"}, {"when": "3x", "say": "math"}], "default": "none"}
            """#)
        try host.fake("wellness", #"{"default": "It is normal."}"#)
        try host.fake("math", #"{"default": "x = 5"}"#)
        try host.fake("logistics", #"{"default": "Go north."}"#)
        return Dictionary(uniqueKeysWithValues: ["gateway", "wellness", "math", "logistics"].map { ($0, "\($0).fake") })
    }

    private func endless() throws {
        try host.fake("endless", #"{"default": "\#(String(repeating: "on and ", count: 1000))", "step_us": 1000}"#)
    }

    func testOneModelAnswers() async throws {
        try host.fake("model", #"{"default": "fine"}"#)
        for _ in 0..<2 {
            let opened = try await call("initializeModel", ["modelPath": "model.fake"]) as? Bool
            XCTAssertEqual(opened, true)
        }
        let text = try await generate("Hello")
        XCTAssertEqual(text, "fine")
        for _ in 0..<2 {
            let nothing = try await call("disposeModel")
            XCTAssertNil(nothing)
        }
        let problem = try await refused("generateText", ["prompt": "x", "maxTokens": 5, "temperature": 0.0])
        XCTAssertEqual(problem.code, "argument")
    }

    func testTheGuidesFourFilesAreATeam() async throws {
        _ = try await call("initializeModels", ["models": try guide()])
        func route(_ prompt: String) async throws -> String? {
            let text = try await call("classifyIntent", ["prompt": prompt]) as! String
            let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as! [String: Any]
            XCTAssertTrue(json["confidence"] is Double || json["confidence"] is Int)
            return json["agent"] as? String
        }
        var agent = try await route("I feel anxious")
        XCTAssertEqual(agent, "wellness")
        _ = try await call("switchSpecialist", ["name": "wellness"])
        var text = try await generate("I feel anxious")
        XCTAssertEqual(text, "It is normal.")
        agent = try await route("And then?")
        XCTAssertEqual(agent, "wellness")
        agent = try await route("Solve 3x + 7 = 22")
        XCTAssertEqual(agent, "math")
        _ = try await call("switchSpecialist", ["name": "math"])
        _ = try await call("suspend")
        text = try await generate("Solve 3x + 7 = 22")
        XCTAssertEqual(text, "x = 5")
        let memory = try await call("memory") as! Fields
        XCTAssertEqual((memory["agents"] as! [Fields]).map { $0["agent"] as? String },
                       ["logistics", "math", "wellness", "gateway"])
        let problem = try await refused("switchSpecialist", ["name": "cooking"])
        XCTAssertEqual(problem.code, "argument")
        XCTAssertTrue(problem.message.contains("math"), problem.message)
        XCTAssertFalse(problem.remedy?.isEmpty ?? true)
        _ = try await call("disposeModels")
    }

    func testATeamsFolderKeepsItsSessionOnDiskEncrypted() async throws {
        _ = try guide()
        try host.write("team.json", """
            {"arny": 1, "plan": "monolith", "engine": "fake", "models": {"m": {"fake": "math.fake"}},
             "agents": {"only": {"model": "m"}}}
            """)
        _ = try await call("initializeModels", ["team": "models", "persist": "disk", "encrypted": true])
        _ = try await generate("a secret word")
        _ = try await call("suspend")
        _ = try await call("disposeModels")
        let state = "\(host.support)/arny-state"
        let files = try FileManager.default.subpathsOfDirectory(atPath: state)
            .compactMap { FileManager.default.contents(atPath: "\(state)/\($0)") }
        XCTAssertFalse(files.isEmpty)
        XCTAssertTrue(files.allSatisfy { $0.range(of: Data("secret".utf8)) == nil })
        // The folder with a team.json is found by its files too.
        for arguments: [String: Any] in [["models": ["math": "math.fake"]], ["team": "."], ["team": "team.json"]] {
            _ = try await call("initializeModels", arguments)
            let memory = try await call("memory") as! Fields
            XCTAssertEqual((memory["agents"] as! [Fields]).map { $0["agent"] as? String }, ["only"])
        }
        let absent = try await refused("initializeModels", ["team": "absent"])
        XCTAssertEqual(absent.code, "not-found")
    }

    func testWhatIsMissingOrWrongIsNamed() async throws {
        let all: [(String, [String: Any], String)] = [
            ("generateText", ["maxTokens": 1, "temperature": 0.7],
             "\"prompt\" is missing or not a String"),
            ("generateText", ["prompt": 5, "maxTokens": 1, "temperature": 0.7],
             "\"prompt\" is missing or not a String"),
            ("generateText", ["prompt": NSNull(), "maxTokens": 1, "temperature": 0.7],
             "\"prompt\" is missing or not a String"),
            ("generateText", ["prompt": "x", "temperature": 0.7],
             "\"maxTokens\" is missing or not an int"),
            ("generateText", ["prompt": "x", "maxTokens": 1.5, "temperature": 0.7],
             "\"maxTokens\" is missing or not an int"),
            ("generateText", ["prompt": "x", "maxTokens": true, "temperature": 0.7],
             "\"maxTokens\" is missing or not an int"),
            ("generateText", ["prompt": "x", "maxTokens": 1, "temperature": "hot"],
             "\"temperature\" is missing or not a number"),
            ("initializeModel", [:], "\"modelPath\" is missing or not a String"),
            ("initializeModels", [:], "\"models\" is missing or not a Map of Strings"),
            ("initializeModels", ["models": ["a": 1]], "\"models\" is missing or not a Map of Strings"),
            ("initializeModels", ["models": [String: String]()], "\"models\" is empty"),
            ("initializeModels", ["models": ["a": "x.zip"]], "\"x.zip\" is no .gguf and no .pte"),
            ("classifyIntent", [:], "\"prompt\" is missing or not a String"),
            ("switchSpecialist", [:], "\"name\" is missing or not a String"),
            ("startText", ["prompt": "x"], "\"id\" is missing or not an int"),
            ("pressure", ["level": "high"], "\"level\" is \"high\": one of none, low, critical expected"),
        ]
        for (method, arguments, says) in all {
            // What is open is looked for after the arguments were read.
            let problem = try await refused(method, arguments)
            XCTAssertEqual(problem.code, "argument")
            XCTAssertEqual(problem.message, "\(method): \(says)")
        }
        let big = try await refused("generateText", ["prompt": "x", "maxTokens": 5_000_000_000, "temperature": 0.7])
        XCTAssertEqual(big.message, "generateText: \"maxTokens\" is 5000000000: a number of 32 bits expected")
        let odd = try await refused("generateText", "a text")
        XCTAssertEqual(odd.message, "generateText: the arguments are no map")
        let unknown = try await refused("paint")
        XCTAssertEqual(unknown.code, "not-implemented")
    }

    func testTheLibrarysErrorsComeWithTheirRemedy() async throws {
        let problem = try await refused("initializeModel", ["modelPath": "absent.pte"])
        XCTAssertEqual(problem.code, "not-found")
        XCTAssertTrue(problem.message.contains("absent.pte"))
        XCTAssertFalse(problem.remedy?.isEmpty ?? true)
        try host.fake("model", #"{"default": "fine"}"#)
        _ = try await call("initializeModel", ["modelPath": "model.fake"])
        let hot = try await refused("generateText", ["prompt": "x", "maxTokens": 5, "temperature": 99.0])
        XCTAssertEqual(hot.code, "argument")
        let nul = try await refused("generateText", ["prompt": "a\0b", "maxTokens": 5, "temperature": 0.7])
        XCTAssertEqual(nul.code, "argument")
        let gateway = try await refused("classifyIntent", ["prompt": "x"])
        XCTAssertEqual(gateway.code, "argument")
        let text = try await generate("and goes on")
        XCTAssertEqual(text, "fine")
    }

    func testAnAnswerStreamsWithItsId() async throws {
        _ = try await call("initializeModels", ["models": try guide()])
        let heard = listen()
        try await start(3, "3x")
        let done = try await heard.wait("done")
        XCTAssertEqual(done["id"] as? Int, 3)
        let tokens = heard.all.filter { $0["type"] as? String == "token" }
        XCTAssertEqual(tokens.compactMap { $0["text"] as? String }.joined(), "x = 5")
        XCTAssertEqual(heard.first("routed")?["agent"] as? String, "math")
        _ = try await heard.wait("memory")
        let power = try await heard.wait("power")
        XCTAssertEqual(power["lowPower"] as? Bool, true)
    }

    func testAnAnswerThatIsCancelledStopsAndTheNextOneComes() async throws {
        try endless()
        _ = try await call("initializeModel", ["modelPath": "endless.fake"])
        let refusal = try await refused("startText", ["id": 1, "prompt": "x", "maxTokens": 5, "temperature": 0.5])
        XCTAssertEqual(refusal.message, "startText: nobody listens to the events")
        let heard = listen()
        try await start(1, "x", 2000)
        _ = try await heard.wait("token")
        for _ in 0..<2 { _ = try await call("cancelText", ["id": 1]) }
        try await Task.sleep(nanoseconds: 50_000_000)
        let count = heard.all.count
        try await Task.sleep(nanoseconds: 100_000_000)
        XCTAssertEqual(heard.all.dropFirst(count).filter { $0["type"] as? String == "token" }.count, 0)
        try await start(1, "x", 2)
        let done = try await heard.wait("done")
        XCTAssertEqual(done["reason"] as? String, "length")
    }

    func testAnErrorOfAStreamIsAnEvent() async throws {
        try host.fake("model", #"{"default": "fine"}"#)
        _ = try await call("initializeModel", ["modelPath": "model.fake"])
        let heard = listen()
        _ = try await call("startText", ["id": 4, "prompt": "x", "maxTokens": 5, "temperature": 99.0])
        let error = try await heard.wait("error")
        XCTAssertEqual(error["id"] as? Int, 4)
        XCTAssertEqual(error["code"] as? String, "argument")
    }

    func testHotRestartDropsDeadListenersAndFindsWhatIsOpen() async throws {
        try endless()
        _ = try await call("initializeModel", ["modelPath": "endless.fake"])
        let dead = listen()
        try await start(1, "x", 2000)
        _ = try await dead.wait("token")
        let heard = listen()
        let opened = try await call("initializeModel", ["modelPath": "endless.fake"]) as? Bool
        XCTAssertEqual(opened, true)
        let count = dead.all.count
        try await start(1, "x", 3)
        _ = try await heard.wait("done")
        XCTAssertLessThanOrEqual(dead.all.count, count + 1)
        XCTAssertLessThanOrEqual(heard.all.filter { $0["type"] as? String == "token" }.count, 4)
    }

    func testTwoEnginesShareWhatIsOpen() async throws {
        let models = try guide()
        let other = ArnyChannel(host, services)
        _ = try await call("initializeModels", ["models": models])
        _ = try await call("initializeModels", ["models": models], on: other)
        _ = try await call("disposeModels")
        let text = try await call("classifyIntent", ["prompt": "3x"], on: other) as? String
        XCTAssertTrue(text?.contains("math") ?? false)
        other.close()
    }

    func testWarningsAndTheBackgroundReachTheTeam() async throws {
        _ = try await call("initializeModels", ["models": try guide()])
        _ = try await call("switchSpecialist", ["name": "math"])
        let heard = listen()
        channel.memoryWarning()
        let pressure = try await heard.wait("pressure")
        XCTAssertEqual(pressure["level"] as? String, "critical")
        channel.enteredBackground()
        let text = try await generate("3x")
        XCTAssertTrue(text == "x = 5" || text == "") // the background may have cancelled it
        let next = try await generate("3x again")
        XCTAssertTrue(next == "x = 5" || next == "")
    }

    func testTheRestOfThePlatformIsReached() async throws {
        let key = try await call("sessionKey") as? Bytes
        XCTAssertEqual(key?.bytes.count, 32)
        let folders = try await call("folders") as? [String: String]
        XCTAssertEqual(folders?["support"], host.support)
        try host.write("asset", "0123456789")
        let path = try await call("assetPath", ["asset": "models/asset"]) as? String
        XCTAssertEqual(path, "\(host.folder)/models/asset")
        let bytes = try await call("readAsset", ["asset": "models/asset", "offset": 3, "length": 3]) as? Bytes
        XCTAssertEqual(bytes, Bytes(bytes: Array("345".utf8)))
        let end = try await call("readAsset", ["asset": "models/asset", "offset": 10, "length": 3]) as? Bytes
        XCTAssertEqual(end, Bytes(bytes: []))
        let absent = try await refused("readAsset", ["asset": "none", "offset": 0, "length": 3])
        XCTAssertEqual(absent.code, "not-found")
        _ = try await call("holdBackground", ["hold": true])
    }
}
