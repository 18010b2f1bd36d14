// A chat in the console: arny-example TEAM_FOLDER, or arny-example MODEL_FILE.
import Arny
import Foundation

func show(_ text: String) {
    FileHandle.standardOutput.write(Data(text.utf8))
}

guard CommandLine.arguments.count == 2 else {
    show("usage: arny-example TEAM_FOLDER | MODEL_FILE\n")
    exit(2)
}

do {
    let path = CommandLine.arguments[1]
    let isTeam = try await inspect(path).kind == "team"
    let team = isTeam ? try await Team(path) : try await Team(model: path)
    let chat = try await team.session()
    show("> ")
    while let line = readLine() {
        do {
            for try await event in try chat.ask(line) {
                switch event {
                case .routed(let routed): show("[\(routed.agent) \(Int(100 * routed.confidence)) %] ")
                case .safety(let safety): show("\(safety.text ?? "")\n")
                case .token(let token): show(token.text)
                case .done(let done): show("\n(\(done.tokens) tokens, \(Int(done.decodeTps)) a second)\n")
                case .dropped, .loading, .ready: break
                }
            }
        } catch let error as ArnyError {
            show("\(error.message)\n\(error.remedy)\n")
        }
        show("> ")
    }
    show("\n")
    await chat.close()
    await team.close()
} catch {
    show("\(error.localizedDescription)\n")
    exit(1)
}
