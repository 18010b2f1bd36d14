package org.arny

import java.io.ByteArrayOutputStream
import java.io.PrintStream
import kotlin.io.path.readText
import kotlinx.coroutines.runBlocking
import org.arny.example.chat
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** The examples do what they say. */
class ExampleTest {

    @Test
    fun `the chat answers line by line, and goes on after a mistake`() = FakeTeam(
        """{"say": [{"when": "2x", "say": "x = 5"}], "default": "fine"}"""
    ).use { fake ->
        val lines = "2x\n/use nobody\n/use math\nhello\n/memory\n/quit\n"
        val bytes = ByteArrayOutputStream()
        runBlocking {
            Team.open(fake.path).use { chat(it, lines.reader().buffered(), PrintStream(bytes, true)) }
        }
        val said = bytes.toString(Charsets.UTF_8)
        for (part in listOf("Here are: math", "x = 5", "\"math\"", "fine", "(4 tokens", "math: open"))
            assertTrue(part in said, "$part\n$said")
    }

    @Test
    fun `the README shows an example that is compiled, and it runs`() = FakeTeam().use { fake ->
        val example = ROOT.resolve("bindings/kotlin/example/Ask.kt").readText()
        assertTrue(example.substringAfter("example\n\n") in ROOT.resolve("bindings/kotlin/README.md").readText())
        val out = System.out
        val bytes = ByteArrayOutputStream()
        try {
            System.setOut(PrintStream(bytes, true))
            val main = Class.forName("org.arny.example.Ask").getMethod("main", Array<String>::class.java)
            main.invoke(null, arrayOf(fake.path, "hello"))
        } finally {
            System.setOut(out)
        }
        assertEquals("fine", bytes.toString(Charsets.UTF_8))
    }
}
