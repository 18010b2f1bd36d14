#!/usr/bin/env python3
"""A conversation on a terminal: chat.py [TEAM'S FOLDER]. Ctrl-C stops an answer, Ctrl-D ends it all."""
import sys

import arny


def say(answer):
    try:
        for event in answer:
            match event:
                case arny.Routed(agent=agent, confidence=confidence):
                    print(f"[{agent} {confidence:.0%}]", end=" ", flush=True)
                case arny.Safety(text=text):
                    print(text)
                case arny.Token(text=text):
                    print(text, end="", flush=True)
                case arny.Done(tokens=tokens, ttft_ms=ttft):
                    print(f"\n({tokens} tokens, the first after {ttft:.0f} ms)")
    except KeyboardInterrupt:
        answer.close()
        print(" ...")


def main():
    with arny.Team(sys.argv[1] if len(sys.argv) > 1 else "models/demo") as team, team.session() as chat:
        for line in iter(lambda: sys.stdin.readline(), ""):
            if line.strip():
                try:
                    say(chat.ask(line.strip()))
                except arny.Error as error:
                    print(f"{error.message}. {error.remedy}", file=sys.stderr)


if __name__ == "__main__":
    main()
