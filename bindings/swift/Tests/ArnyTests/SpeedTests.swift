import Arny
import CArny
import XCTest

final class SpeedTests: XCTestCase {
    private static let count = 10_000

    /// From the fake model through C and the stream into the loop; and the same with a callback of C's that does
    /// nothing. The best of some rounds: others use this machine too.
    func testTenThousandTokens() async throws {
        let folder = try Folder.team(#"{"default": "\#(String(repeating: "x", count: Self.count))"}"#)
        let team = try await Team(folder.path)
        var streamed = Double.infinity, called = Double.infinity
        for round in 0..<5 {
            streamed = min(streamed, try await microsecondsOfStream(team, "s\(round)"))
            called = min(called, microsecondsOfCallback(folder.path))
        }
        print(String(format: "%d tokens: %.1f us each, of which C with the fake engine %.1f", Self.count, streamed,
                     called))
        #if !DEBUG
        XCTAssertLessThan(streamed, 50)
        #endif
    }

    private func microsecondsOfStream(_ team: Team, _ name: String) async throws -> Double {
        let session = try await team.session(name)
        for try await _ in try session.ask("open the model", maxTokens: 1) {}
        let start = Date()
        var tokens = 0
        for try await event in try session.ask("go", maxTokens: Self.count) where event.text != nil {
            tokens += 1
        }
        let seconds = Date().timeIntervalSince(start)
        XCTAssertGreaterThanOrEqual(tokens, Self.count)
        await session.close()
        return seconds / Double(tokens) * 1e6
    }

    private func microsecondsOfCallback(_ path: String) -> Double {
        var team: OpaquePointer?, session: OpaquePointer?, seconds = 0.0
        arny_team_open(&team, path, nil)
        arny_session_open(&session, team, nil)
        for (text, tokens) in [("open the model", 1), ("go", Self.count)] {
            var options = arny_ask_options()
            options.size = UInt32(MemoryLayout<arny_ask_options>.stride)
            options.max_tokens = Int32(tokens)
            let start = Date()
            arny_session_ask(session, text, &options, { _, _ in 0 }, nil)
            seconds = Date().timeIntervalSince(start)
        }
        arny_session_free(session)
        arny_team_free(team)
        return seconds / Double(Self.count) * 1e6
    }
}
