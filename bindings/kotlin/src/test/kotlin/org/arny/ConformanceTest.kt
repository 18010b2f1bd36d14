package org.arny

import com.google.gson.JsonArray
import com.google.gson.JsonElement
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import com.google.gson.JsonPrimitive
import java.nio.file.Path
import kotlin.io.path.createTempDirectory
import kotlin.io.path.deleteRecursively
import kotlin.io.path.listDirectoryEntries
import kotlin.io.path.readText
import kotlin.io.path.writeText
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory

/** Every script of bindings/conformance gives what it must; its README has the format. */
class ConformanceTest {

    @TestFactory
    fun scripts(): List<DynamicTest> {
        val scripts = ROOT.resolve("bindings/conformance").listDirectoryEntries("*.json").sorted()
        assertTrue(scripts.isNotEmpty())
        return scripts.map { dynamicTest(it.fileName.toString()) { assertNull(run(it)) } }
    }

    /** The first step that does not give what it must, or null. */
    @OptIn(kotlin.io.path.ExperimentalPathApi::class)
    private fun run(path: Path): String? {
        val script = JsonParser.parseString(path.readText()).asJsonObject
        val folder = createTempDirectory("arny")
        try {
            folder.resolve("team.json").writeText(script["team"].toString())
            for ((name, model) in script["files"].asJsonObject.entrySet())
                folder.resolve(name).writeText("#arny-fake 1\n$model")
            val runner = ScriptRunner(folder)
            script["steps"].asJsonArray.map { it.asJsonObject }.forEachIndexed { i, step ->
                problemOf(runner, step)?.let { return "step ${i + 1} (${step["do"].asString}): $it" }
            }
            return null
        } finally {
            folder.deleteRecursively()
        }
    }

    private fun problemOf(runner: ScriptRunner, step: JsonObject): String? {
        val error = step["error"]?.asJsonObject
        val given = try {
            runBlocking { runner.run(step) }
        } catch (raised: ArnyException) {
            if (error == null) return "${raised.status}: ${raised.message}"
            val says = JsonObject().apply { add("contains", error["says"]) }
            return wrong(error["code"], JsonPrimitive(raised.status), "the error")
                ?: wrong(says, JsonPrimitive(raised.message), "the message")
        }
        if (error != null) return "it gave $given: the error ${error["code"]} expected"
        return (step["gives"] ?: step["events"])?.let { wrong(it, given, "it") }
    }

    // ---- what matches

    private val patterns = setOf("begins", "contains", "least", "most", "not", "last")

    /** What does not match, as a sentence; null: nothing. */
    private fun wrong(expected: JsonElement, actual: JsonElement?, place: String): String? {
        val same = when {
            expected is JsonObject && expected.size() > 0 && patterns.containsAll(expected.keySet()) ->
                expected.entrySet().all { (test, value) -> passes(test, value, actual) }
            expected is JsonObject -> {
                val fields = actual as? JsonObject ?: return "$place is $actual: $expected expected"
                return expected.entrySet().firstNotNullOfOrNull { (name, value) ->
                    wrong(value, fields[name], "$place.$name")
                }
            }
            expected is JsonArray -> {
                if (actual !is JsonArray || actual.size() != expected.size())
                    return "$place is $actual: $expected expected"
                return expected.indices().firstNotNullOfOrNull { wrong(expected[it], actual[it], "$place[$it]") }
            }
            isNumber(expected) && isNumber(actual) -> Math.abs(expected.asDouble - actual!!.asDouble) <= 1e-3
            else -> expected == actual
        }
        return if (same) null else "$place is $actual: $expected expected"
    }

    private fun passes(test: String, value: JsonElement, actual: JsonElement?): Boolean = when (test) {
        "begins" -> actual!!.asString.startsWith(value.asString)
        "contains" -> value.asString in actual!!.asString
        "least" -> actual!!.asDouble >= value.asDouble
        "most" -> actual!!.asDouble <= value.asDouble
        "not" -> actual != value
        else -> { // last
            val end = JsonArray()
            val all = actual!!.asJsonArray
            for (i in maxOf(0, all.size() - value.asJsonArray.size()) until all.size()) end.add(all[i])
            wrong(value, end, "its end") == null
        }
    }

    private fun JsonArray.indices() = 0 until size()

    private fun isNumber(it: JsonElement?) = it is JsonPrimitive && it.isNumber
}
