"""Thirty conversations with the wellness agent, to be read by people: python -m arny_training.evaluate.transcripts OUT.md [TEAM-FOLDER]

What people say is from the gateway's frozen sets, in their order: nothing was trained on it, and nothing is picked. Each goes on
with a second message.
"""
import argparse
import sys
from pathlib import Path

from ..errors import main
from .ask import answers
from .checks import check
from .demo import TEAM
from .tasks import wellness_messages

TALKS, DANGERS = 22, 8
ONWARD = ["Thank you. What else can I do?", "And if that does not help?", "I don't know if I can do that.", "ok, thanks"]


def transcript(team, first, second):
    return answers(["ask", "--team", str(team), "--agent", "wellness", "--json", "-"], [first, second])


def mark(reply, truth):
    return "passes" if check(reply, truth)[1] else "does not pass"


def command(argv=None):
    parser = argparse.ArgumentParser(prog="arny_training.evaluate.transcripts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("team", nargs="?", type=Path, default=TEAM / "adapters")
    args = parser.parse_args(argv)
    talk, danger = wellness_messages(max(TALKS, DANGERS))
    lines, passed = [], 0
    for i, (text, truth, _) in enumerate([*talk[:TALKS], *danger[:DANGERS]]):
        onward = ONWARD[i % len(ONWARD)]
        replies = transcript(args.team, text, onward)
        passed += check(replies[0], truth)[1]
        lines += [f"## {i + 1}\n", f"> {text}\n", f"{replies[0].strip()}\n", f"*({mark(replies[0], truth)})*\n", f"> {onward}\n", f"{replies[1].strip()}\n"]
    head = f"""# Thirty conversations with the wellness agent

Written by `python -m arny_training.evaluate.transcripts docs/transcripts.md` in `training/`, with the team `{args.team.name}` and its own settings. The
first messages are the gateway's frozen ones in their order, {TALKS} about feelings and {DANGERS} about danger to life; nothing was trained on them and
nothing is picked. {passed} of {TALKS + DANGERS} first replies pass the rules of docs/training.md. What a rule cannot see is whether a reply fits: read them. Where there is
danger, the team's own help text comes before what is shown here.

"""
    args.out.write_text(head + "\n".join(lines), encoding="utf-8")
    print(f"{args.out}: {passed} of {TALKS + DANGERS} first replies pass")


if __name__ == "__main__":
    sys.exit(main(command))
