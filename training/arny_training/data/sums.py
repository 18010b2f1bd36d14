"""How a small model computes: in steps that a head can do, each of which is true. Digits are single tokens to it."""


def parts(n):
    """257 -> [200, 50, 7]; zeros are left out, and 0 is [0]."""
    digits = str(n)
    found = [int(d) * 10 ** (len(digits) - 1 - i) for i, d in enumerate(digits) if d != "0"]
    return found or [0]


def _pieces(a, sign, b):
    """The parts of b as they are added to a, or taken away: ones that cross a ten stop there. 47 + 38 is 47 + 30, + 3, + 5."""
    found, value = [], a
    for part in parts(b):
        room = (10 - value % 10) % 10 if sign == "+" else value % 10
        if 0 < part < 10 and 0 < room < part:
            found += [room, part - room]
        else:
            found.append(part)
        value += part if sign == "+" else -part
    return found


def _chain(a, sign, b):
    """a + b by pieces: 47 + 38 = 47 + 30 + 3 + 5 = 77 + 3 + 5 = 80 + 5 = 85."""
    pieces, text, value = _pieces(a, sign, b), f"{a} {sign} {b}", a
    for i in range(len(pieces)):
        if len(pieces) > 1:
            text += f" = {value}" + "".join(f" {sign} {p}" for p in pieces[i:])
        value += pieces[i] if sign == "+" else -pieces[i]
    return f"{text} = {value}", value


def add(a, b):
    """The steps of a + b, and the sum."""
    return _chain(a, "+", b)


def subtract(a, b):
    """The steps of a - b for a >= b, and the difference."""
    return _chain(a, "-", b)


def multiply(a, b):
    """The steps of a x b, by the parts of one factor."""
    if len(str(a)) > len(str(b)):
        b, a = a, b
    pieces = parts(b)
    if len(pieces) == 1:
        return f"{a} x {b} = {a * b}", a * b
    if len(parts(a)) > 1 and len(str(a)) > 1:  # both have parts: a x 20 + a x 3, each of them told
        steps = [f"{a} x {p} = {a * p}" for p in pieces]
        total, value = steps[:], a * pieces[0]
        for p in pieces[1:]:
            text, value = add(value, a * p)
            total.append(text)
        return ", ".join(total), value
    text = f"{a} x {b} = " + " + ".join(f"{a} x {p}" for p in pieces) + " = " + " + ".join(str(a * p) for p in pieces)
    return f"{text} = {a * b}", a * b


def divide(a, b):
    """The steps of a / b where it comes out even: by what b goes into."""
    quotient = a // b
    return f"{a} / {b} = {quotient}, because {b} x {quotient} = {a}", quotient
