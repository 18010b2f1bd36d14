/// What does not match, as a sentence; nil: nothing. See bindings/conformance/README.md.
func wrong(_ expected: JSON, _ actual: JSON?, _ place: String = "it") -> String? {
    let unlike = "\(place) is \(actual.map { "\($0)" } ?? "absent"): \(expected) expected"
    guard let actual else { return unlike }
    switch expected {
    case .object(let fields):
        let patterns: Set = ["begins", "contains", "least", "most", "not", "last"]
        if !fields.isEmpty && patterns.isSuperset(of: fields.keys) {
            return fields.allSatisfy { matches($0.key, $0.value, actual) } ? nil : unlike
        }
        guard let object = actual.object else { return unlike }
        return fields.lazy.compactMap { wrong($0.value, object[$0.key], "\(place).\($0.key)") }.first
    case .list(let items):
        guard let list = actual.list, list.count == items.count else { return unlike }
        return items.indices.lazy.compactMap { wrong(items[$0], list[$0], "\(place)[\($0)]") }.first
    case .number(let number):
        return abs(number - (actual.number ?? .infinity)) <= 1e-3 ? nil : unlike
    default:
        return expected == actual ? nil : unlike
    }
}

private func matches(_ pattern: String, _ value: JSON, _ actual: JSON) -> Bool {
    switch pattern {
    // By bytes: what is a prefix for a computer may be half of a character for Swift.
    case "begins": actual.string?.utf8.starts(with: value.string!.utf8) ?? false
    case "contains": actual.string.map { value.string! == "" || $0.contains(value.string!) } ?? false
    case "least": (actual.number ?? -.infinity) >= value.number!
    case "most": (actual.number ?? .infinity) <= value.number!
    case "not": actual != value
    default: wrong(value, .list(actual.list?.suffix(value.list!.count) ?? [])) == nil
    }
}
