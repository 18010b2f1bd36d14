"""What a counselor of 135M parameters can say: simple sentences by topic, put together. training/data/chat/counsel/*.json.

Each topic has what people say, and openings, reasons, tips and questions that fit all of it and each other. A model of this size
learns to tell the topics apart and to answer with them; asked to mirror each person, as the written conversations do, it writes
nonsense (docs/training.md). The first messages of the written conversations are used as more of what people say.
"""
import json
import random
import re
from functools import lru_cache

from .texts import FOLDER, read_topics

# The parts of a reply, and how many of each the shipped counselor learns. With all of them (10, 8, 14, 8) 4,500 conversations went into
# learning sentences by heart, and topics were told apart badly: 7 of 50 messages about danger got a number to call.
PARTS = {"openings": 2, "reasons": 4, "tips": 6, "questions": 4}
TESTED = 10  # of what people say, one in so many is never trained on

# Topics of the written conversations that are topics here, by another name.
ALIASES = {"anxious": "worry", "sleepless": "sleep", "loss": "grief", "habits": "habit", "smalltalk": "hello", "shyness": "confidence", "morning": "tired",
           "relax": "breathing"}
DANGER = ("danger.jsonl", "alarm.jsonl")  # sources of the gateway: what people in danger say


@lru_cache(maxsize=1)
def topics():
    return read_topics(FOLDER / "counsel", ("says", *PARTS))


def _more():
    """{topic: [message]} from the written conversations and, for danger to oneself, from the gateway's sources."""
    found = {}
    for _, topic, messages in written_topics():
        found.setdefault(ALIASES.get(topic, topic), []).append(messages[0]["content"])
    for name in DANGER:
        for line in (FOLDER.parent / "gateway" / "sources" / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["danger"] and row["lang"] == "en" and len(row["text"].split()) <= 30:
                found.setdefault("danger", []).append(row["text"])
    return found


def written_topics():
    """[(source, topic, messages)] of the written conversations of wellness."""
    found = []
    for path in sorted((FOLDER / "wellness").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found.append((path.stem, row["topic"], row["messages"]))
    return found


@lru_cache(maxsize=2)
def sayings(tested=False):
    """{topic: [what people say]}, of which one in ten is kept for tests."""
    more, frozen = _more(), {json.loads(line)["text"] for line in (FOLDER / "frozen.jsonl").read_text(encoding="utf-8").splitlines()}
    kept = {row[2][0]["content"] for n, row in enumerate(written_topics(), 1) if n % TESTED == 0}
    found = {}
    for name, topic in topics().items():
        own = [s for i, s in enumerate(topic["says"], 1) if (i % TESTED == 0) == tested]
        others = [s for s in more.get(name, []) if (s in kept) == tested]
        found[name] = [s for s in dict.fromkeys(own + others) if s not in frozen]
    return found


def reply(rng, name):
    """One of each part, in which the person is addressed."""
    topic = topics()[name]
    while True:
        text = " ".join(rng.choice(topic[part][:few]) for part, few in PARTS.items())
        if re.search(r"\byou(r|rs|rself)?\b", text, re.IGNORECASE):
            return text


def exchange(rng, name, tested=False):
    return [{"role": "user", "content": rng.choice(sayings(tested)[name])}, {"role": "assistant", "content": reply(rng, name)}]


def counsel(count, seed):
    """Conversations, topics in turn; one in seven is danger to oneself, and one in five goes on."""
    rng = random.Random(f"counsel {seed}")
    names = [n for n in topics() if n != "more"] + ["danger"] * 5 + ["danger-other"]
    rows = []
    while len(rows) < count:
        name = names[len(rows) % len(names)]
        messages = exchange(rng, name)
        if name not in ("danger", "danger-other", "hello") and rng.random() < 0.2:
            messages += exchange(rng, "more" if rng.random() < 0.8 else rng.choice(names))
        rows.append((name, messages))
    return rows


def held_counsel(count, seed):
    """The same with what people say that is never trained on."""
    rng = random.Random(f"counsel {seed} held")
    names = [n for n in topics() if n != "more"]
    return [(names[i % len(names)], exchange(rng, names[i % len(names)], True)) for i in range(count)]
