"""Intervals of 95 %: Wilson's for a rate, and that of the mean of paired differences."""
import math

Z = 1.959964


def wilson(right, count):
    if count == 0:
        return 0.0, 0.0, 0.0
    p, z2 = right / count, Z * Z
    middle = (p + z2 / (2 * count)) / (1 + z2 / count)
    half = Z * math.sqrt(p * (1 - p) / count + z2 / (4 * count * count)) / (1 + z2 / count)
    return p, max(0.0, middle - half), min(1.0, middle + half)


def difference(before, after):
    """(mean, low, high) of after - before, item by item: the same prompts were put to both."""
    deltas = [int(b) - int(a) for a, b in zip(before, after, strict=True)]
    n = len(deltas)
    mean = sum(deltas) / n
    variance = sum((d - mean) ** 2 for d in deltas) / max(1, n - 1)
    half = Z * math.sqrt(variance / n)
    return mean, mean - half, mean + half
