package org.arny.flutter

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import org.arny.ArnyEvent
import org.arny.ArnyException
import org.arny.Model
import org.arny.Sampling
import org.arny.Session
import org.arny.Team

/** Who answers: one model, or a team. */
internal sealed interface Service : AutoCloseable {
    fun ask(prompt: String, maxTokens: Int, sampling: Sampling): Flow<ArnyEvent>

    fun cancel()
}

/** Knows no conversation: each prompt is the first one. */
internal class OneModel(private val model: Model) : Service {
    override fun ask(prompt: String, maxTokens: Int, sampling: Sampling) =
        model.generate(prompt, maxTokens = maxTokens, sampling = sampling)

    override fun cancel() = model.cancel()

    override fun close() = model.close()
}

internal class WholeTeam(val team: Team, private val session: Session) : Service {
    /** Who was switched to, until something else is: then the gateway is not asked. */
    @Volatile
    private var specialist: String? = null

    override fun ask(prompt: String, maxTokens: Int, sampling: Sampling) =
        session.ask(prompt, maxTokens = maxTokens, sampling = sampling)

    /** A message for nobody goes to who was there last. */
    suspend fun classify(prompt: String): Pair<String, Double> {
        val decision = team.route(prompt)
        val agent = decision.agent.takeIf { it != "none" } ?: specialist ?: session.agent ?: team.agents.first().name
        return agent to (decision.scores[agent] ?: 0.0)
    }

    suspend fun switchTo(name: String, progress: (Double) -> Unit) {
        session.use(name)
        specialist = name
        team.preload(name, progress)
    }

    override fun cancel() = session.cancel()

    override fun close() {
        session.close()
        team.close()
    }
}

/**
 * What is open in this process, once for each path: a Dart program that starts anew (hot restart, another Flutter
 * engine) finds what was there, and models are not in memory twice.
 */
internal class Services {
    private class Held(val service: Service, var users: Int)

    private val lock = Mutex()
    private val held = HashMap<String, Held>()

    /** The service of that path, opened if it is not. Each call wants a [leave]. */
    suspend fun take(path: String, open: suspend () -> Service): Service = lock.withLock {
        val there = held.getOrPut(path) { Held(open(), 0) }
        there.users++
        there.service
    }

    suspend fun leave(path: String) = lock.withLock {
        val there = held[path] ?: return@withLock
        if (--there.users > 0) return@withLock
        held -= path
        there.service.close()
    }

    companion object {
        val shared = Services()
    }
}

internal fun noTeam(method: String) =
    ArnyException.Argument("$method: no team is open: call initializeModels first")
