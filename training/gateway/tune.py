#!/usr/bin/env python3
"""Tunes the gateway's encoder for routing: a LoRA adapter on its upper layers, trained on the messages of sources/*.jsonl.

    tune.py E5.bin PIECES OUT.lora.gguf [--leave-out SOURCE]... [--epochs 5] ...

The encoder learns two tasks at once, the agent and danger to life. Only the adapter is kept: encoder.py merges it, and
`arny gateway train` fits the head on what the encoder then says. Sources that are left out are not seen: the ones that the
confidence is calibrated on, and those that are tested when sources are left out in turn.

Half of the messages are spoiled each time they are shown, as thumbs spoil them: capitals, punctuation and accents lost, letters
dropped, doubled, swapped, or hit beside. A few tokens are left out of each. Measured on sources that were left out, this
is worth one and a half points in a hundred. What quantization costs is learned too: in the last epoch the weights are those
that the file will hold, which is worth half a point.

Needs PyTorch. With one thread, 15,000 messages take about three minutes an epoch, with --precision bfloat16 two.
"""
import argparse
import json
import math
import random
import time
import unicodedata
from pathlib import Path

import gguf
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from encoder import E5, MATRICES, read_kept
from unigram import Unigram

LABELS = ("wellness", "math", "logistics", "none")
TOKENS = 128
CHARACTERS = 600


class Changed(torch.autograd.Function):
    """x (W + BA)' + c. W is frozen: its gradient, which is most of the work of a backward pass, is not made."""

    @staticmethod
    @torch.amp.custom_fwd(device_type="cpu")
    def forward(ctx, x, weight, bias, a, b):
        changed = weight + b @ a
        ctx.save_for_backward(x, changed, a, b)
        return F.linear(x, changed, bias)

    @staticmethod
    @torch.amp.custom_bwd(device_type="cpu")
    def backward(ctx, grad):
        x, changed, a, b = ctx.saved_tensors
        rows, grads = x.flatten(0, -2), grad.flatten(0, -2)
        return grad @ changed, None, None, (grads @ b).T @ rows, grads.T @ (rows @ a.T)


def rounded(matrix):
    """As Q4_0 holds it: of 32 numbers the one furthest from 0 is -8 steps, the others the nearest of -8 to 7."""
    blocks = matrix.view(-1, 32)
    furthest = blocks.gather(1, blocks.abs().argmax(1, keepdim=True))
    step = furthest / -8
    inverse = torch.where(step == 0, 0, 1 / step)
    return (torch.clamp(torch.floor(blocks * inverse + 8.5), 0, 15).sub_(8) * step.half().float()).view(matrix.shape)


class Matrix(nn.Module):
    """A frozen matrix, and a trained change of low rank to it."""

    def __init__(self, e5, layer, part, rank):
        super().__init__()
        self.weight = torch.from_numpy(e5.matrix(f"l{layer}.{part}.w", e5.columns(part)))
        self.bias = torch.from_numpy(e5.floats(f"l{layer}.{part}.b").copy())
        self.rank, self.rounding = rank, 0.0
        if rank:
            self.a = nn.Parameter(torch.randn(rank, self.weight.shape[1]) / math.sqrt(self.weight.shape[1]))
            self.b = nn.Parameter(torch.zeros(self.weight.shape[0], rank))

    def forward(self, x):
        if not self.rank:
            return F.linear(x, self.weight, self.bias)
        return Changed.apply(x, self.weight + self.rounding, self.bias, self.a, self.b)

    @torch.no_grad()
    def round(self):
        """From here on the matrix is what is left of it in a file: what rounding changes is added, until it is rounded again."""
        whole = self.weight + self.b @ self.a
        self.rounding = rounded(whole) - whole


class Layer(nn.Module):
    def __init__(self, e5, layer, rank=0):
        super().__init__()
        self.parts = nn.ModuleDict({part: Matrix(e5, layer, part, rank) for _, part in MATRICES})
        self.norms = [[torch.from_numpy(e5.floats(f"l{layer}.{name}.{end}").copy()) for end in "wb"] for name in ("aln", "oln")]
        self.heads, self.epsilon = e5.heads, e5.epsilon

    def forward(self, x, mask, drop=lambda y: y):
        batch, length, width = x.shape
        q, k, v = (self.parts[p](x).view(batch, length, self.heads, -1).transpose(1, 2) for p in "qkv")
        # By hand: on a processor the backward pass of scaled_dot_product_attention takes as long as all the matrices.
        seen = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(q.shape[-1]) + mask, dim=-1)
        mixed = (seen @ v).transpose(1, 2).reshape(batch, length, width)
        x = F.layer_norm(x + drop(self.parts["ao"](mixed)), (width,), *self.norms[0], eps=self.epsilon)
        hidden = self.parts["fo"](F.gelu(self.parts["fi"](x)))
        return F.layer_norm(x + drop(hidden), (width,), *self.norms[1], eps=self.epsilon)


class Encoder(nn.Module):
    """Embedded tokens, the frozen layers, the trained ones, mean pooling, and the two tasks' heads."""

    def __init__(self, e5, first, last, rank):
        super().__init__()
        self.words = torch.from_numpy(e5.matrix("emb.word", e5.width))
        self.places = torch.from_numpy(e5.floats("emb.pos").copy()).view(-1, e5.width)
        self.places = self.places + torch.from_numpy(e5.floats("emb.type").copy()).view(-1, e5.width)[0]
        self.norm = [torch.from_numpy(e5.floats(f"emb.ln.{end}").copy()) for end in "wb"]
        self.frozen = [Layer(e5, i) for i in range(first)]
        self.layers = nn.ModuleList([Layer(e5, i, rank) for i in range(first, last)])
        self.heads = nn.Linear(e5.width, len(LABELS) + 1)
        self.width, self.epsilon, self.scale = e5.width, e5.epsilon, 12.0  # a unit vector is too short for a head to start with

    def round(self):
        for layer in self.layers:
            for matrix in layer.parts.values():
                matrix.round()

    def embed(self, messages):
        """A batch, with the masks of attention and of pooling."""
        length = max(len(ids) for ids in messages)
        x, valid = torch.zeros(len(messages), length, self.width), torch.zeros(len(messages), length, 1)
        mask = torch.full((len(messages), 1, 1, length), -1e9)
        for i, ids in enumerate(messages):
            x[i, :len(ids)] = self.words[torch.from_numpy(ids)] + self.places[:len(ids)]
            valid[i, :len(ids)], mask[i, ..., :len(ids)] = 1, 0
        return F.layer_norm(x, (self.width,), *self.norm, eps=self.epsilon), mask, valid

    def forward(self, messages, drop):
        with torch.no_grad():
            x, mask, valid = self.embed(messages)
            for layer in self.frozen:
                x = layer(x, mask)
        for layer in self.layers:
            x = layer(x, mask, drop)
        pooled = F.normalize((x * valid).sum(1) / valid.sum(1), dim=-1)
        return self.heads(drop(pooled * self.scale))


# ---- data -----------------------------------------------------------------------------------------------------------


def read_sources(folder, left_out):
    """(text, label or -1, danger or -1): single messages, and the first turns of conversations."""
    rows = []
    for path in sorted(Path(folder).glob("*.jsonl")):
        if path.stem in left_out:
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if "turns" in row:
                rows.append((row["turns"][0], LABELS.index(row["agents"][0]), -1))
            else:
                agent = row.get("agent")
                rows.append((row["text"], LABELS.index(agent) if agent else -1, int(row["danger"]) if "danger" in row else -1))
    return rows


KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def beside(letter, chance):
    for row in KEYS:
        at = row.find(letter.lower())
        if at >= 0:
            return row[max(0, at - 1)] if chance.random() < 0.5 else row[min(len(row) - 1, at + 1)]
    return letter


def mistyped(text, rate, chance):
    out, i = [], 0
    while i < len(text):
        letter, kind = text[i], chance.random()
        if not letter.isalpha() or chance.random() >= rate:
            out.append(letter)
        elif kind < 0.3:
            pass
        elif kind < 0.5 and i + 1 < len(text):
            out += text[i + 1], letter
            i += 1
        elif kind < 0.7:
            out += letter, letter
        else:
            out.append(beside(letter, chance))
        i += 1
    return "".join(out)


def spoiled(text, chance):
    if chance.random() < 0.25:
        text = text.lower()
    if chance.random() < 0.25:
        text = "".join(c for c in text if c not in ".,?!¿¡'’;:-")
    if chance.random() < 0.15:
        text = "".join(c for c in unicodedata.normalize("NFD", text) if not "\u0300" <= c <= "\u036f")
    return mistyped(text, chance.choice((0, 0, 0.02, 0.04, 0.08)), chance) or " "


class Messages:
    """Tokens of the messages, as they are and as a hurried person would have typed them."""

    def __init__(self, e5, kept, texts, args):
        self.tokenizer, self.kept, self.texts = Unigram([e5.pieces[i] for i in kept], e5.scores[kept]), kept, texts
        self.chance, self.spoil, self.lose = random.Random(args.seed), args.spoil, args.lose
        self.ids = [self.tokens(text) for text in texts]

    def tokens(self, text):
        return np.asarray(self.kept[self.tokenizer.tokens(text[:CHARACTERS], TOKENS)], dtype=np.int64)

    def show(self, i):
        ids = self.tokens(spoiled(self.texts[i], self.chance)) if self.chance.random() < self.spoil else self.ids[i]
        inner = [t for t in ids[1:-1] if self.chance.random() >= self.lose]
        return np.array([ids[0], *inner, ids[-1]])


# ---- training -------------------------------------------------------------------------------------------------------


def loss_of(out, labels, dangers, smoothing):
    total, routed, told = 0, labels >= 0, dangers >= 0
    if routed.any():
        share = routed.float().mean()
        total = total + share * F.cross_entropy(out[routed][:, :len(LABELS)], labels[routed], label_smoothing=smoothing)
    if told.any():
        share, target = told.float().mean(), dangers[told].float() * (1 - smoothing) + smoothing / 2
        total = total + share * F.binary_cross_entropy_with_logits(out[told][:, len(LABELS)], target)
    return total


def dropper(share, numbers):
    """Dropout by numpy's generator: on a processor PyTorch's takes a quarter of the time of a step."""
    def drop(x):
        kept = numbers.integers(0, 256, size=x.numel(), dtype=np.uint8) >= int(share * 256)
        return x * (torch.from_numpy(kept).view(x.shape).to(x.dtype) / (1 - share))
    return drop


def keep_epoch(path, epoch, trained, optimizer, schedule, numbers, chance):
    """All that the next epoch depends on, so that whoever stops it loses less than an epoch."""
    part = Path(f"{path}.part")
    torch.save({"epoch": epoch, "trained": trained, "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(),
                "numbers": numbers.bit_generator.state, "chance": chance.getstate()}, part)
    part.rename(path)


def read_epoch(path, trained, optimizer, schedule, numbers, chance):
    """The epochs that are done: 0 when nothing was kept."""
    if not path or not Path(path).exists():
        return 0
    kept = torch.load(path, weights_only=False)
    with torch.no_grad():
        for parameter, value in zip(trained, kept["trained"]):
            parameter.copy_(value)
    optimizer.load_state_dict(kept["optimizer"])
    schedule.load_state_dict(kept["schedule"])
    numbers.bit_generator.state = kept["numbers"]
    chance.setstate(kept["chance"])
    return kept["epoch"]


def train(net, messages, labels, dangers, args):
    numbers, count = np.random.default_rng(args.seed), len(messages.ids)
    trained = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=args.rate, weight_decay=0.01)
    steps = args.epochs * math.ceil(count / args.batch)
    rise = max(1, int(0.06 * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(1, (s + 1) / rise) * max(0, (steps - s) / steps))
    drop, group = dropper(args.dropout, numbers), 16 * args.batch
    net.train()
    for epoch in range(read_epoch(args.keep, trained, optimizer, schedule, numbers, messages.chance), args.epochs):
        order, begun, losses = numbers.permutation(count), time.time(), []
        groups = [sorted(order[s:s + group], key=lambda i: len(messages.ids[i])) for s in range(0, count, group)]
        batches = [g[s:s + args.batch] for g in groups for s in range(0, len(g), args.batch)]
        for step, at in enumerate(numbers.permutation(len(batches))):
            part = batches[at]
            if args.round and epoch == args.epochs - 1 and step % args.round == 0:
                net.round()
            with torch.autocast("cpu", torch.bfloat16, enabled=args.precision == "bfloat16"):
                out = net([messages.show(i) for i in part], drop)
            loss = loss_of(out.float(), labels[part], dangers[part], args.smoothing)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        left = (args.epochs - epoch - 1) * (time.time() - begun)
        if args.keep:
            keep_epoch(args.keep, epoch + 1, trained, optimizer, schedule, numbers, messages.chance)
        print(f"epoch {epoch + 1} of {args.epochs}: loss {np.mean(losses):.3f}, {left / 60:.0f} min left", flush=True)


def write_adapter(path, net, first, rank):
    writer = gguf.GGUFWriter(path, "bert")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(rank))
    for i, layer in enumerate(net.layers):
        for name, part in MATRICES:
            for end, tensor in (("a", layer.parts[part].a), ("b", layer.parts[part].b)):
                writer.add_tensor(f"blk.{first + i}.{name}.weight.lora_{end}", tensor.detach().numpy().astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("pieces")
    parser.add_argument("out")
    parser.add_argument("--data", default=str(Path(__file__).parent.parent / "data/gateway/sources"))
    parser.add_argument("--leave-out", action="append", default=[], metavar="SOURCE")
    parser.add_argument("--first", type=int, default=3, help="layer that is trained first")
    parser.add_argument("--last", type=int, default=12, help="layers of the encoder")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--dropout", type=float, default=0.12)
    parser.add_argument("--smoothing", type=float, default=0.05)
    parser.add_argument("--spoil", type=float, default=0.5, help="share of messages that are spoiled")
    parser.add_argument("--lose", type=float, default=0.05, help="share of tokens that are left out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32", help="of the products, not of what is trained")
    parser.add_argument("--round", type=int, default=16, metavar="STEPS", help="in the last epoch, round the weights to Q4_0 every so "
                        "many steps, so that what is learned is learned for them; 0: never")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep", help="a file: what an epoch leaves is kept in it, and gone on with when it is there")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    e5 = E5(args.model)
    kept = read_kept(args.pieces, len(e5.pieces))
    rows = read_sources(args.data, args.leave_out)
    if not rows:
        parser.error("nothing is left to train on")
    net = Encoder(e5, args.first, args.last, args.rank)
    labels, dangers = (torch.tensor([row[i] for row in rows]) for i in (1, 2))
    print(f"{len(rows)} messages, without {args.leave_out}", flush=True)
    train(net, Messages(e5, kept, [row[0] for row in rows], args), labels, dangers, args)
    write_adapter(args.out, net, args.first, args.rank)


if __name__ == "__main__":
    main()
