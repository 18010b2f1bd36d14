import CArny

/// How tokens are chosen. Applied in this order: repeat penalty, topK, topP, minP, temperature.
public struct Sampling: Sendable, Hashable {
    /// 0: greedy, the most probable token; else 0 < t <= 10.
    public var temperature: Float
    /// Keep the k most probable; 0: all.
    public var topK: Int32
    /// Keep the smallest set whose probabilities reach p; 0 < p <= 1; 1: all.
    public var topP: Float
    /// Drop what is less probable than minP times the best; 0: none.
    public var minP: Float
    /// Divide (or multiply, if negative) the logits of tokens seen lately; 1: off.
    public var repeatPenalty: Float
    /// How many tokens back it looks; 0: off; at most 1024.
    public var repeatLast: Int32
    /// The same seed gives the same text; 0: a new one each time.
    public var seed: UInt64

    /// The library's defaults, but for what is given.
    public init(temperature: Float = 0.7, topK: Int32 = 40, topP: Float = 0.95, minP: Float = 0.05,
                repeatPenalty: Float = 1, repeatLast: Int32 = 64, seed: UInt64 = 0) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.repeatPenalty = repeatPenalty
        self.repeatLast = repeatLast
        self.seed = seed
    }

    /// The most probable token, always.
    public static let greedy = Sampling(temperature: 0, topK: 0, topP: 1, minP: 0)

    var native: arny_sampling {
        arny_sampling(temperature: temperature, top_k: topK, top_p: topP, min_p: minP, repeat_penalty: repeatPenalty,
                      repeat_last: repeatLast, seed: seed)
    }
}
