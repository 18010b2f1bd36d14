"""One task with its truth: what is asked, the steps, and the value that a checker compares with."""
import re
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass
class Task:
    family: str
    question: str
    answer: str                              # the whole reply
    truth: dict = field(default_factory=dict)  # {"number": "5"}, {"time": "11:20"}, {"order": [...]}, {"choice": [right, others...]}


FAMILIES = {}  # agent -> {family: (function of a random.Random, held)}
WEIGHTS = {}   # family: how often it is in a training set; 1 where it is not here


def family(agent, held=False, weight=1):
    """Registers a generator of tasks. A held family is never trained on: it is what a test asks."""
    def register(function):
        FAMILIES.setdefault(agent, {})[function.__name__] = (function, held)
        WEIGHTS[function.__name__] = weight
        return function
    return register


TERM = r"-?\d+(?:\.\d+)?"
CHAIN = re.compile(rf"(?<![\w.]){TERM}(?:\s*[+\-x/]\s*{TERM})*(?:\s*=\s*{TERM}(?:\s*[+\-x/]\s*{TERM})*)+(?![\w%.]*\w)")


def value_of(text):
    """3 x 4 + 5 as a Fraction, products first."""
    total, sign = Fraction(0), 1
    for piece in re.findall(r"(?:^|(?<=[\d)])\s*[+\-])\s*[^+\-]+|[+\-]?\s*[^+\-]+", text.strip()):
        piece = piece.strip()
        sign = -1 if piece.startswith("-") else 1
        factors = re.split(r"\s*([x/])\s*", piece.lstrip("+- "))
        value = Fraction(factors[0])
        for operator, factor in zip(factors[1::2], factors[2::2]):
            value = value * Fraction(factor) if operator == "x" else value / Fraction(factor)
        total += sign * value
    return total


def false_equations(text):
    """The chains of equal numbers in a text that are not equal: [] for an honest reply."""
    wrong = []
    for chain in CHAIN.findall(re.sub(r"\b[a-z] / \d+ = ", "", text)):  # an unknown has no value
        values = {value_of(side) for side in chain.split("=")}
        if len(values) > 1:
            wrong.append(chain)
    return wrong
