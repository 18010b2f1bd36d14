"""Problems of arithmetic, algebra, geometry, percentages and units, with their steps. Each is computed, not copied."""
from .problem import Task, family
from .sums import add, divide, multiply, subtract


def closing(value, unit="", name=None):
    """The last line: always the answer and nothing after it."""
    said = f"{value} {unit}".strip()
    return f"The answer is {name} = {said}." if name else f"The answer is {said}."


def task(family_name, question, steps, value, unit="", name=None):
    answer = "\n".join([*(s if s.endswith((".", ":")) else s + "." for s in steps), closing(value, unit, name)])
    return Task(family_name, question, answer, {"number": str(value)})


def asked(rng, expression, **more):
    """A sum as people type it."""
    form = rng.choice(["What is {}?", "{}", "{} = ?", "Calculate {}.", "what is {}", "whats {}", "Work out {}.", "compute {}", "How much is {}?", "{}?",
                       "Can you tell me what {} is?", "please solve {}", "I need {} for my homework.", "what's {}?", "Find {}."])
    return form.format(expression)


def number(rng, digits):
    """1 to 3 digits; few zeros in the middle, as numbers are."""
    return rng.randint(2, 9) if digits == 1 else rng.randint(10 ** (digits - 1), 10 ** digits - 1)


# ---- arithmetic -------------------------------------------------------------------------------------------------------

@family("math", weight=2)
def addition(rng):
    a, b = number(rng, rng.choice([1, 2, 2, 2, 3])), number(rng, rng.choice([1, 2, 2, 3]))
    text, value = add(a, b)
    return task("addition", asked(rng, rng.choice([f"{a} + {b}", f"{a}+{b}", f"{a} plus {b}", f"the sum of {a} and {b}"])), [text], value)


@family("math", weight=2)
def subtraction(rng):
    a, b = sorted((number(rng, rng.choice([2, 2, 2, 3])), number(rng, rng.choice([1, 2, 2]))), reverse=True)
    text, value = subtract(a, b)
    return task("subtraction", asked(rng, rng.choice([f"{a} - {b}", f"{a}-{b}", f"{a} minus {b}", f"the difference between {a} and {b}"])), [text], value)


@family("math", weight=2)
def times_table(rng):
    a, b = rng.randint(2, 12), rng.randint(2, 12)
    return task("times_table", asked(rng, rng.choice([f"{a} x {b}", f"{a} * {b}", f"{a} times {b}"])), [f"{a} x {b} = {a * b}"], a * b)


@family("math", weight=2)
def small_steps(rng):
    """What longer sums are made of: a number and a digit."""
    a, d = rng.randint(11, 99), rng.randint(2, 9)
    (text, value), sign = rng.choice([(add(a, d), "+"), (subtract(a, d), "-")])
    return task("small_steps", asked(rng, rng.choice([f"{a} {sign} {d}", f"{a}{sign}{d}"])), [text], value)


@family("math")
def multiplication(rng):
    a, b = number(rng, rng.choice([1, 1, 1, 2])), number(rng, rng.choice([1, 1, 2, 2]))
    text, value = multiply(a, b)
    return task("multiplication", asked(rng, rng.choice([f"{a} x {b}", f"{a} * {b}", f"{a} times {b}", f"{a}*{b}", f"the product of {a} and {b}"])), [text], value)


@family("math", weight=2)
def division(rng):
    b, q = rng.randint(2, 12), rng.randint(2, 12)
    text, value = divide(b * q, b)
    return task("division", asked(rng, rng.choice([f"{b * q} / {b}", f"{b * q} divided by {b}", f"{b * q}/{b}", f"{b * q} : {b}"])), [text], value)


@family("math")
def sum_of_three(rng):
    a, b, c = (number(rng, rng.choice([1, 2, 2])) for _ in range(3))
    first, ab = add(a, b)
    second, value = add(ab, c)
    return task("sum_of_three", asked(rng, rng.choice([f"{a} + {b} + {c}", f"{a} plus {b} plus {c}", f"the sum of {a}, {b} and {c}"])), [first, second], value)


@family("math")
def product_first(rng):
    a, b, c = number(rng, 1), number(rng, 1), number(rng, rng.choice([1, 2]))
    first, product = multiply(a, b)
    second, value = add(c, product)
    return task("product_first", asked(rng, f"{c} + {a} x {b}"), ["Multiply first: " + first, "Then add: " + second], value)


@family("math")
def fraction_part(rng):
    n = rng.choice([2, 3, 4, 5, 8, 10])
    name = {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth", 8: "an eighth", 10: "a tenth"}[n]
    value = rng.randint(2, 12)
    text, value = divide(n * value, n)
    return task("fraction_part", asked(rng, rng.choice([f"{name} of {n * value}", f"1/{n} of {n * value}"])), [text], value)


@family("math", held=True)
def fraction_of(rng):
    n = rng.choice([3, 4, 5, 8, 10])
    m, part = rng.randint(2, n - 1), rng.randint(2, 12)
    first, _ = divide(n * part, n)
    second, value = multiply(m, part)
    return task("fraction_of", asked(rng, f"{m}/{n} of {n * part}"), [first, second], value)


@family("math")
def fraction_words(rng):
    n = rng.choice([3, 4, 5, 8, 10])
    name = {3: "thirds", 4: "quarters", 5: "fifths", 8: "eighths", 10: "tenths"}[n]
    m, part = rng.randint(2, n - 1), rng.randint(2, 12)
    first, one = divide(n * part, n)
    second, value = multiply(m, one)
    count = ["two", "three", "four", "five", "six", "seven", "eight", "nine"][m - 2]
    return task("fraction_words", rng.choice([f"What is {count} {name} of {n * part}?", f"{count.capitalize()} {name} of {n * part} children are here. How many is that?"]),
                [f"One part: {first}", f"{m} parts: {second}"], value)


@family("math")
def fraction_rest(rng):
    n = rng.choice([2, 3, 4, 5, 10])
    name = {2: "Half", 3: "A third", 4: "A quarter", 5: "A fifth", 10: "A tenth"}[n]
    part = rng.randint(2, 12)
    first, one = divide(n * part, n)
    second, value = subtract(n * part, one)
    what = rng.choice(["cards", "apples", "pages", "seats", "students"])
    return task("fraction_rest", f"{name} of {n * part} {what} are {rng.choice(['gone', 'taken', 'used', 'away'])}. How many are left?", [first, second], value)


# ---- equations --------------------------------------------------------------------------------------------------------

def equation(rng, left, right, x):
    form = rng.choice(["Solve {} = {} for {}.", "Solve {} = {}", "{} = {}, find {}", "{} = {}, what is {}?", "Find {2} if {0} = {1}.", "solve for {2}: {0} = {1}",
                       "If {} = {}, what is {}?", "What is {2} when {0} = {1}?", "Solve: {} = {}", "solve {} = {}"])
    return form.format(left, right, x)


def letter(rng):
    return rng.choice("xxxxxyzna")


@family("math")
def equation_add(rng):
    x, v, a = letter(rng), rng.randint(1, 40), rng.randint(2, 40)
    text, value = subtract(v + a, a)
    return task("equation_add", equation(rng, rng.choice([f"{x} + {a}", f"{a} + {x}"]), v + a, x), [f"Subtract {a} from both sides: {x} = {text}"], value, name=x)


@family("math")
def equation_subtract(rng):
    x, v, a = letter(rng), rng.randint(1, 40), rng.randint(2, 40)
    text, value = add(v, a)
    return task("equation_subtract", equation(rng, f"{x} - {a}", v, x), [f"Add {a} to both sides: {x} = {text}"], value, name=x)


@family("math")
def equation_times(rng):
    x, v, a = letter(rng), rng.randint(2, 12), rng.randint(2, 12)
    text, value = divide(a * v, a)
    return task("equation_times", equation(rng, f"{a}{x}", a * v, x), [f"Divide both sides by {a}: {x} = {text}"], value, name=x)


@family("math")
def equation_share(rng):
    x, v, a = letter(rng), rng.randint(2, 12), rng.randint(2, 12)
    text, value = multiply(a, v)
    return task("equation_share", equation(rng, f"{x} / {a}", v, x), [f"Multiply both sides by {a}: {x} = {text}"], value, name=x)


@family("math")
def equation_plus(rng):
    x, v, a, b = letter(rng), rng.randint(1, 12), rng.randint(2, 9), rng.randint(1, 30)
    first, left = subtract(a * v + b, b)
    second, value = divide(left, a)
    return task("equation_plus", equation(rng, f"{a}{x} + {b}", a * v + b, x),
                [f"Subtract {b} from both sides: {a}{x} = {first}", f"Divide both sides by {a}: {x} = {second}"], value, name=x)


@family("math")
def equation_minus(rng):
    x, v, a = letter(rng), rng.randint(2, 12), rng.randint(2, 9)
    b = rng.randint(1, a * v - 1)
    first, left = add(a * v - b, b)
    second, value = divide(left, a)
    return task("equation_minus", equation(rng, f"{a}{x} - {b}", a * v - b, x),
                [f"Add {b} to both sides: {a}{x} = {first}", f"Divide both sides by {a}: {x} = {second}"], value, name=x)


@family("math")
def equation_share_minus(rng):
    x, v, a = letter(rng), rng.randint(2, 12), rng.randint(2, 9)
    b = rng.randint(1, v - 1)
    first, left = add(v - b, b)
    second, value = multiply(left, a)
    return task("equation_share_minus", equation(rng, f"{x} / {a} - {b}", v - b, x),
                [f"Add {b} to both sides: {x} / {a} = {first}", f"Multiply both sides by {a}: {x} = {second}"], value, name=x)


@family("math")
def equation_from(rng):
    x, v, a = letter(rng), rng.randint(1, 30), rng.randint(2, 30)
    text, value = subtract(v + a, a)
    return task("equation_from", equation(rng, f"{v + a} - {x}", a, x), [f"Add {x} and subtract {a}: {x} = {text}"], value, name=x)


@family("math", held=True)
def equation_share_plus(rng):
    x, v, a, b = letter(rng), rng.randint(2, 9), rng.randint(2, 9), rng.randint(1, 20)
    first, left = subtract(v + b, b)
    second, value = multiply(left, a)
    return task("equation_share_plus", equation(rng, f"{x} / {a} + {b}", v + b, x),
                [f"Subtract {b} from both sides: {x} / {a} = {first}", f"Multiply both sides by {a}: {x} = {second}"], value, name=x)


# ---- percentages ------------------------------------------------------------------------------------------------------

def percent_steps(p, n):
    """p % of n, by tenths, halves and quarters; n is made for it."""
    if p == 50:
        text, value = divide(n, 2)
        return [f"50 % is one half: {text}"], value
    if p == 25:
        text, value = divide(n, 4)
        return [f"25 % is one quarter: {text}"], value
    tenth = n // 10
    steps = [f"10 % of {n} is {n} / 10 = {tenth}"]
    if p == 10:
        return steps, tenth
    if p == 5:
        return [*steps, f"5 % is half of it: {tenth} / 2 = {tenth // 2}"], tenth // 2
    text, value = multiply(p // 10, tenth)
    return [*steps, f"{p} % is {p // 10} times that: {text}"], value


def percentage(rng):
    p = rng.choice([5, 10, 10, 20, 20, 25, 30, 40, 50, 60, 70, 80, 90])
    n = {5: 20, 25: 4, 50: 2}.get(p, 10) * rng.randint(2, 30)
    return p, n


@family("math")
def percent_of(rng):
    p, n = percentage(rng)
    steps, value = percent_steps(p, n)
    return task("percent_of", asked(rng, rng.choice([f"{p}% of {n}", f"{p} % of {n}", f"{p} percent of {n}"])), steps, value)


@family("math")
def percent_more(rng):
    p, n = percentage(rng)
    steps, part = percent_steps(p, n)
    text, value = add(n, part)
    thing = rng.choice(["rent", "price", "bill", "salary", "fee"])
    return task("percent_more", rng.choice([f"Increase {n} by {p}%.", f"A {thing} of {n} euros rises by {p}%. What is it now?",
                                            f"My {thing} was {n} and went up {p} percent. How much is it now?"]), [*steps, "Add it: " + text], value)


@family("math")
def percent_rest(rng):
    p, n = percentage(rng)
    steps, part = percent_steps(p, n)
    text, value = subtract(n, part)
    who = rng.choice(["people", "visitors", "trees", "seats", "votes", "pages"])
    return task("percent_rest", rng.choice([f"{p}% of {n} {who} are gone. How many are left?", f"Of {n} {who}, {p} percent were lost. How many remain?",
                                            f"{n} {who}, {p}% of them are not here. How many are here?"]), [*steps, "Take it away: " + text], value)


@family("math")
def percent_tip(rng):
    p, n = percentage(rng)
    steps, part = percent_steps(p, n)
    text, value = add(n, part)
    return task("percent_tip", rng.choice([f"The meal costs {n} euros and we give a tip of {p}%. What do we pay?", f"{n} dollars plus {p}% tax, how much is that"]),
                [*steps, "Add it: " + text], value)


@family("math", held=True)
def percent_discount(rng):
    p, n = percentage(rng)
    steps, part = percent_steps(p, n)
    text, value = subtract(n, part)
    thing = rng.choice(["jacket", "lamp", "bike", "phone", "chair", "bag"])
    return task("percent_discount", rng.choice([f"A {thing} costs {n} euros and is {p}% off. What does it cost now?", f"Decrease {n} by {p}%.",
                                                f"The price of a {thing} is {n}. With a discount of {p} percent, how much do I pay?"]),
                [*steps, "Take it away: " + text], value)


# ---- geometry ---------------------------------------------------------------------------------------------------------

@family("math")
def rectangle_area(rng):
    a, b, u = rng.randint(2, 20), rng.randint(2, 12), rng.choice(["cm", "m", "km", "mm"])
    text, value = multiply(a, b)
    return task("rectangle_area", rng.choice([
        f"A rectangle is {a} {u} long and {b} {u} wide. What is its area?", f"area of a rectangle {a} {u} by {b} {u}",
        f"Find the area of a rectangle with sides {a} {u} and {b} {u}.", f"My room is {a} {u} by {b} {u}. How big is the floor?",
        f"How large is the area of a garden that is {a} {u} long and {b} {u} wide?"]), [f"Area is length times width: {text}"], value, f"square {u}")


@family("math")
def square_sides(rng):
    a, u = rng.randint(2, 20), rng.choice(["cm", "m", "mm"])
    text, value = multiply(a, 4)
    return task("square_sides", rng.choice([f"What is the perimeter of a square with side {a} {u}?", f"A square has sides of {a} {u}. Find its perimeter.",
                                            f"perimeter of a {a} {u} square"]), [f"A square has 4 equal sides: {text}"], value, u)


@family("math")
def square_area(rng):
    a, u = rng.randint(2, 12), rng.choice(["cm", "m", "mm"])
    text, value = multiply(a, a)
    return task("square_area", rng.choice([f"What is the area of a square with side {a} {u}?", f"A square has sides of {a} {u}. Find its area.",
                                           f"area of a {a} {u} square"]), [f"Area is side times side: {text}"], value, f"square {u}")


@family("math")
def triangle_sides(rng):
    a, b, c, u = rng.randint(3, 15), rng.randint(3, 15), rng.randint(3, 15), rng.choice(["cm", "m", "mm"])
    first, ab = add(a, b)
    second, value = add(ab, c)
    return task("triangle_sides", rng.choice([f"A triangle has sides of {a} {u}, {b} {u} and {c} {u}. What is its perimeter?",
                                              f"Find the perimeter of a triangle with sides {a}, {b} and {c} {u}."]), [first, second], value, u)


@family("math")
def triangle_area(rng):
    b, h, u = 2 * rng.randint(2, 10), rng.randint(2, 12), rng.choice(["cm", "m"])
    first, product = multiply(b, h)
    second, value = divide(product, 2)
    return task("triangle_area", f"A triangle has a base of {b} {u} and a height of {h} {u}. " + rng.choice(["What is its area?", "Find the area."]),
                [f"Area is base times height, halved: {first}", second], value, f"square {u}")


@family("math")
def kite_sides(rng):
    a, b, u = rng.randint(2, 30), rng.randint(2, 20), rng.choice(["cm", "m"])
    first, half = add(a, b)
    second, value = multiply(2, half)
    return task("kite_sides", rng.choice([f"A kite has two sides of {a} {u} and two of {b} {u}. What is its perimeter?",
                                          f"A field has two sides of {a} {u} and two sides of {b} {u}. How long is the fence around it?"]),
                [f"Each comes twice: {first}", second], value, u)


@family("math")
def polygon_sides(rng):
    name, n = rng.choice([("pentagon", 5), ("hexagon", 6), ("octagon", 8), ("equilateral triangle", 3)])
    a, u = rng.randint(2, 12), rng.choice(["cm", "m"])
    text, value = multiply(n, a)
    return task("polygon_sides", rng.choice([f"A {name} has {n} sides of {a} {u}. What is its perimeter?", f"perimeter of a {name} with sides of {a} {u}"]),
                [f"{n} equal sides: {text}"], value, u)


@family("math")
def box_volume(rng):
    a, b, c, u = rng.randint(2, 9), rng.randint(2, 9), rng.randint(2, 9), rng.choice(["cm", "m"])
    first, ab = multiply(a, b)
    second, value = multiply(ab, c)
    return task("box_volume", rng.choice([f"A box is {a} {u} long, {b} {u} wide and {c} {u} high. What is its volume?", f"volume of a {a} x {b} x {c} {u} box"]),
                [first, second], value, f"cubic {u}")


@family("math", held=True)
def rectangle_sides(rng):
    a, b, u = rng.randint(2, 30), rng.randint(2, 20), rng.choice(["cm", "m"])
    first, half = add(a, b)
    second, value = multiply(2, half)
    return task("rectangle_sides", rng.choice([f"A rectangle is {a} {u} long and {b} {u} wide. What is its perimeter?",
                                               f"Find the perimeter of a rectangle with sides {a} {u} and {b} {u}."]), [first, second], value, u)


# ---- units ------------------------------------------------------------------------------------------------------------

UNITS = [("hours", "minutes", 60), ("minutes", "seconds", 60), ("days", "hours", 24), ("weeks", "days", 7), ("years", "months", 12), ("km", "m", 1000),
         ("kg", "g", 1000), ("dozen eggs", "eggs", 12), ("litres", "ml", 1000), ("euros", "cents", 100), ("feet", "inches", 12), ("yards", "feet", 3), ("cm", "mm", 10),
         ("tonnes", "kg", 1000), ("dollars", "cents", 100), ("decades", "years", 10), ("centuries", "years", 100), ("dimes", "cents", 10)]


ONE = {"dozen eggs": "dozen", "feet": "foot", "centuries": "century"}


@family("math")
def units_down(rng):
    big, small, n = rng.choice(UNITS)
    k = rng.randint(2, 12)
    text, value = multiply(k, n)
    one = ONE.get(big, big.removesuffix("s"))
    return task("units_down", rng.choice([f"How many {small} are in {k} {big}?", f"Convert {k} {big} to {small}.", f"how many {small} is {k} {big}",
                                          f"{k} {big} in {small}"]), [f"1 {one} is {n} {small}", text], value, small)


@family("math")
def units_up(rng):
    big, small, n = rng.choice(UNITS)
    k = rng.randint(2, 12)
    text, value = divide(k * n, n)
    one = ONE.get(big, big.removesuffix("s"))
    return task("units_up", rng.choice([f"How many {big} are {k * n} {small}?", f"Convert {k * n} {small} to {big}.", f"{k * n} {small} in {big}"]),
                [f"1 {one} is {n} {small}", text], value, big)


@family("math", held=True)
def units_length(rng):
    k = rng.randint(2, 30)
    text, value = multiply(k, 100)
    return task("units_length", rng.choice([f"How many cm are in {k} m?", f"Convert {k} metres to cm.", f"{k} m in cm"]), ["1 m is 100 cm", text], value, "cm")


# ---- averages, and answers of before ----------------------------------------------------------------------------------

@family("math")
def average_two(rng):
    a, b = rng.randint(2, 40), rng.randint(2, 40)
    b += (a + b) % 2
    first, total = add(a, b)
    second, value = divide(total, 2)
    return task("average_two", asked(rng, rng.choice([f"the average of {a} and {b}", f"the mean of {a} and {b}"])), [first, f"2 numbers: {second}"], value)


@family("math")
def average_four(rng):
    a, b, c = (rng.randint(2, 20) for _ in range(3))
    d = rng.randint(2, 16)
    d += -(a + b + c + d) % 4
    first, ab = add(a, b)
    second, abc = add(ab, c)
    third, total = add(abc, d)
    fourth, value = divide(total, 4)
    return task("average_four", asked(rng, rng.choice([f"the average of {a}, {b}, {c} and {d}", f"the mean of {a}, {b}, {c} and {d}"])),
                [first, second, third, f"4 numbers: {fourth}"], value)


@family("math", held=True)
def average_three(rng):
    a, b = rng.randint(2, 30), rng.randint(2, 30)
    c = rng.randint(2, 20)
    c += -(a + b + c) % 3
    first, ab = add(a, b)
    second, total = add(ab, c)
    third, value = divide(total, 3)
    return task("average_three", asked(rng, f"the average of {a}, {b} and {c}"), [first, second, f"3 numbers: {third}"], value)

