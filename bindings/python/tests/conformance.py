"""Runs bindings/conformance/*.json (its README has the format) with the package `arny`."""
import json
import os
import tempfile
from pathlib import Path

import arny

SCRIPTS = Path(__file__).resolve().parents[2] / "conformance"


# ---- what matches ---------------------------------------------------------------------------------------------------


def wrong(expected, actual, place="it"):
    """What does not match, as a sentence; None: nothing."""
    if isinstance(expected, dict) and set(expected) <= {"begins", "contains", "least", "most", "not", "last"} and expected:
        return wrong_pattern(expected, actual, place)
    if isinstance(expected, dict):
        if not isinstance(actual, dict):
            return f"{place} is {actual!r}: {expected!r} expected"
        found = (wrong(value, actual.get(key, "(absent)"), f"{place}.{key}") for key, value in expected.items())
        return next((text for text in found if text), None)
    if isinstance(expected, list):
        if not isinstance(actual, list) or len(actual) != len(expected):
            return f"{place} is {actual!r}: {len(expected)} items expected, {expected!r}"
        found = (wrong(e, a, f"{place}[{i}]") for i, (e, a) in enumerate(zip(expected, actual)))
        return next((text for text in found if text), None)
    if isinstance(expected, (int, float)) and not isinstance(expected, bool) and isinstance(actual, (int, float)):
        same = abs(expected - actual) <= 1e-3
    else:
        same = expected == actual
    return None if same else f"{place} is {actual!r}: {expected!r} expected"


def wrong_pattern(expected, actual, place):
    tests = {"begins": lambda x: actual.startswith(x), "contains": lambda x: x in actual, "least": lambda x: actual >= x,
             "most": lambda x: actual <= x, "not": lambda x: actual != x, "last": lambda x: wrong(x, actual[-len(x):]) is None}
    for key, value in expected.items():
        if not tests[key](value):
            return f"{place} is {actual!r}: {expected!r} expected"
    return None


# ---- events ---------------------------------------------------------------------------------------------------------


def fields(event):
    """By the names of arny_event."""
    row = {name: getattr(event, name) for name in event.__dataclass_fields__}
    row["type"] = type(event).__name__.lower()
    if "came_from" in row:
        row["from"] = row.pop("came_from")
    return row


def joined(events):
    rows = []
    for row in events:
        before = rows[-1] if rows else {}
        if row["type"] == "token" and before.get("type") == "token":
            before["text"] += row["text"]
        elif row["type"] == "loading" and before.get("type") == "loading":
            rows[-1] = row
        else:
            rows.append(row)
    return rows


def heard(answer, step):
    """All events of an answer; cancelled or closed after so many tokens."""
    events, tokens = [], 0
    try:
        for event in answer:
            events.append(fields(event))
            tokens += isinstance(event, arny.Token)
            if tokens == step.get("close_after"):
                answer.close()
                break
            if tokens == step.get("cancel_after") and isinstance(event, arny.Token):
                answer.cancel()
    except arny.Error as error:
        events.append({"type": "error", "status": error.status, "message": error.message})
    return joined(events)


# ---- steps ----------------------------------------------------------------------------------------------------------


def text_of(value):
    if isinstance(value, dict) and "repeat" in value:
        return value["repeat"] * value["times"]
    if isinstance(value, dict) and "units" in value:
        return b"".join(unit.to_bytes(2, "little") for unit in value["units"]).decode("utf-16-le", "surrogatepass")
    return value


def rows(things):
    return [vars(thing) if hasattr(thing, "__dict__") else thing for thing in things]


class Runner:
    def __init__(self, folder):
        self.folder, self.things = folder, {}

    def options(self, step, *names):
        return {name: text_of(step[name]) for name in names if name in step}

    def path(self, step):
        return os.path.join(self.folder, text_of(step["path"]))

    def run(self, step):
        return getattr(self, "do_" + step["do"])(step)

    def do_open(self, step):
        options = self.options(step, "engine", "budget", "threads", "language")
        if "state" in step:
            options["state"] = os.path.join(self.folder, step["state"])
        self.things[step["as"]] = arny.Team(self.path(step) if "path" in step else self.folder, **options)

    def do_session(self, step):
        self.things[step["as"]] = self.things[step["team"]].session(**self.options(step, "name", "persist"))

    def begin(self, step):
        return self.things[step["session"]].ask(text_of(step["text"]), **self.options(step, "agent", "max_tokens"))

    def do_ask(self, step):
        return heard(self.begin(step), step)

    def do_start(self, step):
        self.things[step["as"]] = self.begin(step)

    def do_finish(self, step):
        return heard(self.things[step["answer"]], step)

    def do_cancel(self, step):
        self.things[step["session"]].cancel()

    def do_route(self, step):
        *before, last = [text_of(text) for text in step.get("turns", [step.get("text")])]
        return vars(self.things[step["team"]].route(last, *before))

    def do_use(self, step):
        self.things[step["session"]].use(step["agent"])

    def do_turns(self, step):
        return rows(self.things[step["session"]].turns)

    def do_agent(self, step):
        return self.things[step["session"]].agent

    def do_clear(self, step):
        self.things[step["session"]].clear()

    def do_forget(self, step):
        self.things[step["team"]].forget(step["name"])

    def do_sessions(self, step):
        return self.things[step["team"]].sessions()

    def do_team(self, step):
        team = self.things[step["team"]]
        return {"plan": team.plan, "engine": team.engine, "budget": team.budget, "agents": rows(team.agents)}

    def do_memory(self, step):
        memory = self.things[step["team"]].memory()
        return {**vars(memory), "agents": rows(memory.agents)}

    def do_estimate(self, step):
        estimate = self.things[step["team"]].estimate()
        return {**vars(estimate), "agents": rows(estimate.agents)}

    def do_pressure(self, step):
        self.things[step["team"]].pressure(step["level"])

    def do_pin(self, step):
        self.things[step["team"]].pin(step["agent"], step["pinned"])

    def do_unload(self, step):
        self.things[step["team"]].unload(step["agent"])

    def do_preload(self, step):
        self.things[step["team"]].preload(step["agent"])

    def do_expect(self, step):
        self.things[step["team"]].expect(step["agent"])

    def do_warm(self, step):
        self.things[step["team"]].warm()

    def do_suspend(self, step):
        self.things[step["team"]].suspend()

    def do_model(self, step):
        self.things[step["as"]] = arny.Model(self.path(step), **self.options(step, "context", "chat"))

    def do_generate(self, step):
        answer = self.things[step["model"]].generate(text_of(step["prompt"]), **self.options(step, "system", "raw", "max_tokens", "stop"))
        return heard(answer, step)

    def do_count(self, step):
        return self.things[step["model"]].count_tokens(text_of(step["text"]))

    def do_inspect(self, step):
        return vars(arny.inspect(self.path(step)))

    def do_close(self, step):
        self.things[step["what"]].close()


def check(runner, step):
    """What is wrong with a step, or None."""
    error = step.get("error")
    try:
        given = runner.run(step)
    except arny.Error as raised:
        if not error:
            return f"{raised.status}: {raised.message}"
        return wrong(error["code"], raised.status, "the error") or wrong({"contains": error["says"]}, raised.message, "the message")
    if error:
        return f"it gave {given!r}: the error {error['code']} expected"
    for key in ("gives", "events"):
        if key in step:
            return wrong(step[key], given)
    return None


def run(path):
    """The first step of a script that does not give what it must, or None."""
    script = json.loads(Path(path).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "team.json").write_text(json.dumps(script["team"]), encoding="utf-8")
        for name, model in script["files"].items():
            (Path(folder) / name).write_text("#arny-fake 1\n" + json.dumps(model), encoding="utf-8")
        runner = Runner(folder)
        for number, step in enumerate(script["steps"], 1):
            problem = check(runner, step)
            if problem:
                return f"step {number} ({step['do']}): {problem}"
    return None
