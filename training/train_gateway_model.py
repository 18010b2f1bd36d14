#!/usr/bin/env python3
"""Fine-tunes a gateway that answers JSON, the guide's way: train_gateway_model.py --out FOLDER [--config configs/gateway.json]

It is trained on the messages of data/gateway/sources and on the prompt that Arny's mode `json` uses, so that the result is a team's
gateway: "gateway": { "model": "gateway", "mode": "json" }. The gateway that Arny ships is another one: a head over an encoder
(`arny gateway train`, seconds, no Python), which is 10 times faster, 4 times smaller, and measures its confidence (docs/gateway.md).
"""
import argparse
import json
import random
import sys
from pathlib import Path

from arny_training import config, data, finetune
from arny_training.chat import json_lines, write_json_lines
from arny_training.errors import main

HERE = Path(__file__).resolve().parent


def command():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=HERE / "configs" / "gateway.json")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base")
    parser.add_argument("--count", type=int, default=3000, help="messages")
    parser.add_argument("--steps", type=int, default=0)
    args = parser.parse_args()
    conf = config.read_config(args.config)
    conf.base = args.base or conf.base
    rows = [row for path in sorted((HERE / "data" / "gateway" / "sources").glob("*.jsonl")) for _, row in json_lines(path) if "agent" in row and "text" in row]
    rows = random.Random(conf.seed).sample(rows, min(args.count, len(rows)))
    args.out.mkdir(parents=True, exist_ok=True)
    write_json_lines(args.out / "gateway.jsonl", data.gateway_json(rows))
    conf.data = str(args.out / "gateway.jsonl")
    manifest = finetune.train(conf, args.out, args.steps)
    print(json.dumps({k: manifest[k] for k in ("steps", "loss", "tokens_per_second", "adapter_bytes")}))


if __name__ == "__main__":
    sys.exit(main(command))
