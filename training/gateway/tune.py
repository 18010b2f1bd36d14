#!/usr/bin/env python3
"""Tunes the gateway's encoder for routing: a LoRA adapter on its last layers, trained on the messages of sources/*.jsonl.

    tune.py E5.bin PIECES OUT.lora.gguf [--leave-out SOURCE]... [--epochs 6] ...

The encoder learns two tasks at once, the agent and danger to life. Only the adapter is kept: encoder.py merges it, and
`arny gateway train` fits the head on what the encoder then says. Sources that are left out are not seen: the ones that the
confidence is calibrated on, and the one that is tested when each is left out in turn.

Needs PyTorch. On two cores an epoch over 8,000 messages takes about a minute; the lower layers do not change, so what they
say is computed once and cached.
"""
import argparse
import hashlib
import json
import math
import sys
import time
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


class Matrix(nn.Module):
    """A frozen matrix, and a trained change of low rank to it."""

    def __init__(self, e5, layer, part, rank, dropout):
        super().__init__()
        self.weight = torch.from_numpy(e5.matrix(f"l{layer}.{part}.w", e5.columns(part)))
        self.bias = torch.from_numpy(e5.floats(f"l{layer}.{part}.b").copy())
        self.rank = rank
        if rank:
            self.a = nn.Parameter(torch.randn(rank, self.weight.shape[1]) / math.sqrt(self.weight.shape[1]))
            self.b = nn.Parameter(torch.zeros(self.weight.shape[0], rank))
            self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        y = F.linear(x, self.weight, self.bias)
        return y + F.linear(F.linear(self.dropout(x), self.a), self.b) if self.rank else y


class Layer(nn.Module):
    def __init__(self, e5, layer, rank=0, dropout=0.0):
        super().__init__()
        self.parts = nn.ModuleDict({part: Matrix(e5, layer, part, rank, dropout) for _, part in MATRICES})
        self.norms = [[torch.from_numpy(e5.floats(f"l{layer}.{name}.{end}").copy()) for end in "wb"] for name in ("aln", "oln")]
        self.heads, self.epsilon, self.dropout = e5.heads, e5.epsilon, nn.Dropout(dropout)

    def forward(self, x, mask):
        batch, length, width = x.shape
        q, k, v = (self.parts[p](x).view(batch, length, self.heads, -1).transpose(1, 2) for p in "qkv")
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).reshape(batch, length, width)
        x = F.layer_norm(x + self.dropout(self.parts["ao"](mixed)), (width,), *self.norms[0], eps=self.epsilon)
        hidden = self.parts["fo"](F.gelu(self.parts["fi"](x)))
        return F.layer_norm(x + self.dropout(hidden), (width,), *self.norms[1], eps=self.epsilon)


class Encoder(nn.Module):
    """The trained layers, mean pooling, and the two tasks' heads."""

    def __init__(self, e5, first, last, rank, dropout):
        super().__init__()
        self.layers = nn.ModuleList([Layer(e5, i, rank, dropout) for i in range(first, last)])
        self.heads = nn.Linear(e5.width, len(LABELS) + 1)
        self.dropout, self.scale = nn.Dropout(dropout), 12.0  # a unit vector is too short for a head to start with

    def forward(self, x, mask, valid):
        for layer in self.layers:
            x = layer(x, mask)
        pooled = F.normalize((x * valid).sum(1) / valid.sum(1), dim=-1)
        return self.heads(self.dropout(pooled * self.scale))


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


def padded(rows):
    """Hidden states of several messages as one batch, with the masks of attention and of pooling."""
    length = max(len(r) for r in rows)
    x, valid = torch.zeros(len(rows), length, rows[0].shape[1]), torch.zeros(len(rows), length, 1)
    mask = torch.full((len(rows), 1, 1, length), -1e9)
    for i, row in enumerate(rows):
        x[i, :len(row)] = torch.from_numpy(row.astype(np.float32))
        valid[i, :len(row)] = 1
        mask[i, ..., :len(row)] = 0
    return x, mask, valid


def lower_layers(e5, kept, texts, layers, cache):
    """What the frozen layers say of each text; cached under the texts' digest."""
    key = hashlib.sha256("\n".join([str(layers)] + texts).encode()).hexdigest()[:16]
    path = Path(cache) / f"hidden-{key}.npz"
    if path.exists():
        stored = np.load(path)
        x, starts = stored["x"], stored["starts"]  # each look into the archive would read it anew
        return [x[a:b] for a, b in zip(starts, starts[1:])]
    tokenizer = Unigram([e5.pieces[i] for i in kept], e5.scores[kept])
    words = torch.from_numpy(e5.matrix("emb.word", e5.width))
    places = torch.from_numpy(e5.floats("emb.pos").copy()).view(-1, e5.width)
    kind = torch.from_numpy(e5.floats("emb.type").copy()).view(-1, e5.width)[0]
    norm = [torch.from_numpy(e5.floats(f"emb.ln.{end}").copy()) for end in "wb"]
    stack = [Layer(e5, i) for i in range(layers)]
    ids = [kept[tokenizer.tokens(text[:CHARACTERS], TOKENS)] for text in texts]
    order, out = sorted(range(len(ids)), key=lambda i: len(ids[i])), [None] * len(ids)
    with torch.no_grad():
        for start in range(0, len(order), 64):
            part = order[start:start + 64]
            rows = [(words[torch.from_numpy(ids[i])] + places[:len(ids[i])] + kind).numpy() for i in part]
            x, mask, _ = padded(rows)
            x = F.layer_norm(x, (e5.width,), *norm, eps=e5.epsilon)
            for layer in stack:
                x = layer(x, mask)
            for j, i in enumerate(part):
                out[i] = x[j, :len(ids[i])].numpy().astype(np.float16)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, x=np.concatenate(out), starts=np.cumsum([0] + [len(o) for o in out]))
    return out


# ---- training -------------------------------------------------------------------------------------------------------


def loss_of(out, labels, dangers, smoothing):
    total, routed, told = 0, labels >= 0, dangers >= 0
    if routed.any():
        share = routed.float().mean()
        total = total + share * F.cross_entropy(out[routed][:, :len(LABELS)], labels[routed], label_smoothing=smoothing)
    if told.any():
        share = told.float().mean()
        total = total + share * F.binary_cross_entropy_with_logits(out[told][:, len(LABELS)], dangers[told].float())
    return total


def train(net, hidden, labels, dangers, args):
    random = np.random.default_rng(args.seed)
    trained = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=args.rate, weight_decay=0.01)
    steps = args.epochs * math.ceil(len(hidden) / args.batch)
    rise = max(1, int(0.06 * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(1, (s + 1) / rise) * max(0, (steps - s) / steps))
    net.train()
    for epoch in range(args.epochs):
        order, begun, losses = random.permutation(len(hidden)), time.time(), []
        groups = [sorted(order[s:s + 16 * args.batch], key=lambda i: len(hidden[i])) for s in range(0, len(order), 16 * args.batch)]
        batches = [g[s:s + args.batch] for g in groups for s in range(0, len(g), args.batch)]
        for at in random.permutation(len(batches)):
            part = batches[at]
            loss = loss_of(net(*padded([hidden[i] for i in part])), labels[part], dangers[part], args.smoothing)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        left = (args.epochs - epoch - 1) * (time.time() - begun)
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
    parser.add_argument("--cache", default=str(Path.home() / ".cache/arny-train/hidden"))
    parser.add_argument("--first", type=int, default=6, help="layer that is trained first")
    parser.add_argument("--last", type=int, default=9, help="layers of the encoder")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--smoothing", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    e5 = E5(args.model)
    kept = read_kept(args.pieces, len(e5.pieces))
    everything = read_sources(args.data, [])
    wanted = read_sources(args.data, args.leave_out)
    texts = sorted({row[0] for row in everything})
    hidden = dict(zip(texts, lower_layers(e5, kept, texts, args.first, args.cache)))
    if not wanted:
        sys.exit("nothing is left to train on")
    net = Encoder(e5, args.first, args.last, args.rank, args.dropout)
    labels, dangers = (torch.tensor([row[i] for row in wanted]) for i in (1, 2))
    print(f"{len(wanted)} messages, without {args.leave_out}", flush=True)
    train(net, [hidden[row[0]] for row in wanted], labels, dangers, args)
    write_adapter(args.out, net, args.first, args.rank)


if __name__ == "__main__":
    main()
