"""Replies of what was built: single prompts through the library (bindings/python), conversations through the command."""
import json
import os
import subprocess
import sys
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


def package():
    """The package arny of this tree, with the library that was built in it."""
    root = Path(__file__).resolve().parents[3]
    os.environ.setdefault("ARNY_LIBRARY", str(next((path for path in (root / "build").glob("libarny.*") if path.suffix in (".so", ".dylib")), "")))
    sys.path.insert(0, str(root / "bindings" / "python"))
    try:
        import arny  # pylint: disable=import-outside-toplevel
    except ImportError as error:
        raise Problem(f"{error}: ./dev build makes the library") from None
    return arny


def share_of_replies(model, prompts, system, adapter, most, extra):
    """One model, a thread of the library: the system message stays in its KV cache."""
    arny = package()
    greedy, found = arny.Sampling(temperature=0), []
    try:
        with arny.Model(model, adapter=adapter, threads=1, **extra) as opened:
            for prompt in prompts:
                found.append(opened.generate(prompt, system=system, max_tokens=most, sampling=greedy).text())
    except arny.Error as error:
        raise Problem(f"{error.message}. {error.remedy}") from error
    return found


def replies(model, prompts, system, adapter=None, most=200, **extra):
    """Greedy replies, each in a conversation of its own; models that are opened with `extra` (arny.Model), one a core, each with one thread."""
    jobs = max(1, min(os.cpu_count() or 1, len(prompts) // 4))
    shares = [[p.replace("\n", " ") for p in prompts[i::jobs]] for i in range(jobs)]
    package()
    with ThreadPoolExecutor(jobs) as pool:
        parts = list(pool.map(lambda share: share_of_replies(model, share, system, adapter, most, extra), shares))
    merged = [""] * len(prompts)
    for i, part in enumerate(parts):
        merged[i::jobs] = part
    return merged
