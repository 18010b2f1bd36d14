package org.arny

/**
 * What C calls: it makes from C's values what the rest of the package gives to callers. C finds these functions by name
 * and by the types of their parameters (src/main/c/make.c), so these are Java's own types, and shrinkers must keep this
 * object as it is (proguard-rules.pro).
 */
internal object Make {
    private val END = Any()

    @Volatile
    var listener: ((LogLevel, String) -> Unit)? = null

    @JvmStatic fun error(status: Int, message: ByteArray?): Throwable = ArnyException.of(status, textOf(message) ?: "")

    // ---- events

    @JvmStatic fun routed(
        agent: ByteArray?, confidence: Double, agents: Array<ByteArray>, shares: DoubleArray, ms: Double,
    ): Any = ArnyEvent.Routed(textOf(agent) ?: "", confidence, scoresOf(agents, shares), ms)

    @JvmStatic fun safety(confidence: Double, text: ByteArray?): Any = ArnyEvent.Safety(confidence, textOf(text))

    @JvmStatic fun dropped(turns: Long): Any = ArnyEvent.Dropped(turns)

    @JvmStatic fun loading(model: ByteArray?, progress: Double): Any = ArnyEvent.Loading(textOf(model) ?: "", progress)

    @JvmStatic fun ready(agent: ByteArray?, from: Int, restored: Long, prefill: Long, ms: Double): Any =
        ArnyEvent.Ready(textOf(agent), fromOf(from), restored, prefill, ms)

    @JvmStatic fun token(id: Int, text: ByteArray?): Any = ArnyEvent.Token(id, textOf(text) ?: "")

    @JvmStatic fun done(
        agent: ByteArray?, reason: Int, promptTokens: Long, tokens: Long, ttftMs: Double, prefillTps: Double,
        decodeTps: Double, rss: Long,
        anon: Long, written: Long,
    ): Any = ArnyEvent.Done(
        textOf(agent), reasonOf(reason), promptTokens, tokens,
        ttftMs, prefillTps,
        decodeTps, rss, anon, written,
    )

    /** All events were read. */
    @JvmStatic fun end(): Any = END

    // ---- a team

    @JvmStatic fun decision(
        agent: ByteArray?, confidence: Double, agents: Array<ByteArray>, shares: DoubleArray, danger: Double,
        ms: Double,
    ): Any = Decision(textOf(agent) ?: "none", confidence, scoresOf(agents, shares), danger, ms)

    @JvmStatic fun memory(
        totals: LongArray, agents: Array<ByteArray>, models: Array<ByteArray?>, table: LongArray,
    ): Any {
        val rows = agents.indices.map { i ->
            val row = table.copyOfRange(i * 6, i * 6 + 6)
            val state = AgentState.entries.getOrElse(row[0].toInt()) { AgentState.OPEN }
            AgentMemory(textOf(agents[i])!!, textOf(models[i]) ?: "", state, row[1], row[2], row[3], row[4], row[5])
        }
        return Memory(totals[0], totals[1], totals[2], totals[3], totals[4], totals[5], rows)
    }

    @JvmStatic fun estimate(totals: LongArray, agents: Array<ByteArray>, table: LongArray): Any {
        val rows = agents.indices.map { i ->
            val row = table.copyOfRange(i * 4, i * 4 + 4)
            AgentEstimate(textOf(agents[i])!!, row[0], row[1], row[2], row[3])
        }
        return Estimate(totals[0], totals[1], totals[2] != 0L, rows)
    }

    @Suppress("UNCHECKED_CAST")
    @JvmStatic fun turn(into: Any, agent: ByteArray?, user: ByteArray?, reply: ByteArray?): Any? {
        (into as MutableList<Turn>) += Turn(textOf(agent) ?: "", textOf(user) ?: "", textOf(reply) ?: "")
        return null
    }

    @Suppress("UNCHECKED_CAST")
    @JvmStatic fun name(into: Any, name: ByteArray?): Any? {
        (into as MutableList<String>) += textOf(name) ?: ""
        return null
    }

    // ---- a file

    @JvmStatic fun fileInfo(words: Array<ByteArray>, n: LongArray): Any {
        val (kind, architecture, name, quantization, chat) = words.map { textOf(it)!! }
        return FileInfo(
            kind, architecture, name, quantization, chat, bytes = n[0], tensors = n[1], parameters = n[2],
            context = n[3],
            embedding = n[4], layers = n[5], heads = n[6], kvHeads = n[7], vocabulary = n[8], weights = n[9],
            tokens = n[10],
            sealed = n[11] != 0L,
        )
    }

    // ---- callbacks: nothing is thrown into C

    @JvmStatic fun log(level: Int, line: ByteArray?): Any? {
        try {
            listener?.invoke(LogLevel.entries.getOrElse(level) { LogLevel.DEBUG }, textOf(line) ?: "")
        } catch (_: Throwable) {
            // A thread that computes has nobody whom it could tell.
        }
        return null
    }

    /** An object, when the work is to stop. */
    @JvmStatic fun progress(progress: Any, share: Double): Any? = if ((progress as Progress).stops(share)) END else null

    // ---- words of enums, which count from 1 in C

    private fun fromOf(number: Int) = ArnyEvent.From.entries.getOrElse(number - 1) { ArnyEvent.From.CLOSED }

    private fun reasonOf(number: Int) = ArnyEvent.Reason.entries.getOrElse(number - 1) { ArnyEvent.Reason.STOP }

    private fun scoresOf(agents: Array<ByteArray>, shares: DoubleArray): Map<String, Double> =
        agents.indices.associate { textOf(agents[it])!! to shares[it] }
}
