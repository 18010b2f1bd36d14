package org.arny

import java.util.concurrent.CyclicBarrier
import java.util.concurrent.atomic.AtomicReference
import kotlin.concurrent.thread
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Who frees what, and when. */
class LifeTest {

    /** Runs all of these at once. What is closed meanwhile may say so; anything else is thrown. */
    private fun atOnce(vararg blocks: () -> Unit) {
        val barrier = CyclicBarrier(blocks.size)
        val wrong = AtomicReference<Throwable>()
        val threads = blocks.map { block ->
            thread {
                barrier.await()
                try {
                    block()
                } catch (problem: Throwable) {
                    if (problem !is ArnyException.Argument || "is closed" !in problem.message) wrong.set(problem)
                }
            }
        }
        threads.forEach { it.join() }
        wrong.get()?.let { throw it }
    }

    @Test
    fun `two threads close and ask at once, 200 times`() = FakeTeam().use { fake ->
        runBlocking {
            Team.open(fake.path).use { team ->
                repeat(200) { i ->
                    val session = team.session()
                    val third = { if (i % 2 == 0) session.turns else session.cancel() }
                    atOnce({ session.start("x").use { it.text() } }, { session.close() }, { third() })
                    assertTrue(session.isClosed)
                }
            }
        }
    }

    @Test
    fun `two threads close and read one answer at once, 200 times`() = FakeTeam.endless(stepUs = 100).use { fake ->
        runBlocking {
            fake.session { session ->
                repeat(200) { i ->
                    val answer = session.start("x", maxTokens = 50)
                    val third = { if (i % 3 == 0) answer.next() else Thread.sleep(1) }
                    atOnce({ answer.text() }, { answer.close() }, { third() })
                }
            }
        }
    }

    @Test
    fun `two threads close a model and generate at once, 200 times`() = FakeTeam().use { fake ->
        runBlocking {
            repeat(200) {
                val model = Model.open(fake.model)
                val count = { runBlocking { model.countTokens("xyz") } }
                atOnce({ model.start("x").use { it.text() } }, { model.close() }, { count() })
            }
        }
    }

    @Test
    fun `two threads close a team and open sessions at once, 200 times`() = FakeTeam().use { fake ->
        runBlocking {
            repeat(200) {
                val team = Team.open(fake.path)
                val ask = { runBlocking { team.session().use { it.start("x").text() } } }
                atOnce({ ask() }, { team.close() }, { team.pressure(Pressure.LOW) })
            }
        }
    }

    @Test
    fun `an answer may outlive its model, which is freed after it`() = FakeTeam.endless().use { fake ->
        val model = runBlocking { Model.open(fake.model) }
        val answer = model.start("go")
        while (answer.next() !is ArnyEvent.Token) Unit
        model.close()
        answer.text()
        assertEquals(ArnyEvent.Reason.CANCELLED, answer.done!!.reason)
        assertNull(answer.next())
    }

    @Test
    fun `dropping waits for nothing, and the name is free again soon`() = FakeTeam.endless().use { fake ->
        runBlocking {
            Team.open(fake.path).use { team ->
                val session = team.session()
                val answer = session.start("go")
                val begin = System.nanoTime()
                session.drop()
                assertTrue(System.nanoTime() - begin < 500_000_000)
                answer.text()
                eventually { runCatching { team.session() }.getOrNull()?.close() != null }
            }
        }
    }

    @Test
    fun `what was forgotten is closed by the collector`() = FakeTeam.endless().use { fake ->
        runBlocking {
            val team = Team.open(fake.path)
            forgetSession(team)
            eventually {
                System.gc()
                runCatching { team.session() }.getOrNull()?.close() != null // "busy" as long as the other is open
            }
            team.close()
        }
    }

    private suspend fun forgetSession(team: Team) {
        team.session().start("go").next()
    }

    private inline fun eventually(test: () -> Boolean) {
        repeat(200) {
            if (test()) return
            Thread.sleep(20)
        }
        throw AssertionError("it did not happen within four seconds")
    }

    @Test
    fun `10000 sessions and answers leave nothing behind`() = FakeTeam("""{"default": "ok"}""").use { fake ->
        runBlocking {
            Team.open(fake.path).use { team ->
                suspend fun round() = team.session().use { it.start("x").text() }
                repeat(2000) { round() }
                System.gc()
                val before = team.memory().anon
                repeat(8000) { round() }
                System.gc()
                val grown = team.memory().anon - before
                println("grown by ${grown / 1000} kB")
                assertTrue(grown < 30_000_000, "grown by $grown bytes")
            }
        }
    }
}
