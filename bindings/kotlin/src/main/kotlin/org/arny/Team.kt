package org.arny

/**
 * A team: the agents of one team.json, the gateway that chooses between them, and the memory they share.
 *
 * Everything may be called from any thread. One answer or decision runs at a time; others wait for it in the order in
 * which they came. What may wait is a suspending function, and waits on [kotlinx.coroutines.Dispatchers.IO]: it may be
 * called on the main thread. A coroutine that is cancelled while it waits goes on when the call has ended; [warm],
 * [preload] and [Model.open] stop early.
 */
public class Team private constructor(pointer: Long, /** As it was given. */ public val path: String) :
    Owner(Handle("team", pointer, Native::teamFree, Native::teamDrop)) {

    /** In the order of team.json. */
    public val agents: List<Agent> = List(Native.agentCount(pointer)) { i ->
        Agent(textOf(Native.agentName(pointer, i))!!, textOf(Native.agentDescription(pointer, i))!!)
    }

    /** "monolith", "hybrid", "adapters". */
    public val plan: String = textOf(Native.teamPlan(pointer))!!

    /** "gguf", "pte", "fake". */
    public val engine: String = textOf(Native.teamEngine(pointer))!!

    /** Bytes; 0: none was set. */
    public val budget: Long = Native.teamBudget(pointer)

    /**
     * Begins a conversation. The team may be closed before its sessions: it ends with the last of them.
     *
     * @param name 1 to 64 letters, digits, '-', '_', '.'; null: "default". One that is open already gives
     * [ArnyException.Busy]
     * @param persist what is kept of it. With [Persist.DISK]: [ArnyException.Busy] when another process has sessions of
     * this team, [ArnyException.Data] when what was kept cannot be read
     */
    public suspend fun session(name: String? = null, persist: Persist = Persist.TEAM): Session {
        val id = utf8OrNull(name, "the name")
        return opening { keep -> waiting { handle.use { keep(Session(Native.sessionOpen(it, id, persist.ordinal))) } } }
    }

    /**
     * Asks the gateway who should answer [message].
     *
     * @param before what the user has said so far, oldest first
     */
    public suspend fun route(message: String, before: List<String> = emptyList()): Decision {
        val turns = (before + message).map { utf8(it, "the message") }.toTypedArray()
        return waiting { handle.use { Native.teamRoute(it, turns) as Decision } }
    }

    /**
     * Makes everybody ready who fits the budget beside the others, the gateway first, so that the first message to each
     * agent costs what the second does. Cancelling the coroutine stops it.
     *
     * @param progress how far it is, 0 to 1, on another thread; what it throws stops it
     */
    public suspend fun warm(progress: ((Double) -> Unit)? = null): Unit =
        reporting(progress) { told -> handle.use { Native.teamWarm(it, told) } }

    // ---- memory

    /** What is in memory now. Waits for no answer; takes some milliseconds. */
    public suspend fun memory(): Memory = waiting { handle.use { Native.teamMemory(it) as Memory } }

    /** What the team will take. Reads headers only. */
    public suspend fun estimate(): Estimate = waiting { handle.use { Native.teamEstimate(it) as Estimate } }

    /**
     * The system is short of memory: call it from onTrimMemory. Never waits: during an answer the rest of the team
     * obeys at its next token, and the answer goes on.
     */
    public fun pressure(level: Pressure): Unit = handle.use { Native.teamPressure(it, level.ordinal) }

    /**
     * The app goes to the background: what sessions keep on disk is written, all contexts and pages are given back, and
     * the lock on the state folder is let go. Waits for an answer that is running: cancel it, or let it end. Everything
     * stays good: whoever is asked next goes on. [ArnyException.Write]: some KV could not be written, and will be
     * prefilled again.
     */
    public suspend fun suspend(): Unit = waiting { handle.use(Native::teamSuspend) }

    // ---- agents

    /**
     * This agent is likely to be asked next: it is made ready in idle time, as far as the budget allows. Never waits,
     * and gives way to whoever asks.
     */
    public fun expect(agent: String) {
        val who = utf8(agent, "agent")
        handle.use { Native.agentExpect(it, who) }
    }

    /**
     * A pinned agent keeps its model and context once it has them; others are refused ([ArnyException.Budget]) what
     * would need them. The gateway, which is called "gateway" here, is pinned from the beginning.
     */
    public suspend fun pin(agent: String, pinned: Boolean = true) {
        val who = utf8(agent, "agent")
        waiting { handle.use { Native.agentPin(it, who, pinned) } }
    }

    /**
     * Opens its model and prefills its role prompt, taking memory from others where that must be. Cancelling the
     * coroutine stops it.
     *
     * @param progress how far it is, 0 to 1, on another thread; what it throws stops it
     */
    public suspend fun preload(agent: String, progress: ((Double) -> Unit)? = null) {
        val who = utf8(agent, "agent")
        reporting(progress) { told -> handle.use { Native.agentPreload(it, who, told) } }
    }

    /** Frees its context, whose KV is kept as always, and closes its model where nobody else uses it. */
    public suspend fun unload(agent: String) {
        val who = utf8(agent, "agent")
        waiting { handle.use { Native.agentUnload(it, who) } }
    }

    // ---- what is kept on disk

    /** The sorted names of the sessions that are kept on disk. */
    public suspend fun sessions(): List<String> = waiting {
        ArrayList<String>().also { names -> handle.use { Native.sessionNames(it, names) } }.sorted()
    }

    /**
     * Forgets a session by its name, open or not, of this process or an earlier one: nothing of it stays on the disk.
     */
    public suspend fun forget(name: String) {
        val id = utf8(name, "the name")
        waiting { handle.use { Native.sessionForget(it, id) } }
    }

    override fun toString(): String = "Team($path)"

    public companion object {
        private const val KEY_BYTES = 32

        /**
         * Opens the team in a folder with a team.json, or of that file itself. Reads and checks it; opens no model yet.
         * [ArnyException.Data] names line and column.
         *
         * @param engine overrides the file's "engine"
         * @param budget bytes, overrides the file's "budget"; 0: as it says
         * @param threads overrides the file's "threads"; 0: as it says
         * @param language of the app, such as "pt-BR" or "de": which text of help is shown; null: the first one
         * @param state a folder of this team's own for what [Persist.DISK] keeps; one process at a time. On Android it
         * must be given: `File(context.filesDir, "arny").path`. Null: one for each team.json under $ARNY_STATE, else
         * $XDG_STATE_HOME/arny, else ~/.local/state/arny
         * @param key 32 bytes: what is kept there is encrypted with AES-256-GCM
         * @param watch obey the system's signs of memory pressure too (Linux)
         */
        public suspend fun open(
            path: String,
            engine: String? = null,
            budget: Long = 0,
            threads: Int = 0,
            language: String? = null,
            state: String? = null,
            key: ByteArray? = null,
            watch: Boolean = false,
        ): Team {
            if (key != null && key.size != KEY_BYTES)
                throw ArnyException.Argument("the key has ${key.size} bytes: $KEY_BYTES expected")
            val file = utf8(path, "the path")
            val runs = utf8OrNull(engine, "engine")
            val speaks = utf8OrNull(language, "language")
            val folder = utf8OrNull(state, "state")
            return opening { keep ->
                waiting { keep(Team(Native.teamOpen(file, runs, budget, threads, speaks, folder, key, watch), path)) }
            }
        }

        /**
         * A team of one: a model file, an agent called "assistant", no gateway. Options as in [Model.open].
         *
         * @param system the agent's system message; null: none
         */
        public suspend fun ofModel(
            path: String,
            system: String? = null,
            engine: String? = null,
            tokenizer: String? = null,
            chat: String? = null,
            context: Int = 0,
            batch: Int = 0,
            threads: Int = 0,
            gpuLayers: Int = 0,
            repack: Boolean = false,
        ): Team {
            val file = utf8(path, "the path")
            val role = utf8OrNull(system, "the system message")
            val runs = utf8OrNull(engine, "engine")
            val words = utf8OrNull(tokenizer, "tokenizer")
            val template = utf8OrNull(chat, "chat")
            return opening { keep ->
                waiting {
                    val pointer = Native.teamOpenModel(
                        file, runs, words, template, context, batch, threads, gpuLayers, repack, role,
                    )
                    keep(Team(pointer, path))
                }
            }
        }
    }
}
