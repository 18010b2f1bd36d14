import Foundation
#if canImport(Arny)
import Arny
#endif

typealias Events = AsyncThrowingStream<ArnyEvent, any Error>

/// Who answers: one model, or a team.
protocol Service: Sendable {
    func ask(_ prompt: String, maxTokens: Int, sampling: Sampling) throws -> Events
    func cancel()
    func close() async
}

/// Knows no conversation: each prompt is the first one.
final class OneModel: Service {
    private let model: Model

    init(_ model: Model) {
        self.model = model
    }

    func ask(_ prompt: String, maxTokens: Int, sampling: Sampling) throws -> Events {
        try model.generate(prompt, maxTokens: maxTokens, sampling: sampling)
    }

    func cancel() { try? model.cancel() }

    func close() async { await model.close() }
}

final class WholeTeam: Service, @unchecked Sendable {
    let team: Team
    private let session: Session
    private let lock = NSLock()
    private var specialist: String? // guarded by the lock

    init(_ team: Team, _ session: Session) {
        self.team = team
        self.session = session
    }

    func ask(_ prompt: String, maxTokens: Int, sampling: Sampling) throws -> Events {
        try session.ask(prompt, maxTokens: maxTokens, sampling: sampling)
    }

    /// A message for nobody goes to who was there last.
    func classify(_ prompt: String) async throws -> (agent: String, confidence: Double) {
        let decision = try await team.route(prompt)
        var agent = decision.agent
        if agent == "none" {
            agent = try lock.withLock { specialist } ?? session.agent ?? team.agents[0].name
        }
        return (agent, decision.scores.first { $0.agent == agent }?.p ?? 0)
    }

    /// The gateway is not asked any more.
    func switchTo(_ name: String, _ progress: @escaping @Sendable (Double) -> Void) async throws {
        try session.use(name)
        lock.withLock { specialist = name }
        try await team.preload(name, progress: progress)
    }

    func cancel() { try? session.cancel() }

    func close() async {
        await session.close()
        await team.close()
    }
}

/// What is open in this process, once for each path: a Dart program that starts anew (hot restart, another Flutter
/// engine) finds what was there, and models are not in memory twice.
actor Services {
    static let shared = Services()

    private struct Held {
        let service: Task<any Service, any Error>
        var users: Int
    }

    private var held: [String: Held] = [:]

    /// The service of that path, opened if it is not. Each call wants a `leave`.
    func take(_ path: String, _ open: @escaping @Sendable () async throws -> any Service) async throws -> any Service {
        if held[path] == nil {
            held[path] = Held(service: Task { try await open() }, users: 0)
        }
        held[path]!.users += 1
        do {
            return try await held[path]!.service.value
        } catch {
            held[path] = nil
            throw error
        }
    }

    func leave(_ path: String) async {
        guard var there = held[path] else { return }
        there.users -= 1
        held[path] = there.users > 0 ? there : nil
        if there.users <= 0 {
            await (try? there.service.value)?.close()
        }
    }
}
