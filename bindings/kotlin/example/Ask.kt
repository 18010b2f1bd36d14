@file:JvmName("Ask")

package org.arny.example

import kotlinx.coroutines.runBlocking
import org.arny.ArnyEvent
import org.arny.Team

fun main(args: Array<String>) = runBlocking {
    Team.open(args[0]).use { team ->
        team.session().use { session ->
            session.ask(args[1]).collect { event ->
                when (event) {
                    is ArnyEvent.Routed -> print("[${event.agent} ${(100 * event.confidence).toInt()} %] ")
                    is ArnyEvent.Token -> print(event.text)
                    else -> {}
                }
            }
        }
    }
}
