"""Where a training stands, on disk: written beside and renamed, so that a kill leaves the one before."""
import json
import pickle
import shutil
from pathlib import Path

from .errors import Problem


def save(folder, step, digest, trained, optimizer, losses, held, seconds):
    """Keeps this one and drops the ones before it."""
    import torch
    folder = Path(folder)
    part, place = folder / f"step-{step}.part", folder / f"step-{step}"
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        torch.save({"trained": trained, "optimizer": optimizer}, part / "state.pt")
        (part / "run.json").write_text(json.dumps({"step": step, "config": digest, "losses": losses, "held": held, "seconds": seconds}), encoding="utf-8")
        part.rename(place)
    except (OSError, RuntimeError) as problem:  # torch says a full disk as a RuntimeError
        shutil.rmtree(part, ignore_errors=True)
        raise Problem(f"{place}: the checkpoint cannot be written ({problem}): the one before it is kept; make room and start again") from None
    for older in folder.glob("step-*"):
        if older != place:
            shutil.rmtree(older, ignore_errors=True)


def newest(folder, digest):
    """(run, state) of the last whole checkpoint, or None. One of another configuration is a Problem."""
    import torch
    places = [p for p in Path(folder).glob("step-*") if not p.name.endswith(".part")]
    if not places:
        return None
    place = max(places, key=lambda p: int(p.name.split("-")[1]))
    try:
        run = json.loads((place / "run.json").read_text(encoding="utf-8"))
        state = torch.load(place / "state.pt", weights_only=True)
    except (OSError, ValueError, RuntimeError, EOFError, pickle.UnpicklingError) as problem:
        raise Problem(f"{place}: a damaged checkpoint ({str(problem).splitlines()[0]}): remove it to begin anew") from None
    if run.get("config") != digest:
        raise Problem(f"{place} is of another configuration: give another --out, or remove it to begin anew")
    return run, state
