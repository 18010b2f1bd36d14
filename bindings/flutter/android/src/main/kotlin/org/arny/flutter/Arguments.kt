package org.arny.flutter

import org.arny.ArnyException

/** An argument that is not there, or is something else. */
internal class WrongArgument(message: String) : IllegalArgumentException(message)

/**
 * What came over the channel for [method], which may be anything: a getter answers what its name says, or throws a
 * [WrongArgument] that names the argument. Where there is a default, the argument may be left out, or null.
 */
internal class Arguments(private val method: String, raw: Any?) {
    private val values: Map<*, *> = when (raw) {
        null -> emptyMap<String, Any>()
        is Map<*, *> -> raw
        else -> throw WrongArgument("$method: the arguments are no map")
    }

    fun has(name: String): Boolean = values[name] != null

    fun text(name: String): String = values[name] as? String ?: wrong(name, "a String")

    fun textOrNull(name: String): String? = if (has(name)) text(name) else null

    /** Dart's int comes as Integer or Long, as its value needs. What C could not hold is refused, not cut. */
    fun whole(name: String, default: Int? = null): Int {
        if (default != null && !has(name)) return default
        return when (val value = values[name]) {
            is Int -> value
            is Long -> throw WrongArgument("$method: \"$name\" is $value: a number of 32 bits expected")
            else -> wrong(name, "an int")
        }
    }

    fun long(name: String): Long = when (val value = values[name]) {
        is Int -> value.toLong()
        is Long -> value
        else -> wrong(name, "an int")
    }

    fun number(name: String): Double = (values[name] as? Number)?.toDouble() ?: wrong(name, "a number")

    fun flag(name: String, default: Boolean): Boolean =
        if (has(name)) values[name] as? Boolean ?: wrong(name, "a bool") else default

    fun texts(name: String): Map<String, String> {
        val map = values[name] as? Map<*, *> ?: wrong(name, "a Map of Strings")
        if (map.isEmpty()) throw WrongArgument("$method: \"$name\" is empty")
        return map.entries.associate { (key, value) ->
            (key as? String ?: wrong(name, "a Map of Strings")) to (value as? String ?: wrong(name, "a Map of Strings"))
        }
    }

    /** One of an enum's names, in small letters. */
    inline fun <reified T : Enum<T>> word(name: String, default: T): T {
        val value = textOrNull(name) ?: return default
        val words = enumValues<T>().associateBy { it.name.lowercase() }
        return words[value]
            ?: throw WrongArgument("$method: \"$name\" is \"$value\": one of ${words.keys.joinToString()} expected")
    }

    fun wrong(name: String, kind: String): Nothing =
        throw WrongArgument("$method: \"$name\" is missing or not $kind")
}

/** Code, message and remedy of what a call ended in. */
internal fun Reply.failure(problem: Throwable) = when (problem) {
    is WrongArgument -> error("argument", problem.message!!, null)
    is ArnyException -> error(problem.status, problem.message, problem.remedy)
    is java.io.FileNotFoundException -> error("not-found", problem.message ?: "there is no such file", null)
    is java.io.IOException -> error("io", problem.message ?: "reading failed", null)
    else -> error("platform", "${problem.javaClass.simpleName}: ${problem.message}", null)
}
