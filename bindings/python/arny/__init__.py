"""Arny: a team of small language models in one memory budget.

    import arny

    with arny.Team("models/demo") as team, team.session() as chat:
        for event in chat.ask("Solve 2x + 5 = 15"):
            match event:
                case arny.Routed(agent=agent, confidence=p):
                    print(f"[{agent} {p:.0%}]", end=" ")
                case arny.Token(text=text):
                    print(text, end="", flush=True)

The words are those of the C library (include/arny/*.h), which says of each what it does. What goes wrong is raised as an arny.Error of
the kind that the library names. Everything may be called from any thread; a team answers one message at a time.
"""
from .errors import (ArgumentError, BudgetError, BusyError, CancelledError, ContextError, DataError, EngineError, Error, IoError, MemoryError_,
                     NotFoundError, UnsupportedError, WriteError)
from .events import Done, Dropped, Event, Loading, Ready, Routed, Safety, Token
from .files import FileInfo, inspect, merge, quantize
from .library import engines, library_path, set_log, version
from .model import Model, chat_templates
from .sampling import Sampling
from .stream import Answer
from .team import Agent, AgentEstimate, AgentMemory, Decision, Estimate, Memory, Session, Team, Turn

__version__ = "0.1.0"
__all__ = [name for name in dir() if not name.startswith("_") and name not in ("errors", "events", "files", "library", "model", "native",
                                                                               "sampling", "stream", "team", "handle")]
