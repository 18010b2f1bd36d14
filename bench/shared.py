"""What several benches do: run arny and read its figures, and tell which goals were met."""
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("ARNY_BUILD_DIR", ROOT / "build"))
ARNY = BUILD / "bin/arny"
MODELS = Path(os.environ.get("ARNY_MODELS", Path.home() / ".cache/arny/models"))
MB = 1_000_000


def arny(*command):
    done = subprocess.run([ARNY, *map(str, command), "--json"], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{Path(sys.argv[0]).name}: arny {' '.join(map(str, command))}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def estimate(folder):
    return list(arny("estimate", "--team", folder)["agents"].values())


def switch(folder, budget, rounds, history):
    return arny("bench", "switch", "--team", folder, "--rounds", rounds, "--history", history, *(("--budget", budget) if budget else ()))


def write_team(folder, plan, models, agents, **more):
    """models: name -> its entry; agents: name -> its entry."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "team.json").write_text(json.dumps({"arny": 1, "plan": plan, "threads": 2, "temperature": 0, "models": models, "agents": agents,
                                                  **more}), encoding="utf-8")
    return folder


class Goals:
    def __init__(self):
        self.rows = []

    def check(self, what, value, bound, unit, at_least=False):
        met = value >= bound if at_least else value <= bound
        self.rows.append({"what": what, "value": value, "bound": bound, "met": met})
        print(f"    {'met   ' if met else 'MISSED'} {what}: {value:.2f}{unit} ({'>=' if at_least else '<='} {bound}{unit})", flush=True)

    def tell(self):
        missed = [row for row in self.rows if not row["met"]]
        print(f"\n{len(self.rows) - len(missed)} goals met, {len(missed)} missed; load {os.getloadavg()[0]:.2f}")
        return 1 if missed else 0
