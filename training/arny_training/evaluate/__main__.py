"""Measures a team's models through the built command, as its users meet them.

    python -m arny_training.evaluate --base BASE.gguf --adapter math=MATH.lora.gguf --adapter universal=U.lora.gguf ... --out FOLDER
    python -m arny_training.evaluate --model math=math.gguf --base BASE.gguf --out FOLDER

For each agent: the base with the agent's prompt, the universal adapter (Plan A) and the specialist (Plan B), on the same questions,
greedy. FOLDER gets report.md (rates with intervals, differences from the base) and replies.jsonl (every reply, to be read).
What was answered before is not asked again while the files are the same.
"""
import argparse
import hashlib
import json
import sys
import time
from pathlib import Path

from ..base import digest, find
from ..chat import write_json_lines
from ..errors import Problem, main
from ..prompts import AGENTS, SYSTEM_PROMPTS
from . import checks, statistics
from .ask import replies
from .tasks import sets


def named(words, what):
    found = {}
    for word in words:
        name, _, path = word.partition("=")
        if not path or name not in (*AGENTS, "universal"):
            raise Problem(f"{what} {word}: NAME=FILE expected, NAME one of {', '.join((*AGENTS, 'universal'))}")
        place = find(path)
        if place is None:
            raise Problem(f"{path}: no such file")
        found[name] = place
    return found


def variants(args):
    """[(name, {agent: (model, adapter)})] in the order of the table."""
    base = find(args.base) if args.base else None
    if args.base and base is None:
        raise Problem(f"{args.base}: no such base model")
    adapters, models = named(args.adapter, "--adapter"), named(args.model, "--model")
    if (adapters or not models) and base is None:
        raise Problem("a base model is needed: --base FILE")
    found = []
    if base:
        found.append(("base", {agent: (base, None) for agent in AGENTS}))
    if "universal" in adapters:
        found.append(("universal", {agent: (base, adapters["universal"]) for agent in AGENTS}))
    if "universal" in models:
        found.append(("universal, merged", {agent: (models["universal"], None) for agent in AGENTS}))
    of = {agent: (base, adapters[agent]) for agent in AGENTS if agent in adapters}
    if of:
        found.append(("specialist", of))
    of = {agent: (models[agent], None) for agent in AGENTS if agent in models}
    if of:
        found.append(("specialist, merged", of))
    return found


class Memory:
    """Replies that were given before, by the digests of the files and the question."""

    def __init__(self, path):
        self.path, self.known, self.digests = path, {}, {}
        if path.exists():
            self.known = json.loads(path.read_text(encoding="utf-8"))

    def key(self, model, adapter, system, most, question):
        of = [self.digests.setdefault(p, digest(p)) if p else "" for p in (model, adapter)]
        return hashlib.sha256(json.dumps([*of, system, most, question]).encode()).hexdigest()[:24]

    def ask(self, model, adapter, system, questions, most):
        keys = [self.key(model, adapter, system, most, q) for q in questions]
        missing = [q for k, q in zip(keys, questions) if k not in self.known]
        if missing:
            for question, reply in zip(missing, replies(model, missing, system, adapter, most)):
                self.known[self.key(model, adapter, system, most, question)] = reply
            part = self.path.with_suffix(".part")
            part.write_text(json.dumps(self.known), encoding="utf-8")
            part.replace(self.path)
        return [self.known[k] for k in keys]


def percent(rate):
    return f"{100 * rate[0]:.1f} % [{100 * rate[1]:.1f}, {100 * rate[2]:.1f}]"


def rows_of(agent, name, questions, answered, first):
    """The lines of one set: each variant's rates, and its difference from the first variant."""
    lines = []
    for variant, marks in answered:
        feasible, right = ([m[i] for m in marks] for i in (0, 1))
        line = [agent, name, str(len(questions)), variant, percent(statistics.wilson(sum(right), len(right))),
                f"{100 * sum(feasible) / len(feasible):.0f} %"]
        if variant != first[0]:
            mean, low, high = statistics.difference([m[1] for m in first[1]], right)
            line.append(f"{100 * mean:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]{'' if low <= 0 <= high else ' *'}")
        else:
            line.append("")
        lines.append("| " + " | ".join(line) + " |")
    return lines


def run(args):
    args.out.mkdir(parents=True, exist_ok=True)
    memory, begun = Memory(args.out / "asked.json"), time.monotonic()
    table, kept = [], []
    for agent in args.agents:
        for name, questions in sets(agent, args.quick).items():
            answered = []
            for variant, models in variants(args):
                if agent not in models:
                    continue
                model, adapter = models[agent]
                got = memory.ask(model, adapter, SYSTEM_PROMPTS[agent], [q for q, _, _ in questions], args.tokens)
                marks = [checks.check(r, truth, family) for r, (_, truth, family) in zip(got, questions)]
                answered.append((variant, marks))
                kept += [{"agent": agent, "set": name, "variant": variant, "family": f, "question": q, "truth": t, "reply": r, "feasible": m[0], "right": m[1]}
                         for r, m, (q, t, f) in zip(got, marks, questions)]
                print(f"{(time.monotonic() - begun) / 60:5.1f} min  {agent}, {name}, {variant}: {sum(m[1] for m in marks)} of {len(marks)}", file=sys.stderr)
            table += rows_of(agent, name, questions, answered, answered[0])
    write_json_lines(args.out / "replies.jsonl", kept)
    report = "\n".join(["| agent | questions | n | model | right [95 %] | feasible | against the base, points |", "| --- | --- | --- | --- | --- | --- | --- |", *table])
    report += f"\n\n`*`: the interval of 95 % excludes zero (paired differences). Greedy, {args.tokens} tokens at most. What is checked:\n\n{checks.explain()}\n"
    (args.out / "report.md").write_text(report, encoding="utf-8")
    print(report)


def command(argv=None):
    parser = argparse.ArgumentParser(prog="arny_training.evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base")
    parser.add_argument("--adapter", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--model", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--agents", type=lambda s: s.split(","), default=list(AGENTS))
    parser.add_argument("--tokens", type=int, default=160, help="longest reply")
    parser.add_argument("--quick", action="store_true", help="a tenth of the questions")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    for agent in args.agents:
        if agent not in AGENTS:
            raise Problem(f"--agents {agent}: {', '.join(AGENTS)} expected")
    run(args)


if __name__ == "__main__":
    sys.exit(main(command))
