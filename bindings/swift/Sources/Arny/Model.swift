import CArny

/// How a model file is opened: see arny_model_options in arny/model.h.
public struct ModelOptions: Sendable {
    /// "gguf", "pte", "fake"; nil: as the file says.
    public var engine: String?
    /// A vocabulary-only GGUF, for engines whose files have none.
    public var tokenizer: String?
    /// A LoRA file; nil: none.
    public var adapter: String?
    /// Chat template by name, see ``chatTemplates``; nil: as the file says.
    public var chat: String?
    /// Tokens, 16 to 1,048,576; 0: what each request needs.
    public var context: Int
    /// Most tokens prefilled at once, 1 to 8192; 0: 512.
    public var batch: Int
    /// 1 to 256; 0: auto.
    public var threads: Int
    /// Layers on a GPU, -1: all; 0: none. Needs a build with such a backend.
    public var gpuLayers: Int
    /// Rearrange weights in memory: faster prefill, but as anonymous memory.
    public var repack: Bool

    /// The library's defaults, but for what is given.
    public init(engine: String? = nil, tokenizer: String? = nil, adapter: String? = nil, chat: String? = nil,
                context: Int = 0, batch: Int = 0, threads: Int = 0, gpuLayers: Int = 0, repack: Bool = false) {
        self.engine = engine
        self.tokenizer = tokenizer
        self.adapter = adapter
        self.chat = chat
        self.context = context
        self.batch = batch
        self.threads = threads
        self.gpuLayers = gpuLayers
        self.repack = repack
    }

    /// For calls as long as `strings` and `watch` live.
    func native(_ strings: CStrings, _ watch: Watch? = nil) throws -> arny_model_options {
        arny_model_options(
            size: size(of: arny_model_options.self), engine: try strings.add(engine, "engine"),
            tokenizer: try strings.add(tokenizer, "tokenizer"), adapter: try strings.add(adapter, "adapter"),
            chat: try strings.add(chat, "chat"), context: try int32(context, "context"),
            batch: try int32(batch, "batch"), threads: try int32(threads, "threads"),
            gpu_layers: try int32(gpuLayers, "gpuLayers"), repack: repack ? 1 : 0,
            progress: watch.map { _ in Watch.callback }, progress_data: watch?.pointer)
    }
}

/// One model, no team: open a file, generate.
///
///     let model = try await Model("smollm2.gguf")
///     for try await event in try model.generate("Name three primes.") {
///         print(event.text ?? "", terminator: "")
///     }
///     await model.close()
///
/// A model keeps the KV cache of its last prompt: the next call prefills only what differs. Everything may be called
/// from any thread or task.
public final class Model: Sendable {
    /// The file.
    public let path: String
    private let handle: Handle

    /// Opens a model file. `progress`: how far that is, 0 to 1, on a thread of its own. A task that is cancelled
    /// meanwhile stops it.
    public init(_ path: String, options: ModelOptions = ModelOptions(),
                progress: (@Sendable (Double) -> Void)? = nil) async throws {
        self.path = path
        handle = try await watched(progress) { watch in
            var pointer: OpaquePointer?
            try withCStrings { strings in
                var native = try options.native(strings, watch)
                try check(arny_model_open(&pointer, try strings.add(path, "the path"), &native))
            }
            return Handle("model", pointer!, cancel: { arny_model_cancel($0) }, free: { arny_model_free($0) },
                          drop: { arny_model_drop($0) })
        }
    }

    /// The answer to a prompt: ready, tokens, done. Whoever stops listening cancels it.
    ///
    /// - Parameters:
    ///   - prompt: what the user says; with `raw`, the prompt as it stands.
    ///   - system: a system message; not with `raw`.
    ///   - raw: no chat template, special tokens are parsed.
    ///   - maxTokens: 1 or more; 0: 512; -1: until the context is full.
    ///   - sampling: nil: the defaults.
    ///   - stop: texts that end the answer and are not part of it; at most 16 of 1-256 bytes.
    ///   - ignoreEos: go on after the model's end of turn; for benches.
    public func generate(_ prompt: String, system: String? = nil, raw: Bool = false, maxTokens: Int = 0,
                         sampling: Sampling? = nil, stop: [String] = [],
                         ignoreEos: Bool = false) throws -> AsyncThrowingStream<ArnyEvent, any Error> {
        try generate(utf8: Array(prompt.utf8), system: system, raw: raw, maxTokens: maxTokens, sampling: sampling,
                     stop: stop, ignoreEos: ignoreEos)
    }

    /// What a String cannot hold reaches the library too, which refuses it.
    package func generate(utf8 prompt: [UInt8], system: String? = nil, raw: Bool = false, maxTokens: Int = 0,
                          sampling: Sampling? = nil, stop: [String] = [],
                          ignoreEos: Bool = false) throws -> AsyncThrowingStream<ArnyEvent, any Error> {
        try withCStrings { strings in
            let stops: [UnsafePointer<CChar>?] = try stop.map { try strings.add($0, "a stop string") }
            var request = arny_request()
            request.size = size(of: arny_request.self)
            request.prompt = try strings.add(bytes: prompt, "the prompt")
            request.system = try strings.add(system, "the system message")
            request.raw = raw ? 1 : 0
            request.max_tokens = try int32(maxTokens, "maxTokens")
            request.ignore_eos = ignoreEos ? 1 : 0
            return try stops.withUnsafeBufferPointer { stops in
                try withPointer(sampling?.native) { sampling in
                    request.sampling = sampling
                    request.stop = stops.baseAddress
                    request.stop_count = stops.count
                    return try Answer.begin(handle) { arny_model_post($0, $1, &request, $2, $3) }
                }
            }
        }
    }

    /// Stops what is running or waiting, if anything is. It does not cancel the next one.
    public func cancel() throws {
        try handle.use { arny_model_cancel($0) }
    }

    /// The number of tokens of a text as a user's words: no special token is parsed.
    public func countTokens(_ text: String) async throws -> Int {
        try await countTokens(utf8: Array(text.utf8))
    }

    package func countTokens(utf8 text: [UInt8]) async throws -> Int {
        try await waiting { [handle] in
            var count = 0
            try withCStrings { strings in
                let text = try strings.add(bytes: text, "the text")
                try handle.use { try check(arny_model_count_tokens(&count, $0, text)) }
            }
            return count
        }
    }

    /// How well the model predicts a text: `nats` is the sum of -ln p of its tokens, each after those before it,
    /// `tokens` how many there were; exp(nats / tokens) is the perplexity.
    public func score(_ text: String) async throws -> (nats: Double, tokens: Int) {
        try await waiting { [handle] in
            var nats = 0.0, tokens = 0
            try withCStrings { strings in
                let text = try strings.add(text, "the text")
                try handle.use { try check(arny_model_score(&nats, &tokens, $0, text)) }
            }
            return (nats, tokens)
        }
    }

    /// Cancels what runs, and returns when the model is freed. Closing twice is fine; a model that is forgotten is
    /// closed too.
    public func close() async {
        await handle.close()
    }
}
