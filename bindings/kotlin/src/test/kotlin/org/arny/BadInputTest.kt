package org.arny

import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assertions.fail
import org.junit.jupiter.api.Test

/** What is wrong is refused with the error that the library names, and the next call works. */
class BadInputTest {
    private val huge = 100_000_000

    private inline fun <reified E : ArnyException> refused(says: String, crossinline block: suspend () -> Any?) {
        try {
            runBlocking { block() }
        } catch (problem: ArnyException) {
            assertTrue(problem is E, "$problem: ${E::class.simpleName} expected")
            assertTrue(says in problem.message, "\"${problem.message}\" does not say \"$says\"")
            return
        }
        fail<Unit>("it was not refused")
    }

    @Test
    fun `a path that does not exist`() {
        refused<ArnyException.NotFound>("absent.gguf") { Model.open("absent.gguf") }
        refused<ArnyException.NotFound>("absent") { Team.open("absent") }
        refused<ArnyException.NotFound>("absent.gguf") { Team.ofModel("absent.gguf") }
        refused<ArnyException.NotFound>("absent.gguf") { inspect("absent.gguf") }
        refused<ArnyException.NotFound>("absent.gguf") { quantize("absent.gguf", "out.gguf", "q8_0") }
        refused<ArnyException.NotFound>("absent.gguf") { merge("absent.gguf", "absent.lora", "out.gguf") }
    }

    @Test
    fun `options out of range`() = FakeTeam().use { fake ->
        refused<ArnyException.Argument>("context") { Model.open(fake.model, context = 1) }
        refused<ArnyException.Argument>("threads") { Model.open(fake.model, threads = -3) }
        refused<ArnyException.Argument>("chatml") { Model.open(fake.model, chat = "nonsense") }
        refused<ArnyException.Argument>("key") { Team.open(fake.path, key = ByteArray(31)) }
        refused<ArnyException>("") { Team.open(fake.path, budget = -1) }
        refused<ArnyException.Argument>("temperature") {
            fake.session { it.ask("x", sampling = Sampling(temperature = Double.NaN)).toList() }
        }
        refused<ArnyException.Argument>("") { fake.session { it.ask("x", maxTokens = Int.MIN_VALUE).toList() } }
        refused<ArnyException.Argument>("stop") {
            Model.open(fake.model).use { it.start("x", stop = List(17) { "s" }).text() }
        }
        assertEquals("fine", runBlocking { fake.session { it.start("x").text() } })
    }

    @Test
    fun `lone surrogates are told from text`() = FakeTeam().use { fake ->
        refused<ArnyException.Data>("not UTF-8: byte 1") { fake.session { it.ask("h\uD83D").toList() } }
        refused<ArnyException.Data>("not UTF-8: byte 0") { fake.session { it.ask("\uDE00h").toList() } }
        refused<ArnyException.Data>("UTF-8") { Model.open(fake.model).use { it.countTokens("\uD83D") } }
        refused<ArnyException.Argument>("name") { Team.open(fake.path).use { it.session("\uD83D") } }
        val bytes = utf8("a\uD83D\uDE00\uD83Dü", "it").joinToString("") { "%02x".format(it) }
        assertEquals("61" + "f09f9880" + "eda0bd" + "c3bc", bytes)
    }

    @Test
    fun `a NUL is refused wherever text crosses`() = FakeTeam().use { fake ->
        val nul = "a\u0000b"
        refused<ArnyException.Argument>("NUL at character 1") { Team.open(nul) }
        refused<ArnyException.Argument>("NUL") { Team.open(fake.path, engine = nul) }
        refused<ArnyException.Argument>("NUL") { Team.open(fake.path, language = nul) }
        refused<ArnyException.Argument>("NUL") { Team.open(fake.path, state = nul) }
        refused<ArnyException.Argument>("NUL") { Model.open(nul) }
        refused<ArnyException.Argument>("NUL") { inspect(nul) }
        refused<ArnyException.Argument>("NUL") { fake.session { it.ask(nul).toList() } }
        refused<ArnyException.Argument>("NUL") { fake.session { it.ask("x", agent = nul).toList() } }
        refused<ArnyException.Argument>("NUL") { fake.session { it.use(nul) } }
        refused<ArnyException.Argument>("NUL") { Team.open(fake.path).use { it.route("x", listOf(nul)) } }
        refused<ArnyException.Argument>("NUL") { Team.open(fake.path).use { it.session(nul) } }
        refused<ArnyException.Argument>("NUL") { Team.open(fake.path).use { it.forget(nul) } }
        refused<ArnyException.Argument>("NUL") { Model.open(fake.model).use { it.start("x", stop = listOf(nul)) } }
        refused<ArnyException.Argument>("NUL") { Arny.setCache(nul) }
    }

    @Test
    fun `strings of 100 MB are refused`() = FakeTeam().use { fake ->
        runBlocking {
            val text = "x".repeat(huge)
            refused<ArnyException.Context>("at most") { fake.session { it.ask(text).toList() } }
            refused<ArnyException.Argument>("1 to 64") { Team.open(fake.path).use { it.session(text) } }
            refused<ArnyException>("") { Team.open(text) }
            refused<ArnyException>("") { Model.open(text) }
            refused<ArnyException.Argument>("") { fake.session { it.use(text) } }
            refused<ArnyException>("") { Model.open(fake.model).use { it.start("x", stop = listOf(text)).text() } }
            assertEquals("fine", fake.session { it.start("x").text() })
        }
    }

    @Test
    fun `what is closed says so, and closing twice is fine`() = FakeTeam().use { fake ->
        val team = runBlocking { Team.open(fake.path) }
        val session = runBlocking { team.session() }
        val answer = session.start("x")
        val model = runBlocking { Model.open(fake.model) }
        for (thing in listOf(answer, session, team, model, answer, session, team, model)) thing.close()
        for (thing in listOf(answer, session, team, model)) assertTrue(thing.isClosed).also { thing.drop() }

        val calls = listOf<suspend () -> Any?>(
            { session.ask("x").toList() }, { session.start("x") }, { session.cancel() }, { session.use("math") },
            { session.agent },
            { session.turns }, { session.clear() },
        )
        for (call in calls) refused<ArnyException.Argument>("the session is closed", call)
        val teams = listOf<suspend () -> Any?>(
            { team.session() }, { team.route("x") }, { team.warm() }, { team.memory() }, { team.estimate() },
            { team.pressure(Pressure.LOW) }, { team.suspend() }, { team.expect("math") }, { team.pin("math") },
            { team.preload("math") },
            { team.unload("math") }, { team.sessions() }, { team.forget("x") },
        )
        for (call in teams) refused<ArnyException.Argument>("the team is closed", call)
        val models = listOf<suspend () -> Any?>(
            { model.generate("x").toList() }, { model.start("x") }, { model.cancel() }, { model.countTokens("x") },
            { model.score("xx") },
        )
        for (call in models) refused<ArnyException.Argument>("the model is closed", call)
        refused<ArnyException.Argument>("the answer is closed") { answer.next() }
        refused<ArnyException.Argument>("the answer is closed") { answer.cancel() }
        assertEquals("default", session.name)
        assertEquals(listOf("math"), team.agents.map { it.name })
    }

    @Test
    fun `each code has its class, by the library's name, with a remedy`() {
        for (code in -12..-1) {
            val problem = ArnyException.of(code, "words")
            assertFalse(problem is ArnyException.Unknown)
            assertEquals(code, problem.code)
            assertEquals(textOf(Native.statusName(code)), problem.status)
            assertEquals(problem.status.replace("-", ""), problem.javaClass.simpleName.lowercase())
            assertTrue(problem.remedy.endsWith("."))
        }
        assertTrue(ArnyException.of(-99, "words") is ArnyException.Unknown)
    }

    @Test
    fun `no call of C crashes without a handle or a text`() {
        fun tried(block: () -> Any?) {
            try {
                block()
            } catch (_: ArnyException) {
            }
        }
        val calls = listOf<() -> Any?>(
            { Native.teamOpen(null, null, 0, 0, null, null, null, false) },
            { Native.teamOpenModel(null, null, null, null, 0, 0, 0, 0, false, null) },
            { Native.teamFree(0) }, { Native.teamDrop(0) }, { Native.teamWarm(0, null) }, { Native.teamPlan(0) },
            { Native.teamEngine(0) },
            { Native.teamBudget(0) }, { Native.teamRoute(0, arrayOf(ByteArray(1))) }, { Native.teamRoute(0, null) },
            { Native.teamMemory(0) },
            { Native.teamEstimate(0) }, { Native.teamPressure(0, 99) }, { Native.teamSuspend(0) },
            { Native.agentCount(0) },
            { Native.agentName(0, -1) }, { Native.agentDescription(0, 7) }, { Native.agentExpect(0, null) },
            { Native.agentPin(0, null, true) },
            { Native.agentPreload(0, null, null) }, { Native.agentUnload(0, null) },
            { Native.sessionOpen(0, null, 99) },
            { Native.sessionFree(0) }, { Native.sessionDrop(0) }, { Native.sessionName(0) },
            { Native.sessionStart(0, null, null, 0, null, 0) },
            { Native.sessionCancel(0) }, { Native.sessionUse(0, null) }, { Native.sessionAgent(0) },
            { Native.sessionTurns(0, ArrayList<Turn>()) }, { Native.sessionNames(0, ArrayList<String>()) },
            { Native.sessionClear(0) },
            { Native.sessionForget(0, null) },
            { Native.modelOpen(null, null, null, null, null, 0, 0, 0, 0, false, null) },
            { Native.modelFree(0) }, { Native.modelDrop(0) },
            { Native.modelStart(0, null, null, false, 0, null, 0, null, false) },
            { Native.modelCancel(0) }, { Native.modelCountTokens(0, null) },
            { Native.modelScore(0, null, LongArray(1)) },
            { Native.streamNext(0, 0) }, { Native.streamCancel(0) }, { Native.streamFree(0) },
            { Native.fileInspect(null) },
            { Native.fileQuantize(null, null, null, 0, null) }, { Native.fileMerge(null, null, null, null) },
        )
        calls.forEach(::tried)
        FakeTeam().use { fake -> // an array that is too short is Java's error, not a read beyond it
            val path = utf8(fake.path, "the path")
            assertThrows(IndexOutOfBoundsException::class.java) {
                Native.teamOpen(path, null, 0, 0, null, null, ByteArray(3), false)
            }
        }
    }
}
