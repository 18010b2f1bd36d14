import Foundation

/// Finds model files, and makes a team of those that have no team.json.
struct TeamFolder: Sendable {
    static let gateway = "gateway"
    let host: any Device

    /// A relative path is looked for in the app's folders. One that is nowhere is answered too: the library's error
    /// names it.
    func find(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        let places = host.models.map { "\($0)/\(path)" }
        return places.first { FileManager.default.fileExists(atPath: $0) } ?? places[0]
    }

    /// A folder that is there and has no team.json is not the one that is looked for.
    func findTeam(_ path: String) -> String { find(path.hasSuffix(".json") ? path : "\(path)/team.json") }

    /// The vocabulary beside a file that has none itself: math.vocab.gguf for math.pte, or one for all, vocab.gguf.
    func tokenizer(_ model: String) -> String? {
        guard model.hasSuffix(".pte") else { return nil }
        let folder = (model as NSString).deletingLastPathComponent
        return ["\(model.dropLast(4)).vocab.gguf", "\(folder)/vocab.gguf"]
            .first { FileManager.default.fileExists(atPath: $0) }
    }

    /// The folder of the team: that of the files, when a team.json lies there, which then says all; else one that is
    /// made, of links, because paths in a team.json do not leave its folder.
    func of(_ models: [String: String]) throws -> String {
        let files = models.mapValues(find).sorted { $0.key < $1.key }
        let parent = (files[0].value as NSString).deletingLastPathComponent
        if FileManager.default.fileExists(atPath: "\(parent)/team.json") { return parent }
        let name = models.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: "\n")
        let made = "\(host.cache)/arny-teams/\(fileName(name))"
        try? FileManager.default.removeItem(atPath: made)
        try FileManager.default.createDirectory(atPath: made, withIntermediateDirectories: true)
        var entries: [String: Any] = [:]
        for (name, file) in files {
            let kind = (file as NSString).pathExtension
            var entry = [kind: try link(made, "\(name).\(kind)", file)]
            if let words = tokenizer(file) {
                entry["tokenizer"] = try link(made, "\(name).vocab.gguf", words)
            }
            entries[name] = entry
        }
        let agents = files.map(\.key).filter { $0 != Self.gateway }
        var team: [String: Any] = [
            "arny": 1, "plan": "hybrid", "engine": (files[0].value as NSString).pathExtension, "models": entries,
            "agents": Dictionary(uniqueKeysWithValues: agents.map { ($0, ["model": $0]) }),
        ]
        if models[Self.gateway] != nil {
            team["gateway"] = ["model": Self.gateway, "mode": "json"]
        }
        try JSONSerialization.data(withJSONObject: team, options: .sortedKeys)
            .write(to: URL(fileURLWithPath: "\(made)/team.json"))
        return made
    }

    private func link(_ folder: String, _ name: String, _ file: String) throws -> String {
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: file)
        return name
    }

    /// A name for a file, of anything: FNV-1a of 64 bits. It need not be secret, only the same each time.
    func fileName(_ text: String) -> String {
        let hash = text.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }

    /// Names go into names of files.
    static func check(_ models: [String: String]) throws {
        for (name, path) in models {
            if name.range(of: "^[a-z][a-z0-9_-]{0,31}$", options: .regularExpression) == nil {
                throw WrongArgument(message: "initializeModels: \"\(name)\" is no name: "
                    + "1 to 32 characters of a-z, 0-9, - and _ expected, a letter first")
            }
            if !["gguf", "pte", "fake"].contains((path as NSString).pathExtension) {
                throw WrongArgument(message: "initializeModels: \"\(path)\" is no .gguf and no .pte")
            }
        }
    }
}
