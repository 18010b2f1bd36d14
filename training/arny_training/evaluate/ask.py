"""Replies from the built command: `arny generate --lines`, one process a core, each with one thread."""
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..errors import Problem


def command():
    """build/bin/arny of this tree, or $ARNY."""
    found = Path(os.environ.get("ARNY") or Path(__file__).resolve().parents[3] / "build" / "bin" / "arny")
    if not found.exists():
        raise Problem(f"{found}: no such command: ./dev build makes it, or set ARNY")
    return found


def answers(words, prompts):
    """What a command of arny, given with its --json, answers to prompts on its standard input, a line each."""
    done = subprocess.run([str(command()), *words], input="\n".join(prompts) + "\n", capture_output=True, text=True, encoding="utf-8", check=False)
    found, text = [], ""
    for line in done.stdout.splitlines():
        event = json.loads(line)
        if event["event"] == "token":
            text += event["text"]
        elif event["event"] == "done":
            found.append(text)
            text = ""
        elif event["event"] == "error":
            raise Problem(f"arny {words[0]}: {event['message']}")
    if done.returncode or len(found) != len(prompts):
        raise Problem(f"arny {words[0]} ended with {done.returncode} after {len(found)} of {len(prompts)} answers: {done.stderr.strip()[-400:]}")
    return found


def replies(model, prompts, system, adapter=None, most=200, extra=()):
    """Greedy replies, each in a conversation of its own."""
    jobs = max(1, min(os.cpu_count() or 1, len(prompts) // 4))
    words = ["generate", "--model", str(model), "--system", system, "--temperature", "0", "-n", str(most), "--threads", "1", "--json",
             "--lines", "-", *extra]
    if adapter:
        words += ["--adapter", str(adapter)]
    shares = [[p.replace("\n", " ") for p in prompts[i::jobs]] for i in range(jobs)]
    with ThreadPoolExecutor(jobs) as pool:
        parts = list(pool.map(lambda share: answers(words, share), shares))
    merged = [""] * len(prompts)
    for i, part in enumerate(parts):
        merged[i::jobs] = part
    return merged
