"""What bench/gateway and training/gateway/leave_out.py share: teams with one gateway, figures of decisions, simpler methods."""
import json
import math
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ARNY = Path(os.environ.get("ARNY_BUILD_DIR", ROOT / "build")) / "bin" / "arny"
MODELS = Path(os.environ.get("ARNY_MODELS", Path.home() / ".cache/arny/models"))
DATA = ROOT / "training" / "data" / "gateway"
MESSAGES, FRESH, TOLD, FOLLOWUPS, DANGER = (DATA / "frozen" / f"{name}.jsonl"
                                            for name in ("messages", "fresh", "told", "followups", "danger"))
SOURCES = sorted((DATA / "sources").glob("*.jsonl"))
CALIBRATING = ("everyday", "danger-held", "hours")  # what the tuned encoder has not seen either
LABELS = ("wellness", "math", "logistics", "none")
BINS = 15


def lines_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# ---- teams ----------------------------------------------------------------------------------------------------------


def team(folder, model, gateway, agents=LABELS[:3]):
    """A team folder whose agents are never asked: only its gateway is used."""
    folder.mkdir(parents=True)
    (folder / "gateway.gguf").symlink_to(MODELS / model)  # a whole path stays itself
    (folder / "agent.gguf").symlink_to(MODELS / "smollm2-135m.q4_0.gguf")
    config = {"arny": 1, "plan": "hybrid", "engine": "gguf", "budget": "1GB",
              "models": {"gateway": {"gguf": "gateway.gguf"}, "agent": {"gguf": "agent.gguf"}},
              "gateway": {"model": "gateway", **gateway},
              "agents": {name: {"model": "agent", "description": WHAT.get(name, name)} for name in agents}}
    (folder / "team.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


WHAT = {"wellness": "feelings, stress, sleep, relationships", "math": "numbers, equations, geometry, calculations",
        "logistics": "routes, travel, deliveries, schedules, packing"}


def arny(*arguments, **more):
    run = subprocess.run([ARNY, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                         **more)
    if run.returncode != 0:
        sys.exit(f"arny {arguments[0]} {arguments[1]}: {run.stderr.strip()}")
    return run.stdout


def train(folder, data, calibration=(), **more):
    """(figures, seconds)"""
    start = time.time()
    files = [word for path in data for word in ("--data", path)] + [word for path in calibration for word in ("--calibrate", path)]
    figures = json.loads(arny("gateway", "train", "--team", folder, "--json", *files, **more))
    return figures, time.time() - start


def evaluate(folder, data, *more):
    """(figures, decisions)"""
    decisions = folder / "decisions.jsonl"
    figures = json.loads(arny("gateway", "eval", "--team", folder, "--data", data, "--json", "--decisions", decisions, *more))
    return figures, lines_of(decisions)


def memory_of(process):
    """Anonymous memory and the resident pages of model files, in bytes; the program's own code is not counted."""
    total, path = 0, ""
    for line in Path(f"/proc/{process}/smaps").read_text(encoding="utf-8").splitlines():
        first, *rest = line.split()
        if not first.endswith(":"):
            path = rest[4] if len(rest) > 4 else ""
        elif first == ("Rss:" if path.endswith(".gguf") else "Anonymous:"):
            total += int(rest[0]) * 1024
    return total


def resident(folder):
    """MB of a process that has routed some messages and waits for the next."""
    command = [ARNY, "route", "--team", folder, "--json", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        for row in lines_of(MESSAGES)[:20]:
            process.stdin.write(row["text"].encode().replace(b"\n", b" ") + b"\n")
            process.stdin.flush()
            process.stdout.readline()
        time.sleep(0.2)
        taken = memory_of(process.pid)
        process.stdin.close()
    return taken / 1e6


# ---- figures of decisions -------------------------------------------------------------------------------------------


def interval(hits, count):
    """Wilson's, 95 %."""
    if count == 0:
        return 0, 1
    z, p = 1.96, hits / count
    middle, half = p + z * z / (2 * count), z * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    return (middle - half) / (1 + z * z / count), (middle + half) / (1 + z * z / count)


def calibration_error(decisions):
    """Expected calibration error in bins of equal mass (Naeini et al. 2015)."""
    order, total = sorted(decisions, key=lambda d: d["confidence"]), 0
    for i in range(BINS):
        part = order[i * len(order) // BINS:(i + 1) * len(order) // BINS]
        if part:
            sure = sum(d["confidence"] for d in part) / len(part)
            right = sum(d["decided"] == d["agent"] for d in part) / len(part)
            total += len(part) / len(order) * abs(sure - right)
    return total


def calibration_interval(decisions, rounds=300):
    random.seed(1)
    errors = sorted(calibration_error(random.choices(decisions, k=len(decisions))) for _ in range(rounds))
    return errors[int(0.025 * rounds)], errors[int(0.975 * rounds)]


def share(decisions, which):
    part = [d["decided"] == d["agent"] for d in decisions if which(d)]
    return sum(part) / len(part) if part else float("nan")


def summary(decisions):
    right = sum(d["decided"] == d["agent"] for d in decisions)
    return {"n": len(decisions), "right": right / len(decisions), "interval": interval(right, len(decisions)),
            "none": share(decisions, lambda d: d["agent"] == "none"), "traps": share(decisions, lambda d: d["kind"] == "trap"),
            "other languages": share(decisions, lambda d: d["lang"] != "en"),
            "ece": calibration_error(decisions), "ece interval": calibration_interval(decisions)}


# ---- methods that are not Arny's ------------------------------------------------------------------------------------


def rows_of(paths):
    """(text, agent) of single messages and of first turns."""
    rows = []
    for path in paths:
        for row in lines_of(path):
            if "turns" in row:
                rows.append((row["turns"][0], row["agents"][0]))
            elif "agent" in row:
                rows.append((row["text"], row["agent"]))
    return rows


def tfidf(rows, messages):
    """Words, pairs of words, and two to five letters, with logistic regression: decisions, and the median time of one."""
    sys.path.insert(0, os.environ.get("ARNY_PYTHON", ""))
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2)
    model = make_pipeline(make_union(words, characters), LogisticRegression(C=10, max_iter=300))
    model.fit([text for text, _ in rows], [agent for _, agent in rows])
    names, times, out = list(model.classes_), [], []
    for row in messages:
        start = time.perf_counter()
        p = model.predict_proba([row["text"]])[0]
        times.append(1000 * (time.perf_counter() - start))
        out.append({**row, "decided": names[p.argmax()], "confidence": float(p.max())})
    return out, statistics.median(times)


def majority(rows, messages):
    counts = {label: sum(agent == label for _, agent in rows) / len(rows) for label in LABELS}
    most = max(LABELS, key=counts.get)
    return [{**row, "decided": most, "confidence": counts[most]} for row in messages]


def show_head(what):
    print(f"\n{what}")
    print(f"{'':<34} right %  95 %          none %  traps % others %  ECE                    ms p50     MB")


def show(name, s, ms, memory):
    low, high = s["interval"]
    ms, memory = f"{ms:8.1f}" if ms else "       -", f"{memory:6.0f}" if memory else "     -"
    print(f"{name:<34} {100 * s['right']:5.1f} [{100 * low:.1f}, {100 * high:.1f}] {100 * s['none']:6.1f} {100 * s['traps']:6.1f}"
          f" {100 * s['other languages']:7.1f}   {s['ece']:.3f} [{s['ece interval'][0]:.3f}, {s['ece interval'][1]:.3f}] {ms} {memory}",
          flush=True)
