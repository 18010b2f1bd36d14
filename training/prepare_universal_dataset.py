#!/usr/bin/env python3
"""The data sets as .jsonl: prepare_universal_dataset.py OUT-FOLDER [--count 4000]

OUT-FOLDER gets universal.jsonl (Plan A: role-tagged, balanced to the smallest, shuffled with seed 42), wellness.jsonl, math.jsonl and
logistics.jsonl (Plan B), gateway.jsonl (the JSON that a prompted gateway answers) and held-out.jsonl (what tests ask).
"""
import argparse
import json
import sys
from pathlib import Path

from arny_training import data
from arny_training.chat import write_json_lines
from arny_training.errors import main

SOURCES = Path(__file__).resolve().parent / "data" / "gateway" / "sources"


def command():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=4000, help="computed conversations of math and of logistics")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    messages = [json.loads(line) for path in sorted(SOURCES.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]
    sets = {"universal": data.prepare_universal_dataset(), "wellness": data.specialist("wellness", args.count), "math": data.specialist("math", args.count),
            "logistics": data.specialist("logistics", args.count), "gateway": data.gateway_json([m for m in messages if "agent" in m and "text" in m]),
            "held-out": [{"family": t.family, "question": t.question, "answer": t.answer, "truth": t.truth}
                         for agent in ("math", "logistics") for t in data.held_tasks(agent, 30)]}
    for name, rows in sets.items():
        write_json_lines(args.out / f"{name}.jsonl", rows)
        print(f"{args.out / name}.jsonl: {len(rows)} lines")


if __name__ == "__main__":
    sys.exit(main(command))
