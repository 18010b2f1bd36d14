"""Conversations that were written for this project: training/data/chat/AGENT/*.jsonl, a source (one writer) a file."""
from pathlib import Path

from ..chat import read_conversations

FOLDER = Path(__file__).resolve().parents[2] / "data" / "chat"


def written(agent):
    """[(source, conversation)] of an agent, in the order of files and lines."""
    found = []
    for path in sorted((FOLDER / agent).glob("*.jsonl")):
        found += [(path.stem, c) for c in read_conversations(path)]
    return found
