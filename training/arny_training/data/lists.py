"""Lists that a planner of 135M parameters can write: steps by topic, in their order. training/data/chat/lists/topics.json.

Each topic has what people say, lead-ins, and steps of which some (marked with !) are always taken and the others fill up; any of them
make sense in the order of the file. Names in braces are filled in: towns a to d, a number of days n (its word: word), and a ride. A
model of this size learns to tell the topics apart and to carry the names over; it does not know what lies between two towns.
"""
import random
from functools import lru_cache

from .problem import Task
from .texts import FOLDER, read_topics

TOWNS = """Amsterdam Antwerp Arles Athens Barcelona Basel Bath Belgrade Berlin Bern Bilbao Bologna Bonn Bordeaux Bratislava Bremen Bristol Bruges Brussels
Bucharest Budapest Cadiz Cardiff Cologne Copenhagen Cork Cracow Delft Dresden Dublin Edinburgh Essen Florence Frankfurt Galway Gdansk Geneva Genoa
Ghent Glasgow Granada Graz Hamburg Hanover Heidelberg Helsinki Innsbruck Lausanne Leeds Leiden Leipzig Lille Linz Lisbon Liverpool Ljubljana London
Lucerne Lund Lyon Madrid Mainz Malaga Malmo Manchester Marseille Milan Munich Nantes Naples Nice Nuremberg Oslo Oxford Padua Palermo Paris Pisa Porto
Potsdam Prague Rennes Riga Rome Rostock Rotterdam Salzburg Sarajevo Seville Siena Sofia Split Stockholm Strasbourg Stuttgart Tallinn Tampere Toulouse
Tours Trento Trieste Turin Ulm Utrecht Valencia Venice Verona Vienna Vilnius Warsaw Weimar York Zadar Zagreb Zurich""".split()
WORDS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten"}
ONWARD = "pack-again"  # what goes on after a trip


@lru_cache(maxsize=1)
def topics():
    return read_topics(FOLDER / "lists", ("says", "leads", "steps"))


def slots(rng):
    a, b, c, d = rng.sample(TOWNS, 4)
    n = rng.choice(list(WORDS))
    return {"a": a, "b": b, "c": c, "d": d, "n": n, "word": WORDS[n], "ride": rng.choice(["train", "train", "bus"])}


def reply(rng, topic, filled):
    """A lead-in and four or five steps, those that are marked among them."""
    must = [i for i, step in enumerate(topic["steps"]) if step[0] == "!"]
    others = [i for i in range(len(topic["steps"])) if i not in must]
    more = rng.sample(others, min(len(others), max(0, rng.choice([4, 5]) - len(must))))
    steps = [topic["steps"][i].lstrip("!") for i in sorted(must + more)]
    return "\n".join([rng.choice(topic["leads"]), *(f"{i}. {step}" for i, step in enumerate(steps, 1))]).format(**filled)


def typed(rng, text):
    """As people type it, sometimes."""
    if rng.random() < 0.2:
        return text.lower().rstrip(".")
    return text.rstrip(".") if rng.random() < 0.15 else text


def task(rng, name, held=False, filled=None):
    """One list; the last of what people say of a topic is kept for tests. A list must name the towns that its question names."""
    topic, filled = topics()[name], filled or slots(rng)
    says = topic["says"][-1:] if held else topic["says"][:-1]
    said = rng.choice(says)
    if "{n}" not in said and "{word}" not in said:
        filled = {**filled, "n": 3, "word": "three"}  # what nobody said is no number to learn
    towns = [filled[k] for k in "abcd" if name.startswith("trip") and f"{{{k}}}" in said]
    question = said.format(**filled)
    return Task(name, question if held else typed(rng, question), reply(rng, topic, filled), {"list": towns}), filled


def lists(count, seed):
    """[(topic, [task, ..])], topics in turn, trips twice as often; one trip in three goes on with what to pack."""
    rng = random.Random(f"lists {seed}")
    names = [n for n in topics() if n != ONWARD]
    names += [n for n in names if n.startswith("trip")]
    found = []
    while len(found) < count:
        name = names[len(found) % len(names)]
        first, filled = task(rng, name)
        more = [task(rng, ONWARD, filled=filled)[0]] if name.startswith("trip") and rng.random() < 0.33 else []
        found.append((name, [first, *more]))
    return found


def held_lists(seed):
    """One task a topic, asked in words that are never trained on."""
    rng = random.Random(f"lists {seed} held")
    return [task(rng, name, held=True)[0] for name in topics() if name != ONWARD]
