"""LoRA fine-tuning: Unsloth where a CUDA GPU and its package are, else PEFT on the CPU. The same configuration, the same outputs.

    python -m arny_training.finetune CONFIG.json --out FOLDER [--base MODEL]

It goes on where a killed run stopped. FOLDER then holds the adapter as PEFT saves it, manifest.json (all that went in), loss.svg
and NAME.lora.gguf, which `arny generate --adapter` and team.json take.
"""
import argparse
import hashlib
import json
import math
import random
import resource
import shutil
import sys
import time
from dataclasses import asdict
from pathlib import Path

from . import base, checkpoint, chat, config, curve, data
from .errors import Problem, main

HELD_ROWS = 48  # conversations that the held-out loss is measured on
HELD_SEED = 8   # other lines than the tests have


def has_unsloth():
    try:
        import torch
        import unsloth  # noqa: F401
        return torch.cuda.is_available()
    except ImportError:
        return False


# ---- data -------------------------------------------------------------------------------------------------------------

def conversations(conf):
    """(trained, held): lists of messages."""
    if conf.data == "universal":
        rows = data.prepare_universal_dataset(conf.seed, conf.count // 3 or 1000)
        held = [row for agent in data.AGENTS for row in data.held_rows(agent, HELD_ROWS // 3, HELD_SEED)]
    elif conf.data in data.AGENTS:
        rows, held = data.specialist(conf.data, conf.count or 1000, conf.seed), data.held_rows(conf.data, HELD_ROWS, HELD_SEED)
    else:
        rows = [{"messages": messages} for messages in chat.read_conversations(conf.data)]
        random.Random(conf.seed).shuffle(rows)
        held, rows = rows[:len(rows) // 20], rows[len(rows) // 20:]
        rows = rows[:conf.count] if conf.count else rows
    if not rows:
        raise Problem(f"{conf.data}: there is no conversation in it")
    return [row["messages"] for row in rows], [row["messages"] for row in held]


def encode(tokenizer, rows, longest):
    """[(ids, learned)], and how many were too long."""
    encoded = [chat.tokens_of(tokenizer, messages) for messages in rows]
    kept = [pair for pair in encoded if len(pair[0]) <= longest]
    if not kept:
        raise Problem(f"every conversation is longer than max_length, {longest} tokens")
    return kept, len(encoded) - len(kept)


def batches_of(lengths, most, seed):
    """Rows of like length together, each batch of at most `most` tokens with its padding; batches in a shuffled order."""
    rng = random.Random(seed)
    order = sorted(range(len(lengths)), key=lambda i: (lengths[i], rng.random()))
    found, batch = [], []
    for i in order:
        if batch and lengths[i] * (len(batch) + 1) > most:
            found.append(batch)
            batch = []
        batch.append(i)
    found.append(batch)
    rng.shuffle(found)
    return found


# ---- the model --------------------------------------------------------------------------------------------------------

def with_adapter(conf):
    """(model, tokenizer) with a fresh adapter."""
    import torch
    torch.manual_seed(conf.seed)
    if has_unsloth():
        from unsloth import FastLanguageModel
        place = base.find(conf.base)
        model, tokenizer = FastLanguageModel.from_pretrained(model_name=str(place or conf.base), max_seq_length=conf.max_length,
                                                             load_in_4bit=conf.load_in_4bit)
        return FastLanguageModel.get_peft_model(model, r=conf.rank, target_modules=conf.modules, lora_alpha=conf.alpha, lora_dropout=0,
                                                use_gradient_checkpointing="unsloth", random_state=conf.seed), tokenizer
    from peft import LoraConfig, get_peft_model
    tokenizer, model = base.load_tokenizer(conf.base), base.load_model(conf.base)
    model = get_peft_model(model, LoraConfig(r=conf.rank, lora_alpha=conf.alpha, lora_dropout=0.0, target_modules=conf.modules,
                                             task_type="CAUSAL_LM"))
    if conf.precision == "bfloat16":
        for name, weight in model.named_parameters():  # cast once, not at every step; the adapter and its steps stay float32
            if name.endswith("base_layer.weight"):
                weight.data = weight.data.to(torch.bfloat16)
    return model, tokenizer


def loss_of(model, rows, precision="float32"):
    """(sum of the losses, tokens) of what assistants say. Logits are made for those tokens alone: a fifth of a small model's
    work is its vocabulary. Rows are padded behind, where a causal model never looks, so there is no mask."""
    import torch
    width = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([row + [0] * (width - len(row)) for row, _ in rows], device=model.device)
    learned = torch.tensor([row + [0] * (width - len(row)) for _, row in rows], device=model.device).bool()[:, 1:]
    inner = model.get_base_model()
    with torch.autocast(model.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
        hidden = inner.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1][learned]
        logits = inner.lm_head(hidden).float()
    return torch.nn.functional.cross_entropy(logits, ids[:, 1:][learned], reduction="sum"), int(learned.sum())


def held_loss(model, rows, most, precision):
    import torch
    total = count = 0
    with torch.no_grad():
        for batch in batches_of([len(ids) for ids, _ in rows], most, 0):
            loss, tokens = loss_of(model, [rows[i] for i in batch], precision)
            total, count = total + float(loss), count + tokens
    return total / max(count, 1)


def rate(conf, step, steps):
    warm = max(1, round(0.03 * steps))
    if step < warm:
        return conf.learning_rate * (step + 1) / warm
    return conf.learning_rate * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm))))


# ---- the run ----------------------------------------------------------------------------------------------------------

def show(step, steps, loss, speed, left):
    end = "\r" if sys.stderr.isatty() else "\n"
    if sys.stderr.isatty() or step % 25 == 0 or step == steps:
        print(f"step {step}/{steps}, loss {loss:.3f}, {speed:.0f} tokens/s, {int(left // 60)}:{int(left % 60):02d} left ", end=end, file=sys.stderr, flush=True)


def train(conf, out, steps_most=0):
    """Trains to the end, or from a checkpoint to the end; returns the manifest."""
    import torch
    if conf.threads:
        torch.set_num_threads(conf.threads)
    model, tokenizer = with_adapter(conf)
    trained_rows, held = conversations(conf)
    rows, left_out = encode(tokenizer, trained_rows, conf.max_length)
    held = encode(tokenizer, held, conf.max_length)[0] if held else []
    plan = [batch for epoch in range(math.ceil(conf.epochs)) for batch in batches_of([len(r[0]) for r in rows], conf.batch_tokens, conf.seed + epoch)]
    steps = max(1, round(len(plan) * conf.epochs / math.ceil(conf.epochs)))
    steps = min(steps, steps_most) if steps_most else steps
    parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
    optimizer = torch.optim.AdamW(parameters.values(), lr=conf.learning_rate, weight_decay=conf.weight_decay)
    losses, marks, spent, digest = [], [], 0.0, f"{conf.digest()}-{steps}"
    found = checkpoint.newest(out / "checkpoints", digest)
    if found:
        run, state = found
        for name, value in state["trained"].items():
            parameters[name].data.copy_(value)
        optimizer.load_state_dict(state["optimizer"])
        losses, marks, spent = run["losses"], [tuple(m) for m in run["held"]], run["seconds"]
        print(f"going on after step {run['step']} of {steps}", file=sys.stderr)
    if held and not marks:
        marks.append((0, held_loss(model, held, conf.batch_tokens, conf.precision)))
    begun, seen, first = time.monotonic(), 0, len(losses)
    for step in range(first, steps):
        for group in optimizer.param_groups:
            group["lr"] = rate(conf, step, steps)
        batch = [rows[i] for i in plan[step]]
        loss, count = loss_of(model, batch, conf.precision)
        loss = loss / max(count, 1)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
        if not math.isfinite(losses[-1]):
            raise Problem(f"the loss is no number after step {step + 1}: a smaller learning_rate than {conf.learning_rate} may help")
        seen += sum(len(ids) for ids, _ in batch)
        took = time.monotonic() - begun
        show(step + 1, steps, sum(losses[-20:]) / len(losses[-20:]), seen / took, took / (step + 1 - first) * (steps - step - 1))
        last = step + 1 == steps
        if last or (step + 1) % conf.checkpoint_every == 0:
            if held:
                marks.append((step + 1, held_loss(model, held, conf.batch_tokens, conf.precision)))
            checkpoint.save(out / "checkpoints", step + 1, digest, {n: p.detach() for n, p in parameters.items()}, optimizer.state_dict(), losses, marks,
                            spent + time.monotonic() - begun)
    print(file=sys.stderr)
    total = sum(len(rows[i][0]) for batch in plan[:steps] for i in batch)
    seconds = spent + time.monotonic() - begun
    return finish(conf, out, model, {
        "conversations": len(rows), "left_out_as_too_long": left_out, "tokens": total, "tokens_learned": sum(sum(rows[i][1]) for b in plan[:steps] for i in b),
        "data_sha256": hashlib.sha256(json.dumps(trained_rows).encode()).hexdigest(), "steps": steps, "loss": sum(losses[-20:]) / len(losses[-20:]),
        "held_loss": marks, "seconds": round(seconds), "tokens_per_second": round(total / seconds) if seconds > 1 else None}, losses)


def finish(conf, out, model, facts, losses):
    """Writes all outputs, each beside and renamed."""
    import peft
    import torch
    import transformers

    from .adapter import read_folder, write_gguf
    part = out / "adapter.part"
    shutil.rmtree(part, ignore_errors=True)
    model.save_pretrained(part)
    shutil.rmtree(out / "adapter", ignore_errors=True)
    part.rename(out / "adapter")
    state, _ = read_folder(out / "adapter")
    inner = model.get_base_model().config
    gguf_path = out / f"{conf.name}.lora.gguf"
    about = f"LoRA of rank {conf.rank} over {Path(conf.base).name}, {facts['steps']} steps, {facts['tokens']} tokens"
    write_gguf(gguf_path, state, conf.alpha, inner.num_attention_heads, inner.num_key_value_heads, conf.name, about)
    place = base.find(conf.base)
    manifest = {"config": asdict(conf), "base_sha256": base.digest(place) if place else None, **facts,
                "adapter_sha256": base.digest(gguf_path), "adapter_bytes": gguf_path.stat().st_size,
                "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "python": sys.version.split()[0],
                "torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__, "device": str(model.device)}
    for name, text in (("manifest.json", json.dumps(manifest, indent=1) + "\n"), ("loss.svg", curve.svg(f"{conf.name}: loss", losses, facts["held_loss"]))):
        beside = out / (name + ".part")
        beside.write_text(text, encoding="utf-8")
        beside.replace(out / name)
    return manifest


def command(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", help="another base than the configuration names")
    parser.add_argument("--steps", type=int, default=0, help="at most so many")
    parser.add_argument("--threads", type=int, default=None)
    args = parser.parse_args(argv)
    conf = config.read_config(args.config)
    conf.base = args.base or conf.base
    conf.threads = conf.threads if args.threads is None else args.threads
    args.out.mkdir(parents=True, exist_ok=True)
    manifest = train(conf, args.out, args.steps)
    print(f"{args.out}/{conf.name}.lora.gguf: {manifest['adapter_bytes'] / 1e6:.1f} MB, {manifest['steps']} steps, loss {manifest['loss']:.3f}, "
          f"{manifest['tokens_per_second']} tokens/s, {manifest['peak_memory_bytes'] / 1e9:.1f} GB at the most")


if __name__ == "__main__":
    sys.exit(main(command))
