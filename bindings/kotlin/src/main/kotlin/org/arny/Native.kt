package org.arny

/**
 * The functions of src/main/c, by the names of the C library: `arny_team_open` is [teamOpen]. Text crosses as UTF-8,
 * handles as numbers of which 0 is none, and what goes wrong is thrown as an [ArnyException]. What has no type of
 * Java's own is `Any`: see [Make].
 */
internal object Native {
    init {
        System.loadLibrary("arny_jni")
    }

    // ---- library
    @JvmStatic external fun version(): ByteArray
    @JvmStatic external fun engines(): ByteArray
    @JvmStatic external fun chatTemplates(): ByteArray
    @JvmStatic external fun statusName(status: Int): ByteArray
    @JvmStatic external fun statusRemedy(status: Int): ByteArray
    @JvmStatic external fun setCache(folder: ByteArray?)
    @JvmStatic external fun setLog(on: Boolean, level: Int)

    // ---- team
    @JvmStatic external fun teamOpen(
        path: ByteArray?, engine: ByteArray?, budget: Long, threads: Int, language: ByteArray?, state: ByteArray?,
        key: ByteArray?,
        watch: Boolean,
    ): Long
    @JvmStatic external fun teamOpenModel(
        path: ByteArray?, engine: ByteArray?, tokenizer: ByteArray?, chat: ByteArray?, context: Int, batch: Int,
        threads: Int,
        gpuLayers: Int, repack: Boolean, system: ByteArray?,
    ): Long
    @JvmStatic external fun teamFree(team: Long)
    @JvmStatic external fun teamDrop(team: Long)
    @JvmStatic external fun teamWarm(team: Long, progress: Any?)
    @JvmStatic external fun teamPlan(team: Long): ByteArray?
    @JvmStatic external fun teamEngine(team: Long): ByteArray?
    @JvmStatic external fun teamBudget(team: Long): Long
    @JvmStatic external fun teamRoute(team: Long, turns: Array<ByteArray>?): Any
    @JvmStatic external fun teamMemory(team: Long): Any
    @JvmStatic external fun teamEstimate(team: Long): Any
    @JvmStatic external fun teamPressure(team: Long, level: Int)
    @JvmStatic external fun teamSuspend(team: Long)

    // ---- agents
    @JvmStatic external fun agentCount(team: Long): Int
    @JvmStatic external fun agentName(team: Long, index: Int): ByteArray?
    @JvmStatic external fun agentDescription(team: Long, index: Int): ByteArray?
    @JvmStatic external fun agentExpect(team: Long, agent: ByteArray?)
    @JvmStatic external fun agentPin(team: Long, agent: ByteArray?, pinned: Boolean)
    @JvmStatic external fun agentPreload(team: Long, agent: ByteArray?, progress: Any?)
    @JvmStatic external fun agentUnload(team: Long, agent: ByteArray?)

    // ---- session
    @JvmStatic external fun sessionOpen(team: Long, name: ByteArray?, persist: Int): Long
    @JvmStatic external fun sessionFree(session: Long)
    @JvmStatic external fun sessionDrop(session: Long)
    @JvmStatic external fun sessionName(session: Long): ByteArray?
    @JvmStatic external fun sessionStart(
        session: Long, text: ByteArray?, agent: ByteArray?, maxTokens: Int, sampling: DoubleArray?, seed: Long,
    ): Long
    @JvmStatic external fun sessionCancel(session: Long)
    @JvmStatic external fun sessionUse(session: Long, agent: ByteArray?)
    @JvmStatic external fun sessionAgent(session: Long): ByteArray?
    @JvmStatic external fun sessionTurns(session: Long, into: Any)
    @JvmStatic external fun sessionNames(team: Long, into: Any)
    @JvmStatic external fun sessionClear(session: Long)
    @JvmStatic external fun sessionForget(team: Long, name: ByteArray?)

    // ---- model
    @JvmStatic external fun modelOpen(
        path: ByteArray?, engine: ByteArray?, tokenizer: ByteArray?, adapter: ByteArray?, chat: ByteArray?,
        context: Int, batch: Int,
        threads: Int, gpuLayers: Int, repack: Boolean, progress: Any?,
    ): Long
    @JvmStatic external fun modelFree(model: Long)
    @JvmStatic external fun modelDrop(model: Long)
    @JvmStatic external fun modelStart(
        model: Long, prompt: ByteArray?, system: ByteArray?, raw: Boolean, maxTokens: Int, sampling: DoubleArray?,
        seed: Long,
        stop: Array<ByteArray>?, ignoreEos: Boolean,
    ): Long
    @JvmStatic external fun modelCancel(model: Long)
    @JvmStatic external fun modelCountTokens(model: Long, text: ByteArray?): Long
    @JvmStatic external fun modelScore(model: Long, text: ByteArray?, scored: LongArray): Double

    // ---- stream: an ArnyEvent; null, when none came in time; Make.end(), when all were read
    @JvmStatic external fun streamNext(stream: Long, timeoutMs: Int): Any?
    @JvmStatic external fun streamCancel(stream: Long)
    @JvmStatic external fun streamFree(stream: Long)

    // ---- file
    @JvmStatic external fun fileInspect(path: ByteArray?): Any
    @JvmStatic external fun fileQuantize(
        input: ByteArray?, output: ByteArray?, type: ByteArray?, threads: Int, progress: Any?,
    )
    @JvmStatic external fun fileMerge(base: ByteArray?, adapter: ByteArray?, output: ByteArray?, progress: Any?)
}
