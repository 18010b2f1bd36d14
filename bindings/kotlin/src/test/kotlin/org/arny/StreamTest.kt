package org.arny

import kotlin.system.measureTimeMillis
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.filterIsInstance
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Flows, and who stops listening to them. */
class StreamTest {

    /**
     * Local to the test: coroutines copy exceptions that they can make anew, and this would then not be the same one.
     */
    private inner class Mine : Exception("mine")

    private suspend fun Session.answersAgain() = assertEquals("on", start("x", maxTokens = 2).text())

    @Test
    fun `a flow is cold, and asks each time that it is collected`() = FakeTeam().use { fake ->
        runBlocking {
            fake.session { session ->
                val flow = session.ask("hello")
                assertEquals(0, session.turns.size)
                repeat(2) {
                    val events = flow.toList()
                    assertEquals("fine", events.filterIsInstance<ArnyEvent.Token>().joinToString("") { it.text })
                    assertEquals(ArnyEvent.Reason.STOP, (events.last() as ArnyEvent.Done).reason)
                }
                assertEquals(listOf("fine", "fine"), session.turns.map { it.reply })
            }
        }
    }

    @Test
    fun `an error event is thrown where it stood, after all that came before it`() = FakeTeam(
        """{"default": "${"abcdefghij".repeat(10)}", "fail": {"step_at": 60}}"""
    ).use { fake ->
        runBlocking {
            var before = ""
            fake.session { session ->
                val answer = session.start("hello")
                val problem = runCatching { while (true) before += (answer.next() as? ArnyEvent.Token)?.text ?: "" }
                assertTrue(problem.exceptionOrNull() is ArnyException.Engine)
                assertEquals(null, answer.next())
            }
            assertTrue(before.length >= 50, before)
            repeat(100) { // the events may all be waiting when it fails
                fake.session { session ->
                    var heard = ""
                    val problem = runCatching {
                        session.ask("hello").collect {
                            if (heard.isEmpty()) Thread.sleep(1)
                            if (it is ArnyEvent.Token) heard += it.text
                        }
                    }
                    assertTrue(problem.exceptionOrNull() is ArnyException.Engine, "$problem")
                    assertEquals(before, heard)
                    assertEquals(0, session.turns.size)
                }
            }
        }
    }

    @Test
    fun `cancelling the coroutine cancels the answer`() = FakeTeam.endless().use { fake ->
        runBlocking {
            fake.session { session ->
                var tokens = 0
                val job = launch(Dispatchers.Default) {
                    session.ask("go").collect { if (it is ArnyEvent.Token) tokens++ }
                }
                while (tokens < 5) delay(1)
                val ms = measureTimeMillis { job.cancelAndJoin() }
                assertTrue(ms < 1000, "it took $ms ms")
                assertTrue(session.turns.single().reply.length < 4000)
                session.answersAgain()
            }
        }
    }

    @Test
    fun `cancelling while the answer waits for another one does not wait for that`() = FakeTeam.endless().use { fake ->
        runBlocking {
            Team.open(fake.path).use { team ->
                val first = team.session("first")
                val second = team.session("second")
                val running = first.start("go")
                val ms = measureTimeMillis { assertNull(withTimeoutOrNull(150) { second.ask("go").collect() }) }
                assertTrue(ms in 100..1500, "it took $ms ms")
                running.close()
                second.close()
                first.close()
            }
        }
    }

    @Test
    fun `a collector that throws cancels the answer, and its error arrives`() = FakeTeam.endless().use { fake ->
        runBlocking {
            fake.session { session ->
                val mine = Mine()
                val result = runCatching { session.ask("go").collect { if (it is ArnyEvent.Token) throw mine } }
                assertSame(mine, result.exceptionOrNull())
                session.answersAgain()
            }
        }
    }

    @Test
    fun `take and first cancel the answer`() = FakeTeam.endless().use { fake ->
        runBlocking {
            fake.session { session ->
                assertEquals(3, session.ask("go").filterIsInstance<ArnyEvent.Token>().take(3).toList().size)
                assertTrue(session.ask("go").first() is ArnyEvent.Ready)
                session.answersAgain()
            }
        }
    }

    @Test
    fun `a slow collector loses nothing`() = FakeTeam("""{"default": "${"abcdefghij".repeat(60)}"}""").use { fake ->
        runBlocking {
            fake.session { session ->
                val text = StringBuilder()
                session.ask("go").collect { if (it is ArnyEvent.Token) text.append(it.text).also { Thread.sleep(1) } }
                assertEquals("abcdefghij".repeat(60), text.toString())
            }
        }
    }

    @Test
    fun `two collections of one session take turns`() = FakeTeam().use { fake ->
        runBlocking(Dispatchers.Default) {
            fake.session { session ->
                val flow = session.ask("go")
                val both = List(2) { async { flow.toList() } }.map { it.await() }
                for (events in both)
                    assertEquals("fine", events.filterIsInstance<ArnyEvent.Token>().joinToString("") { it.text })
            }
        }
    }

    @Test
    fun `an answer that is cancelled can be read to its end`() = FakeTeam.endless().use { fake ->
        runBlocking {
            fake.session { session ->
                val answer = session.start("go")
                while (answer.next() !is ArnyEvent.Token) Unit
                answer.cancel()
                answer.text()
                assertEquals(ArnyEvent.Reason.CANCELLED, answer.done!!.reason)
                assertNull(answer.next())
                answer.cancel()
            }
        }
    }

    @Test
    fun `progress is told, stops when it throws, and with its coroutine`() = FakeTeam().use { fake ->
        runBlocking {
            val shares = ArrayList<Double>()
            Team.open(fake.path).use { team ->
                val mine = Mine()
                assertSame(mine, runCatching { team.warm { throw mine } }.exceptionOrNull())
                team.warm { shares += it }
                assertEquals(1.0, shares.last())
                assertEquals(shares.sorted(), shares)
            }
            val mine = Mine()
            assertSame(mine, runCatching { Model.open(fake.model) { throw mine } }.exceptionOrNull())
        }
        assertThrows(CancellationException::class.java) {
            runBlocking { Model.open(fake.model) { coroutineContext[kotlinx.coroutines.Job]!!.cancel() }.close() }
        }
        Unit
    }
}
