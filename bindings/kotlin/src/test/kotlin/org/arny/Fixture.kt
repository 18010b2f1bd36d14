package org.arny

import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.createTempDirectory
import kotlin.io.path.deleteRecursively
import kotlin.io.path.writeText

/** A folder with a team on the fake engine. */
internal class FakeTeam(model: String = """{"default": "fine"}""") : AutoCloseable {
    @OptIn(kotlin.io.path.ExperimentalPathApi::class)
    override fun close() = folder.deleteRecursively()

    val folder: Path = createTempDirectory("arny")
    val path get() = folder.toString()
    val model get() = folder.resolve("m.fake").toString()

    init {
        folder.resolve("m.fake").writeText("#arny-fake 1\n$model")
        folder.resolve("team.json").writeText(
            """{"arny": 1, "plan": "monolith", "engine": "fake", "temperature": 0, "context": 32768,
                "max_tokens": 20000, "models": {"m": {"fake": "m.fake"}},
                "agents": {"math": {"prompt": "You count."}}}"""
        )
    }

    suspend inline fun <R> session(block: (Session) -> R): R = Team.open(path).use { team -> team.session().use(block) }

    companion object {
        /** A model that goes on and on. */
        fun endless(stepUs: Int = 1000) = FakeTeam("""{"default": "${"on and ".repeat(1000)}", "step_us": $stepUs}""")
    }
}

/** Of the repository; tests may run from anywhere in it. */
internal val ROOT: Path = generateSequence(Path.of("").toAbsolutePath()) { it.parent }
    .first { Files.isDirectory(it.resolve("bindings/conformance")) }

/** A real model file, by its name in $ARNY_MODELS. */
internal fun realModel(name: String): Path =
    Path.of(System.getenv("ARNY_MODELS") ?: "${System.getProperty("user.home")}/.cache/arny/models").resolve(name)
