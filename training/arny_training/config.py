"""What a fine-tuning is made of: one JSON file, every key known, every value checked."""
import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .errors import Problem
from .prompts import AGENTS

SEVEN = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")

PRECISIONS = ("float32", "bfloat16")


@dataclass
class Config:
    name: str                    # of the adapter: NAME.lora.gguf
    data: str                    # "wellness", "math", "logistics", "universal", or a .jsonl of conversations
    base: str = "unsloth/llama-3.2-3b-instruct"  # a Hugging Face folder or name, or a GGUF (dequantized)
    count: int = 0               # conversations; 0: all of a file or of the universal set, 1,000 for an agent
    rank: int = 16               # the guide's r
    alpha: int = 16
    modules: list = field(default_factory=lambda: list(SEVEN))
    max_length: int = 2048       # tokens; longer conversations are left out
    batch_tokens: int = 2048     # of a step, padding included
    epochs: float = 2.0
    learning_rate: float = 1e-3  # at its highest; warmed up over 3 % of the steps, then a half cosine down to a tenth
    weight_decay: float = 0.0
    seed: int = 42
    checkpoint_every: int = 50   # steps
    threads: int = 0             # 0: all cores
    load_in_4bit: bool = True    # with Unsloth on a GPU
    precision: str = "float32"   # of the products on a CPU: "bfloat16" is faster where the processor multiplies it (AVX512-BF16)

    def digest(self):
        """Of all that changes the result: a checkpoint of another configuration is not gone on with."""
        kept = {k: v for k, v in asdict(self).items() if k not in ("checkpoint_every", "threads")}
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


LIMITS = {"rank": (1, 256), "alpha": (1, 1024), "max_length": (16, 131072), "batch_tokens": (16, 1 << 20), "epochs": (0.001, 1000), "count": (0, 10 ** 7),
          "learning_rate": (1e-7, 1), "weight_decay": (0, 1), "checkpoint_every": (1, 10 ** 6), "threads": (0, 256), "seed": (0, 2 ** 31)}


def read_config(path):
    path = Path(path)
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Problem(f"{path}: no such configuration") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as problem:
        raise Problem(f"{path}: not JSON: {problem}") from None
    if not isinstance(value, dict):
        raise Problem(f"{path}: a JSON object is expected")
    known = Config.__dataclass_fields__
    for key, found in value.items():
        if key not in known:
            raise Problem(f"{path}: \"{key}\" is not known: {', '.join(known)}")
        wanted = known[key].type
        right = isinstance(found, wanted) and (wanted is bool or not isinstance(found, bool)) or wanted is float and type(found) is int
        if not right:
            raise Problem(f"{path}: \"{key}\" must be of type {wanted.__name__}, not {type(found).__name__}")
    for key in ("name", "data"):
        if not value.get(key):
            raise Problem(f"{path}: \"{key}\" is missing")
    config = Config(**value)
    for key, (least, most) in LIMITS.items():
        if not least <= getattr(config, key) <= most:
            raise Problem(f"{path}: \"{key}\" must be {least} to {most}, not {getattr(config, key)}")
    if config.precision not in PRECISIONS:
        raise Problem(f"{path}: \"precision\" must be {' or '.join(PRECISIONS)}, not {config.precision}")
    if config.data not in (*AGENTS, "universal"):
        config.data = str((path.parent / config.data).resolve())
    return config
