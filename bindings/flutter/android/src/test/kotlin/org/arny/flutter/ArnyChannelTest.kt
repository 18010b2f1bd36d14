package org.arny.flutter

import java.io.File
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit.SECONDS
import kotlin.io.path.createTempDirectory
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What was replied with an error. */
internal class Refused(val code: String, override val message: String, val remedy: String?) : Exception(message)

internal class ArnyChannelTest {
    private val folder = createTempDirectory("arny-channel").toFile()
    private val main = Executors.newSingleThreadExecutor()
    private val events = CopyOnWriteArrayList<Map<String, Any?>>()
    private val services = Services()
    private val host = object : Host {
        override val models = listOf(File(folder, "models"), folder)
        override val support = File(folder, "support")
        override val cache = File(folder, "cache")
        override fun assetPath(asset: String): String? = null
        override fun readAsset(asset: String, offset: Long, length: Int): ByteArray {
            File(folder, asset).inputStream().use {
                it.skip(offset)
                return it.readNBytes(length)
            }
        }
        override fun sessionKey(reset: Boolean) = ByteArray(32) { 7 }
        override fun power(): Map<String, Any> = mapOf("lowPower" to true, "thermal" to "fair")
        override fun holdBackground(hold: Boolean) {}
        override fun post(task: () -> Unit) = main.execute(task)
    }
    private val channel = ArnyChannel(host, services)

    @AfterEach
    fun remove() {
        channel.close()
        folder.deleteRecursively()
    }

    private fun call(method: String, vararg arguments: Pair<String, Any?>, on: ArnyChannel = channel): Any? =
        raw(method, mapOf(*arguments), on)

    private fun raw(method: String, arguments: Any?, on: ArnyChannel = channel): Any? {
        val reply = CompletableFuture<Any?>()
        on.call(method, arguments, object : Reply {
            override fun success(value: Any?) {
                reply.complete(value)
            }

            override fun error(code: String, message: String, remedy: String?) {
                reply.completeExceptionally(Refused(code, message, remedy))
            }

            override fun notImplemented() {
                reply.completeExceptionally(Refused("not-implemented", method, null))
            }
        })
        try {
            return reply.get(60, SECONDS)
        } catch (problem: java.util.concurrent.ExecutionException) {
            throw problem.cause!!
        }
    }

    private fun refused(method: String, vararg arguments: Pair<String, Any?>) =
        assertThrows(Refused::class.java) { call(method, *arguments) }

    private fun generate(prompt: String) =
        call("generateText", "prompt" to prompt, "maxTokens" to 512, "temperature" to 0.0)

    /** "agent", and that "confidence" is a number. */
    private fun route(prompt: String): String {
        val json = call("classifyIntent", "prompt" to prompt) as String
        return Regex("""\{"agent": "(\w+)", "confidence": [01]\.\d+(E-\d+)?}""").matchEntire(json)!!.groupValues[1]
    }

    private fun agents() = ((call("memory") as Map<*, *>)["agents"] as List<*>).map { (it as Map<*, *>)["agent"] }

    private fun write(name: String, text: String) =
        File(folder, "models/$name").apply { parentFile.mkdirs() }.writeText(text)

    private fun fake(name: String, text: String) = write("$name.fake", "#arny-fake 1\n$text")

    /** The guide's four files. */
    private fun guide(): Map<String, String> {
        val says = """{"when": "anxious", "say": "wellness"}, {"when": "3x", "say": "math"}"""
        fake("gateway", """{"say": [$says], "default": "none"}""")
        fake("wellness", """{"default": "It is normal."}""")
        fake("math", """{"default": "x = 5"}""")
        fake("logistics", """{"default": "Go north."}""")
        return listOf("gateway", "wellness", "math", "logistics").associateWith { "$it.fake" }
    }

    private fun endless() = fake("endless", """{"default": "${"on and ".repeat(1000)}", "step_us": 1000}""")

    private fun listen(on: ArnyChannel = channel) = on.listen { events += it }

    private fun awaitEvent(what: String, found: (Map<String, Any?>) -> Boolean): Map<String, Any?> {
        val end = System.nanoTime() + SECONDS.toNanos(60)
        while (System.nanoTime() < end) {
            events.find(found)?.let { return it }
            Thread.sleep(5)
        }
        throw AssertionError("$what did not come: ${events.takeLast(5)}")
    }

    @Test
    fun oneModelAnswers() {
        fake("model", """{"default": "fine"}""")
        assertEquals(true, call("initializeModel", "modelPath" to "model.fake"))
        assertEquals("fine", generate("Hello"))
        assertEquals(true, call("initializeModel", "modelPath" to "model.fake"))
        assertNull(call("disposeModel"))
        assertNull(call("disposeModel"))
        assertEquals("argument", assertThrows(Refused::class.java) { generate("Hello") }.code)
    }

    @Test
    fun theGuidesFourFilesAreATeam() {
        assertEquals(true, call("initializeModels", "models" to guide()))
        assertEquals("wellness", route("I feel anxious"))
        assertNull(call("switchSpecialist", "name" to "wellness"))
        assertEquals("It is normal.", generate("I feel anxious"))
        assertEquals("wellness", route("And then?"))
        assertEquals("math", route("Solve 3x + 7 = 22"))
        assertNull(call("switchSpecialist", "name" to "math"))
        assertEquals("x = 5", generate("Solve 3x + 7 = 22"))
        assertEquals(listOf("logistics", "math", "wellness", "gateway"), agents())
        assertNull(call("suspend"))
        assertEquals("x = 5", generate("Again 3x"))
        val wrong = refused("switchSpecialist", "name" to "cooking")
        assertEquals("argument", wrong.code)
        assertTrue("math" in wrong.message && !wrong.remedy.isNullOrEmpty(), wrong.message)
        assertNull(call("disposeModels"))
    }

    @Test
    fun aTeamJsonBesideTheFilesSaysAll() {
        val models = guide()
        write("team.json", """{"arny": 1, "plan": "monolith", "engine": "fake", "models": {"m": {"fake": "math.fake"}},
            "agents": {"only": {"model": "m"}}}""")
        call("initializeModels", "models" to models)
        assertEquals(listOf("only"), agents())
        for (team in listOf(".", "team.json")) {
            call("initializeModels", "team" to team)
            assertEquals(listOf("only"), agents())
        }
        assertEquals("not-found", refused("initializeModels", "team" to "absent").code)
    }

    @Test
    fun aTeamsFolderKeepsItsSessionOnDiskEncrypted() {
        guide()
        write("team.json", """{"arny": 1, "plan": "monolith", "engine": "fake", "models": {"m": {"fake": "math.fake"}},
            "agents": {"only": {"model": "m"}}}""")
        call("initializeModels", "team" to "models", "persist" to "disk", "encrypted" to true)
        generate("a secret word")
        call("suspend")
        call("disposeModels")
        val kept = File(folder, "support/arny-state").walk().filter { it.isFile }.toList()
        assertTrue(kept.isNotEmpty())
        assertTrue(kept.none { "secret" in it.readText(Charsets.ISO_8859_1) })
    }

    @Test
    fun whatIsMissingOrWrongIsNamed() {
        fun says(method: String, text: String, vararg arguments: Pair<String, Any?>) {
            val problem = refused(method, *arguments)
            assertEquals("argument", problem.code)
            assertEquals(text, problem.message)
        }
        says(
            "generateText", "generateText: \"prompt\" is missing or not a String",
            "maxTokens" to 1, "temperature" to 0.7,
        )
        says(
            "generateText", "generateText: \"prompt\" is missing or not a String",
            "prompt" to 5, "maxTokens" to 1, "temperature" to 0.7,
        )
        says(
            "generateText", "generateText: \"maxTokens\" is missing or not an int",
            "prompt" to "x", "temperature" to 0.7,
        )
        says(
            "generateText", "generateText: \"maxTokens\" is missing or not an int",
            "prompt" to "x", "maxTokens" to 1.5, "temperature" to 0.7,
        )
        says(
            "generateText", "generateText: \"temperature\" is missing or not a number",
            "prompt" to "x", "maxTokens" to 1, "temperature" to "hot",
        )
        says(
            "generateText", "generateText: \"maxTokens\" is 5000000000: a number of 32 bits expected",
            "prompt" to "x", "maxTokens" to 5_000_000_000, "temperature" to 0.7,
        )
        says("initializeModel", "initializeModel: \"modelPath\" is missing or not a String")
        says("initializeModels", "initializeModels: \"models\" is missing or not a Map of Strings")
        says(
            "initializeModels", "initializeModels: \"models\" is missing or not a Map of Strings",
            "models" to mapOf("a" to 1),
        )
        says("initializeModels", "initializeModels: \"models\" is empty", "models" to emptyMap<String, String>())
        says(
            "initializeModels",
            "initializeModels: \"A b\" is no name: 1 to 32 characters of a-z, 0-9, - and _ expected, a letter first",
            "models" to mapOf("A b" to "x.pte"),
        )
        says(
            "initializeModels", "initializeModels: \"x.zip\" is no .gguf and no .pte",
            "models" to mapOf("a" to "x.zip"),
        )
        says("classifyIntent", "classifyIntent: \"prompt\" is missing or not a String", "prompt" to null)
        says("switchSpecialist", "switchSpecialist: \"name\" is missing or not a String")
        says("startText", "startText: \"id\" is missing or not an int", "prompt" to "x")
        says("pressure", "pressure: \"level\" is \"high\": one of none, low, critical expected", "level" to "high")
        val odd = assertThrows(Refused::class.java) { raw("generateText", "a text") }
        assertEquals("generateText: the arguments are no map", odd.message)
        assertEquals("not-implemented", refused("paint").code)
    }

    @Test
    fun theLibrarysErrorsComeWithTheirRemedy() {
        val problem = refused("initializeModel", "modelPath" to "absent.pte")
        assertEquals("not-found", problem.code)
        assertTrue("absent.pte" in problem.message && !problem.remedy.isNullOrEmpty())
        assertEquals("argument", refused("classifyIntent", "prompt" to "x").code)
        fake("model", """{"default": "fine"}""")
        call("initializeModel", "modelPath" to "model.fake")
        assertEquals("argument", refused("generateText", "prompt" to "x", "maxTokens" to 5, "temperature" to 99.0).code)
        val nul = refused("generateText", "prompt" to "a\u0000b", "maxTokens" to 5, "temperature" to 0.7)
        assertEquals("argument", nul.code)
        assertEquals("fine", generate("and goes on"))
    }

    @Test
    fun anAnswerStreamsWithItsId() {
        call("initializeModels", "models" to guide())
        listen()
        assertEquals(true, call("startText", "id" to 3, "prompt" to "3x", "maxTokens" to 50, "temperature" to 0.0))
        val done = awaitEvent("the end") { it["type"] == "done" }
        assertEquals(3, done["id"])
        val tokens = events.filter { it["type"] == "token" && it["id"] == 3 }
        assertEquals("x = 5", tokens.joinToString("") { it["text"] as String })
        assertEquals("math", events.first { it["type"] == "routed" }["agent"])
        awaitEvent("memory") { it["type"] == "memory" }
        val power = awaitEvent("power") { it["type"] == "power" }
        assertEquals(mapOf("type" to "power", "lowPower" to true, "thermal" to "fair"), power)
    }

    @Test
    fun anAnswerThatIsCancelledStopsAndTheNextOneComes() {
        endless()
        fake("model", """{"default": "fine"}""")
        call("initializeModel", "modelPath" to "endless.fake")
        listen()
        call("startText", "id" to 1, "prompt" to "x", "maxTokens" to 2000, "temperature" to 0.0)
        awaitEvent("a token") { it["type"] == "token" }
        assertNull(call("cancelText", "id" to 1))
        assertNull(call("cancelText", "id" to 1))
        val heard = events.size
        Thread.sleep(100)
        assertTrue(events.drop(heard).none { it["type"] == "token" })
        call("startText", "id" to 1, "prompt" to "x", "maxTokens" to 2, "temperature" to 0.0)
        awaitEvent("the end") { it["type"] == "done" && it["reason"] == "length" }
    }

    @Test
    fun anErrorOfAStreamIsAnEvent() {
        fake("model", """{"default": "fine"}""")
        call("initializeModel", "modelPath" to "model.fake")
        val alone = refused("startText", "id" to 1, "prompt" to "x", "maxTokens" to 5, "temperature" to 0.5)
        assertEquals("startText: nobody listens to the events", alone.message)
        listen()
        call("startText", "id" to 1, "prompt" to "x", "maxTokens" to 5, "temperature" to 99.0)
        val error = awaitEvent("the error") { it["type"] == "error" }
        assertEquals(1, error["id"])
        assertEquals("argument", error["code"])
    }

    @Test
    fun hotRestartDropsDeadListenersAndFindsWhatIsOpen() {
        endless()
        call("initializeModel", "modelPath" to "endless.fake")
        val dead = CopyOnWriteArrayList<Map<String, Any?>>()
        channel.listen { dead += it }
        call("startText", "id" to 1, "prompt" to "x", "maxTokens" to 2000, "temperature" to 0.0)
        while (dead.none { it["type"] == "token" }) Thread.sleep(5)
        listen()
        val heard = dead.size
        assertEquals(true, call("initializeModel", "modelPath" to "endless.fake"))
        call("startText", "id" to 1, "prompt" to "x", "maxTokens" to 3, "temperature" to 0.0)
        awaitEvent("the end") { it["type"] == "done" }
        assertTrue(dead.size <= heard + 1, "one may have been on its way, and not ${dead.size - heard}")
    }

    @Test
    fun twoEnginesShareWhatIsOpen() {
        val models = guide()
        val other = ArnyChannel(host, services)
        call("initializeModels", "models" to models)
        call("initializeModels", "models" to models, on = other)
        call("disposeModels")
        assertEquals("math", Regex("math").find(call("classifyIntent", "prompt" to "3x", on = other) as String)?.value)
        other.close()
    }

    @Test
    fun memoryPressureReachesTheTeam() {
        call("initializeModels", "models" to guide())
        call("switchSpecialist", "name" to "math")
        listen()
        channel.trim(5)
        assertEquals("low", awaitEvent("pressure") { it["type"] == "pressure" }["level"])
        channel.trim(15)
        awaitEvent("critical pressure") { it["level"] == "critical" }
        channel.trim(20)
        channel.trim(80)
        assertEquals("x = 5", generate("3x"))
        assertNull(call("pressure", "level" to "critical"))
    }

    @Test
    fun theRestOfThePlatformIsReached() {
        assertEquals(32, (call("sessionKey") as ByteArray).size)
        assertEquals(host.support.path, (call("folders") as Map<*, *>)["support"])
        assertNull(call("assetPath", "asset" to "assets/x"))
        write("asset", "0123456789")
        fun read(offset: Number) =
            String(call("readAsset", "asset" to "models/asset", "offset" to offset, "length" to 3) as ByteArray)
        assertEquals("345", read(3))
        assertEquals("", read(10L))
        assertEquals("not-found", refused("readAsset", "asset" to "none", "offset" to 0, "length" to 3).code)
        assertNull(call("holdBackground", "hold" to true))
        assertEquals("fair", (call("power") as Map<*, *>)["thermal"])
    }
}
