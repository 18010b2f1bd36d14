"""A team, and conversations with it."""
import ctypes
from dataclasses import dataclass

from . import native
from .handle import Handle, Owner
from .library import check, decoded, encoded, lib, path_of
from .model import model_options
from .sampling import int32
from .stream import Answer

PERSIST = {None: native.ARNY_PERSIST_TEAM, "none": native.ARNY_PERSIST_NONE, "memory": native.ARNY_PERSIST_MEMORY, "disk": native.ARNY_PERSIST_DISK}
STATE = {native.ARNY_STATE_CLOSED: "closed", native.ARNY_STATE_PARKED: "parked", native.ARNY_STATE_OPEN: "open"}
PRESSURE = {"none": native.ARNY_PRESSURE_NONE, "low": native.ARNY_PRESSURE_LOW, "critical": native.ARNY_PRESSURE_CRITICAL}


@dataclass(frozen=True)
class Agent:
    name: str
    description: str


@dataclass(frozen=True)
class Decision:
    """Who should answer: an agent's name, or "none"."""
    agent: str
    confidence: float
    scores: dict
    danger: float  # probability of danger to life; -1: the gateway does not tell
    ms: float


@dataclass(frozen=True)
class AgentMemory:
    agent: str
    model: str
    state: str  # "closed", "parked", "open"
    weights: int
    context: int
    snapshot: int
    context_tokens: int
    resident: int


@dataclass(frozen=True)
class Memory:
    """Bytes; see arny_memory in arny/team.h."""
    rss: int
    anon: int
    peak: int
    budget: int
    file: int
    left: int
    agents: list


@dataclass(frozen=True)
class AgentEstimate:
    agent: str
    weights: int
    kv: int
    compute: int
    adapter: int


@dataclass(frozen=True)
class Estimate:
    peak: int
    budget: int
    fits: bool
    agents: list


@dataclass(frozen=True)
class Turn:
    agent: str
    user: str
    reply: str


def _options(engine, budget, threads, language, state, key, watch):
    if key is not None and len(key) != 32:
        raise ValueError(f"the key has {len(key)} bytes: 32 expected")
    options = native.arny_team_options(size=ctypes.sizeof(native.arny_team_options), engine=encoded(engine, "engine"), budget=budget,
                                       threads=int32(threads, "threads"), language=encoded(language, "language"),
                                       state=path_of(state) if state else None, watch=int(watch))
    if key is not None:
        options.key = (ctypes.c_uint8 * 32)(*key)
    return options


class Team(Owner):
    """Opens the team in a folder with a team.json. budget: bytes; key: 32 bytes that encrypt what is kept on disk."""

    def __init__(self, path, *, engine=None, budget=0, threads=0, language=None, state=None, key=None, watch=False):
        options = _options(engine, budget, threads, language, state, key, watch)
        pointer = ctypes.c_void_p()
        check(lib.arny_team_open(ctypes.byref(pointer), path_of(path), ctypes.byref(options)))
        self._begin(path, pointer)

    @classmethod
    def of_model(cls, path, *, system=None, **options):
        """A team of one: a model file, an agent called "assistant", no gateway."""
        filled, _callback = model_options(**options)
        pointer = ctypes.c_void_p()
        check(lib.arny_team_open_model(ctypes.byref(pointer), path_of(path), ctypes.byref(filled), encoded(system, "the system message")))
        team = cls.__new__(cls)
        team._begin(path, pointer)
        return team

    def _begin(self, path, pointer):
        self.path = path
        self._handle = Handle("team", pointer, lib.arny_team_free)
        self.agents = [Agent(decoded(lib.arny_team_agent_name(pointer, i)), decoded(lib.arny_team_agent_description(pointer, i)))
                       for i in range(lib.arny_team_agent_count(pointer))]
        self.plan, self.engine = decoded(lib.arny_team_plan(pointer)), decoded(lib.arny_team_engine(pointer))
        self.budget = lib.arny_team_budget(pointer)

    def __repr__(self):
        return f"<arny.Team {self.path}>"

    def session(self, name=None, *, persist=None):
        """A conversation. persist: "none", "memory", "disk"; None: as team.json says."""
        return Session(self, name, persist)

    def route(self, message, *before):
        """Who should answer the message; `before`: what the user has said so far, oldest first."""
        turns = [encoded(text, "the message") for text in (*before, message)]
        decision = ctypes.c_void_p()
        with self._handle as team:
            check(lib.arny_team_route_turns(ctypes.byref(decision), team, (ctypes.c_char_p * len(turns))(*turns), len(turns)))
        try:
            scores = lib.arny_decision_scores(decision)[:lib.arny_decision_count(decision)]
            return Decision(decoded(lib.arny_decision_agent(decision)), lib.arny_decision_confidence(decision),
                            {decoded(score.agent): score.p for score in scores}, lib.arny_decision_danger(decision),
                            lib.arny_decision_ms(decision))
        finally:
            lib.arny_decision_free(decision)

    def warm(self, progress=None):
        """Makes everybody ready who fits the budget."""
        callback = native.arny_progress_callback(lambda share, _: int(bool(progress(share)))) if progress else native.arny_progress_callback()
        with self._handle as team:
            check(lib.arny_team_warm(team, callback, None))

    # ---- memory

    def _rows(self, kind, function, total):
        rows, count = (kind * (len(self.agents) + 1))(), ctypes.c_size_t()
        with self._handle as team:
            check(function(ctypes.byref(total), rows, len(rows), ctypes.byref(count), team))
        return rows[:count.value]

    def memory(self):
        """What is in memory now."""
        total = native.arny_memory(size=ctypes.sizeof(native.arny_memory))
        rows = self._rows(native.arny_agent_memory, lib.arny_team_memory, total)
        return Memory(total.rss, total.anon, total.peak, total.budget, total.file, total.left, [
            AgentMemory(decoded(r.agent), decoded(r.model), STATE.get(r.state, "open"), r.weights, r.context, r.snapshot, r.context_tokens,
                        r.resident) for r in rows])

    def estimate(self):
        """What the team will take, told from its files alone."""
        total = native.arny_team_estimate(size=ctypes.sizeof(native.arny_team_estimate))
        rows = self._rows(native.arny_agent_estimate, lib.arny_team_estimate_memory, total)
        return Estimate(total.peak, total.budget, bool(total.fits),
                        [AgentEstimate(decoded(r.agent), r.weights, r.kv, r.compute, r.adapter) for r in rows])

    def pressure(self, level):
        """The system is short of memory: "low", "critical"."""
        with self._handle as team:
            check(lib.arny_team_pressure(team, PRESSURE[level]))

    def suspend(self):
        """The application is not needed for a while: see arny_team_suspend."""
        with self._handle as team:
            check(lib.arny_team_suspend(team))

    # ---- agents

    def expect(self, agent):
        """It is likely to be asked next."""
        with self._handle as team:
            check(lib.arny_team_expect(team, encoded(agent, "agent")))

    def pin(self, agent, pinned=True):
        with self._handle as team:
            check(lib.arny_agent_pin(team, encoded(agent, "agent"), int(pinned)))

    def preload(self, agent):
        with self._handle as team:
            check(lib.arny_agent_preload(team, encoded(agent, "agent"), native.arny_progress_callback(), None))

    def unload(self, agent):
        with self._handle as team:
            check(lib.arny_agent_unload(team, encoded(agent, "agent")))

    # ---- what is kept on disk

    def sessions(self):
        """Names of the sessions that are kept on disk."""
        names = []
        visit = native.FUNCTIONS["arny_session_each"][1][1](lambda name, _: names.append(decoded(name)) or 0)
        with self._handle as team:
            check(lib.arny_session_each(team, visit, None))
        return sorted(names)

    def forget(self, name):
        with self._handle as team:
            check(lib.arny_session_forget(team, encoded(name, "the name")))


class Session(Owner):
    """A conversation: Team.session()."""

    def __init__(self, team, name=None, persist=None):
        if persist not in PERSIST:
            raise ValueError(f"persist is {persist!r}: one of {', '.join(map(repr, PERSIST))} expected")
        options = native.arny_session_options(ctypes.sizeof(native.arny_session_options), PERSIST[persist])
        pointer = ctypes.c_void_p()
        with team._handle as handle:  # pylint: disable=protected-access
            check(lib.arny_session_open_with(ctypes.byref(pointer), handle, encoded(name, "the name"), ctypes.byref(options)))
        self._handle = Handle("session", pointer, lib.arny_session_free)
        self.name = decoded(lib.arny_session_name(pointer))

    def __repr__(self):
        return f"<arny.Session {self.name}>"

    def ask(self, text, *, agent=None, max_tokens=0, sampling=None):
        """The answer, as an iterator of events. agent: this one answers, and nothing is routed."""
        chosen = sampling.native() if sampling else None
        options = native.arny_ask_options(ctypes.sizeof(native.arny_ask_options), encoded(agent, "agent"), int32(max_tokens, "max_tokens"),
                                          ctypes.pointer(chosen) if chosen else None)
        stream = ctypes.c_void_p()
        with self._handle as session:
            check(lib.arny_session_start(ctypes.byref(stream), session, encoded(text, "the text"), ctypes.byref(options)))
        return Answer(stream)

    def cancel(self):
        """Stops the answers that are running or queued."""
        with self._handle as session:
            lib.arny_session_cancel(session)

    def use(self, agent):
        """From now on this agent answers, and nothing is routed; None: the gateway decides again."""
        with self._handle as session:
            check(lib.arny_session_use(session, encoded(agent, "agent")))

    @property
    def agent(self):
        """Who answered last."""
        with self._handle as session:
            return decoded(lib.arny_session_agent(session))

    @property
    def turns(self):
        turns = []

        def add(turn, _):
            turns.append(Turn(*map(decoded, (turn.contents.agent, turn.contents.user, turn.contents.reply))))
            return 0

        with self._handle as session:
            check(lib.arny_session_each_turn(session, native.FUNCTIONS["arny_session_each_turn"][1][1](add), None))
        return turns

    def clear(self):
        """Forgets all turns."""
        with self._handle as session:
            check(lib.arny_session_clear(session))

    def close(self):
        if not self.closed:
            self.cancel()
        super().close()
