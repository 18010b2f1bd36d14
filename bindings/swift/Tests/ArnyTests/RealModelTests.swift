import Arny
import XCTest

/// With the real SmolLM2 in $ARNY_MODELS, where it is there.
final class RealModelTests: XCTestCase {
    private func model() throws -> String {
        let folder = ProcessInfo.processInfo.environment["ARNY_MODELS"] ?? ""
        let path = "\(folder)/smollm2-135m.q4_0.gguf"
        try XCTSkipUnless(FileManager.default.fileExists(atPath: path), "no \(path)")
        return path
    }

    func testItStreams() async throws {
        let path = try model()
        let info = try await inspect(path)
        XCTAssertEqual(info.architecture, "llama")
        XCTAssertEqual(info.quantization, "q4_0")
        let team = try await Team(model: path, system: "You are brief.")
        let session = try await team.session()
        var text = "", last: ArnyEvent?
        for try await event in try session.ask("What is the capital of France?", maxTokens: 24, sampling: .greedy) {
            text += event.text ?? ""
            last = event
        }
        guard case .done(let done) = last else { return XCTFail("\(String(describing: last))") }
        XCTAssertTrue(text.contains("Paris"), text)
        print(String(format: "%@ (first token after %.0f ms, %.0f tokens a second)", text, done.ttftMs, done.decodeTps))
        await session.close()
        await team.close()
    }

    func testWhoLeavesStopsIt() async throws {
        let model = try await Model(try model(), options: ModelOptions(context: 512))
        for try await event in try model.generate("Tell a long story.", maxTokens: 400) where event.text != nil {
            break
        }
        let start = Date()
        await model.close()
        XCTAssertLessThan(Date().timeIntervalSince(start), 2)
    }
}
