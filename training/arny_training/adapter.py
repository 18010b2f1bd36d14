"""A LoRA adapter as GGUF, the form that llama.cpp and `arny merge` read. For models of the llama architecture.

Names are those of the base's tensors with .lora_a and .lora_b behind. GGUF keeps the two halves of a rotated head interleaved,
Hugging Face one after the other: so the rows of B for q and k change places, as those of the base did when it was converted.
"""
import json
import re
from pathlib import Path

import numpy as np

from .errors import Problem

PLACES = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
          "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}
NAME = re.compile(r"(?:.*\.)?layers\.(\d+)\.(\w+\.\w+)\.lora_([AB])(?:\.default)?\.weight$")


def interleaved(rows, heads):
    """[heads * width, r] with halves of a head one after the other -> with them interleaved."""
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(rows.shape)


def tensors_of(state, heads, kv_heads):
    """[(name, float16 array)] from PEFT's state, in the order of layers."""
    found = []
    for key, value in state.items():
        match = NAME.match(key)
        if not match or match[2] not in PLACES:
            raise Problem(f"the adapter changes {key}, which has no place in a llama")
        layer, place, half = int(match[1]), PLACES[match[2]], match[3].lower()
        array = np.asarray(value, dtype=np.float32)
        if half == "b" and place in ("attn_q", "attn_k"):
            array = interleaved(array, heads if place == "attn_q" else kv_heads)
        if not np.isfinite(array).all():
            raise Problem(f"the adapter's {key} has numbers that are not finite: the training has failed")
        found.append((layer, f"blk.{layer}.{place}.weight.lora_{half}", array.astype(np.float16)))
    return [(name, array) for _, name, array in sorted(found)]


def write_gguf(path, state, alpha, heads, kv_heads, name="adapter", about=""):
    """Beside, then renamed."""
    import gguf
    path = Path(path)
    part = path.with_name(path.name + ".part")
    writer = gguf.GGUFWriter(part, "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(alpha))
    writer.add_name(name)
    if about:
        writer.add_description(about)
    for tensor, array in tensors_of(state, heads, kv_heads):
        writer.add_tensor(tensor, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    part.replace(path)


def read_folder(folder):
    """(state, adapter_config) of a folder that PEFT saved."""
    from safetensors.numpy import load_file
    folder = Path(folder)
    try:
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        return load_file(folder / "adapter_model.safetensors"), config
    except FileNotFoundError as problem:
        raise Problem(f"{problem.filename}: no such file: a folder that a fine-tuning wrote is expected") from None
    except json.JSONDecodeError as problem:
        raise Problem(f"{folder / 'adapter_config.json'}: not JSON: {problem}") from None
