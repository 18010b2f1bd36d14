import CArny
import Foundation

/// An answer on its way: events come on a thread of the library, and wait in a stream of Swift's for whoever iterates
/// over it.
///
/// Swift tells once that its stream has ended: within the receiver, after the last event, or wherever the listener is
/// when it stops, which cancels what is not computed yet. The library's stream is freed then, but on another thread:
/// that waits, and must not be within the receiver.
final class Answer: @unchecked Sendable {
    typealias Events = AsyncThrowingStream<ArnyEvent, any Error>
    typealias Post = (_ out: UnsafeMutablePointer<OpaquePointer?>, _ owner: OpaquePointer,
                      _ receiver: arny_event_receiver, _ data: UnsafeMutableRawPointer) -> Int32

    private let owner: Handle
    private let continuation: Events.Continuation
    private let lock = NSLock()
    private var stream: OpaquePointer? // guarded by the lock, which is held until the library has given it

    private init(_ owner: Handle, _ continuation: Events.Continuation) {
        self.owner = owner
        self.continuation = continuation
    }

    /// `post` calls arny_session_post or arny_model_post. The owner is not freed before the answer.
    static func begin(_ owner: Handle, _ post: Post) throws -> Events {
        let (events, continuation) = Events.makeStream()
        let answer = Answer(owner, continuation)
        let pointer = try owner.enter()
        continuation.onTermination = { answer.end($0) }
        do {
            try answer.lock.withLock {
                try check(post(&answer.stream, pointer, receive, Unmanaged.passUnretained(answer).toOpaque()))
            }
            owner.cancelIfClosed()
        } catch {
            continuation.finish()
            throw error
        }
        return events
    }

    /// Called once. The continuation has kept the answer for the receiver until then, and the closure does until the
    /// stream is freed.
    private func end(_ termination: Events.Continuation.Termination) {
        if case .cancelled = termination {
            lock.withLock { arny_stream_cancel(stream) }
        }
        patient.async { [self] in
            arny_stream_free(lock.withLock { stream })
            owner.leave()
        }
    }

    private static let receive: arny_event_receiver = { event, data in
        Unmanaged<Answer>.fromOpaque(data!).takeUnretainedValue().take(event)
    }

    private func take(_ event: UnsafeMutablePointer<arny_event>?) {
        guard let event else {
            continuation.finish(throwing: ArnyError.memory("there was no memory for an event"))
            return
        }
        defer { arny_event_free(event) }
        do {
            let taken = try ArnyEvent(event.pointee)
            continuation.yield(taken)
            if case .done = taken {
                continuation.finish()
            }
        } catch {
            continuation.finish(throwing: error)
        }
    }
}
