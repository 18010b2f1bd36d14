#!/bin/sh
# Decisions without an answer.
. "$(dirname "$0")/check"
team t

expect 0 "$ARNY" route --team t "solve 2x = 10"
out_has '^math 97 %  (\(wellness\|logistics\|none\) 1 %, .*)  [0-9]* ms$'
err_empty
expect 0 "$ARNY" route --team t --json "I am sad"
out_json 'len(e) == 1 and e[0]["agent"] == "wellness" and abs(e[0]["confidence"] - 0.9) < 0.01 and e[0]["ms"] >= 0'
out_json 'list(e[0]["scores"]) == ["wellness", "math", "logistics", "none"] and abs(sum(e[0]["scores"].values()) - 1) < 0.01'
expect 0 "$ARNY" route --team t --json "hello"
out_json 'e[0]["agent"] == "none"'

printf 'solve\nI am sad\n' >in
expect 0 "$ARNY" route --team t --json -
out_json '[x["agent"] for x in e] == ["math", "wellness"]'
# A line for a line, whatever is wrong with one
printf 'solve\n\n\377\npack\n' >in
expect 65 "$ARNY" route --team t --json -
out_json '[x.get("agent", x.get("code")) for x in e] == ["math", "data", "data", "logistics"]'
err_has '^arny: line 2: '
err_has '^arny: line 3: '

# Turns
cat >in <<'LINES'
["solve"]
 [ "solve" , "I am sad" ]
["pack \u00e9\ud83d\ude00 \"\\\/\b\f\n\r\t"]
["s\u006flve"]
LINES
expect 0 "$ARNY" route --team t --turns --json -
out_json '[x["agent"] for x in e] == ["math", "wellness", "logistics", "math"]'
cat >in <<'LINES'
solve
[]
["solve"
["solve",]
["solve"] x
[1]
["\ud83d"]
["\udc00"]
["\ud83d\u0041"]
["\u0000"]
["\u12g4"]
["\x"]
["solve
{"a": "b"}
["a" "b"]
LINES
printf '["a\tb"]\n' >>in
expect 65 "$ARNY" route --team t --turns --json -
out_json 'len(e) == 16 and all(x["code"] == "data" for x in e)'
err_lines 16
err_has '^arny: line 1: character 1: an array of strings expected'
: >in
expect 0 "$ARNY" route --team t --turns '["I am sad"]'
out_has '^wellness 90 %'

expect 64 "$ARNY" route --team t
expect 66 "$ARNY" route --team missing x
team g
sed -i.bak '/"gateway"/d' g/team.json
expect 64 "$ARNY" route --team g x
err_has 'gateway'
finish
