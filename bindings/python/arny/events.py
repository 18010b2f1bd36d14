"""What an answer is made of, in this order: Routed, Safety, Dropped, Loading ..., Ready, Token ..., Done. See arny/event.h."""
from dataclasses import dataclass

from . import native

FROM = {native.ARNY_FROM_HOT: "hot", native.ARNY_FROM_PARKED: "parked", native.ARNY_FROM_CLOSED: "closed"}
REASON = {native.ARNY_REASON_STOP: "stop", native.ARNY_REASON_LENGTH: "length", native.ARNY_REASON_CANCELLED: "cancelled",
          native.ARNY_REASON_CONTEXT: "context", native.ARNY_REASON_SAFETY: "safety"}


@dataclass(frozen=True, slots=True)
class Event:
    pass


@dataclass(frozen=True, slots=True)
class Routed(Event):
    """The gateway's decision."""
    agent: str
    confidence: float  # 0 to 1: the probability of the agent
    scores: dict  # of each agent, and of "none"
    ms: float


@dataclass(frozen=True, slots=True)
class Safety(Event):
    """The message speaks of danger to life."""
    confidence: float
    text: str | None  # the team's text of help


@dataclass(frozen=True, slots=True)
class Dropped(Event):
    """Old turns left the context to make room."""
    dropped_turns: int


@dataclass(frozen=True, slots=True)
class Loading(Event):
    """A model's file is being opened."""
    model: str
    progress: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class Ready(Event):
    """The agent can speak."""
    agent: str | None  # None: one model without a team
    came_from: str  # "hot", "parked", "closed"
    restored_tokens: int
    prefill_tokens: int
    ms: float


@dataclass(frozen=True, slots=True)
class Token(Event):
    id: int
    text: str


@dataclass(frozen=True, slots=True)
class Done(Event):
    agent: str | None
    reason: str  # "stop", "length", "cancelled", "context", "safety"
    prompt_tokens: int
    tokens: int
    ttft_ms: float
    prefill_tps: float
    decode_tps: float
    rss: int
    anon: int
    written: int


def _text(value):
    return value.decode("utf-8", "replace") if value is not None else None


def event_of(e):
    """Of an arny_event that is no error."""
    kind = e.type
    if kind == native.ARNY_EVENT_TOKEN:
        return Token(e.id, _text(e.text))
    if kind == native.ARNY_EVENT_ROUTED:
        return Routed(_text(e.agent), e.confidence, {_text(s.agent): s.p for s in e.scores[:e.scores_count]}, e.ms)
    if kind == native.ARNY_EVENT_LOADING:
        return Loading(_text(e.model), e.progress)
    if kind == native.ARNY_EVENT_READY:
        return Ready(_text(e.agent), FROM.get(getattr(e, "from_"), "closed"), e.restored_tokens, e.prefill_tokens, e.ms)
    if kind == native.ARNY_EVENT_DONE:
        return Done(_text(e.agent), REASON.get(e.reason, "stop"), e.prompt_tokens, e.tokens, e.ttft_ms, e.prefill_tps, e.decode_tps, e.rss,
                    e.anon, e.written)
    if kind == native.ARNY_EVENT_DROPPED:
        return Dropped(e.dropped_turns)
    return Safety(e.confidence, _text(e.text))
