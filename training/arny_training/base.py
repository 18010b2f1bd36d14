"""The base model: weights, tokenizer, and a digest that binds an adapter to them."""
import hashlib
import os
from pathlib import Path

from .errors import Problem


def cache():
    """Where ./dev keeps what it fetched: the same folder that the command uses."""
    return Path(os.environ.get("ARNY_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "arny")


def find(base):
    """A path, or the name of a file among ./dev's models; anything else is a name that transformers resolves."""
    for place in (Path(base), cache() / "models" / base):
        if place.exists():
            return place
    if base.endswith(".gguf") or base.startswith((".", "/")):
        raise Problem(f"{base}: no such base model, here or in {cache() / 'models'} (./dev setup makes the demo's)")
    return None


def digest(path):
    """sha256 of a file, or of the names and contents of a folder's configuration and weights."""
    total = hashlib.sha256()
    files = [path] if path.is_file() else sorted(p for p in path.iterdir() if p.suffix in (".json", ".safetensors", ".bin", ".model"))
    for file in files:
        if path.is_dir():
            total.update(file.name.encode())
        with open(file, "rb") as data:
            while block := data.read(1 << 22):
                total.update(block)
    return total.hexdigest()


def _how(path, name):
    if path is None:
        return (name,), {}
    return ((str(path.parent),), {"gguf_file": path.name}) if path.is_file() else ((str(path),), {})


def load_tokenizer(base):
    from transformers import AutoTokenizer
    words, more = _how(find(base), base)
    tokenizer = AutoTokenizer.from_pretrained(*words, **more)
    if not getattr(tokenizer, "chat_template", None):
        raise Problem(f"{base}: its tokenizer has no chat template: take an instruct model, or set tokenizer.chat_template in its folder")
    return tokenizer


def load_model(base):
    """In float32, whatever the file holds: a quantized GGUF is dequantized, so an adapter learns to mend what it lost."""
    import torch
    from transformers import AutoModelForCausalLM
    words, more = _how(find(base), base)
    model = AutoModelForCausalLM.from_pretrained(*words, dtype=torch.float32, attn_implementation="sdpa", **more)
    for leftover in ("quantization_config", "hf_quantizer"):  # of the GGUF; it stands in the way of saving
        if hasattr(model.config, leftover):
            delattr(model.config, leftover)
        if hasattr(model, leftover):
            setattr(model, leftover, None)
    model.is_quantized = False
    return model
