import XCTest

final class ConformanceTests: XCTestCase {
    /// Every script gives what it must, here as in the other languages.
    func testEveryScript() async throws {
        let folder = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../conformance").standardized
        let scripts = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
        XCTAssertGreaterThan(scripts.count, 10)
        for script in scripts {
            let problem = try await Conformance(script).run()
            XCTAssertNil(problem, script.lastPathComponent)
            print("\(script.lastPathComponent): \(problem ?? "ok")")
        }
    }
}
