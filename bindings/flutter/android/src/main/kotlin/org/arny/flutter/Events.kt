package org.arny.flutter

import org.arny.ArnyEvent
import org.arny.Memory

/** An event as it goes over the channel: its fields by their names, and "type". */
internal fun fieldsOf(event: ArnyEvent): Map<String, Any?> = when (event) {
    is ArnyEvent.Routed -> mapOf(
        "type" to "routed", "agent" to event.agent, "confidence" to event.confidence,
        "scores" to event.scores, "ms" to event.ms,
    )
    is ArnyEvent.Safety -> mapOf("type" to "safety", "confidence" to event.confidence, "text" to event.text)
    is ArnyEvent.Dropped -> mapOf("type" to "dropped", "droppedTurns" to event.droppedTurns)
    is ArnyEvent.Loading -> mapOf("type" to "loading", "model" to event.model, "progress" to event.progress)
    is ArnyEvent.Ready -> mapOf(
        "type" to "ready", "agent" to event.agent, "from" to event.from.name.lowercase(),
        "restoredTokens" to event.restoredTokens, "prefillTokens" to event.prefillTokens, "ms" to event.ms,
    )
    is ArnyEvent.Token -> mapOf("type" to "token", "text" to event.text)
    is ArnyEvent.Done -> mapOf(
        "type" to "done", "agent" to event.agent, "reason" to event.reason.name.lowercase(),
        "promptTokens" to event.promptTokens, "tokens" to event.tokens, "ttftMs" to event.ttftMs,
        "prefillTps" to event.prefillTps, "decodeTps" to event.decodeTps, "rss" to event.rss, "anon" to event.anon,
        "written" to event.written,
    )
}

internal fun fieldsOf(memory: Memory): Map<String, Any?> = mapOf(
    "type" to "memory", "rss" to memory.rss, "anon" to memory.anon, "peak" to memory.peak, "budget" to memory.budget,
    "file" to memory.file, "left" to memory.left,
    "agents" to memory.agents.map {
        mapOf(
            "agent" to it.agent, "model" to it.model, "state" to it.state.name.lowercase(), "weights" to it.weights,
            "context" to it.context, "snapshot" to it.snapshot,
            "contextTokens" to it.contextTokens, "resident" to it.resident,
        )
    },
)
