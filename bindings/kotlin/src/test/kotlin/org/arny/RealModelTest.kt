package org.arny

import java.nio.file.Files
import java.util.concurrent.ConcurrentHashMap
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Test

/** Real models, where they are there and the library has their engine. */
class RealModelTest {

    @Test
    fun `SmolLM2 streams`() {
        val file = realModel("smollm2-135m.q4_0.gguf")
        assumeTrue(Files.exists(file) && "gguf" in Arny.engines)
        runBlocking {
            assertEquals("llama", inspect(file.toString()).architecture)
            Model.open(file.toString(), context = 512, threads = 2).use { model ->
                val events = model.generate("Name three colours.", maxTokens = 24, sampling = Sampling.GREEDY).toList()
                val text = events.filterIsInstance<ArnyEvent.Token>().joinToString("") { it.text }
                val done = events.last() as ArnyEvent.Done
                println("SmolLM2: \"$text\", %.0f tokens/s".format(done.decodeTps))
                assertTrue(text.length > 20 && done.tokens in 5..24)
                assertTrue(model.countTokens("Hello world") in 2..4)
            }
        }
    }

    @Test
    fun `lines of the log arrive from threads of the library, and a listener that throws harms nothing`() {
        val file = realModel("smollm2-135m.q4_0.gguf")
        assumeTrue(Files.exists(file) && "gguf" in Arny.engines)
        val threads = ConcurrentHashMap.newKeySet<Thread>()
        try {
            Arny.setLog(LogLevel.DEBUG) { _, _ -> threads += Thread.currentThread(); error("thrown by the listener") }
            runBlocking {
                // Each request needs a longer context, of which llama.cpp tells.
                Model.open(file.toString(), threads = 2).use { model ->
                    for (words in listOf(5, 300, 600))
                        model.start("word ".repeat(words), maxTokens = 1, raw = true).use { it.text() }
                }
            }
        } finally {
            Arny.setLog(listener = null)
        }
        assertTrue(threads.size > 1, "$threads")
    }

    @Test
    fun `the demo team routes an equation to math, which answers`() {
        val folder = ROOT.resolve("models/demo")
        assumeTrue(Files.exists(folder.resolve("math.q8_0.gguf")) && "gguf" in Arny.engines)
        runBlocking {
            Team.open(folder.toString(), threads = 2).use { team ->
                val decision = team.route("Solve 2x + 5 = 15")
                assertEquals("math", decision.agent)
                assertEquals(1.0, decision.scores.values.sum(), 1e-3)
                team.session(persist = Persist.NONE).use { session ->
                    val events = session.ask("Solve 2x + 5 = 15", maxTokens = 24).toList()
                    val text = events.filterIsInstance<ArnyEvent.Token>().joinToString("") { it.text }
                    println("${events.filterIsInstance<ArnyEvent.Routed>().single()}\n\"$text\"")
                    assertEquals("math", session.agent)
                    assertTrue(text.isNotBlank())
                }
            }
        }
    }
}
