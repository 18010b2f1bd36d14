package org.arny

/** How tokens are chosen. Applied in this order: repeat penalty, topK, topP, minP, temperature. */
public data class Sampling(
    /** 0: greedy, the most probable token; else 0 < t <= 10. */
    val temperature: Double = 0.7,
    /** Keep the k most probable; 0: all. */
    val topK: Int = 40,
    /** Keep the smallest set whose probabilities reach p; 0 < p <= 1; 1: all. */
    val topP: Double = 0.95,
    /** Drop what is less probable than minP times the best; 0: none. */
    val minP: Double = 0.05,
    /** Divide (or multiply, if negative) the logits of tokens seen lately; 1: off. */
    val repeatPenalty: Double = 1.0,
    /** How many tokens back it looks; 0: off; at most 1024. */
    val repeatLast: Int = 64,
    /** The same seed gives the same text; 0: a new one each time. */
    val seed: Long = 0,
) {
    internal fun numbers() =
        doubleArrayOf(temperature, topK.toDouble(), topP, minP, repeatPenalty, repeatLast.toDouble())

    public companion object {
        /** The most probable token, always. */
        @JvmField
        public val GREEDY: Sampling = Sampling(temperature = 0.0, topK = 0, topP = 1.0, minP = 0.0)
    }
}
