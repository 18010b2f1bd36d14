"""A model card from what a run and an evaluation wrote, so that no figure in it is typed.

    python -m arny_training.card RUN-FOLDER REPORT-FOLDER OUT.md        also copies manifest.json and loss.svg beside it, as NAME.json, NAME.svg
"""
import argparse
import json
import shutil
import sys
from pathlib import Path

from .chat import json_lines
from .errors import Problem, main
from .evaluate import statistics
from .prompts import AGENTS, SYSTEM_PROMPTS

ABOUT = {
    "math": ("arithmetic, equations, percentages, geometry, units and short word problems, in steps",
             "Sums of at most three digits; one or two steps. Kinds of problems that it never saw it mostly gets wrong, and says so with confidence: "
             "an app should check what it can. No proofs, no algebra beyond one unknown."),
    "logistics": ("when to leave, in which order, which way, how many trips; trips, packing and errands as lists",
                  "It knows no timetables, prices or distances but those in the message. Plans of more than four steps or constraints that no family has are guesses."),
    "wellness": ("a kind reply and one small tip, by topic; whom to call where there is danger",
                 "It is no therapy and no diagnosis. It answers the topic and not the person: details of a message are not taken up. English only. What it says "
                 "about danger comes after the team's own help text (`safety` in team.json), which does not depend on it. No clinician has reviewed its data."),
    "universal": ("all three roles in one adapter, by the tag in the system prompt (the guide's Plan A)",
                  "It saw a third as many conversations of each role as the specialists; docs/training.md compares them."),
}


def data_of(config):
    if config["data"] == "universal":
        return f"{config['count'] // 3 or 1000} conversations a role, balanced and shuffled (`prepare_universal_dataset`)"
    return f"{config['count'] or 1000} conversations of `{config['data']}`"


def rates(report, name):
    """Table rows of this adapter's variant; the base beside it."""
    variant = "universal" if name == "universal" else "specialist"
    marks = {}
    for _, row in json_lines(report / "replies.jsonl"):
        if row["variant"] in ("base", variant) and (name == "universal" or row["agent"] == name):
            marks.setdefault((row["agent"], row["set"]), {}).setdefault(row["variant"], []).append(row["right"])
    for (agent, questions), by in marks.items():
        if variant not in by or "base" not in by:
            continue
        cells = [f"{100 * p:.1f} % [{100 * low:.1f}, {100 * high:.1f}]" for p, low, high in (statistics.wilson(sum(m), len(m)) for m in (by["base"], by[variant]))]
        yield f"| {agent}, {questions} | {len(by[variant])} | {cells[0]} | {cells[1]} |"


def card(run, report):
    try:
        manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Problem(f"{run}: no manifest.json there: a folder of a finished fine-tuning is expected") from None
    config, name = manifest["config"], manifest["config"]["name"]
    if name not in ABOUT:
        raise Problem(f"there is no card for \"{name}\": {', '.join(ABOUT)}")
    what, limits = ABOUT[name]
    prompts = "\n".join(f"    {SYSTEM_PROMPTS[a]}" for a in AGENTS if name in (a, "universal"))
    held, has_curve = manifest["held_loss"], (run / "loss.svg").exists()
    loss = f"{manifest['loss']:.3f} at the end; on" if manifest["loss"] is not None else "on"
    return name, f"""# {name}: a model card

A LoRA adapter over SmolLM2-135M-Instruct (Apache-2.0) in q4_0, for {what}. Licence: Apache-2.0.

| | |
| --- | --- |
| file | `{name}.lora.gguf`, {manifest['adapter_bytes'] / 1e6:.1f} MB, rank {config['rank']}, alpha {config['alpha']}, {', '.join(config['modules'])} |
| sha256 | {manifest['adapter_sha256']} |
| base | `{config['base']}`, sha256 {manifest['base_sha256'][:16]}..., dequantized for training |
| data | {data_of(config)}; [card](../../../training/data/chat/README.md); sha256 of the lines {manifest['data_sha256'][:16]}... |
| training | {manifest['steps']} steps of at most {config['batch_tokens']} tokens, {manifest['tokens']:,} tokens of which {manifest['tokens_learned']:,} are learned, seed {config['seed']}, learning rate {config['learning_rate']} |
| cost | {manifest['seconds'] // 60} min on two cores, {manifest['tokens_per_second']} tokens/s, {config.get('precision', 'float32')}, {manifest['peak_memory_bytes'] / 1e9:.1f} GB at the most |
| loss | {loss} what is never trained on {held[0][1]:.3f} before, {held[-1][1]:.3f} after |
| made with | PyTorch {manifest['torch']}, transformers {manifest['transformers']}, PEFT {manifest['peft']}, Python {manifest['python']}, {manifest['device']} |

{f"![loss]({name}.svg)" if has_curve else f"{manifest['note'][0].upper()}{manifest['note'][1:]}."}

The system prompt that it was trained with, and should be used with:

{prompts}

## Evaluation

Greedy, through `arny generate` (docs/training.md has the command and what the sets are); right, with intervals of 95 %:

| questions | n | base | {name} |
| --- | --- | --- | --- |
{chr(10).join(rates(report, name))}

## Limits

{limits}
"""


def command(argv=None):
    parser = argparse.ArgumentParser(prog="arny_training.card", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("report", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args(argv)
    name, text = card(args.run, args.report)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(text, encoding="utf-8")
    for file in ("manifest.json", "loss.svg"):
        if (args.run / file).exists():
            shutil.copyfile(args.run / file, args.out.parent / f"{name}{Path(file).suffix}")
    print(args.out)


if __name__ == "__main__":
    sys.exit(main(command))
