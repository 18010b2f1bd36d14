"""Data sets: one a specialist, the universal one of the guide's Plan A, and the gateway's JSON set.

Everything is made from a seed: the same seed gives the same lines. What is trained and what is tested share no family of
problems and no written conversation.
"""
import json
import random
import re

from ..chat import json_lines
from ..prompts import AGENTS, SYSTEM_PROMPTS
from . import mathematics, plans, stories  # noqa: F401 - each registers its families
from .counsel import counsel, held_counsel
from .lists import held_lists, lists
from .problem import FAMILIES, WEIGHTS
from .texts import FOLDER, written

SEED = 42
TESTED = 10  # of written conversations, one in so many is kept for tests
AGAIN = ["And {}", "Now {}", "Next: {}", "ok and {}", "And the second one: {}", "thanks. {}", "Another one: {}"]


def _conversation(agent, messages):
    return {"agent": agent, "messages": [{"role": "system", "content": SYSTEM_PROMPTS[agent]}, *messages]}


def _exchange(question, answer):
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def _lower(question):
    """A question as a follow-up begins it; what begins with a sign, a digit or a name is left alone."""
    first = question.split()[0]
    return question[0].lower() + question[1:] if first in ("What", "How", "Solve", "Find", "Calculate", "Convert", "The", "If", "When", "I'm") else question


def both_answers(rng, tasks):
    """A third question about the answers of the first two, which a model finds in the conversation."""
    from .sums import add, multiply
    a, b = (int(t.truth["number"]) for t in tasks)
    if rng.random() < 0.5 and a * b < 1000:
        text, value = multiply(a, b)
        question = rng.choice(["Multiply the two answers.", "Multiply the first answer by the second.", "What is the first times the second?",
                               f"Multiply both results. What is {a} * {b}?"])
    else:
        text, value = add(a, b)
        question = rng.choice(["Add the two answers.", "What is the sum of both answers?", "Add the first answer and the second.",
                               f"Now add both. What is {a} + {b}?"])
    return _exchange(question, f"{text}.\nThe answer is {value}.")


def _numbers(text):
    return tuple(re.findall(r"\d+", text))


def frozen_numbers():
    """What no training question may be made of: the numbers, in their order, of the prompts that were typed by hand."""
    return {_numbers(row["text"]) for _, row in json_lines(FOLDER / "frozen.jsonl")} - {()}


def computed(agent, count, seed=SEED, held=False):
    """Conversations with computed answers, families in turn; about one in six goes on with a second task."""
    rng = random.Random(f"{agent} {seed} {held}")
    makers = [f for name, (f, is_held) in FAMILIES[agent].items() if is_held == held for _ in range(WEIGHTS[name])]
    rows, frozen = [], frozen_numbers()

    def make(maker):
        while _numbers((made := maker(rng)).question) in frozen:
            pass
        return made

    while len(rows) < count:
        first = make(makers[len(rows) % len(makers)])
        messages, row = _exchange(first.question, first.answer), {"family": first.family}
        if not held and rng.random() < 0.17:
            maker = makers[len(rows) % len(makers)] if rng.random() < 0.6 else rng.choice(makers)
            second = make(maker)
            messages += _exchange(rng.choice(AGAIN).format(_lower(second.question)), second.answer)
            if agent == "math" and rng.random() < 0.5:
                third = both_answers(rng, (first, second))
                messages += third if _numbers(third[0]["content"]) not in frozen else []
        rows.append({**_conversation(agent, messages), **row})
    return rows


def held_tasks(agent, each, seed=SEED):
    """Tasks of the families that are never trained on, `each` of a family: what a test asks."""
    rng = random.Random(f"{agent} {seed} held")
    return [f(rng) for f, held in FAMILIES[agent].values() if held for _ in range(each)]


def known_tasks(agent, each, seed=SEED):
    """New tasks of families that are trained on."""
    rng = random.Random(f"{agent} {seed} known")
    return [f(rng) for f, held in FAMILIES[agent].values() if not held for _ in range(each)]


def conversations(agent, tested=False):
    """The written conversations of an agent; one in ten of each source is never trained on."""
    found, seen = [], {}
    for source, messages in written(agent):
        seen[source] = seen.get(source, 0) + 1
        if (seen[source] % TESTED == 0) == tested:
            found.append({**_conversation(agent, messages), "source": source})
    return found


def counseled(count, seed=SEED):
    """Conversations of wellness whose replies are put together by topic."""
    return [{**_conversation("wellness", messages), "topic": topic} for topic, messages in counsel(count, seed)]


def held_counseled(count, seed=SEED):
    """What people say that is never trained on, with replies of the same kind."""
    return [{**_conversation("wellness", messages), "topic": topic} for topic, messages in held_counsel(count, seed)]


def listed(count, seed=SEED):
    """Conversations of logistics whose replies are lists of steps by topic."""
    return [{**_conversation("logistics", [m for t in tasks for m in _exchange(t.question, t.answer)]), "topic": topic} for topic, tasks in lists(count, seed)]


def held_listed(count, seed=SEED):
    """The same, asked in words that are never trained on."""
    return [{**_conversation("logistics", _exchange(t.question, t.answer)), "topic": t.family} for t in held_lists(seed)[:count]]


def specialist(agent, count, seed=SEED):
    """One agent's training set, shuffled. A quarter of logistics is lists of steps; all else has computed answers, or a counselor's."""
    if agent == "wellness":
        rows = counseled(count, seed)
    else:
        steps = listed(count // 4, seed) if agent == "logistics" else []
        rows = steps + computed(agent, count - len(steps), seed)
    random.Random(seed).shuffle(rows)
    return rows


def load_wellness_conversations(count=1000):
    return specialist("wellness", count)


def load_math_problems(count=1000):
    return specialist("math", count)


def load_logistics_scenarios(count=1000):
    return specialist("logistics", count)


def prepare_universal_dataset(seed=SEED, each=1000):
    """Plan A's set: at most `each` conversations an agent with role-tagged system prompts, as many of each as the smallest has, shuffled."""
    sets = [load_wellness_conversations(each), load_math_problems(each), load_logistics_scenarios(each)]
    least = min(len(rows) for rows in sets)
    rng = random.Random(seed)
    rows = [row for rows in sets for row in rng.sample(rows, least)]
    rng.shuffle(rows)
    return rows


GATEWAY_PROMPT = """You route messages to agents. Reply with one JSON object: {"agent": NAME, "confidence": 0 to 1}.

Agents:
- wellness: feelings, stress, sleep, relationships
- math: numbers, equations, geometry, calculations
- logistics: routes, travel, deliveries, schedules, packing
- none: anything else
"""


def gateway_json(messages):
    """The gateway's JSON set for a model that is prompted: [{"text", "agent"}] become the answers {"agent", "confidence"}.

    The prompt is that of Arny's mode `json`. The confidence is always 0.95: a model that is prompted makes it up, and Arny takes it
    from the probabilities of the labels instead."""
    return [{"messages": [{"role": "system", "content": GATEWAY_PROMPT},
                          *_exchange(message["text"], json.dumps({"agent": message["agent"], "confidence": 0.95}))]} for message in messages]


def held_rows(agent, count, seed=SEED):
    """Conversations that are never trained on: families, what people ask a planner, what they say to a counselor."""
    if agent == "wellness":
        return held_counseled(count, seed)
    rows = held_listed(count // 3, seed) if agent == "logistics" else []
    return rows + computed(agent, count - len(rows), seed, held=True)


__all__ = ["AGENTS", "FAMILIES", "SEED", "SYSTEM_PROMPTS", "computed", "conversations", "counseled", "gateway_json", "held_counseled", "held_listed", "held_lists", "held_rows",
           "held_tasks", "known_tasks", "listed", "prepare_universal_dataset", "specialist"]
