import Foundation
#if canImport(Arny)
import Arny
#endif

/// An argument that is not there, or is something else.
struct WrongArgument: Error {
    let message: String
}

/// What came over the channel for `method`, which may be anything: a getter answers what its name says, or throws a
/// WrongArgument that names the argument. Where there is a default, the argument may be left out, or null.
struct Arguments: @unchecked Sendable {
    private let method: String
    private let values: [String: Any]

    init(_ method: String, _ raw: Any?) throws {
        self.method = method
        switch raw {
        case nil, is NSNull: values = [:]
        case let map as [String: Any]: values = map.filter { !($0.value is NSNull) }
        default: throw WrongArgument(message: "\(method): the arguments are no map")
        }
    }

    func has(_ name: String) -> Bool { values[name] != nil }

    func text(_ name: String) throws -> String {
        guard let text = values[name] as? String else { throw wrong(name, "a String") }
        return text
    }

    func textOrNil(_ name: String) throws -> String? { has(name) ? try text(name) : nil }

    /// Dart's int comes as a number; C takes 32 bits. What does not fit is refused, not cut.
    func whole(_ name: String, _ otherwise: Int? = nil) throws -> Int {
        if let otherwise, !has(name) { return otherwise }
        let value = try long(name)
        if Int32(exactly: value) == nil {
            throw WrongArgument(message: "\(method): \"\(name)\" is \(value): a number of 32 bits expected")
        }
        return Int(value)
    }

    func long(_ name: String) throws -> Int64 {
        guard let number = values[name], !isBool(number), !isReal(number), let value = integer(number) else {
            throw wrong(name, "an int")
        }
        return value
    }

    func number(_ name: String) throws -> Double {
        guard let number = values[name], !isBool(number) else { throw wrong(name, "a number") }
        if let value = number as? Double { return value }
        if let value = integer(number) { return Double(value) }
        throw wrong(name, "a number")
    }

    func flag(_ name: String, _ otherwise: Bool) throws -> Bool {
        guard has(name) else { return otherwise }
        guard let value = values[name] as? Bool else { throw wrong(name, "a bool") }
        return value
    }

    func texts(_ name: String) throws -> [String: String] {
        guard let map = values[name] as? [String: Any], let texts = map as? [String: String] else {
            throw wrong(name, "a Map of Strings")
        }
        if texts.isEmpty { throw WrongArgument(message: "\(method): \"\(name)\" is empty") }
        return texts
    }

    /// One of these words.
    func word<T>(_ name: String, _ words: [(String, T)], _ otherwise: T) throws -> T {
        guard let value = try textOrNil(name) else { return otherwise }
        guard let found = words.first(where: { $0.0 == value }) else {
            let all = words.map(\.0).joined(separator: ", ")
            throw WrongArgument(message: "\(method): \"\(name)\" is \"\(value)\": one of \(all) expected")
        }
        return found.1
    }

    private func wrong(_ name: String, _ kind: String) -> WrongArgument {
        WrongArgument(message: "\(method): \"\(name)\" is missing or not \(kind)")
    }

    // An NSNumber of Flutter's answers as Bool, Int and Double alike: its own type says what Dart had sent.
    private func objCType(_ value: Any) -> Character? {
        guard let number = value as? NSNumber, !(value is Bool && type(of: value) == Bool.self) else { return nil }
        return String(cString: number.objCType).first
    }

    private func isBool(_ value: Any) -> Bool {
        if type(of: value) == Bool.self { return true }
        #if canImport(Darwin)
        if let number = value as? NSNumber { return CFGetTypeID(number) == CFBooleanGetTypeID() }
        #endif
        return false
    }

    private func isReal(_ value: Any) -> Bool {
        if type(of: value) == Double.self { return true }
        return objCType(value) == "d" || objCType(value) == "f"
    }

    private func integer(_ value: Any) -> Int64? {
        if let value = value as? Int64 { return value }
        if let value = value as? Int { return Int64(value) }
        return nil
    }
}

extension Reply {
    /// Code, message and remedy of what a call ended in.
    init(_ problem: any Error) {
        switch problem {
        case let problem as WrongArgument: self = .error(code: "argument", message: problem.message, remedy: nil)
        case let problem as ArnyError:
            self = .error(code: problem.status, message: problem.message, remedy: problem.remedy)
        case let problem as DeviceError: self = .error(code: problem.code, message: problem.message, remedy: nil)
        default: self = .error(code: "platform", message: "\(problem)", remedy: nil)
        }
    }
}
