"""Small planning problems whose best answer is computed: when to leave, in which order, which way, how many trips.

The truth is what a checker compares a reply with: a time, an order, a choice or a number. Orders are found by trying all of
them, and choices by comparing all of them, so that what is trained and asked is the best plan and not a good one.
"""
from itertools import permutations

from .problem import Task, family
from .sums import add, multiply, subtract

PLACES = ["the bank", "the bakery", "the post office", "the library", "the school", "the pharmacy", "the market", "the dentist", "the gym", "the museum",
          "the station", "the butcher", "the hardware store", "the cafe", "the town hall", "the garage", "the florist", "the supermarket"]
JOBS = ["the report", "the invoice", "the cleaning", "the packing", "the laundry", "the cake", "the shopping", "the slides", "the repair", "the email",
        "the parcel", "the painting", "the letter", "the inventory", "the garden"]
RIDES = ["bus", "train", "tram", "taxi", "car", "bike", "metro"]
EVENTS = ["meeting", "appointment", "interview", "concert", "film", "class", "party", "flight check-in", "exam", "dinner", "game", "wedding"]


def clock(minutes):
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def typed(rng, minutes):
    """A time as people type it: 14:30, 9:15, 7 pm."""
    hour, minute = minutes // 60, minutes % 60
    if rng.random() < 0.15:
        twelve = hour % 12 or 12
        return f"{twelve}{f':{minute:02d}' if minute else ''} {'am' if hour < 12 else 'pm'}"
    return clock(minutes) if rng.random() < 0.6 else f"{hour}:{minute:02d}"


def lasts(rng, minutes):
    """A duration as people type it."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} {rng.choice(['minutes', 'minutes', 'min'])}"
    if not rest:
        return f"{hours} hour{'s' if hours > 1 else ''}"
    return f"{hours} hour{'s' if hours > 1 else ''} {rng.choice(['', 'and '])}{rest} minutes"


def plain(minutes):
    hours, rest = divmod(minutes, 60)
    both = ([f"{hours} h"] if hours else []) + ([f"{rest} min"] if rest or not hours else [])
    return " ".join(both)


def length(rng):
    return rng.choice([5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 75, 90, 105, 120, 150])


def when(rng, first=8, last=20):
    return rng.randint(first * 12, last * 12) * 5


def steps(lead, lines, last):
    """The shape of every plan: a lead-in, numbered steps, and the answer as the last line."""
    return "\n".join([lead, *(f"{i}. {line}" for i, line in enumerate(lines, 1)), last])


def _walk(at, minutes, sign):
    """[(what, time)]: hours first, then minutes to the full hour, then the rest."""
    hours, rest = divmod(minutes, 60)
    way = 1 if sign == "+" else -1
    found, now = [], at
    if hours:
        now += way * hours * 60
        found.append((f"{hours} h", now))
    room = (60 - now % 60) % 60 if sign == "+" else now % 60
    for piece in ([room, rest - room] if 0 < room < rest else [rest]) if rest else []:
        now += way * piece
        found.append((f"{piece} min", now))
    return found


def _times(at, minutes, sign):
    """14:15 - 40 min = 14:00 - 25 min = 13:35: small steps that are all true."""
    text, pieces = f"{clock(at)} {sign} {plain(minutes)}", _walk(at, minutes, sign)
    for i in range(1, len(pieces)):
        text += f" = {clock(pieces[i - 1][1])} {sign} " + f" {sign} ".join(what for what, _ in pieces[i:])
    return f"{text} = {clock(pieces[-1][1])}"


def back(at, minutes):
    return _times(at, minutes, "-")


def on(at, minutes):
    return _times(at, minutes, "+")


def task(name, question, lead, lines, last, truth):
    return Task(name, question, steps(lead, lines, last), truth)


# ---- times ------------------------------------------------------------------------------------------------------------

@family("logistics", weight=2)
def leave_once(rng):
    at, ride, event, by = when(rng), length(rng), rng.choice(EVENTS), rng.choice(RIDES)
    start = at - ride
    said = typed(rng, at)
    return task("leave_once", rng.choice([
        f"The {event} starts at {said}. The {by} takes {lasts(rng, ride)}. When should I leave?",
        f"I have to be at the {event} at {said} and the way there takes {lasts(rng, ride)}. When do I leave?",
        f"when do i have to leave to be there by {said} if the {by} needs {lasts(rng, ride)}",
        f"Getting to the {event} takes {lasts(rng, ride)} by {by}. It begins at {said}. What is the latest time to leave?"]),
        "Count back from the start:", [f"Be there at {clock(at)}.", f"Take away the way: {back(at, ride)}."], f"Leave at {clock(start)}.", {"time": clock(start)})


@family("logistics", weight=2)
def leave_twice(rng):
    at, a, b, event, by = when(rng, 9), length(rng), length(rng), rng.choice(EVENTS), rng.choice(RIDES)
    middle = at - a
    start = middle - b
    said = typed(rng, at)
    early, early_step = rng.choice([
        (f"I want to be there {lasts(rng, a)} early", "Be there early"), (f"I need {lasts(rng, a)} to set up", "Set up"),
        (f"I must check in {lasts(rng, a)} before", "Check in before"), (f"I need {lasts(rng, a)} to park and walk", "Park and walk")])
    return task("leave_twice", rng.choice([
        f"The {event} starts at {said}. {early} and the {by} takes {lasts(rng, b)}. When should I leave?",
        f"My {event} is at {said}. {early}. The way takes {lasts(rng, b)}. When do I leave?",
        f"{event} at {said}. {early}. {by} ride {lasts(rng, b)}. when to go?",
        f"The {event} begins at {said}. {early} and {lasts(rng, b)} to get there. When do I leave?",
        f"My {rng.choice(['flight', 'train', 'ship'])} is at {said} and I must be there {lasts(rng, a)} before. The {by} takes {lasts(rng, b)}. When should I leave?"]),
        "Count back from the start:", [f"{early_step}: {back(at, a)}.", f"Take away the way: {back(middle, b)}."], f"Leave at {clock(start)}.",
        {"time": clock(start)})


@family("logistics", weight=2)
def arrive_once(rng):
    at, ride, by = when(rng, 6, 18), length(rng), rng.choice(["train", "bus", "ferry", "flight", "tram", "coach", "delivery", "truck"])
    end = at + ride
    said = typed(rng, at)
    return task("arrive_once", rng.choice([
        f"The {by} leaves at {said} and takes {lasts(rng, ride)}. When does it arrive?",
        f"{by} departs {said}, takes {lasts(rng, ride)}. arrival time?",
        f"If I take the {by} at {said} and the trip lasts {lasts(rng, ride)}, when do I get there?"]),
        "Count on from the departure:", [f"Depart at {clock(at)}.", f"Add the trip: {on(at, ride)}."], f"Arrive at {clock(end)}.", {"time": clock(end)})


@family("logistics", weight=2)
def arrive_change(rng):
    at, a, wait, b = when(rng, 6, 16), length(rng), rng.choice([5, 10, 15, 20, 25, 30, 40]), length(rng)
    one, two, end = at + a, at + a + wait, at + a + wait + b
    first, second = rng.sample(["train", "bus", "ferry", "tram", "metro"], 2)
    return task("arrive_change", rng.choice([
        f"I take the {first} at {typed(rng, at)} for {lasts(rng, a)}, wait {wait} minutes, and then the {second} for {lasts(rng, b)}. When do I arrive?",
        f"The {first} leaves at {typed(rng, at)} and takes {lasts(rng, a)}. After {wait} minutes the {second} goes on for {lasts(rng, b)}. When am I there?"]),
        "Add one part after the other:", [f"The {first}: {on(at, a)}.", f"The wait: {on(one, wait)}.", f"The {second}: {on(two, b)}."],
        f"Arrive at {clock(end)}.", {"time": clock(end)})


@family("logistics", weight=2)
def start_two_jobs(rng):
    at, a, b = when(rng, 11, 20), length(rng), length(rng)
    x, y = rng.sample([("cooking", "Cook"), ("shopping", "Shop"), ("cleaning", "Clean"), ("baking", "Bake"), ("decorating", "Decorate"),
                       ("packing", "Pack"), ("ironing", "Iron"), ("setting the table", "Set the table")], 2)
    middle, start = at - a, at - a - b
    what = rng.choice(["guests come", "we must be ready", "the party begins", "the visitors arrive", "everything must be done by"])
    at_text = typed(rng, at) if what.endswith("by") else f"at {typed(rng, at)}"
    return task("start_two_jobs", rng.choice([
        f"{x[0].capitalize()} takes {lasts(rng, a)}, {y[0]} takes {lasts(rng, b)}, {what} {at_text}. When do I have to start?",
        f"{what.capitalize()} {at_text}. I need {lasts(rng, a)} for {x[0]} and {lasts(rng, b)} for {y[0]}. When should I start?"]),
        "Count back from the end:", [f"{x[1]}: {back(at, a)}.", f"{y[1]}: {back(middle, b)}."], f"Start at {clock(start)}.", {"time": clock(start)})


@family("logistics")
def day_plan(rng):
    at, jobs = when(rng, 7, 12), rng.sample(JOBS, 3)
    spans = [rng.choice([10, 15, 20, 30, 40, 45, 60, 90]) for _ in jobs]
    listed = ", ".join(f"{j} ({lasts(rng, s)})" for j, s in zip(jobs, spans))
    lines, now = [], at
    for j, s in zip(jobs, spans):
        lines.append(f"{j[0].upper() + j[1:]}: {on(now, s)}.")
        now += s
    return task("day_plan", rng.choice([f"I start at {typed(rng, at)} and have to do {listed}. Make a schedule. When am I done?",
                                        f"Plan my morning from {typed(rng, at)}: {listed}. When do I finish?"]),
                "One after the other:", lines, f"Done at {clock(now)}.", {"time": clock(now)})


@family("logistics")
def earlier(rng):
    at, by = when(rng, 8, 20), rng.choice([10, 15, 20, 25, 30, 40, 45, 60, 75, 90])
    what = rng.choice(["meeting", "pickup", "delivery", "lesson", "visit"])
    return task("earlier", rng.choice([f"The {what} at {typed(rng, at)} is moved {lasts(rng, by)} earlier. When is it now?",
                                       f"Our {what} was at {typed(rng, at)}, now it is {lasts(rng, by)} earlier. What time?"]),
                "Take it away:", [f"Planned at {clock(at)}.", f"Earlier: {back(at, by)}."], f"Come at {clock(at - by)}.", {"time": clock(at - by)})


@family("logistics", weight=4)
def time_steps(rng):
    """What longer plans are made of."""
    at, m = when(rng, 7, 20), rng.choice([5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55])
    if rng.random() < 0.5:
        return task("time_steps", rng.choice([f"What time is it {m} minutes before {clock(at)}?", f"{m} minutes before {typed(rng, at)}"]), "Count back:",
                    [f"{back(at, m)}."], f"It is {clock(at - m)}.", {"time": clock(at - m)})
    return task("time_steps", rng.choice([f"What time is it {m} minutes after {clock(at)}?", f"{m} minutes after {typed(rng, at)}"]), "Count on:",
                [f"{on(at, m)}."], f"It is {clock(at + m)}.", {"time": clock(at + m)})


@family("logistics")
def leave_with_stops(rng):
    """Three parts and more, forward."""
    at = when(rng, 8, 15)
    parts = rng.sample(["the drive", "the stop at the bank", "the walk", "the lunch", "the visit", "the bus ride", "the shopping"], 3)
    spans = [rng.choice([10, 15, 20, 25, 30, 40, 45]) for _ in parts]
    lines, now = [], at
    for name, span in zip(parts, spans):
        lines.append(f"{name[0].upper() + name[1:]}: {on(now, span)}.")
        now += span
    listed = ", ".join(f"{n} takes {lasts(rng, s)}" for n, s in zip(parts, spans))
    return task("leave_with_stops", f"I leave at {typed(rng, at)}. {listed[0].upper() + listed[1:]}. When am I back?", "Add one part after the other:", lines,
                f"Back at {clock(now)}.", {"time": clock(now)})


@family("logistics", held=True)
def delay(rng):
    at, late = when(rng, 6, 20), rng.choice([5, 10, 15, 20, 25, 35, 40, 50, 70, 90])
    by = rng.choice(["train", "bus", "ferry", "flight", "delivery"])
    return task("delay", rng.choice([f"My {by} should arrive at {clock(at)} but is {lasts(rng, late)} late. When does it arrive?",
                                     f"The {by} of {clock(at)} is delayed by {lasts(rng, late)}. What is the new time?"]),
                "Add the delay:", [f"Planned at {clock(at)}.", f"Add the delay: {on(at, late)}."], f"Arrive at {clock(at + late)}.", {"time": clock(at + late)})


@family("logistics", held=True)
def leave_three(rng):
    at, a, b, c = when(rng, 11), *(rng.choice([5, 10, 15, 20, 30, 40, 60]) for _ in range(3))
    event, by = rng.choice(EVENTS), rng.choice(RIDES)
    one, two, start = at - a, at - a - b, at - a - b - c
    return task("leave_three", f"The {event} starts at {clock(at)}. I want to be there {lasts(rng, a)} early, the {by} takes {lasts(rng, b)} "
                f"and the walk to the {by} takes {lasts(rng, c)}. When should I leave?",
                "Count back from the start:", [f"Be there early: {back(at, a)}.", f"Take away the {by}: {back(one, b)}.", f"Take away the walk: {back(two, c)}."],
                f"Leave at {clock(start)}.", {"time": clock(start)})


def sorting(numbers, unit="", down=False):
    """A step that sorts: numbers are easier to sort than what they belong to."""
    behind = f" {unit}" if unit else ""
    return f"{'From the most' if down else 'From the least'}: {', '.join(str(n) for n in sorted(numbers, reverse=down))}{behind}."


# ---- orders -----------------------------------------------------------------------------------------------------------

def shortest(start, places):
    """The order of stops on a line that makes the least way from `start`, by trying all of them: (names, way)."""
    def way(order):
        return sum(abs(b - a) for a, b in zip((start, *(places[n] for n in order)), (places[n] for n in order)))
    best = min(permutations(places), key=way)
    return list(best), way(best)


def order_task(name, rng, stops, question, what):
    order, way = shortest(0, stops)
    lines = [sorting(stops.values(), "km"), *(f"{stops[n]} km: {n}." for n in order)]
    return task(name, question, "Go from the nearest to the farthest:", lines, f"The order is {', '.join(order)}: {way} km in all.", {"order": order})


@family("logistics", weight=2)
def order_on_a_road(rng):
    names = rng.sample(PLACES, rng.choice([3, 3, 4]))
    spots = rng.sample(range(1, 20), len(names))
    stops = dict(zip(names, spots))
    listed = ", ".join(f"{n} is {k} km away" for n, k in stops.items())
    short = ", ".join(f"{n} {k} km" for n, k in stops.items())
    return order_task("order_on_a_road", rng, stops, rng.choice([
        f"On one road, {listed}. In which order should I go?",
        f"{listed[0].upper() + listed[1:]}, all on the same road. What is the best order?",
        f"I have errands along one street: {short}. Which order is shortest?",
        f"best order to visit these on the same road: {short}"]), "errand")


@family("logistics")
def order_by_deadline(rng):
    jobs = rng.sample(JOBS, 3)
    due = sorted(rng.sample(range(9, 19), 3))
    pairs = list(zip(jobs, due))
    rng.shuffle(pairs)
    order = [j for j, _ in sorted(pairs, key=lambda p: p[1])]
    listed = ", ".join(f"{j} is due at {d}:00" for j, d in pairs)
    return task("order_by_deadline", rng.choice([f"{listed[0].upper() + listed[1:]}. In which order should I do them?",
                                                 f"What should I do first? {listed[0].upper() + listed[1:]}.", f"sort my tasks: {listed}"]),
                "Do first what is due first:", [sorting([d for _, d in pairs], "o'clock"), *(f"{d}:00: {j}." for j, d in sorted(pairs, key=lambda p: p[1]))],
                f"The order is {', '.join(order)}.", {"order": order})


@family("logistics")
def order_by_need(rng):
    chains = [["buy the paint", "paint the wall", "hang the pictures"], ["pack the boxes", "load the van", "clean the flat"],
              ["choose a date", "send the invitations", "count the answers"], ["book the flight", "book the hotel", "pack the bag"],
              ["buy the flour", "bake the cake", "decorate the cake"], ["measure the room", "order the carpet", "lay the carpet"],
              ["print the labels", "pack the parcels", "take them to the post office"], ["wash the clothes", "dry the clothes", "iron the clothes"],
              ["write the list", "go shopping", "cook the dinner"], ["fill the tank", "drive to the depot", "unload the truck"],
              ["take the order", "pick the goods", "ship the parcel"], ["call the customer", "agree on a time", "deliver the sofa"]]
    order = rng.choice(chains)
    mixed = rng.sample(order, 3)
    while mixed == order:
        mixed = rng.sample(order, 3)
    return task("order_by_need", rng.choice([f"Put these in the right order: {', '.join(mixed)}.", f"In which order do I {mixed[0]}, {mixed[1]} and {mixed[2]}?",
                                             f"what comes first: {', '.join(mixed)}?"]),
                "What is needed comes first:", [s[0].upper() + s[1:] + "." for s in order], f"The order is {', '.join(order)}.", {"order": order})


@family("logistics")
def order_by_weight(rng):
    names = rng.sample(["the books", "the dishes", "the lamp", "the tools", "the sofa", "the boxes", "the plants", "the clothes"], 3)
    kilos = dict(zip(names, rng.sample(range(2, 60), 3)))
    order = sorted(names, key=lambda n: -kilos[n])
    listed = ", ".join(f"{n} ({k} kg)" for n, k in kilos.items())
    return task("order_by_weight", rng.choice([f"Load the heaviest first: {listed}. In which order?", f"We load {listed}, heavy things first. What is the order?"]),
                "From the heaviest to the lightest:", [sorting(kilos.values(), "kg", True), *(f"{kilos[n]} kg: {n}." for n in order)], f"The order is {', '.join(order)}.", {"order": order})


@family("logistics", held=True)
def order_back_home(rng):
    names = rng.sample(PLACES, 3)
    stops = dict(zip(names, rng.sample(range(1, 25), 3)))
    listed = ", ".join(f"{n} ({k} minutes away)" for n, k in stops.items())
    order, _ = shortest(0, stops)
    return task("order_back_home", f"I walk down one street and pass three places: {listed}. Tell me the order in which I pass them.",
                "From the nearest to the farthest:", [sorting(stops.values(), "minutes"), *(f"{stops[n]} minutes: {n}." for n in order)], f"The order is {', '.join(order)}.",
                {"order": order})


# ---- choices ----------------------------------------------------------------------------------------------------------

@family("logistics", weight=2)
def choose_faster(rng):
    a, b, c = (rng.choice(range(5, 60)) for _ in range(3))
    while a == b + c:
        c = rng.choice(range(5, 60))
    x, y = rng.choice([("Way A", "Way B"), ("Route 1", "Route 2"), ("The coast road", "The forest road"), ("Plan A", "Plan B"), ("Option 1", "Option 2"),
                       ("The highway", "The country road")])
    direct = rng.random() < 0.5
    one, two = (f"{a} minutes", f"{b} minutes and then {c} minutes")
    best, other = (x, y) if (a < b + c) == direct else (y, x)
    first, second = (one, two) if direct else (two, one)
    total = add(b, c)[0]
    lines = [f"{x}: {a if direct else total} minutes.", f"{y}: {total if direct else a} minutes."]
    low, high = sorted((a, b + c))
    lines.append(sorting((low, high), "minutes"))
    return task("choose_faster", rng.choice([f"{x} takes {first}. {y} takes {second}. Which is faster?",
                                             f"{x}: {first}. {y}: {second}. Which one is quicker?", f"{x.lower()} is {first}, {y.lower()} is {second}. what should i take"]),
                "Compare the times:", lines, f"{best} is faster, because {low} is less than {high}.", {"choice": [best, other]})


@family("logistics")
def choose_cheaper(rng):
    n = rng.randint(2, 9)
    a, b = rng.randint(3, 15), rng.randint(2, 12)
    fee = rng.randint(5, 40)
    while n * a == n * b + fee:
        fee += 1
    x, y = rng.choice([("Shop A", "Shop B"), ("Firm A", "Firm B"), ("The van", "The truck"), ("The blue company", "The red company"), ("Carrier 1", "Carrier 2")])
    one, two = n * a, n * b + fee
    best, other = (x, y) if one < two else (y, x)
    return task("choose_cheaper", f"{x} takes {a} euros a box. {y} takes {b} euros a box and a fee of {fee} euros. I have {n} boxes. Which is cheaper?",
                "Compare the costs:", [f"{x}: {multiply(n, a)[0]} euros.", f"{y}: {multiply(n, b)[0]}, and {add(n * b, fee)[0]} euros.", sorting((one, two), "euros")],
                f"{best} is cheaper, because {min(one, two)} is less than {max(one, two)}.", {"choice": [best, other]})


@family("logistics")
def choose_connection(rng):
    ready, gap = when(rng, 7, 18), rng.choice([10, 20, 30])
    first = ready - rng.choice([5, 10, 15])
    times = [first + gap * i for i in range(3)]
    best = next(t for t in times if t >= ready)
    by = rng.choice(["train", "bus", "tram", "ferry"])
    return task("choose_connection", rng.choice([
        f"I am at the stop at {clock(ready)}. {by.capitalize()}s leave at {clock(times[0])}, {clock(times[1])} and {clock(times[2])}. Which one can I take first?",
        f"{by}s go at {clock(times[0])}, {clock(times[1])} and {clock(times[2])}. i can be there at {clock(ready)}. which one is mine?"]),
        f"Take the first {by} after {clock(ready)}:",
        [f"{clock(t)} is {'before' if t < ready else 'not before'} {clock(ready)}: {'too early' if t < ready else 'in time'}." for t in times if t <= best],
        f"Take the {by} at {clock(best)}.", {"time": clock(best)})


@family("logistics")
def choose_lightest(rng):
    names = rng.sample(["the red bag", "the blue bag", "the box", "the case", "the crate", "the parcel", "the sack"], 3)
    kilos = rng.sample(range(2, 40), 3)
    best = names[kilos.index(min(kilos))]
    listed = ", ".join(f"{n} weighs {k} kg" for n, k in zip(names, kilos))
    return task("choose_lightest", rng.choice([f"{listed[0].upper() + listed[1:]}. Which one is the lightest?", f"Which should I carry, the lightest? {listed}"]),
                "Compare the weights:", [sorting(kilos, "kg"), f"{min(kilos)} kg: {best}."],
                f"{best[0].upper() + best[1:]} is the best choice, because {min(kilos)} is the least.", {"choice": [best, *(n for n in names if n != best)]})


@family("logistics", held=True)
def choose_of_three(rng):
    names = rng.choice([["The bus", "The train", "The car"], ["Way A", "Way B", "Way C"], ["Carrier 1", "Carrier 2", "Carrier 3"]])
    spans = rng.sample(range(10, 90), 3)
    best = names[spans.index(min(spans))]
    listed = ", ".join(f"{n.lower() if n.startswith('The') else n} takes {s} minutes" for n, s in zip(names, spans))
    return task("choose_of_three", f"{listed[0].upper() + listed[1:]}. Which is the fastest?", "Compare the times:",
                [sorting(spans, "minutes"), f"{min(spans)} minutes: {best}."], f"{best} is the best choice, because {min(spans)} is the least.",
                {"choice": [best, *(n for n in names if n != best)]})


# ---- amounts ----------------------------------------------------------------------------------------------------------

def counted(what, count, each):
    """1 trip: 12, 2 trips: 24: a model of this size counts up more surely than it divides."""
    return ", ".join(f"{i} {what}{'s' if i > 1 else ''}: {i * each}" for i in range(1, count + 1)) + "."


def enough(count, each, needed, what):
    return f"{count * each} is enough for {needed} {what}."


@family("logistics", weight=2)
def how_many_trips(rng):
    k, q = rng.randint(3, 20), rng.randint(1, 9)
    rest = rng.randint(0, k - 1)
    n = k * q + rest
    trips = q + (1 if rest else 0)
    what, by = rng.choice([("boxes", "van"), ("crates", "truck"), ("people", "minibus"), ("parcels", "bike"), ("chairs", "car"), ("pallets", "truck"),
                           ("guests", "boat"), ("bags", "cart")])
    lines = [counted("trip", trips, k), enough(trips, k, n, what)]
    return task("how_many_trips", rng.choice([
        f"We have {n} {what} and the {by} takes {k} at a time. How many trips?",
        f"A {by} carries {k} {what}. How many trips are needed for {n} {what}?",
        f"{n} {what}, {k} fit in the {by}. how many times do we have to drive"]), "Count trip by trip:", lines, f"Make {trips} trip{'s' if trips > 1 else ''}.",
        {"number": str(trips)})


@family("logistics")
def how_much_to_pack(rng):
    d, each = rng.randint(2, 10), rng.randint(1, 4)
    people = rng.randint(1, 6)
    what = rng.choice(["bottles of water", "meals", "sandwiches", "pairs of socks", "snacks", "towels"])
    total = d * each * people
    if people == 1:
        question = rng.choice([f"I travel for {d} days and need {each} {what} a day. How many do I pack?", f"how many {what} for {d} days, {each} a day?"])
        lines = [f"{d} days with {each} a day: {d} x {each} = {total}."]
    else:
        question = f"{people} people hike for {d} days and each needs {each} {what} a day. How many do we pack?"
        lines = [f"For one day: {people} x {each} = {people * each}.", f"For {d} days: {d} x {people * each} = {total}."]
    return task("how_much_to_pack", question, "Count what is needed:", lines, f"Pack {total} {what}.", {"number": str(total)})


@family("logistics")
def what_fits(rng):
    names = rng.sample(["the tent", "the stove", "the books", "the camera", "the blanket", "the food", "the tools", "the shoes"], 3)
    weights = rng.sample(range(1, 12), 3)
    limit = rng.randint(sorted(weights)[0] + sorted(weights)[1], sum(weights))
    total = sum(weights)
    listed = ", ".join(f"{n} ({w} kg)" for n, w in zip(names, weights))
    fits = total <= limit
    a = weights[0] + weights[1]
    return task("what_fits", rng.choice([f"My bag takes {limit} kg. I want to pack {listed}. Does it all fit?", f"can i pack {listed} if the limit is {limit} kg"]),
                "Add the weights:", [f"{weights[0]} + {weights[1]} = {a} kg.", f"{a} + {weights[2]} = {total} kg."],
                f"Yes, it fits: {total} kg of {limit} kg." if fits else f"No, it does not fit: {total} kg is more than {limit} kg.",
                {"choice": ["Yes", "No"] if fits else ["No", "Yes"]})


@family("logistics", held=True)
def how_many_cars(rng):
    k, q = rng.randint(3, 9), rng.randint(1, 6)
    rest = rng.randint(0, k - 1)
    n, cars = k * q + rest, q + (1 if rest else 0)
    what = rng.choice([("people", "car"), ("children", "table"), ("guests", "room")])
    lines = [counted(what[1], cars, k), enough(cars, k, n, what[0])]
    return task("how_many_cars", f"There are {n} {what[0]} and {k} fit in one {what[1]}. How many {what[1]}s do we need?", f"Count {what[1]} by {what[1]}:", lines,
                f"Take {cars} {what[1]}{'s' if cars > 1 else ''}.", {"number": str(cars)})
