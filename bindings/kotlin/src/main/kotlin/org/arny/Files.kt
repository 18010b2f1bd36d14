package org.arny

/** What a file is, as its header says. */
public data class FileInfo(
    /** "gguf", "lora", "pte", "fake", "team", "snapshot". */
    val kind: String,
    /** "llama", "gemma3", ...; "" where there is none. */
    val architecture: String,
    val name: String,
    /** The type of most weights: "q4_0"; "". */
    val quantization: String,
    /** The chat template found in it, by our name; "" when there is none, "unknown". */
    val chat: String,
    /** Of the file. */
    val bytes: Long,
    val tensors: Long,
    val parameters: Long,
    /** Trained context, tokens. */
    val context: Long,
    /** Width. */
    val embedding: Long,
    val layers: Long,
    val heads: Long,
    val kvHeads: Long,
    /** Tokens. */
    val vocabulary: Long,
    /** Bytes of tensor data. */
    val weights: Long,
    /** Of a snapshot of KV. */
    val tokens: Long,
    /** A snapshot that is encrypted; only its header was checked. */
    val sealed: Boolean,
)

/**
 * Checks a model file, or a team's folder, from its first to its last byte's bounds, and says what it is. Never runs
 * it.
 */
public suspend fun inspect(path: String): FileInfo {
    val bytes = utf8(path, "the path")
    return waiting { Native.fileInspect(bytes) as FileInfo }
}

/**
 * Writes a model with other weight types: "f16", "q8_0", "q4_0", "q4_k_m" (also "f32", "q4_1", "q5_k_m", "q6_k"). It is
 * written beside [output] and renamed when it is complete. [ArnyException.Argument] names the types.
 */
public suspend fun quantize(
    input: String,
    output: String,
    type: String,
    threads: Int = 0,
    progress: ((Double) -> Unit)? = null,
) {
    val from = utf8(input, "the path")
    val to = utf8(output, "the output")
    val kind = utf8(type, "the type")
    reporting(progress) { Native.fileQuantize(from, to, kind, threads, it) }
}

/**
 * Writes the model with a LoRA adapter in it, each tensor in the type that it has. It is written beside [output] and
 * renamed when it is complete. [ArnyException.Data]: the adapter does not fit; [ArnyException.Unsupported]: it changes
 * the embedding, or weights whose type cannot be written anew.
 */
public suspend fun merge(base: String, adapter: String, output: String, progress: ((Double) -> Unit)? = null) {
    val model = utf8(base, "the path")
    val lora = utf8(adapter, "the adapter")
    val to = utf8(output, "the output")
    reporting(progress) { Native.fileMerge(model, lora, to, it) }
}
