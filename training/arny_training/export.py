"""From an adapter to model files: merge, quantize, and what each type costs.

    python -m arny_training.export --base BASE.gguf --adapter ADAPTER OUT.gguf [--type q4_k_m]
    python -m arny_training.export --base BASE.gguf [--adapter ADAPTER] --table AGENT --types f16,q8_0,q4_k_m,q4_0 --out FOLDER

ADAPTER is a folder that a fine-tuning wrote, or a .lora.gguf. The base is made float16 first, so that nothing of the adapter is lost
before the last step; merging and quantizing are done by the built command. The table has size, prefill, decode, the perplexity of
conversations that nobody was trained on, and the agent's right answers, of each type on this machine.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from . import data
from .adapter import read_folder, write_gguf
from .base import find
from .errors import Problem, main
from .evaluate import checks, statistics
from .evaluate.ask import command as arny, replies
from .evaluate.tasks import sets
from .prompts import AGENTS, SYSTEM_PROMPTS

TYPES = ("f32", "f16", "q8_0", "q4_0", "q4_1", "q4_k_m", "q5_k_m", "q6_k")


def call(*words):
    done = subprocess.run([str(arny()), *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(f"arny {words[0]}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f'exit code {done.returncode}'}")
    return done.stdout


def as_gguf_adapter(adapter, folder, base_heads):
    """A .lora.gguf as it is; of a folder, one in `folder`."""
    if adapter.is_file():
        return adapter
    state, config = read_folder(adapter / "adapter" if (adapter / "adapter").is_dir() else adapter)
    out = folder / "adapter.lora.gguf"
    write_gguf(out, state, config["lora_alpha"], *base_heads)
    return out


def heads_of(base):
    """(heads, kv heads) of a GGUF."""
    import gguf
    reader = gguf.GGUFReader(base)
    found = {}
    for key in ("llama.attention.head_count", "llama.attention.head_count_kv"):
        field = reader.fields.get(key)
        found[key] = field.contents() if field else None
    heads = found["llama.attention.head_count"]
    if heads is None:
        raise Problem(f"{base}: not a model of the llama architecture")
    return heads, found["llama.attention.head_count_kv"] or heads


def merge(base, adapter, out, kind):
    """base + adapter, in the type `kind`; base alone where adapter is None."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        folder = Path(folder)
        whole, merged = folder / "base.gguf", folder / "merged.gguf"
        call("quantize", base, whole, "--type", "f16")
        if adapter:
            call("merge", "--base", whole, "--adapter", as_gguf_adapter(adapter, folder, heads_of(base)), merged)
            whole.unlink()
        else:
            merged = whole
        call("quantize", merged, out, "--type", kind)


def right(model, agent, name):
    """What share of a set the model answers rightly, with its interval."""
    questions = sets(agent)[name]
    said = replies(model, [q for q, _, _ in questions], SYSTEM_PROMPTS[agent], most=160)
    share, low, high = statistics.wilson(sum(checks.check(r, truth, family)[1] for r, (_, truth, family) in zip(said, questions)), len(questions))
    return f"{100 * share:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def table(base, adapter, agent, kinds, folder, threads):
    """Markdown: a row a type."""
    folder.mkdir(parents=True, exist_ok=True)
    text, asked = folder / f"{agent}.txt", "messages" if agent == "wellness" else "known families"
    text.write_text("\n\n".join(m["content"] for row in data.held_rows(agent, 96, data.SEED) for m in row["messages"][1:]), encoding="utf-8")
    rows = [f"| type | file | prefill of 512 | decode | perplexity | {asked}, n = {len(sets(agent)[asked])} |", "| --- | --- | --- | --- | --- | --- |"]
    for kind in kinds:
        out = folder / f"model.{kind}.gguf"
        if not out.exists():
            merge(base, adapter, out, kind)
        speed = json.loads(call("bench", "decode", "--model", out, "--rounds", "3", "--threads", threads, "--json"))
        held = json.loads(call("bench", "perplexity", "--model", out, "--text", text, "--json"))
        rows.append(f"| {kind} | {out.stat().st_size / 1e6:.0f} MB | {speed['prefill_tps']:.0f}/s | {speed['decode_tps']:.0f}/s | {held['perplexity']:.2f} | {right(out, agent, asked)} |")
        print(rows[-1], file=sys.stderr)
    return "\n".join(rows)


def command(argv=None):
    parser = argparse.ArgumentParser(prog="arny_training.export", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", type=Path, metavar="OUT.gguf")
    parser.add_argument("--base", required=True)
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--type", default="q4_k_m", choices=TYPES, help="the guide's choice for phones is q4_k_m")
    parser.add_argument("--table", choices=AGENTS, metavar="AGENT", help="measure the types with what this agent is asked")
    parser.add_argument("--types", default="f16,q8_0,q4_k_m,q4_0")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, help="of --table: where the files of each type go")
    args = parser.parse_args(argv)
    base = find(args.base)
    if base is None or not base.is_file():
        raise Problem(f"{args.base}: a GGUF is needed here; llama.cpp's convert_hf_to_gguf.py makes one of a Hugging Face folder")
    if args.adapter and not args.adapter.exists():
        raise Problem(f"{args.adapter}: no such adapter")
    if args.table:
        kinds = args.types.split(",")
        for kind in kinds:
            if kind not in TYPES:
                raise Problem(f"--types {kind}: {', '.join(TYPES)} expected")
        print(table(base, args.adapter, args.table, kinds, args.out or Path("types"), args.threads))
        return 0
    if not args.model or not args.adapter:
        raise Problem("an adapter and OUT.gguf are needed, or --table")
    merge(base, args.adapter, args.model, args.type)
    print(f"{args.model}: {args.model.stat().st_size / 1e6:.0f} MB, {args.type}")
    return 0


if __name__ == "__main__":
    sys.exit(main(command))
