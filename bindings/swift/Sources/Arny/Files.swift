// Looking at model files, and making new ones. Nothing here runs a model.
import CArny

/// What a file is, as its header says.
public struct FileInfo: Sendable, Hashable {
    /// "gguf", "lora", "pte", "fake", "team", "snapshot".
    public let kind: String
    /// "llama", "gemma3", ...; "" where there is none.
    public let architecture: String
    /// general.name; "".
    public let name: String
    /// The type of most weights: "q4_0"; "".
    public let quantization: String
    /// The chat template found in it, by our name; "" when there is none, "unknown".
    public let chat: String
    /// Of the file.
    public let bytes: Int64
    /// How many.
    public let tensors: Int64
    /// How many.
    public let parameters: Int64
    /// Trained context, tokens.
    public let context: Int64
    /// Width.
    public let embedding: Int64
    /// How many.
    public let layers: Int64
    /// How many.
    public let heads: Int64
    /// How many.
    public let kvHeads: Int64
    /// Tokens.
    public let vocabulary: Int64
    /// Bytes of tensor data.
    public let weights: Int64
    /// Of a snapshot of KV.
    public let tokens: Int64
    /// A snapshot that is encrypted; only its header was checked.
    public let sealed: Bool

    init(_ info: arny_file_info) {
        kind = word(info.kind)
        architecture = word(info.architecture)
        name = word(info.name)
        quantization = word(info.quantization)
        chat = word(info.chat)
        bytes = info.bytes
        tensors = info.tensors
        parameters = info.parameters
        context = info.context
        embedding = info.embedding
        layers = info.layers
        heads = info.heads
        kvHeads = info.kv_heads
        vocabulary = info.vocabulary
        weights = info.weights
        tokens = info.tokens
        sealed = info.sealed != 0
    }
}

/// A C array of chars, which Swift sees as a tuple.
private func word<Chars>(_ chars: Chars) -> String {
    withUnsafeBytes(of: chars) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

/// Checks the file from its first to its last byte's bounds, and says what it is. Never runs it, never trusts a count
/// in it. `path` may be a team's folder.
public func inspect(_ path: String) async throws -> FileInfo {
    try await waiting {
        var info = arny_file_info()
        info.size = size(of: arny_file_info.self)
        try withCStrings { try check(arny_file_inspect(&info, try $0.add(path, "the path"))) }
        return FileInfo(info)
    }
}

/// Writes a model with other weight types: "f16", "q8_0", "q4_0", "q4_k_m" (also "f32", "q4_1", "q5_k_m", "q6_k").
/// Written beside `out` and renamed when complete. A task that is cancelled meanwhile stops it.
public func quantize(_ source: String, to out: String, type: String, threads: Int = 0,
                     progress: (@Sendable (Double) -> Void)? = nil) async throws {
    try await watched(progress) { watch in
        try withCStrings { strings in
            try check(arny_file_quantize(try strings.add(source, "the path"), try strings.add(out, "the path"),
                                         try strings.add(type, "type"), try int32(threads, "threads"), Watch.callback,
                                         watch.pointer))
        }
    }
}

/// Writes the model with a LoRA adapter in it: W + scale B A, each tensor in the type that it has. Written beside `out`
/// and renamed when complete. A task that is cancelled meanwhile stops it.
public func merge(_ base: String, with adapter: String, to out: String,
                  progress: (@Sendable (Double) -> Void)? = nil) async throws {
    try await watched(progress) { watch in
        try withCStrings { strings in
            try check(arny_file_merge(try strings.add(base, "the path"), try strings.add(adapter, "the path"),
                                      try strings.add(out, "the path"), Watch.callback, watch.pointer))
        }
    }
}
