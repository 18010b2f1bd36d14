import Arny
import XCTest

/// Answers that are left, cancelled, forgotten, and closed under way.
final class StreamTests: XCTestCase {
    private static let slow = #"{"default": "\#(String(repeating: "and on ", count: 500))", "step_us": 1000}"#
    private static let quick = #"{"default": "fine"}"#

    private var folder: Folder!

    private func chat(_ model: String) async throws -> (Team, Session) {
        folder = try Folder.team(model)
        let team = try await Team(folder.path)
        return (team, try await team.session())
    }

    /// Ends when the answer before it has ended.
    private func secondsUntilFree(_ session: Session) async throws -> TimeInterval {
        let start = Date()
        for try await _ in try session.ask("next", maxTokens: 1) {}
        return Date().timeIntervalSince(start)
    }

    func testWhoLeavesTheLoopCancels() async throws {
        let (team, session) = try await chat(Self.slow)
        for try await event in try session.ask("go") where event.text != nil {
            break
        }
        let seconds = try await secondsUntilFree(session)
        XCTAssertLessThan(seconds, 1) // all of it takes 3.5 s
        XCTAssertLessThan(try session.turns[0].reply.count, 1000)
        await session.close()
        await team.close()
    }

    func testAStreamThatIsDroppedUnreadCancels() async throws {
        let (_, session) = try await chat(Self.slow)
        for _ in 0..<20 {
            _ = try session.ask("go")
        }
        let seconds = try await secondsUntilFree(session)
        XCTAssertLessThan(seconds, 1)
        await session.close()
    }

    func testATaskThatIsCancelledEndsItsLoop() async throws {
        let (_, session) = try await chat(Self.slow)
        let begun = expectation(description: "a token came")
        begun.assertForOverFulfill = false
        let task = Task {
            var isDone = false
            for try await event in try session.ask("go") {
                if event.text != nil { begun.fulfill() }
                if case .done = event { isDone = true }
            }
            return isDone
        }
        await fulfillment(of: [begun], timeout: 10)
        task.cancel()
        let isDone = try await task.value
        XCTAssertFalse(isDone)
        let seconds = try await secondsUntilFree(session)
        XCTAssertLessThan(seconds, 1)
        await session.close()
    }

    func testASessionThatIsForgottenAnswersToTheEnd() async throws {
        let folder = try Folder.team(Self.quick)
        let answer = try await { try await Team(folder.path).session().ask("go") }()
        var text = ""
        for try await event in answer {
            text += event.text ?? ""
        }
        XCTAssertEqual(text, "fine")
    }

    func testAModelWaitsForItsAnswerWhenItIsClosed() async throws {
        let folder = try Folder.team(Self.slow)
        let model = try await Model("\(folder.path)/m.fake")
        let answer = try model.generate("go")
        await model.close()
        var last: ArnyEvent?
        for try await event in answer {
            last = event
        }
        guard case .done(let done) = last else { return XCTFail("\(String(describing: last))") }
        XCTAssertEqual(done.reason, .cancelled)
    }

    func testAnswersAreClosedWhileTheyBegin() async throws {
        let folder = try Folder.team(#"{"default": "a short answer", "step_us": 100}"#)
        let team = try await Team(folder.path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let session = try await team.session("s\(number)")
                    async let closed: Void = session.close()
                    do {
                        for try await _ in try session.ask("go") {}
                    } catch ArnyError.argument(let message) {
                        XCTAssertEqual(message, "the session is closed")
                    }
                    await closed
                }
            }
            try await group.waitForAll()
        }
        await team.close()
    }

    func testSessionsAreForgottenWhileTheyAnswer() async throws {
        let folder = try Folder.team(#"{"default": "a short answer", "step_us": 100}"#)
        let team = try await Team(folder.path)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let session = try? await team.session("s\(number % 50)")
                    _ = try? session?.ask("go")
                }
            }
        }
        await team.close()
    }

    /// More calls that wait than there are threads for them: those of tasks go on, and so does a cancel.
    func testCallsThatWaitLeaveTheThreadsOfTasksFree() async throws {
        let (team, session) = try await chat(Self.slow)
        let start = Date()
        var answer = try session.ask("go").makeAsyncIterator()
        _ = try await answer.next()
        let waiting = (0..<100).map { _ in Task { try await team.pin("math") } }
        for _ in 0..<1000 {
            await Task { await Task.yield() }.value
        }
        try session.cancel()
        while try await answer.next() != nil {}
        for task in waiting {
            try await task.value
        }
        XCTAssertLessThan(Date().timeIntervalSince(start), 2) // the answer alone takes 3.5 s
        await session.close()
    }

    func testOpeningTellsItsProgressAndCanBeCancelled() async throws {
        let folder = try Folder.team(#"{"default": "fine", "open_ms": 300}"#)
        let task = Task { try await Model("\(folder.path)/m.fake") { XCTAssertTrue((0...1).contains($0)) } }
        try await Task.sleep(nanoseconds: 50_000_000)
        task.cancel()
        do {
            _ = try await task.value
            XCTFail("it was opened")
        } catch ArnyError.cancelled {}
    }

    func testAConversationIsToldAsItGrows() async throws {
        let (_, session) = try await chat(Self.quick)
        let conversation = try Conversation(session)
        let reader = Task {
            var last: [Conversation.Line] = []
            for await lines in conversation.updates {
                last = lines
            }
            return last
        }
        try await conversation.send("hello")
        do {
            try await conversation.send("")
            XCTFail("an empty message was answered")
        } catch ArnyError.data {}
        await conversation.close()
        let lines = await reader.value
        XCTAssertEqual(lines.map(\.reply), ["fine", ""])
        XCTAssertEqual(lines[0].agent, "math")
        XCTAssertTrue(lines[1].problem?.contains("empty") ?? false)
        XCTAssertTrue(lines.allSatisfy(\.isOver))
    }
}
