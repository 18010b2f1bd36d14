package org.arny.example

import java.io.BufferedReader
import java.io.PrintStream
import kotlin.system.exitProcess
import kotlinx.coroutines.runBlocking
import org.arny.ArnyEvent
import org.arny.ArnyException
import org.arny.Session
import org.arny.Team

/**
 * A chat on the console: a line is a message, the answer streams. `/use NAME` lets that agent answer, `/use` the
 * gateway again; `/memory` tells what is in memory; `/quit`.
 */
fun main(args: Array<String>) = runBlocking {
    if (args.isEmpty()) {
        System.err.println("which team? give its folder, such as models/demo")
        exitProcess(2)
    }
    try {
        Team.open(args[0], state = args.getOrNull(1)).use { chat(it, System.`in`.bufferedReader(), System.out) }
    } catch (problem: ArnyException) {
        System.err.println("${problem.message}\n${problem.remedy}")
        exitProcess(1)
    }
}

suspend fun chat(team: Team, input: BufferedReader, out: PrintStream) {
    out.println(team.agents.joinToString(prefix = "Here are: ") { it.name })
    team.session().use { session ->
        while (true) {
            out.print("> ")
            out.flush()
            val line = input.readLine()?.trim() ?: return
            try {
                when {
                    line.isEmpty() -> {}
                    line == "/quit" -> return
                    line == "/memory" -> tellMemory(team, out)
                    line == "/use" -> session.use(null)
                    line.startsWith("/use ") -> session.use(line.removePrefix("/use ").trim())
                    else -> answer(session, line, out)
                }
            } catch (problem: ArnyException) { // the conversation goes on
                out.println("\n${problem.message}")
            }
        }
    }
}

private suspend fun answer(session: Session, line: String, out: PrintStream) = session.ask(line).collect { event ->
    when (event) {
        is ArnyEvent.Routed -> out.print("[${event.agent} ${(100 * event.confidence).toInt()} %] ")
        is ArnyEvent.Safety -> event.text?.let(out::println)
        is ArnyEvent.Token -> out.print(event.text)
        is ArnyEvent.Done -> out.println("\n(${event.tokens} tokens, the first after ${event.ttftMs.toInt()} ms)")
        is ArnyEvent.Dropped, is ArnyEvent.Loading, is ArnyEvent.Ready -> {}
    }
    out.flush()
}

private suspend fun tellMemory(team: Team, out: PrintStream) {
    val memory = team.memory()
    out.println("${memory.rss / 1_000_000} MB" + if (memory.budget > 0) " of ${memory.budget / 1_000_000} MB" else "")
    for (row in memory.agents)
        out.println("  ${row.agent}: ${row.state.name.lowercase()}, ${row.contextTokens} tokens")
}
