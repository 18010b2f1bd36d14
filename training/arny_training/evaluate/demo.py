"""Plays the demo's conversation with a team, and checks each answer: python -m arny_training.evaluate.demo [TEAM-FOLDER]

Who answers is given (`/agent` in a chat), so that what is judged is the answer and not the gateway.
"""
import argparse
import sys
from pathlib import Path

from ..chat import json_lines
from ..errors import main
from .ask import answers
from .checks import check
from .tasks import ROOT

TEAM = ROOT.parents[1] / "models" / "demo"


def of_agent(team, agent, rows):
    """The replies of one agent to its part of the conversation, in one session."""
    return iter(answers(["ask", "--team", str(team), "--agent", agent, "--json", "-"], [r["text"] for r in rows if r["agent"] == agent]))


def command(argv=None):
    parser = argparse.ArgumentParser(prog="arny_training.evaluate.demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("team", nargs="?", type=Path, default=TEAM)
    args = parser.parse_args(argv)
    rows = [row for _, row in json_lines(ROOT / "chat" / "demo.jsonl")]
    replies = {agent: of_agent(args.team, agent, rows) for agent in dict.fromkeys(r["agent"] for r in rows)}
    passed = 0
    for row in rows:
        reply = next(replies[row["agent"]])
        right = check(reply, {k: v for k, v in row.items() if k not in ("agent", "text")})[1]
        passed += right
        print(f"{'pass' if right else 'FAIL'}  {row['agent']}: {row['text']}\n      {reply.strip()}\n".replace("\n", "\n      ").rstrip() + "\n")
    print(f"{passed} of {len(rows)} answers pass")
    return 0 if passed == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main(command))
