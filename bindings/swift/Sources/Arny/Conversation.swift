import Foundation

/// A session for a user interface: what is said, and the answer as it grows.
///
///     struct Chat: View {
///         let conversation: Conversation
///         @State private var lines: [Conversation.Line] = []
///
///         var body: some View {
///             List(lines) { Text("\($0.agent ?? "..."): \($0.reply)") }
///                 .task { for await now in conversation.updates { lines = now } }
///         }
///     }
///
/// A view that is slower than the model gets fewer updates, never an old one.
public actor Conversation {
    /// A message and its answer.
    public struct Line: Sendable, Hashable, Identifiable {
        /// Its place in the conversation.
        public let id: Int
        /// What was asked.
        public let user: String
        /// Who answers; nil until that is known.
        public internal(set) var agent: String?
        /// The team's text of help, where the message speaks of danger to life.
        public internal(set) var help: String?
        /// The answer so far.
        public internal(set) var reply = ""
        /// What went wrong, as a sentence.
        public internal(set) var problem: String?
        /// Nothing will be added.
        public internal(set) var isOver = false
    }

    /// All lines after each change, for one reader.
    public nonisolated let updates: AsyncStream<[Line]>
    /// All lines now.
    public private(set) var lines: [Line] = []
    private let session: Session
    private let changes: AsyncStream<[Line]>.Continuation

    /// Owns the session from now on; begins with the turns that it has.
    public init(_ session: Session) throws {
        self.session = session
        (updates, changes) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        for turn in try session.turns {
            lines.append(Line(id: lines.count, user: turn.user, agent: turn.agent, reply: turn.reply, isOver: true))
        }
        changes.yield(lines)
    }

    /// Asks, and returns when the answer is over. A task that is cancelled meanwhile cancels it. What goes wrong is in
    /// the line too.
    public func send(_ text: String) async throws {
        let place = lines.count
        lines.append(Line(id: place, user: text))
        changes.yield(lines)
        defer {
            lines[place].isOver = true
            changes.yield(lines)
        }
        do {
            for try await event in try session.ask(text) {
                take(event, at: place)
            }
        } catch {
            lines[place].problem = error.localizedDescription
            throw error
        }
    }

    private func take(_ event: ArnyEvent, at place: Int) {
        switch event {
        case .ready(let ready): lines[place].agent = ready.agent
        case .safety(let safety): lines[place].help = safety.text
        case .token(let token): lines[place].reply += token.text
        default: return
        }
        changes.yield(lines)
    }

    /// Stops the answer; what was said stays.
    public nonisolated func cancel() throws {
        try session.cancel()
    }

    /// Closes the session, and ends `updates`.
    public func close() async {
        await session.close()
        changes.finish()
    }
}
