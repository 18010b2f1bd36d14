import CArny
import Foundation

/// Who owns something of the library: freed once, and not while a call of another thread is inside.
///
/// `close` takes it away from later calls at once; the last call that leaves it has it freed, on a thread that may
/// wait.
final class Handle: @unchecked Sendable {
    private let what: String
    private let pointer: OpaquePointer
    private let cancel: @Sendable (OpaquePointer) -> Void
    private let free: @Sendable (OpaquePointer) -> Void
    private let drop: @Sendable (OpaquePointer) -> Void
    private let lock = NSLock() // guards all below
    private var users = 0
    private var closed = false
    private var freed = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    /// `free` may wait; `drop` does the same elsewhere, and returns at once.
    init(_ what: String, _ pointer: OpaquePointer, cancel: @escaping @Sendable (OpaquePointer) -> Void = { _ in },
         free: @escaping @Sendable (OpaquePointer) -> Void, drop: @escaping @Sendable (OpaquePointer) -> Void) {
        self.what = what
        self.pointer = pointer
        self.cancel = cancel
        self.free = free
        self.drop = drop
    }

    /// What is forgotten is freed too. Nobody is inside: who is keeps the handle.
    deinit {
        if !closed {
            drop(pointer)
        }
    }

    var isClosed: Bool { lock.withLock { closed } }

    /// Keeps it from being freed until `leave`.
    func enter() throws -> OpaquePointer {
        try lock.withLock {
            if closed {
                throw ArnyError.argument("the \(what) is closed")
            }
            users += 1
            return pointer
        }
    }

    func leave() {
        let last = lock.withLock {
            users -= 1
            return closed && users == 0
        }
        if last {
            patient.async { self.release() }
        }
    }

    func use<T>(_ call: (OpaquePointer) throws -> T) throws -> T {
        let pointer = try enter()
        defer { leave() }
        return try call(pointer)
    }

    /// For who is inside and has begun something: a `close` that came meanwhile has not cancelled it.
    func cancelIfClosed() {
        if isClosed {
            cancel(pointer)
        }
    }

    /// Returns when it is freed, the second time too.
    func close() async {
        let first = lock.withLock {
            if closed {
                return false
            }
            closed = true
            users += 1 // keeps it until it is cancelled
            return true
        }
        if first {
            cancel(pointer)
            leave()
        }
        await withCheckedContinuation { continuation in
            let over = lock.withLock {
                if !freed {
                    waiters.append(continuation)
                }
                return freed
            }
            if over {
                continuation.resume()
            }
        }
    }

    private func release() {
        free(pointer)
        let waiting = lock.withLock {
            freed = true
            return waiters
        }
        waiting.forEach { $0.resume() }
    }
}
