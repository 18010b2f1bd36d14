package org.arny

import kotlinx.coroutines.flow.Flow

/**
 * One model, no team. It keeps the KV cache of its last prompt: the next call prefills only what differs. One call runs
 * at a time; others wait.
 *
 *     Model.open("smollm2.gguf").use { model ->
 *         model.generate("Name three primes.").collect { if (it is ArnyEvent.Token) print(it.text) }
 *     }
 */
public class Model private constructor(pointer: Long, /** As it was given. */ public val path: String) :
    Owner(Handle("model", pointer, Native::modelFree, Native::modelDrop, Native::modelCancel)) {

    /**
     * The answer to a prompt, as a cold flow of events: it begins when it is collected, and is cancelled when
     * collecting stops. Where it fails, the flow throws an [ArnyException].
     *
     * @param system system message; null: none. Not with [raw]
     * @param raw no chat template: the prompt as it stands; special tokens are parsed
     * @param maxTokens 1 or more; 0: 512; -1: until the context is full
     * @param sampling null: the defaults
     * @param stop texts that end the answer and are not part of it; at most 16 of 1-256 bytes
     * @param ignoreEos go on after the model's end of turn; for benches
     */
    public fun generate(
        prompt: String,
        system: String? = null,
        raw: Boolean = false,
        maxTokens: Int = 0,
        sampling: Sampling? = null,
        stop: List<String> = emptyList(),
        ignoreEos: Boolean = false,
    ): Flow<ArnyEvent> = answers { start(prompt, system, raw, maxTokens, sampling, stop, ignoreEos) }

    /**
     * The same for code without coroutines: an answer that is computed at once, and read with [Answer.next]. Does not
     * wait.
     */
    public fun start(
        prompt: String,
        system: String? = null,
        raw: Boolean = false,
        maxTokens: Int = 0,
        sampling: Sampling? = null,
        stop: List<String> = emptyList(),
        ignoreEos: Boolean = false,
    ): Answer {
        val words = utf8(prompt, "the prompt")
        val role = utf8OrNull(system, "the system message")
        val stops = stop.map { utf8(it, "a stop string") }.toTypedArray()
        val model = handle.enter() // until the answer is freed: it may not outlive its model
        try {
            val stream = Native.modelStart(
                model, words, role, raw, maxTokens, sampling?.numbers(), sampling?.seed ?: 0, stops, ignoreEos,
            )
            return Answer(stream, parent = handle)
        } catch (problem: Throwable) {
            handle.leave()
            throw problem
        }
    }

    /** Stops the calls that are running or waiting, if any. What runs ends within one step of decoding. */
    public fun cancel(): Unit = handle.use(Native::modelCancel)

    /** The number of tokens of a text as a user's words: no special token is parsed. */
    public suspend fun countTokens(text: String): Long {
        val bytes = utf8(text, "the text")
        return waiting { handle.use { Native.modelCountTokens(it, bytes) } }
    }

    /**
     * How well the model predicts a text. It is cut into windows of the context that was asked for, else of 512 tokens,
     * which know nothing of each other. [ArnyException.Data]: fewer than 2 tokens.
     */
    public suspend fun score(text: String): Score {
        val bytes = utf8(text, "the text")
        return waiting {
            handle.use {
                val tokens = LongArray(1)
                Score(Native.modelScore(it, bytes, tokens), tokens[0])
            }
        }
    }

    override fun toString(): String = "Model($path)"

    /** What [Model.score] found: exp(nats / tokens) is the perplexity. */
    public data class Score(
        /** The sum of -ln p of the tokens, each after those before it. */
        val nats: Double,
        /** How many were scored. */
        val tokens: Long,
    )

    public companion object {
        /**
         * Opens a model file, which is checked before any engine sees it; the engine follows from the file. Cancelling
         * the coroutine stops it. [ArnyException.NotFound]: no such file; [ArnyException.Data]: not a model, or a
         * damaged one; [ArnyException.Unsupported]: its architecture or engine is not in this build.
         *
         * @param engine "gguf", "pte", "fake"; null: as the file says
         * @param tokenizer a vocabulary-only GGUF, for engines whose files have none
         * @param adapter a LoRA file
         * @param chat chat template by name, see [Arny.chatTemplates]; null: as the file says
         * @param context tokens, 16 to 1,048,576; 0: what each request needs
         * @param batch most tokens prefilled at once, 1 to 8192; 0: 512
         * @param threads 1 to 256; 0: auto, which follows the load of the machine
         * @param gpuLayers layers on a GPU, -1: all; 0: none. Needs a build with such a backend
         * @param repack rearrange weights in memory: faster prefill, but as anonymous memory
         * @param progress how far it is, 0 to 1, on another thread; what it throws stops the opening
         */
        public suspend fun open(
            path: String,
            engine: String? = null,
            tokenizer: String? = null,
            adapter: String? = null,
            chat: String? = null,
            context: Int = 0,
            batch: Int = 0,
            threads: Int = 0,
            gpuLayers: Int = 0,
            repack: Boolean = false,
            progress: ((Double) -> Unit)? = null,
        ): Model {
            val file = utf8(path, "the path")
            val runs = utf8OrNull(engine, "engine")
            val words = utf8OrNull(tokenizer, "tokenizer")
            val lora = utf8OrNull(adapter, "adapter")
            val template = utf8OrNull(chat, "chat")
            return opening { keep ->
                reporting(progress) {
                    val pointer = Native.modelOpen(
                        file, runs, words, lora, template, context, batch, threads, gpuLayers, repack, it,
                    )
                    keep(Model(pointer, path))
                }
            }
        }
    }
}
