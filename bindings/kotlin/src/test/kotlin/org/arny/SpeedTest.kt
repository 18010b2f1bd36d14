package org.arny

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What a token costs from the engine to Kotlin, on an engine that takes no time. */
class SpeedTest {
    private val tokens = 10_000

    private fun median(values: List<Double>) = values.sorted()[values.size / 2]

    private inline fun usPerToken(answer: () -> Int): Double {
        val begin = System.nanoTime()
        assertEquals(tokens, answer())
        return (System.nanoTime() - begin) / 1000.0 / tokens
    }

    @Test
    fun `a token costs less than 50 microseconds`() = FakeTeam(
        """{"context": 32768, "default": "${"a".repeat(tokens)}"}"""
    ).use { fake ->
        runBlocking {
            fake.session { session ->
                suspend fun flowed(): Int {
                    var count = 0
                    session.ask("go").collect { if (it is ArnyEvent.Token && it.text.isNotEmpty()) count++ }
                    session.clear()
                    return count
                }

                suspend fun pulled(): Int {
                    val count = session.start("go").text().length
                    session.clear()
                    return count
                }
                flowed() // what is compiled and opened once is not counted
                pulled()
                val flow = median(List(3) { usPerToken { flowed() } })
                val next = median(List(3) { usPerToken { pulled() } })
                println("a token: %.2f us by Flow, %.2f us by Answer.next".format(flow, next))
                assertTrue(flow < 50, "$flow us by Flow")
                assertTrue(next < 50, "$next us by Answer.next")
            }
        }
    }
}
