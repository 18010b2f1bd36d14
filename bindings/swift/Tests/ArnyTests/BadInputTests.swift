import Arny
import XCTest

/// What a caller can do wrong is an error with a remedy, and the next call works.
final class BadInputTests: XCTestCase {
    private var folder: Folder!

    override func setUpWithError() throws {
        folder = try Folder.team(#"{"default": "fine"}"#)
    }

    private func assertThrows<T>(_ says: String, _ call: () async throws -> T, line: UInt = #line) async {
        do {
            _ = try await call()
            XCTFail("nothing was thrown", line: line)
        } catch ArnyError.argument(let message) {
            XCTAssertTrue(message.contains(says), message, line: line)
        } catch {
            XCTFail("\(error)", line: line)
        }
    }

    func testWhatIsClosedSaysSo() async throws {
        let team = try await Team(folder.path)
        let session = try await team.session()
        let model = try await Model("\(folder.path)/m.fake")
        for _ in 0..<2 {
            await team.close()
            await session.close()
            await model.close()
        }
        await assertThrows("the team is closed") { try await team.session() }
        await assertThrows("the team is closed") { try await team.route("x") }
        await assertThrows("the team is closed") { try await team.warm() }
        await assertThrows("the team is closed") { try await team.memory() }
        await assertThrows("the team is closed") { try await team.estimate() }
        await assertThrows("the team is closed") { try team.pressure(.low) }
        await assertThrows("the team is closed") { try await team.suspend() }
        await assertThrows("the team is closed") { try team.expect("math") }
        await assertThrows("the team is closed") { try await team.pin("math") }
        await assertThrows("the team is closed") { try await team.sessions() }
        await assertThrows("the session is closed") { try session.ask("x") }
        await assertThrows("the session is closed") { try session.cancel() }
        await assertThrows("the session is closed") { try session.use(nil) }
        await assertThrows("the session is closed") { try session.turns }
        await assertThrows("the session is closed") { try session.agent }
        await assertThrows("the session is closed") { try await session.clear() }
        await assertThrows("the model is closed") { try model.generate("x") }
        await assertThrows("the model is closed") { try model.cancel() }
        await assertThrows("the model is closed") { try await model.countTokens("x") }
    }

    func testANulIsRefusedEverywhere() async throws {
        let nul = "a\0b"
        let team = try await Team(folder.path)
        let session = try await team.session()
        let model = try await Model("\(folder.path)/m.fake")
        await assertThrows("NUL") { try await Team(nul) }
        await assertThrows("NUL") { try await Team(self.folder.path, engine: nul) }
        await assertThrows("NUL") { try await Model(nul) }
        await assertThrows("NUL") { try await inspect(nul) }
        await assertThrows("NUL") { try await team.session(nul) }
        await assertThrows("NUL") { try await team.route(nul) }
        await assertThrows("NUL") { try await team.forget(nul) }
        await assertThrows("NUL") { try session.ask(nul) }
        await assertThrows("NUL") { try session.ask("x", agent: nul) }
        await assertThrows("NUL") { try session.use(nul) }
        await assertThrows("NUL") { try model.generate("x", stop: ["y", nul]) }
        await assertThrows("NUL") { try await model.countTokens(nul) }
    }

    func testNumbersAreNotCut() async throws {
        let session = try await Team(folder.path).session()
        await assertThrows("32 bits") { try session.ask("x", maxTokens: 1 << 32 + 5) }
        await assertThrows("32 bits") { try await Team(self.folder.path, threads: 1 << 40) }
        await assertThrows("32 expected") { try await Team(self.folder.path, key: [1, 2, 3]) }
    }

    func testHugeTextsAreRefusedByTheLibrary() async throws {
        let session = try await Team(folder.path).session()
        do {
            for try await _ in try session.ask(String(repeating: "grüße ", count: 2_000_000)) {}
            XCTFail("it was answered")
        } catch ArnyError.context {}
        var text = ""
        for try await event in try session.ask("hello") {
            text += event.text ?? ""
        }
        XCTAssertEqual(text, "fine")
    }

    func testAnErrorHasAllThatTheLibraryTells() async throws {
        do {
            _ = try await Team("\(folder.path)/absent")
            XCTFail("it was opened")
        } catch let error as ArnyError {
            guard case .notFound = error else { return XCTFail("\(error)") }
            XCTAssertEqual(error.code, -2)
            XCTAssertEqual(error.status, "not-found")
            XCTAssertTrue(error.message.contains("absent"))
            XCTAssertFalse(error.remedy.isEmpty)
            XCTAssertEqual(error.localizedDescription, error.message)
        }
    }

    func testOptionsReachTheLibrary() async throws {
        XCTAssertTrue(engines.contains("fake"))
        XCTAssertFalse(version.isEmpty)
        XCTAssertTrue(chatTemplates.contains("chatml"))
        let team = try await Team(folder.path, budget: 50_000_000, state: "\(folder.path)/state",
                                  key: [UInt8](repeating: 7, count: 32))
        XCTAssertEqual(team.budget, 50_000_000)
        let session = try await team.session("kept", persist: .disk)
        for try await _ in try session.ask("secret words", sampling: Sampling(temperature: 0.1, seed: 7)) {}
        await session.close()
        let names = try await team.sessions()
        XCTAssertEqual(names, ["kept"])
        await team.close()
        let single = try await Team(model: "\(folder.path)/m.fake", system: "You count.")
        XCTAssertEqual(single.agents.map(\.name), ["assistant"])
    }
}
