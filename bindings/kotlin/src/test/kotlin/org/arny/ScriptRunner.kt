package org.arny

import com.google.gson.JsonArray
import com.google.gson.JsonElement
import com.google.gson.JsonNull
import com.google.gson.JsonObject
import com.google.gson.JsonPrimitive
import java.lang.reflect.Modifier
import java.nio.file.Path

/** Does the steps of one script, in a folder of its own. */
internal class ScriptRunner(private val folder: Path) {
    private val things = HashMap<String, Owner>()

    suspend fun run(step: JsonObject): JsonElement? {
        when (val what = step["do"].asString) {
            "open" -> keep(
                step, Team.open(
                    if ("path" in step) path(step) else folder.toString(), step.text("engine"),
                    step["budget"]?.asLong ?: 0, step["threads"]?.asInt ?: 0, step.text("language"),
                    step.text("state")?.let { "$folder/$it" },
                )
            )
            "session" -> {
                val persist = step.text("persist")?.let { Persist.valueOf(it.uppercase()) } ?: Persist.TEAM
                keep(step, team(step).session(step.text("name"), persist))
            }
            "ask" -> return heard(begin(step), step)
            "start" -> keep(step, begin(step))
            "finish" -> return heard(thing(step, "answer") as Answer, step)
            "cancel" -> session(step).cancel()
            "route" -> {
                val turns = step["turns"]?.asJsonArray?.map { textOf(it)!! } ?: listOf(step.text("text")!!)
                return json(team(step).route(turns.last(), turns.dropLast(1)))
            }
            "use" -> session(step).use(step.text("agent"))
            "turns" -> return json(session(step).turns)
            "agent" -> return json(session(step).agent)
            "clear" -> session(step).clear()
            "forget" -> team(step).forget(step.text("name")!!)
            "sessions" -> return json(team(step).sessions())
            "team" -> return team(step).let {
                json(mapOf("plan" to it.plan, "engine" to it.engine, "budget" to it.budget, "agents" to it.agents))
            }
            "memory" -> return json(team(step).memory())
            "estimate" -> return json(team(step).estimate())
            "pressure" -> team(step).pressure(Pressure.valueOf(step.text("level")!!.uppercase()))
            "pin" -> team(step).pin(step.text("agent")!!, step["pinned"].asBoolean)
            "unload" -> team(step).unload(step.text("agent")!!)
            "preload" -> team(step).preload(step.text("agent")!!)
            "expect" -> team(step).expect(step.text("agent")!!)
            "warm" -> team(step).warm()
            "suspend" -> team(step).suspend()
            "model" -> {
                val context = step["context"]?.asInt ?: 0
                keep(step, Model.open(path(step), context = context, chat = step.text("chat")))
            }
            "generate" -> {
                val stop = step["stop"]?.asJsonArray?.map { it.asString } ?: emptyList()
                return heard(
                    model(step).start(
                        step.text("prompt")!!, step.text("system"), step["raw"]?.asBoolean ?: false,
                        step["max_tokens"]?.asInt ?: 0, stop = stop,
                    ), step,
                )
            }
            "count" -> return json(model(step).countTokens(step.text("text")!!))
            "inspect" -> return json(inspect(path(step)))
            "close" -> thing(step, "what").close()
            else -> error("there is no step \"$what\"")
        }
        return null
    }

    private fun keep(step: JsonObject, thing: Owner) {
        things[step.text("as")!!] = thing
    }

    private fun thing(step: JsonObject, key: String) = things.getValue(step.text(key)!!)
    private fun team(step: JsonObject) = thing(step, "team") as Team
    private fun session(step: JsonObject) = thing(step, "session") as Session
    private fun model(step: JsonObject) = thing(step, "model") as Model
    private fun path(step: JsonObject) = "$folder/${step.text("path")}"

    private fun begin(step: JsonObject) =
        session(step).start(step.text("text")!!, step.text("agent"), step["max_tokens"]?.asInt ?: 0)

    /** All events of an answer; cancelled or closed after so many tokens. */
    private fun heard(answer: Answer, step: JsonObject): JsonArray {
        val events = ArrayList<JsonObject>()
        var tokens = 0
        try {
            while (true) {
                val event = answer.next() ?: break
                events += json(event).asJsonObject.apply { addProperty("type", event.javaClass.simpleName.lowercase()) }
                if (event !is ArnyEvent.Token) continue
                tokens++
                if (tokens == step["close_after"]?.asInt) {
                    answer.close()
                    break
                }
                if (tokens == step["cancel_after"]?.asInt) answer.cancel()
            }
        } catch (problem: ArnyException) {
            events += JsonObject().apply {
                addProperty("type", "error")
                addProperty("status", problem.status)
                addProperty("message", problem.message)
            }
        }
        return joined(events)
    }

    /** Rows of tokens become one, their texts in a row; of rows of loading the last is kept. */
    private fun joined(events: List<JsonObject>): JsonArray {
        val rows = ArrayList<JsonObject>()
        for (event in events) {
            val type = event["type"].asString
            val before = rows.lastOrNull()?.takeIf { it["type"].asString == type }
            when {
                before != null && type == "token" ->
                    before.addProperty("text", before["text"].asString + event["text"].asString)
                before != null && type == "loading" -> rows[rows.lastIndex] = event
                else -> rows += event
            }
        }
        return JsonArray().apply { rows.forEach(::add) }
    }
}

private operator fun JsonObject.contains(key: String) = has(key)

private fun JsonObject.text(key: String): String? = textOf(this[key])

/** A string; or one told as what is repeated, or by its UTF-16 units. */
private fun textOf(value: JsonElement?): String? = when {
    value == null || value is JsonNull -> null
    value is JsonObject && value.has("repeat") -> value["repeat"].asString.repeat(value["times"].asInt)
    value is JsonObject -> value["units"].asJsonArray.map { it.asInt.toChar() }.joinToString("")
    else -> value.asString
}

/** What the package gives, by the names of the C library. */
internal fun json(value: Any?): JsonElement = when (value) {
    null -> JsonNull.INSTANCE
    is String -> JsonPrimitive(value)
    is Boolean -> JsonPrimitive(value)
    is Number -> JsonPrimitive(value)
    is Enum<*> -> JsonPrimitive(value.name.lowercase())
    is List<*> -> JsonArray().apply { value.forEach { add(json(it)) } }
    is Map<*, *> -> JsonObject().apply { value.forEach { (key, it) -> add(key as String, json(it)) } }
    else -> JsonObject().apply {
        for (field in value.javaClass.declaredFields.filter { !Modifier.isStatic(it.modifiers) }) {
            field.isAccessible = true
            add(field.name.replace(Regex("[A-Z]")) { "_" + it.value.lowercase() }, json(field.get(value)))
        }
    }
}
