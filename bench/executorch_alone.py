#!/usr/bin/env python3
"""ExecuTorch without us: its own Python runtime, with its own attention (llama::custom_sdpa as its wheel has it), on a .pte.

    executorch_alone.py MODEL.pte THREADS ROUNDS [PREFILL SHORT DECODE]

Prints a line of JSON: medians of tokens a second of a prefill of PREFILL tokens (in one run, which is how its own runner does it), of
DECODE tokens after SHORT, and after PREFILL; and the milliseconds that it took to load. Needs executorch and torch.
"""
import json
import statistics
import sys
import time

import torch
import executorch.kernels.quantized  # noqa: F401  registers operators
from executorch.extension.llm.custom_ops import custom_ops  # noqa: F401
from executorch.runtime import Runtime


def main(path, threads, rounds, prefill=512, short=37, decode=128):
    try:
        from executorch.extension.pybindings import portable_lib
        portable_lib._unsafe_reset_threadpool(int(threads))
    except (ImportError, AttributeError):
        pass
    start = time.perf_counter()
    method = Runtime.get().load_program(path).load_method("forward")
    loaded = time.perf_counter() - start
    figures = {"prefill_tps": [], "decode_tps": [], "decode_far_tps": []}

    def run(tokens, position):
        return method.execute([tokens, torch.tensor([position], dtype=torch.long)])[0]

    def measure(count, key):
        start = time.perf_counter()
        run(torch.arange(count, dtype=torch.long).reshape(1, -1) * 7 % 40000 + 300, 0)
        prefill_s = time.perf_counter() - start
        token = torch.zeros(1, 1, dtype=torch.long)
        start = time.perf_counter()
        for i in range(decode):
            token[0, 0] = 300 + i * 13
            run(token, count + i)
        figures[key].append(decode / (time.perf_counter() - start))
        return count / prefill_s

    for _ in range(rounds + 1):
        figures["prefill_tps"].append(measure(prefill, "decode_far_tps"))
        measure(short, "decode_tps")
    print(json.dumps({"load_ms": loaded * 1000, **{key: statistics.median(values[1:]) for key, values in figures.items()}}))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
