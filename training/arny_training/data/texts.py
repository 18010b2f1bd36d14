"""What was written for this project: conversations, training/data/chat/AGENT/*.jsonl, a source (one writer) a file, and topics."""
import json
from pathlib import Path

from ..chat import read_conversations
from ..errors import Problem

FOLDER = Path(__file__).resolve().parents[2] / "data" / "chat"


def written(agent):
    """[(source, conversation)] of an agent, in the order of files and lines."""
    found = []
    for path in sorted((FOLDER / agent).glob("*.jsonl")):
        found += [(path.stem, c) for c in read_conversations(path)]
    return found


def read_topics(folder, parts):
    """{topic: {part: [sentence]}} of all .json files of a folder."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            found.update(json.loads(path.read_text(encoding="utf-8")))
        except json.JSONDecodeError as problem:
            raise Problem(f"{path}: not JSON: {problem}") from None
    for name, topic in found.items():
        for part in parts:
            if not topic.get(part):
                raise Problem(f"{folder}: the topic {name} has no {part}")
    return found
