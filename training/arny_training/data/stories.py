"""Word problems: one or two steps in a few lines, of people, things and numbers. Numbers are sometimes words, as in books."""
from .mathematics import task
from .problem import family
from .sums import add, divide, multiply, subtract

NAMES = ["Anna", "Ben", "Carla", "David", "Emma", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kira", "Liam", "Mia", "Noah", "Olga", "Paul", "Rosa", "Sam",
         "Tina", "Umar", "Vera", "Wei", "Yara", "Zoe", "Maria", "Ahmed", "Lena", "Tom", "Priya", "Diego"]
THINGS = ["apples", "books", "marbles", "stickers", "pencils", "cards", "shells", "coins", "cookies", "balloons", "flowers", "oranges", "toys", "stamps",
          "eggs", "plums", "buttons", "photos", "candies", "cups", "pears", "stones", "muffins", "tickets", "beads"]
BOXES = ["boxes", "bags", "baskets", "packs", "shelves", "jars", "trays", "tables", "rows", "albums", "crates"]
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


TEENS = WORDS[:13] + ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spelled(n):
    """Below 100."""
    return TEENS[n] if n < 20 else TENS[n // 10 - 2] + (f"-{WORDS[n % 10]}" if n % 10 else "")


def said(rng, n):
    """A number as a text has it: 9, or nine, or fifty-five."""
    return spelled(n) if n < 100 and rng.random() < (0.3 if n < 13 else 0.12) else str(n)


def capital(text):
    return text[0].upper() + text[1:]


def cast(rng):
    a, b = rng.sample(NAMES, 2)
    return a, b, rng.choice(THINGS)


def size(rng, least=2):
    return rng.randint(least, 12) if (p := rng.random()) < 0.4 else rng.randint(max(least, 10), 90 if p < 0.88 else 400)


@family("math")
def story_join(rng):
    p, q, t = cast(rng)
    a, b = size(rng), size(rng)
    text, value = add(a, b)
    x, y = said(rng, a), said(rng, b)
    return task("story_join", rng.choice([
        f"{p} has {x} {t}. {q} gives {p} {y} more. How many {t} does {p} have now?",
        f"{p} has {x} {t} and {q} has {y} {t}. How many {t} do they have together?",
        f"There are {x} {t} in the {rng.choice(['box', 'basket', 'kitchen', 'room'])}. {p} puts in {y} more. How many {t} are there now?",
        f"{p} found {x} {t} and {q} found {y} {t}. How many {t} did they find in total?",
        f"{capital(x)} red {t} and {y} green {t} are on the table. How many {t} are on the table?",
        f"I bought {x} {t} yesterday and {y} {t} today. How many {t} did I buy in all?",
        f"{p} read {x} pages on Monday and {y} pages on Tuesday. How many pages did {p} read?",
        f"There were {x} girls and {y} boys on the playground. How many children were there in all?",
        f"{x} kids were on the field. {capital(y)} kids decided to join in. Now how many kids are on the field?",
        f"{p} picked {x} {t} and {q} picked {y}. How many {t} were picked altogether?",
        f"A school has {x} classrooms on one floor and {y} on the other. How many is that in total?",
        f"{p} spent ${a} on a book and ${b} on a pen. How much did {p} spend?",
        f"In a game {p} scored {x} points, then {y} points more. What was the total score?"]), [text], value)


@family("math")
def story_give(rng):
    p, q, t = cast(rng)
    b = size(rng)
    a = b + size(rng, 1)
    text, value = subtract(a, b)
    x, y = said(rng, a), said(rng, b)
    return task("story_give", rng.choice([
        f"{p} had {x} {t}. {p} gave {y} to {q}. How many {t} does {p} have left?",
        f"I had {x} {t} and gave {y} to my {rng.choice(['sister', 'brother', 'friend', 'mother'])}. How many do I have left?",
        f"There were {x} {t} on the table. {p} took {y} of them. How many {t} are left?",
        f"A shop had {x} {t} and sold {y}. How many are left?",
        f"{p} baked {x} {(c := rng.choice(['cookies', 'muffins', 'rolls']))} and ate {y}. How many {c} remain?",
        f"{p} lost {y} of {x} {t}. How many {t} does {p} still have?",
        f"{x} {t} were in a bag, {y} fell out. how many are still in the bag",
        f"There were {x} people on the train. At the next stop {y} people got off. How many people are on the train now?",
        f"{p} had ${a} and spent ${b}. How much money does {p} have now?",
        f"{p} collected {x} {t} but threw {y} away. How many {t} did {p} keep?",
        f"Of {x} students, {y} are absent. How many are present?",
        f"{p} played {x} games and lost {y}. How many games did {p} win?"]), [text], value)


@family("math")
def story_more(rng):
    p, q, t = cast(rng)
    a, b = size(rng), size(rng)
    text, value = add(a, b)
    x, y = said(rng, a), said(rng, b)
    return task("story_more", rng.choice([
        f"{p} has {y} more {t} than {q}. {q} has {x} {t}. How many {t} does {p} have?",
        f"{q} has {x} {t}. {p} has {y} more than {q}. How many {t} does {p} have?",
        f"{p} is {y} years older than {q}. {q} is {x} years old. How old is {p}?",
        f"{q} picked {x} {t}. {q} picked {y} fewer than {p}. How many {t} did {p} pick?"]), [text], value)


@family("math")
def story_fewer(rng):
    p, q, t = cast(rng)
    b = size(rng)
    a = b + size(rng, 1)
    text, value = subtract(a, b)
    x, y = said(rng, a), said(rng, b)
    return task("story_fewer", rng.choice([
        f"{p} has {y} fewer {t} than {q}. {q} has {x} {t}. How many {t} does {p} have?",
        f"{q} has {x} {t}. {p} has {y} less. How many {t} does {p} have?",
        f"{p} is {y} years younger than {q}. {q} is {x}. How old is {p}?",
        f"{q} has {x} {t}, which is {y} more than {p} has. How many does {p} have?"]), [text], value)


@family("math")
def story_difference(rng):
    p, q, t = cast(rng)
    b = size(rng)
    a = b + size(rng, 1)
    text, value = subtract(a, b)
    x, y = said(rng, a), said(rng, b)
    return task("story_difference", rng.choice([
        f"{p} has {x} {t} and {q} has {y} {t}. How many more {t} does {p} have than {q}?",
        f"{p} has {x} {t}. {q} has {y}. How many fewer does {q} have?",
        f"There are {x} {t} and {y} children. Each child takes one. How many {t} are left over?",
        f"A {rng.choice(['tree', 'pole', 'wall'])} is {x} metres high and a house is {y} metres high. What is the difference?",
        f"{p} has {x} {t}. {q} has {y}. What is the difference of the number of {p}'s {t} and {q}'s {t}?",
        f"There are {x} students in the class but only {y} pencils. How many more pencils are needed?",
        f"{p} walked {x} km and {q} walked {y} km. How much farther did {p} walk?",
        f"This week {x} people came, last week {y}. How many more came this week?"]), [text], value)


@family("math")
def story_missing(rng):
    p, q, t = cast(rng)
    b = size(rng)
    a = b + size(rng, 1)
    text, value = subtract(a, b)
    x, y = said(rng, a), said(rng, b)
    return task("story_missing", rng.choice([
        f"{p} had {y} {t}. Then {q} gave {p} some more. Now {p} has {x} {t}. How many did {q} give?",
        f"{p} wants {x} {t} and has {y}. How many more does {p} need?",
        f"{y} {t} were in the box. More {t} were put in. Now there are {x}. How many were put in?",
        f"{p} and {q} have {x} {t} together. {q} has {y}. How many does {p} have?",
        f"{p} has {x} {t}. {capital(y)} of them are red and the rest are blue. How many are blue?",
        f"A game costs {x} euros. {p} has saved {y} euros. How much is missing?",
        f"{p} saved up ${b} and wants to buy a watch that costs ${a}. How much more money does {p} need?",
        f"{p} found {y} {t} at the park. Now {p} has {x} {t}. How many {t} did {p} have at first?",
        f"There are {x} seats in the bus and {y} are taken. How many are free?"]), [text], value)


@family("math")
def story_at_first(rng):
    """What was there before something was taken away."""
    p, q, t = cast(rng)
    a, b = size(rng), size(rng)
    text, value = add(a, b)
    x, y = said(rng, a), said(rng, b)
    return task("story_at_first", rng.choice([
        f"{p} gave away {x} {t}. Now {p} has {y} left. How many {t} did {p} have to start with?",
        f"{p} lost {x} {t} and has {y} {t} now. How many did {p} have at first?",
        f"After selling {x} {t} a shop has {y} left. How many were there before?",
        f"{p} ate {x} of the {t} and {y} are left. How many were there in the beginning?",
        f"{p} spent ${a} and has ${b} left. How much money did {p} have at first?"]), [text], value)


@family("math")
def story_times_total(rng):
    p, q, t = cast(rng)
    k, b = rng.randint(2, 6), rng.randint(2, 12)
    first, more = multiply(k, b)
    second, value = add(b, more)
    return task("story_times_total", f"{q} has {said(rng, b)} {t}. {p} has {said(rng, k)} times as many. How many {t} do they have together?",
                [f"{p}: {first}", f"Together: {second}"], value)


@family("math")
def story_fewer_total(rng):
    p, q, t = cast(rng)
    b = rng.randint(2, 20)
    a = b + rng.randint(1, 40)
    first, less = subtract(a, b)
    second, value = add(a, less)
    return task("story_fewer_total", rng.choice([f"{q} has {a} {t}. {p} has {b} fewer than {q}. How many {t} do they have together?",
                                                 f"{q} is {a} years old and {p} is {b} years younger. How old are they together?"]),
                [f"{p}: {first}", f"Together: {second}"], value)


@family("math")
def story_voucher(rng):
    p, _, t = cast(rng)
    a, b = rng.randint(2, 10), rng.randint(2, 10)
    c = rng.randint(1, a * b - 1)
    first, product = multiply(a, b)
    second, value = subtract(product, c)
    return task("story_voucher", rng.choice([
        f"{p} buys {a} {t} for {b} euros each and has a voucher of {c} euros. How much does {p} pay?",
        f"{p} works {a} hours for {b} euros an hour and pays {c} euros for the bus. How much is left?",
        f"{a} tables have {b} chairs each. {capital(said(rng, c))} chairs are broken. How many chairs are good?"]), [first, second], value)


@family("math")
def story_from_savings(rng):
    p, _, t = cast(rng)
    a, b = rng.randint(2, 9), rng.randint(2, 9)
    have = a * b + rng.randint(1, 60)
    first, product = multiply(a, b)
    second, value = subtract(have, product)
    return task("story_from_savings", rng.choice([
        f"{p} has {have} euros and buys {a} {t} for {b} euros each. How much money does {p} have left?",
        f"A book has {have} pages. {p} reads {b} pages a day for {a} days. How many pages are left to read?",
        f"A tank holds {have} litres. Every day {b} litres are used. How many are left after {a} days?"]), [first, second], value)


@family("math")
def story_take_twice(rng):
    p, q, t = cast(rng)
    b, c = rng.randint(2, 20), rng.randint(2, 20)
    a = b + c + rng.randint(1, 40)
    first, left = subtract(a, b)
    second, value = subtract(left, c)
    return task("story_take_twice", rng.choice([
        f"{p} had {a} {t}. {p} gave {said(rng, b)} to {q} and lost {said(rng, c)}. How many are left?",
        f"A shop had {a} {t}. It sold {said(rng, b)} in the morning and {said(rng, c)} in the afternoon. How many {t} are left?",
        f"{p} has {a} euros and spends {b} on food and {c} on a ticket. How much is left?"]), [first, second], value)


@family("math")
def story_add_twice(rng):
    p, q, t = cast(rng)
    a, b, c = (rng.randint(2, 40) for _ in range(3))
    first, ab = add(a, b)
    second, value = add(ab, c)
    return task("story_add_twice", rng.choice([
        f"{p} has {said(rng, a)} red, {said(rng, b)} blue and {said(rng, c)} green {t}. How many {t} is that in all?",
        f"{p} read {a} pages on Monday, {b} on Tuesday and {c} on Wednesday. How many pages did {p} read?",
        f"There were {a} {t}. {p} brought {b} more and {q} brought {c} more. How many {t} are there now?",
        f"Tickets were sold on three days: {a}, {b} and {c}. How many in total?"]), [first, second], value)


@family("math")
def story_left_over(rng):
    """What does not fit into whole groups."""
    p, _, t = cast(rng)
    n, q = rng.randint(3, 10), rng.randint(2, 9)
    rest = rng.randint(1, n - 1)
    total = n * q + rest
    product, whole = multiply(q, n)
    left, value = subtract(total, whole)
    return task("story_left_over", rng.choice([
        f"{p} puts {total} {t} into bags of {n}. How many {t} are left over?",
        f"{capital(t)} come in packs of {n}. {p} has {total} {t}. How many are outside of full packs?"]),
        [f"{q} full groups: {product}", left], value)


@family("math")
def story_share_more(rng):
    """Shared, and then some more."""
    p, q, t = cast(rng)
    n, each, c = rng.randint(2, 9), rng.randint(2, 12), rng.randint(2, 20)
    first, one = divide(n * each, n)
    second, value = add(one, c)
    return task("story_share_more", f"{n} friends share {n * each} {t} equally. Then {p}, one of them, finds {said(rng, c)} more. How many {t} does {p} have?",
                [first, second], value)


@family("math")
def story_groups(rng):
    p, _, t = cast(rng)
    a, b, box = rng.randint(2, 12), rng.randint(2, 15), rng.choice(BOXES)
    text, value = multiply(a, b)
    x, y = said(rng, a), said(rng, b)
    return task("story_groups", rng.choice([
        f"{p} has {x} {box} with {y} {t} in each. How many {t} does {p} have?",
        f"{x} {box} with {y} {t} each, how many {t} is that",
        f"There are {y} {t} in each of {x} {box}. How many {t} are there in total?",
        f"Each of {x} children has {y} {t}. How many {t} do they have altogether?",
        f"{p} reads {y} pages every day. How many pages does {p} read in {x} days?",
        f"{p} runs {y} km a week. How many km is that in {x} weeks?",
        f"A {rng.choice(['ticket', 'toy', 'book', 'meal', 'shirt'])} costs {y} euros. How much do {x} cost?",
        f"{capital(t)} cost {y} dollars each. What do {x} {t} cost?",
        f"{p} earns {y} euros an hour. How much does {p} earn in {x} hours?",
        f"A car drives {y} km in one hour. How far does it drive in {x} hours?"]), [text], value)


@family("math")
def story_share(rng):
    p, _, t = cast(rng)
    n, each, box = rng.randint(2, 12), rng.randint(2, 12), rng.choice(BOXES)
    total = n * each
    text, value = divide(total, n)
    x = said(rng, n)
    return task("story_share", rng.choice([
        f"{p} shares {total} {t} equally among {x} friends. How many does each get?",
        f"{total} {t} are packed in {x} {box}, the same number in each. How many {t} are in each?",
        f"{x} {box} hold {total} {t} in all. Each holds the same number. How many are in one?",
        f"{p} has {total} {t} and puts {x} in each bag. How many bags are needed?",
        f"If {total} {t} are divided into groups of {x}, how many groups are there?",
        f"{x} tickets cost {total} euros. How much is one ticket?",
        f"A rope of {total} metres is cut into {x} equal pieces. How long is each piece?"]), [text], value)


@family("math")
def story_times_as_many(rng):
    p, q, t = cast(rng)
    k, b = rng.randint(2, 6), rng.randint(2, 20)
    text, value = multiply(k, b)
    times = {2: rng.choice(["twice", "2 times"])}.get(k, f"{said(rng, k)} times")
    return task("story_times_as_many", rng.choice([
        f"{p} has {times} as many {t} as {q}. {q} has {said(rng, b)} {t}. How many {t} does {p} have?",
        f"{q} is {b} years old. {p} is {times} as old. How old is {p}?",
        f"{q} has {said(rng, b)} {t} and {p} has {times} as many. How many does {p} have?"]), [text], value)


@family("math")
def story_give_and_get(rng):
    p, q, t = cast(rng)
    b = rng.randint(2, 20)
    a, c = b + rng.randint(1, 40), rng.randint(2, 30)
    first, left = subtract(a, b)
    second, value = add(left, c)
    return task("story_give_and_get", rng.choice([
        f"{p} had {a} {t}. {p} gave {said(rng, b)} to {q} and then bought {said(rng, c)} more. How many {t} does {p} have now?",
        f"A bus has {a} passengers. At a stop {b} get off and {c} get on. How many passengers are on the bus?",
        f"There were {a} {t} in the shop. {b} were sold and {c} new ones came. How many are there now?"]), [first, second], value)


@family("math")
def story_groups_plus(rng):
    p, q, t = cast(rng)
    a, b, c, box = rng.randint(2, 10), rng.randint(2, 10), rng.randint(1, 20), rng.choice(BOXES)
    first, product = multiply(a, b)
    second, value = add(product, c)
    return task("story_groups_plus", rng.choice([
        f"{p} has {said(rng, a)} {box} of {said(rng, b)} {t} and {said(rng, c)} single {t}. How many {t} does {p} have?",
        f"{p} buys {a} {t} for {b} euros each and a bag for {c} euros. How much does {p} pay?",
        f"{q} has {c} {t}. {p} gives {q} {a} {box} with {b} {t} each. How many {t} does {q} have now?"]), [first, second], value)


@family("math")
def story_sum_share(rng):
    p, q, t = cast(rng)
    n, each = rng.randint(2, 6), rng.randint(2, 12)
    total = n * each
    a = rng.randint(1, total - 1)
    first, _ = add(a, total - a)
    second, value = divide(total, n)
    return task("story_sum_share", f"{p} has {a} {t} and {q} has {total - a} {t}. They put them together and share them equally among {said(rng, n)} children. "
                "How many does each child get?", [first, second], value)


@family("math", held=True)
def story_groups_minus(rng):
    p, q, t = cast(rng)
    a, b, box = rng.randint(2, 10), rng.randint(2, 10), rng.choice(BOXES)
    c = rng.randint(1, a * b - 1)
    first, product = multiply(a, b)
    second, value = subtract(product, c)
    return task("story_groups_minus", rng.choice([
        f"{p} buys {a} {box} with {b} {t} each and gives {c} {t} to {q}. How many {t} are left?",
        f"{p} has {a} {box} of {b} {t}. {c} of the {t} are bad. How many are good?"]), [first, second], value)


@family("math", held=True)
def story_change(rng):
    p, _, t = cast(rng)
    a, b = rng.randint(2, 9), rng.randint(2, 9)
    note = next(n for n in (10, 20, 50, 100) if n > a * b)
    first, product = multiply(a, b)
    second, value = subtract(note, product)
    return task("story_change", f"{p} buys {a} {t} for {b} euros each and pays with a {note} euro note. How much change does {p} get?", [first, second], value)


@family("math", held=True)
def story_compare_total(rng):
    p, q, t = cast(rng)
    a, b = rng.randint(2, 40), rng.randint(2, 20)
    first, more = add(a, b)
    second, value = add(a, more)
    return task("story_compare_total", f"{q} has {a} {t}. {p} has {b} more than {q}. How many {t} do they have together?", [first, second], value)
