package org.arny.flutter

import java.io.File
import java.nio.file.Files
import java.security.MessageDigest

/** Finds model files, and makes a team of those that have no team.json. */
internal class TeamFolder(private val host: Host) {

    /** Looks for a relative path in the app's folders. One that is nowhere is answered too: the library names it. */
    fun find(path: String): File {
        val file = File(path)
        if (file.isAbsolute) return file
        val places = host.models.map { File(it, path) }
        return places.find { it.exists() } ?: places.first()
    }

    /** A folder that is there and has no team.json is not the one that is looked for. */
    fun findTeam(path: String): File = find(if (path.endsWith(".json")) path else "$path/team.json")

    /** The vocabulary beside a file that has none itself: math.vocab.gguf for math.pte, or one for all, vocab.gguf. */
    fun tokenizer(model: File): File? {
        if (model.extension != "pte") return null
        return listOf("${model.nameWithoutExtension}.vocab.gguf", "vocab.gguf")
            .map { File(model.parentFile, it) }.find { it.exists() }
    }

    /**
     * The folder of the team: that of the files, when a team.json lies there, which then says all; else one that is
     * made, of links, because paths in a team.json do not leave its folder.
     */
    fun of(models: Map<String, String>): File {
        val files = models.toSortedMap().mapValues { (_, path) -> find(path) } // a map of Dart's comes in any order
        val parent = files.values.first().absoluteFile.parentFile
        if (File(parent, "team.json").exists()) return parent
        val made = File(host.cache, "arny-teams/${digest(models.entries.sortedBy { it.key }.joinToString("\n"))}")
        made.deleteRecursively()
        made.mkdirs()
        val entries = files.map { (name, file) ->
            val kind = file.extension
            val words = tokenizer(file)?.let { link(made, "$name.vocab.gguf", it) }
            val vocabulary = if (words != null) ", \"tokenizer\": \"$words\"" else ""
            "\"$name\": {\"$kind\": \"${link(made, "$name.$kind", file)}\"$vocabulary}"
        }
        val agents = (files.keys - GATEWAY).joinToString { "\"$it\": {\"model\": \"$it\"}" }
        val gateway = if (GATEWAY in files) "\"gateway\": {\"model\": \"$GATEWAY\", \"mode\": \"json\"}, " else ""
        File(made, "team.json").writeText(
            "{\"arny\": 1, \"plan\": \"hybrid\", \"engine\": \"${files.values.first().extension}\", " +
                "\"models\": {${entries.joinToString()}}, $gateway\"agents\": {$agents}}"
        )
        return made
    }

    private fun link(folder: File, name: String, file: File): String {
        Files.createSymbolicLink(File(folder, name).toPath(), file.absoluteFile.toPath())
        return name
    }

    companion object {
        const val GATEWAY = "gateway"

        /** A name for a file, of anything. */
        fun digest(text: String): String = MessageDigest.getInstance("SHA-256").digest(text.toByteArray())
            .take(8).joinToString("") { "%02x".format(it) }
    }
}

/** Names go into a JSON text, and into names of files. */
internal fun checkNames(models: Map<String, String>) {
    for ((name, path) in models) {
        if (!name.matches(Regex("[a-z][a-z0-9_-]{0,31}")))
            throw WrongArgument(
                "initializeModels: \"$name\" is no name: " +
                    "1 to 32 characters of a-z, 0-9, - and _ expected, a letter first"
            )
        val kind = path.substringAfterLast('.', "")
        if (kind !in setOf("gguf", "pte", "fake"))
            throw WrongArgument("initializeModels: \"$path\" is no .gguf and no .pte")
    }
}
