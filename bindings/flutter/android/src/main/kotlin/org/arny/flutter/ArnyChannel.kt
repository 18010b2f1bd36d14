package org.arny.flutter

import java.io.File
import java.util.concurrent.ConcurrentHashMap
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import org.arny.Arny
import org.arny.ArnyEvent
import org.arny.ArnyException
import org.arny.Model
import org.arny.Persist
import org.arny.Pressure
import org.arny.Sampling
import org.arny.Team

/**
 * The method channel and the event channel, but for Flutter and Android: what is called by which name, with which
 * arguments, and what is answered. [ArnyFlutterPlugin] connects it.
 *
 * Functions are called on the main thread and never wait; replies and events come back on it.
 */
class ArnyChannel internal constructor(private val host: Host, private val services: Services) {

    constructor(host: Host) : this(host, Services.shared)

    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.IO)
    private val folder = TeamFolder(host)

    /** One change of [service] at a time. */
    private val changing = Mutex()

    /** Of the service. */
    private var path: String? = null

    @Volatile
    private var service: Service? = null

    /** Answers that stream, by the ids that Dart gave them. */
    private val answers = ConcurrentHashMap<Int, Job>()

    @Volatile
    private var sink: ((Map<String, Any?>) -> Unit)? = null

    private val cached = lazy { Arny.setCache(host.cache.path) }

    fun call(method: String, arguments: Any?, reply: Reply) {
        scope.launch {
            try {
                cached.value // the library asks for it before anything else, and loading the library takes a moment
                val value = answer(method, Arguments(method, arguments))
                host.post {
                    if (value === NOT_IMPLEMENTED) reply.notImplemented()
                    else reply.success(value.takeIf { it != Unit })
                }
            } catch (stopped: CancellationException) {
                throw stopped // the engine is gone: nobody waits for a reply
            } catch (problem: Throwable) { // UnsatisfiedLinkError too
                host.post { reply.failure(problem) }
            }
        }
    }

    private suspend fun answer(method: String, arguments: Arguments): Any? = when (method) {
        "initializeModel" -> initializeModel(arguments)
        "initializeModels" -> initializeModels(arguments)
        "generateText" -> generateText(arguments)
        "startText" -> startText(arguments)
        "cancelText" -> cancelText(arguments)
        "classifyIntent" -> classifyIntent(arguments)
        "switchSpecialist" -> switchSpecialist(arguments)
        "disposeModel", "disposeModels" -> dispose()
        "memory" -> (service as? WholeTeam)?.let { fieldsOf(it.team.memory()) }
        "pressure" -> pressure(arguments.word("level", Pressure.CRITICAL))
        "suspend" -> sleep(arguments.flag("cancel", false))
        "holdBackground" -> host.holdBackground(arguments.flag("hold", true))
        "sessionKey" -> host.sessionKey(arguments.flag("reset", false))
        "folders" -> mapOf("support" to host.support.path, "cache" to host.cache.path)
        "assetPath" -> host.assetPath(arguments.text("asset"))
        "readAsset" -> host.readAsset(arguments.text("asset"), arguments.long("offset"), arguments.whole("length"))
        "power" -> host.power()
        else -> NOT_IMPLEMENTED
    }

    // ---- events

    /** Whoever listened before is dead (hot restart): its answers are for nobody. */
    fun listen(listener: (Map<String, Any?>) -> Unit) {
        unlisten()
        sink = listener
        powerChanged()
    }

    fun unlisten() {
        sink = null
        val left = answers.values.toList()
        answers.clear()
        left.forEach { it.cancel() }
    }

    /** Battery saver or heat have changed. */
    fun powerChanged() {
        scope.launch { tell(mapOf("type" to "power") + host.power()) }
    }

    /** [listener]: who asked; what is for one that is dead is for nobody. */
    private fun tell(event: Map<String, Any?>, listener: ((Map<String, Any?>) -> Unit)? = sink) {
        if (listener == null) return
        host.post { if (sink === listener) listener(event) }
    }

    private suspend fun tellMemory() {
        if (sink == null) return
        val team = (service as? WholeTeam)?.team ?: return
        try {
            tell(fieldsOf(team.memory()))
        } catch (_: ArnyException) {
            // It was closed meanwhile.
        }
    }

    // ---- what Android tells

    /** Levels of ComponentCallbacks2: 5, 10, 15 while the app is seen; 20 when it is no more; 40 to 80 then. */
    fun trim(level: Int) {
        scope.launch {
            try {
                when {
                    level == UI_HIDDEN -> sleep(cancel = false)
                    level >= RUNNING_CRITICAL -> pressure(Pressure.CRITICAL)
                    else -> pressure(Pressure.LOW)
                }
            } catch (_: ArnyException) {
                // It was closed meanwhile, or some KV could not be written and will be computed anew.
            }
        }
    }

    private suspend fun pressure(level: Pressure) {
        val team = (service as? WholeTeam)?.team ?: return
        team.pressure(level)
        tell(mapOf("type" to "pressure", "level" to level.name.lowercase()))
        tellMemory()
    }

    private suspend fun sleep(cancel: Boolean) {
        if (cancel) service?.cancel()
        (service as? WholeTeam)?.team?.suspend()
        tellMemory()
    }

    /** The engine is gone. */
    fun close() {
        unlisten()
        scope.cancel()
        CoroutineScope(Dispatchers.IO).launch { dispose() }
    }

    // ---- methods

    private suspend fun initializeModel(arguments: Arguments): Boolean {
        val given = arguments.text("modelPath")
        val chosen = arguments.textOrNull("tokenizer")
        val threads = arguments.whole("threads", 0)
        return become("model $given") {
            val file = folder.find(given)
            val words = chosen?.let(folder::find) ?: folder.tokenizer(file)
            OneModel(Model.open(file.path, tokenizer = words?.path, threads = threads) { progress ->
                tell(mapOf("type" to "loading", "model" to file.name, "progress" to progress))
            })
        }
    }

    /** "models", as in the guide; or "team", a folder with a team.json. */
    private suspend fun initializeModels(arguments: Arguments): Boolean {
        val given = arguments.textOrNull("team")
        val models = if (given == null) arguments.texts("models").also(::checkNames) else emptyMap()
        val language = arguments.textOrNull("language")
        val persist = arguments.word("persist", Persist.TEAM)
        val encrypted = arguments.flag("encrypted", false)
        val threads = arguments.whole("threads", 0)
        val name = "team " + (given ?: models.entries.sortedBy { it.key }.joinToString())
        return become(name) {
            val place = if (given != null) folder.findTeam(given) else folder.of(models)
            val team = Team.open(
                place.path,
                threads = threads,
                language = language,
                state = File(host.support, "arny-state/${TeamFolder.digest(name)}").path,
                key = if (encrypted) host.sessionKey(false) else null,
            )
            try {
                WholeTeam(team, team.session(persist = persist))
            } catch (problem: Throwable) {
                team.drop()
                throw problem
            }
        }
    }

    /** The old one is closed first: two may not fit. Where opening fails, nothing is open. */
    private suspend fun become(name: String, open: suspend () -> Service): Boolean {
        changing.withLock {
            if (path == name) return true
            leave()
            service = services.take(name, open)
            path = name
        }
        tellMemory()
        return true
    }

    private suspend fun dispose() = changing.withLock { leave() }

    private suspend fun leave() {
        val old = path ?: return
        path = null
        service = null
        withContext(NonCancellable) { services.leave(old) }
    }

    private suspend fun generateText(arguments: Arguments): String {
        val text = StringBuilder()
        ask(arguments) {
            if (it is ArnyEvent.Token) text.append(it.text) else tell(fieldsOf(it))
        }
        tellMemory()
        return text.toString()
    }

    private suspend fun ask(arguments: Arguments, each: (ArnyEvent) -> Unit) {
        val prompt = arguments.text("prompt")
        val maxTokens = arguments.whole("maxTokens")
        val sampling = Sampling(temperature = arguments.number("temperature"))
        val who = service
            ?: throw ArnyException.Argument("no model is open: call initializeModel or initializeModels first")
        who.ask(prompt, maxTokens, sampling).collect { each(it) }
    }

    /** The same as events, which carry the id; replies when it has begun. */
    private fun startText(arguments: Arguments): Boolean {
        val id = arguments.whole("id")
        arguments.text("prompt") // what is missing is told here, and not as an event
        arguments.whole("maxTokens")
        arguments.number("temperature")
        val asker = sink ?: throw ArnyException.Argument("startText: nobody listens to the events")
        val job = scope.launch(start = CoroutineStart.LAZY) {
            try {
                ask(arguments) { tell(fieldsOf(it) + ("id" to id), asker) }
            } catch (stopped: CancellationException) {
                throw stopped
            } catch (problem: Throwable) {
                tell(Failure(id).also { it.failure(problem) }.event, asker)
            }
            tellMemory()
        }
        if (answers.putIfAbsent(id, job) != null) throw ArnyException.Argument("startText: \"id\" $id is in use")
        job.invokeOnCompletion { answers.remove(id, job) }
        job.start()
        return true
    }

    /** An error as an event. */
    private class Failure(private val id: Int) : Reply {
        var event: Map<String, Any?> = emptyMap()

        override fun success(value: Any?) {}

        override fun error(code: String, message: String, remedy: String?) {
            event = mapOf("type" to "error", "id" to id, "code" to code, "message" to message, "remedy" to remedy)
        }

        override fun notImplemented() {}
    }

    /** Replies when it has stopped. One that there is not has ended: that is no error. */
    private suspend fun cancelText(arguments: Arguments) {
        if (arguments.has("id")) answers[arguments.whole("id")]?.cancelAndJoin() else service?.cancel()
    }

    private suspend fun classifyIntent(arguments: Arguments): String {
        val prompt = arguments.text("prompt")
        val team = service as? WholeTeam ?: throw noTeam("classifyIntent")
        val (agent, confidence) = team.classify(prompt)
        return "{\"agent\": \"$agent\", \"confidence\": $confidence}" // a name has no character that JSON would escape
    }

    private suspend fun switchSpecialist(arguments: Arguments) {
        val name = arguments.text("name")
        val team = service as? WholeTeam ?: throw noTeam("switchSpecialist")
        team.switchTo(name) { progress -> tell(mapOf("type" to "loading", "model" to name, "progress" to progress)) }
        tellMemory()
    }

    private companion object {
        val NOT_IMPLEMENTED = Any()
        const val RUNNING_CRITICAL = 15
        const val UI_HIDDEN = 20
    }
}
