"""From data to an answer in minutes: data, five steps, adapter, GGUF, `arny ask` with it. Needs ./dev build and ./dev setup.

    python -m arny_training.smoke [--steps 5] [--keep FOLDER]
"""
import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import data
from .base import find
from .chat import write_json_lines
from .config import read_config
from .errors import Problem, main
from .evaluate.ask import command as arny
from .evaluate.ask import replies
from .finetune import train
from .prompts import SYSTEM_PROMPTS

BASE = "smollm2-135m.q4_0.gguf"


def team_of(folder, base, adapter):
    """A team of one agent over the base and the new adapter."""
    team = folder / "team"
    team.mkdir()
    (team / "base.gguf").symlink_to(base)
    (team / "math.lora.gguf").symlink_to(adapter)
    (team / "team.json").write_text(json.dumps({
        "arny": 1, "plan": "adapters", "engine": "gguf", "context": 512, "max_tokens": 24, "models": {"base": {"gguf": "base.gguf"}},
        "agents": {"math": {"model": "base", "adapter": "math.lora.gguf", "prompt": SYSTEM_PROMPTS["math"], "temperature": 0}}}), encoding="utf-8")
    return team


def same_words(folder, base, adapter, conf):
    """The adapter says in the engine what it says in PyTorch: the first words of a greedy reply."""
    import torch
    from peft import PeftModel

    from .base import load_model, load_tokenizer
    tokenizer, model = load_tokenizer(conf.base), PeftModel.from_pretrained(load_model(conf.base), folder / "run" / "adapter")
    messages = [{"role": "system", "content": SYSTEM_PROMPTS["math"]}, {"role": "user", "content": "What is 12 + 7?"}]
    ids = tokenizer(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True), add_special_tokens=False)["input_ids"]
    for _ in range(8):
        with torch.no_grad():
            ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
    said = tokenizer.decode(ids[-8:])
    engine = replies(base, ["What is 12 + 7?"], SYSTEM_PROMPTS["math"], adapter, 8)[0]
    return said, engine


def run(folder, steps):
    begun = time.monotonic()

    def tell(what):
        print(f"{time.monotonic() - begun:5.0f} s  {what}", file=sys.stderr, flush=True)

    base = find(BASE)
    rows = data.computed("math", 60)
    write_json_lines(folder / "math.jsonl", rows)
    (folder / "config.json").write_text(json.dumps({"name": "math", "data": "math.jsonl", "base": BASE, "rank": 4, "alpha": 8, "batch_tokens": 512,
                                                    "max_length": 400, "epochs": 1}), encoding="utf-8")
    tell(f"{len(rows)} conversations in {folder / 'math.jsonl'}")
    conf = read_config(folder / "config.json")
    manifest = train(conf, folder / "run", steps)
    adapter = folder / "run" / "math.lora.gguf"
    tell(f"{manifest['steps']} steps, loss {manifest['loss']:.3f}, {adapter.stat().st_size / 1e6:.1f} MB, {manifest['peak_memory_bytes'] / 1e9:.1f} GB at the most")
    done = subprocess.run([arny(), "inspect", "--json", adapter], capture_output=True, text=True, check=False)
    if done.returncode or not json.loads(done.stdout)["ok"]:
        raise Problem(f"arny inspect refuses the adapter: {done.stdout.strip()}")
    said, engine = same_words(folder, base, adapter, conf)
    tell(f"PyTorch says {said!r}, the engine {engine!r}")
    if said.split()[:3] != engine.split()[:3]:
        raise Problem("the adapter does not say in the engine what it says in PyTorch")
    team = team_of(folder, base, adapter.resolve())
    done = subprocess.run([arny(), "ask", "--team", team, "--agent", "math", "What is 12 + 7?"], capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout.strip():
        raise Problem(f"arny ask ended with {done.returncode}: {done.stderr.strip()}")
    tell(f"arny ask: {done.stdout.strip()!r}")
    print(f"data -> {manifest['steps']} steps -> adapter -> GGUF -> arny ask: {time.monotonic() - begun:.0f} s")


def command(argv=None):
    parser = argparse.ArgumentParser(prog="arny_training.smoke", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="an empty folder for what is made (default: one that is removed)")
    args = parser.parse_args(argv)
    arny()
    if find(BASE) is None:
        raise Problem(f"{BASE} is missing: ./dev setup makes it")
    if args.keep:
        args.keep.mkdir(parents=True)
        run(args.keep.resolve(), args.steps)
        return
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), args.steps)


if __name__ == "__main__":
    sys.exit(main(command))
