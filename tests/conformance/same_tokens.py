#!/usr/bin/env python3
"""`arny generate --raw --temperature 0` gives the token ids that llama.cpp's own program gives.

Every prompt in prompts/ goes to `arny generate` and to llama-completion, built from the same source, over every model
file: same threads, context and batch, no repacking on either side. Compared are the ids of the prompt's tokens (their
number) and of the 64 tokens after it, or of all up to the end of generation. All prompts run with one thread, side by
side, which busy machines bear well; some run once more with two, which split attention in another way.

llama-completion prints no ids. With LLAMA_BATCH_DEBUG=1 llama.cpp logs the id and the position of each token that it
computes; the token that is drawn last is never computed, hence one more is asked for. Its cache for sliding windows is
asked for in full (--swa-full), which is what the gguf engine uses.

Environment: ARNY, ARNY_MODELS, ARNY_PEERS. Exit status: 0, 1, or 77 when models or peers are not there.
Arguments: parts of names; only prompts and models that match one of them are run.
"""
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
TOKENS = 64
CONTEXT, BATCH = 1024, 512
CORES = os.cpu_count() or 1
TWO_THREADS = ["09-hindi", "15-chat", "20-long"] if CORES > 1 else []
MODELS = {
    "SmolLM2 Q4_1": "SmolLM2-135M-Instruct.Q4_1.gguf",
    "SmolLM2 Q4_0": "smollm2-135m.q4_0.gguf",
    "SmolLM2 Q8_0": "smollm2-135m.q8_0.gguf",
    "Gemma-3 270M": "gemma-3-270m-q4_k_m.gguf",
}
COMPUTED = re.compile(rb"id = +(\d+) \(.{16}.*?\), pos = +(\d+), n_seq_id", re.DOTALL)


class Broken(Exception):
    pass


def run(command, environment=None):
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, **(environment or {})}, timeout=120, check=False)
    except subprocess.TimeoutExpired as error:
        raise Broken(f"{command[0]}: more than {error.timeout:.0f} s") from error


def ours(arny, model, prompt, threads):
    """(how many tokens the prompt has, ids after it, why it ended)"""
    result = run([arny, "generate", "--model", model, "--raw", "--temperature", "0", "-n", str(TOKENS), "--json",
                  "--threads", str(threads), "--ctx", str(CONTEXT), "--batch", str(BATCH), "--prompt", prompt])
    events = [json.loads(line) for line in result.stdout.splitlines()]
    if result.returncode != 0 or not events or events[-1]["event"] != "done":
        raise Broken(f"arny ended with {result.returncode}: {result.stderr.decode(errors='replace').strip()[-200:]}")
    ids = [event["id"] for event in events if event["event"] == "token" and event.get("id", -1) >= 0]
    return events[-1]["prompt_tokens"], ids, events[-1]["reason"]


def theirs(completion, model, prompt, threads):
    """All ids by position: the prompt's and those after it."""
    result = run([completion, "-m", model, "-no-cnv", "--no-warmup", "--no-repack", "--fit", "off", "--swa-full",
                  "--temp", "0", "-n", str(TOKENS + 1), "-c", str(CONTEXT), "-b", str(BATCH), "-ub", str(BATCH),
                  "-t", str(threads), "-tb", str(threads), "--no-escape", "-v", "-p", prompt],
                 {"LLAMA_BATCH_DEBUG": "1"})
    found = {int(pos): int(token) for token, pos in COMPUTED.findall(result.stderr + result.stdout)}
    if result.returncode != 0 or sorted(found) != list(range(len(found))) or not found:
        raise Broken(f"llama-completion ended with {result.returncode}, {len(found)} tokens: "
                     f"{result.stderr.decode(errors='replace').strip()[-200:]}")
    return [found[i] for i in range(len(found))]


def compare(arny, completion, model, prompt, threads):
    """What differs, or "", and the number of ids that were compared."""
    try:
        prompt_tokens, ids, reason = ours(arny, model, prompt, threads)
        all_ids = theirs(completion, model, prompt, threads)
    except Broken as error:
        return str(error), 0
    wanted = all_ids[prompt_tokens:]
    if ids == wanted and (len(ids) == TOKENS or reason == "stop"):
        return "", len(ids)
    same = next((i for i, (a, b) in enumerate(zip(ids, wanted)) if a != b), min(len(ids), len(wanted)))
    return (f"{prompt_tokens} tokens of prompt; after {same} that are the same, arny gives {ids[same:same + 6]} "
            f"({reason}), llama-completion {wanted[same:same + 6]}"), same


def prompts():
    folder = os.path.join(HERE, "prompts")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
            yield name.rsplit(".", 1)[0], file.read()


def main():
    arny = os.environ.get("ARNY", "build/bin/arny")
    models = {name: os.path.join(os.environ.get("ARNY_MODELS", ""), file) for name, file in MODELS.items()}
    completion = os.path.join(os.environ.get("ARNY_PEERS", ""), "llama-completion")
    missing = [path for path in [*models.values(), completion] if not os.path.exists(path)]
    if missing:
        print("skipped, not there:", *missing)
        return 77
    texts = dict(prompts())
    words = sys.argv[1:]
    if words:
        models = {n: m for n, m in models.items() if any(w in n for w in words)} or models
        texts = {n: t for n, t in texts.items() if any(w in n for w in words)} or texts

    start, passed, failures = time.monotonic(), 0, []
    print(f"ids that are the same, of up to {TOKENS} a prompt; context {CONTEXT}, batch {BATCH}\n")
    print(f"{'prompt':24}", *(f"{name:>14}" for name in models))
    for threads in (1, 2):
        titles = [title for title in texts if threads == 1 or title in TWO_THREADS]
        with ThreadPoolExecutor(max(1, CORES // threads)) as pool:
            rows = {title: {name: pool.submit(compare, arny, completion, path, texts[title], threads)
                            for name, path in models.items()} for title in titles}
            for title, row in rows.items():
                label, cells = title if threads == 1 else f"{title}, {threads} threads", []
                for name, job in row.items():
                    difference, same = job.result()
                    passed += not difference
                    if difference:
                        failures.append(f"{label}, {name}: {difference}")
                    cells.append(f"{same}{' FAILED' if difference else ''}")
                print(f"{label:24}", *(f"{cell:>14}" for cell in cells), flush=True)
    print()
    for failure in failures:
        print(failure)
    print(f"{passed} passed, {len(failures)} failed in {time.monotonic() - start:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
