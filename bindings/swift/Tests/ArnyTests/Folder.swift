import Foundation

/// A folder that is gone when the test has forgotten it.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/arny-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ name: String, _ data: Data) throws {
        try data.write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    /// A team of one agent, "math", with a fake model.
    static func team(_ model: String) throws -> Folder {
        let folder = try Folder()
        try folder.write("m.fake", Data("#arny-fake 1\n\(model)".utf8))
        try folder.write("team.json", Data("""
            {"arny": 1, "plan": "monolith", "engine": "fake", "temperature": 0, "max_tokens": 20000, "context": 40000,
             "models": {"m": {"fake": "m.fake"}}, "agents": {"math": {"prompt": "You count."}}}
            """.utf8))
        return folder
    }
}
