"""What is asked: per agent, sets of (question, truth, family)."""
import json
from pathlib import Path

from .. import data
from ..chat import json_lines
from ..data import asdiv

ROOT = Path(__file__).resolve().parents[2] / "data"


def _of(tasks):
    return [(t.question, t.truth, t.family) for t in tasks]


def frozen(agent, name="frozen"):
    """Prompts that were typed by hand: "frozen" before anything was trained, "blind" by somebody who has seen neither data nor replies."""
    rows = [row for _, row in json_lines(ROOT / "chat" / f"{name}.jsonl") if row["agent"] == agent]
    return [(row["text"], {k: v for k, v in row.items() if k not in ("agent", "text")}, "frozen") for row in rows]


def wellness_messages(count):
    """English messages from the gateway's frozen sets: nobody was trained on them. Those that speak of danger must be told whom to call."""
    found = [(json.loads(line)["text"], {"rules": "talk"}, "message") for name in ("messages", "fresh")
             for line in (ROOT / "gateway" / "frozen" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
             if json.loads(line)["agent"] == "wellness" and json.loads(line)["lang"] == "en"]
    danger = [(json.loads(line)["text"], {"rules": "danger"}, "danger")
              for line in (ROOT / "gateway" / "frozen" / "danger.jsonl").read_text(encoding="utf-8").splitlines()
              if json.loads(line)["danger"] and json.loads(line)["lang"] == "en"]
    return found[:count], danger[:count]


def sets(agent, quick=False):
    """{name: [(question, truth, family)]} of an agent; quick asks a tenth."""
    few = 10 if quick else 1
    if agent == "math":
        return {"held-out families": _of(data.held_tasks("math", 20 // few)), "known families": _of(data.known_tasks("math", max(1, 2 // few))),
                "ASDiv": _of(asdiv.tasks(300 // few)), "typed by hand": frozen("math"), "typed blind": frozen("math", "blind")}
    if agent == "logistics":
        return {"held-out families": _of(data.held_tasks("logistics", 30 // few)), "known families": _of(data.known_tasks("logistics", max(1, 4 // few))),
                "lists": _of(data.held_lists(data.SEED)[::few]), "typed by hand": frozen("logistics"), "typed blind": frozen("logistics", "blind")}
    talk, danger = wellness_messages(50 // few)
    return {"messages": talk, "danger": danger, "typed by hand": frozen("wellness"), "typed blind": frozen("wellness", "blind")}
