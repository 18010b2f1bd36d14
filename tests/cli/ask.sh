#!/bin/sh
# Asking a team: who answers, what is told about it, several messages in one conversation, and bad messages.
. "$(dirname "$0")/check"
team t

expect 0 "$ARNY" ask --team t "solve 2x = 10"
out_is 'x = 5'
err_has '^math 97 % - ready in [0-9]* ms - 5 tokens at [0-9]*/s$'
err_lines 1
expect 0 "$ARNY" ask --team t/team.json "I am sad"
out_is 'I hear you.'
expect 0 env ARNY_TEAM=t "$ARNY" ask solve
out_is 'x = 5'
expect 0 "$ARNY" ask --team t --agent logistics --session anna --budget 50MB --threads 1 --engine fake solve
out_is 'x = 5'
err_has '^logistics - ready'

# Events, in their order
expect 0 "$ARNY" ask --team t --json "solve it"
out_json '[k for k, _ in __import__("itertools").groupby(x["event"] for x in e)] == ["loading", "routed", "loading", "ready", "token", "done"]'
out_json '[x for x in e if x["event"] == "routed"][0]["agent"] == "math"'
out_json 'abs(sum([x for x in e if x["event"] == "routed"][0]["scores"].values()) - 1) < 0.01'
out_json '[x for x in e if x["event"] == "ready"][0]["from"] == "closed"'
out_json '"".join(x["text"] for x in e if x["event"] == "token") == "x = 5" and e[-1]["agent"] == "math"'
err_empty
expect 0 "$ARNY" ask --team t --json --agent wellness "solve it"
out_json 'not [x for x in e if x["event"] == "routed"] and e[-1]["agent"] == "wellness"'

# A message a line, one conversation
printf 'solve one\nI am sad\r\nsolve another' >in
expect 0 "$ARNY" ask --team t -
out_is "$(printf 'x = 5\nI hear you.\nx = 5')"
err_lines 3
expect 0 "$ARNY" ask --team t --json -
out_json '[x["agent"] for x in e if x["event"] == "done"] == ["math", "wellness", "math"]'
out_json '[x for x in e if x["event"] == "ready"][2]["restored_tokens"] > 0'
# One that cannot be answered does not keep the next from it
printf 'solve one\n\nso\377ve\nsolve another\n' >in
expect 65 "$ARNY" ask --team t --json -
out_json '[x["event"] for x in e if x["event"] in ("done", "error")] == ["done", "error", "error", "done"]'
err_has '^arny: line 2: the message is empty'
err_has '^arny: line 3: the message is not UTF-8'
: >in
expect 0 "$ARNY" ask --team t -
out_empty

# Bad messages
expect 65 "$ARNY" ask --team t ""
err_has 'empty'
err_lines 1
expect 65 "$ARNY" ask --team t "$(printf 'a\377b')"
err_has 'UTF-8'
python3 -c 'print("solve " * 170000)' >in
expect 65 "$ARNY" ask --team t --json -
out_json 'e[-1]["event"] == "error" and e[-1]["code"] == "context"'
: >in

# Bad teams and names
expect 64 "$ARNY" ask --team t --agent maths solve
err_has 'maths'
err_has 'wellness'
expect 64 "$ARNY" ask --team t --session 'a b' solve
expect 66 "$ARNY" ask --team missing solve
err_has 'missing'
team u '"nonsense": 1,'
expect 65 "$ARNY" ask --team u solve
err_has 'team.json:1:'
err_has 'nonsense'
expect 65 "$ARNY" ask --team u --json solve
out_json 'e[0]["event"] == "error" and e[0]["code"] == "data"'
team v
rm v/base.fake
expect 66 "$ARNY" ask --team v solve
err_has 'base.fake'
team w '"budget": "1KB",'
expect 75 "$ARNY" ask --team w --json solve
out_json 'e[-1]["code"] == "budget"'
err_has '^arny: '
expect 0 "$ARNY" ask --team w --budget 100MB solve
finish
