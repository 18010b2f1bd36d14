#!/usr/bin/env python3
"""A .pte for ExecuTorch from a llama-shaped GGUF or Hugging Face folder, and the vocabulary that goes beside it.

    export_pte.py MODEL.gguf OUT.pte [--recipe xnnpack] [--context 2048] [--bits 4] [--group 32] [--work FOLDER]
    export_pte.py FOLDER OUT.pte [--converter convert_hf_to_gguf.py] ...
    export_pte.py MODEL.gguf THERE.pte --vocabulary-only

OUT.pte is made by ExecuTorch's own export_llm; OUT.vocab.gguf has MODEL's tokens and chat template and no weights: name it as
"tokenizer" in team.json. The recipe `xnnpack` quantizes weights to 4 bits in groups and activations to 8 when they come
(8da4w), the embedding to 8 bits, and keeps KV in float32 by the operators llama::update_cache and llama::custom_sdpa.

Weights of the GGUF are made float32 first, whatever they were: a file of 8 or 16 bits loses nothing that matters. Takes ten to
twenty minutes for 135M parameters on two cores, and 3 GB. Needs executorch 1.5.1 with its PyTorch, gguf and numpy.
"""
import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import gguf
import numpy as np

# Names of a block's tensors: of the GGUF, of export_llm's checkpoint. Both keep the halves of a rotated head beside each other.
BLOCK = {"attn_q": "attention.wq", "attn_k": "attention.wk", "attn_v": "attention.wv", "attn_output": "attention.wo", "ffn_gate": "feed_forward.w1",
         "ffn_down": "feed_forward.w2", "ffn_up": "feed_forward.w3", "attn_norm": "attention_norm", "ffn_norm": "ffn_norm"}
TOP = {"token_embd": "tok_embeddings", "output": "output", "output_norm": "norm"}


class Failure(Exception):
    pass


def field(reader, key, default=None):
    found = reader.fields.get(key)
    if found is None:
        if default is None:
            raise Failure(f"{key} is missing")
        return default
    return found.contents()


def shape_of(reader):
    """What export_llm calls params.json."""
    if field(reader, "general.architecture") != "llama":
        raise Failure(f"its architecture is \"{field(reader, 'general.architecture')}\": llama expected")
    heads = field(reader, "llama.attention.head_count")
    return {"dim": field(reader, "llama.embedding_length"), "n_layers": field(reader, "llama.block_count"), "n_heads": heads,
            "n_kv_heads": field(reader, "llama.attention.head_count_kv", heads), "hidden_dim": field(reader, "llama.feed_forward_length"),
            "vocab_size": len(field(reader, "tokenizer.ggml.tokens")), "norm_eps": float(field(reader, "llama.attention.layer_norm_rms_epsilon")),
            "rope_theta": float(field(reader, "llama.rope.freq_base", 10000.0)), "use_scaled_rope": False}


def name_of(tensor):
    stem = tensor.removesuffix(".weight")
    if stem in TOP:
        return f"{TOP[stem]}.weight"
    blk, layer, part = stem.split(".", 2) if stem.count(".") == 2 else ("", "", "")
    if blk != "blk" or part not in BLOCK:
        raise Failure(f"the tensor {tensor} has no place in a llama")
    return f"layers.{layer}.{BLOCK[part]}.weight"


def write_checkpoint(path, reader):
    import torch
    state = {}
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        state[name_of(tensor.name)] = torch.from_numpy(values.reshape(tuple(int(n) for n in reversed(tensor.shape))).copy())
    state.setdefault("output.weight", state["tok_embeddings.weight"])  # tied
    torch.save(state, path)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_vocabulary(path, reader, program):
    """The keys of the file, but no tensors: what llama.cpp calls vocab_only. And which program it is for: with another one, or one
    with a bit that has changed, Arny does not open it."""
    writer = gguf.GGUFWriter(path, field(reader, "general.architecture"))
    for key, value in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        kind = value.types[0]
        inner = value.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(key, value.contents(), kind, inner)
    writer.add_string("arny.pte.sha256", digest(program))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def ends_of(reader):
    ends = {field(reader, "tokenizer.ggml.eos_token_id")}
    ends.add(reader.fields["tokenizer.ggml.eot_token_id"].contents() if "tokenizer.ggml.eot_token_id" in reader.fields else min(ends))
    return sorted(ends)


# Its quantizer knows 8da8w, and its command line does not.
EXPORTER = """
from executorch.extension.llm.export.config.llm_config import QuantizationConfig
from executorch.extension.llm.export.export_llm import main
QuantizationConfig.QMODE_OPTIONS.append("8da8w")
main()
"""


def command_of(recipe, out, work, reader, args):
    metadata = {"get_bos_id": field(reader, "tokenizer.ggml.bos_token_id"), "get_eos_ids": ends_of(reader)}
    words = ["base.model_class=llama3", f"base.params={work / 'params.json'}", f"base.checkpoint={work / 'weights.pth'}",
             "base.metadata='" + json.dumps(metadata).replace('"', '\\"') + "'", "model.use_kv_cache=True", "model.use_sdpa_with_kv_cache=True",
             "model.dtype_override=fp32", f"export.max_seq_length={args.context}", f"export.max_context_length={args.context}",
             "debug.verbose=True", f"export.output_name={out.name}"]  # beside the checkpoint: export_llm writes it where it runs
    if recipe == "xnnpack":
        words += ["backend.xnnpack.enabled=True", "backend.xnnpack.extended_ops=True", f"quantization.qmode=8da{args.bits}w",
                  f"quantization.group_size={args.group if args.bits == 4 else 0}", "quantization.embedding_quantize='8,0'"]
    else:
        words += [f"backend.{recipe}.enabled=True"]
    if recipe == "openvino":  # its exporter compresses weights itself
        words += ["quantization.pt2e_quantize=openvino_8wo"]
    if recipe in ("coreml", "qnn", "openvino"):  # which take one token at a time
        words += ["model.enable_dynamic_shape=False"]
    return [sys.executable, "-c", EXPORTER, *words]


def delegated(log):
    """What the exporter says of the graph: how many of its nodes a backend computes."""
    text = log.read_text(encoding="utf-8", errors="replace")
    there, here = (re.findall(rf"Number of {kind} nodes: (\d+)", text) for kind in ("delegated", "non-delegated"))
    if not there or not here:
        return "it does not say how many operators a backend computes"
    return f"{int(there[-1])} of {int(there[-1]) + int(here[-1])} operators are computed by the backend"


def as_gguf(args, work):
    """A folder goes through llama.cpp's own converter, so that both engines have the same numbers and the same tokens."""
    if args.model.is_file():
        return args.model
    if not (args.model / "config.json").exists():
        raise Failure("neither a GGUF nor a folder with config.json")
    cache = Path(os.environ.get("ARNY_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "arny")
    found = [args.converter] if args.converter else sorted(cache.glob("src/llama.cpp-*/convert_hf_to_gguf.py"))
    if not found or not found[-1].exists():
        raise Failure("llama.cpp's convert_hf_to_gguf.py is needed to read a folder: ./dev setup fetches it, or name it with --converter")
    out, log = work / "model.gguf", work / "convert.log"
    print(f"reading the folder with {found[-1]}", flush=True)
    with open(log, "w", encoding="utf-8") as lines:
        done = subprocess.run([sys.executable, found[-1], args.model, "--outfile", out, "--outtype", "f32"], stdout=lines, stderr=lines, check=False)
    if done.returncode or not out.exists():
        raise Failure(f"convert_hf_to_gguf.py ended with {done.returncode}: see {log}")
    return out


def rewrite_vocabulary(args, work):
    if not args.out.exists():
        raise Failure(f"there is no {args.out} to write a vocabulary for")
    beside = args.out.with_name(args.out.name + ".vocab.part")
    write_vocabulary(beside, gguf.GGUFReader(as_gguf(args, work)), args.out)
    beside.rename(args.out.with_suffix(".vocab.gguf"))


def export(args, work):
    reader = gguf.GGUFReader(as_gguf(args, work))
    shape = shape_of(reader)
    (work / "params.json").write_text(json.dumps(shape), encoding="utf-8")
    print(f"{shape['n_layers']} layers, {shape['dim']} wide, {shape['vocab_size']} tokens", flush=True)
    write_checkpoint(work / "weights.pth", reader)
    part, log, start = work / "model.pte", work / "export.log", time.monotonic()
    part.unlink(missing_ok=True)
    with open(log, "w", encoding="utf-8") as lines, \
            subprocess.Popen(command_of(args.recipe, part, work, reader, args), stdout=lines, stderr=lines, cwd=work) as process:
        while process.poll() is None:
            time.sleep(5)
            print(f"\rexporting, {(time.monotonic() - start) / 60:.1f} min", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    if process.returncode or not part.exists():
        raise Failure(f"export_llm ended with {process.returncode}: see {log}")
    write_vocabulary(work / "vocab.gguf", reader, part)
    for made, place in ((work / "vocab.gguf", args.out.with_suffix(".vocab.gguf")), (part, args.out)):
        beside = place.with_name(place.name + ".part")
        shutil.move(made, beside)
        beside.rename(place)
    print(delegated(log))
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB in {(time.monotonic() - start) / 60:.1f} min")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--recipe", default="xnnpack", choices=("xnnpack", "vulkan", "coreml", "qnn", "openvino", "mlx"))
    parser.add_argument("--context", type=int, default=2048, help="positions of the KV cache")
    parser.add_argument("--bits", type=int, choices=(4, 8), default=4, help="of a weight: 8 keeps what a small model was taught, and is a third larger")
    parser.add_argument("--group", type=int, default=32, help="weights that share a scale, of 4 bits; of 8 an output has one")
    parser.add_argument("--converter", type=Path, help="llama.cpp's convert_hf_to_gguf.py, for a folder (default: the one that ./dev setup fetches)")
    parser.add_argument("--work", type=Path, help="where checkpoint and log go (default: OUT.work)")
    parser.add_argument("--vocabulary-only", action="store_true", help="OUT.pte is there already: OUT.vocab.gguf is written for it")
    args = parser.parse_args()
    work = args.work or args.out.with_suffix(".work")
    work.mkdir(parents=True, exist_ok=True)
    args.out = args.out.resolve()
    try:
        (rewrite_vocabulary if args.vocabulary_only else export)(args, work.resolve())
    except (Failure, OSError, ValueError) as problem:
        print(f"export_pte.py: {args.model}: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
