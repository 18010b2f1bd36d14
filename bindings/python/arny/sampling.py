"""How tokens are chosen."""
from dataclasses import dataclass

from . import native
from .errors import ArgumentError


@dataclass(frozen=True)
class Sampling:
    """See arny_sampling in arny/model.h. temperature 0: greedy."""
    temperature: float = 0.7
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    repeat_last: int = 64
    seed: int = 0

    def native(self):
        return native.arny_sampling(self.temperature, self.top_k, self.top_p, self.min_p, self.repeat_penalty, self.repeat_last, self.seed)


GREEDY = Sampling(temperature=0, top_k=0, top_p=1, min_p=0)


def int32(value, what):
    """ctypes would cut what is too large."""
    if not -2**31 <= value < 2**31:
        raise ArgumentError(f"{what} is {value}: a number of 32 bits expected")
    return value
