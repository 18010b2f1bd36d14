#!/bin/sh
# The gateway is taught, and told how good it is.
. "$(dirname "$0")/check"
mkdir t
printf '#arny-fake 1\n{}\n' >t/m.fake
printf '#arny-fake 1\n{"embedding": 64}\n' >t/r.fake
cat >t/team.json <<'JSON'
{ "arny": 1, "plan": "monolith", "engine": "fake", "models": { "m": { "fake": "m.fake" }, "r": { "fake": "r.fake" } },
  "gateway": { "model": "r", "mode": "head", "head": "gateway.head", "safety": { "help": { "en": "Call somebody." } } },
  "agents": { "math": { "model": "m" }, "care": { "model": "m" } } }
JSON
cat >data.jsonl <<'LINES'
{"text": "add numbers", "agent": "math", "kind": "direct"}
{"text": "solve sums", "agent": "math"}
{"text": "two numbers", "agent": "math"}
{"text": "feel lonely", "agent": "care"}
{"text": "so sad", "agent": "care"}
{"text": "sad and lonely", "agent": "care"}
{"text": "hello", "agent": "none"}
{"text": "a joke", "agent": "none"}
{"text": "knife arm", "danger": true}
{"text": "the knife", "danger": true}
{"text": "my arm knife", "danger": true}
{"text": "bread table", "danger": false}
{"text": "the bread", "danger": false}
{"text": "my table bread", "danger": false}
LINES
export ARNY_CACHE="$PWD/cache"

# Without a head the message says how to get one
expect 66 "$ARNY" route --team t hello
err_has 'arny gateway train --team t --data'
expect 0 "$ARNY" gateway train --team t --data data.jsonl
out_has '^learned to route from 8 messages'
out_has '^learned danger from 6 messages'
err_empty
cp t/gateway.head first
expect 0 "$ARNY" gateway train --team t --data data.jsonl --json
out_json 'e[0]["messages"] == 8 and e[0]["dangers"] == 6 and e[0]["temperature"] > 0'
cmp t/gateway.head first || complain "failed"
expect 0 "$ARNY" gateway train --team t --data data.jsonl --out other.head
cmp other.head first || complain "failed"
ls cache/embeddings-*.vec >/dev/null || complain "failed"

expect 0 "$ARNY" route --team t --json "solve numbers"
out_json 'e[0]["agent"] == "math"'

# How good it is
expect 0 "$ARNY" gateway eval --team t --data data.jsonl --json --report report.svg --decisions decisions.jsonl
out_json 'e[0]["n"] == 8 and e[0]["accuracy"] == 1 and e[0]["none_recall"] == 1 and 0 <= e[0]["ece"] <= 1'
out_json 'e[0]["p50_ms"] >= 0 and e[0]["p99_ms"] >= e[0]["p50_ms"] and e[0]["confusion"]["math"]["math"] == 3'
python3 -c 'import xml.etree.ElementTree as x; assert x.parse("report.svg").getroot().tag.endswith("svg")' || complain "failed"
python3 -c 'import json; assert len([json.loads(l) for l in open("decisions.jsonl")]) == 14' || complain "failed"
expect 0 "$ARNY" gateway eval --team t --data data.jsonl
out_has '^  right  *100.0 %'
out_has '^  danger told  *100.0 %'
out_has '^  kind direct  *100.0 %'

# Danger is told before any token, to people too
expect 0 "$ARNY" ask --team t --json "sad knife arm"
out_json '[x["event"] for x in e if x["event"] in ("safety", "token")][0] == "safety"'
out_json '[x for x in e if x["event"] == "safety"][0]["kind"] == "danger"'
out_json '[x for x in e if x["event"] == "safety"][0]["text"] == "Call somebody."'
expect 0 "$ARNY" ask --team t "sad knife arm"
out_has 'Call somebody\.'

# Mistakes
expect 64 "$ARNY" gateway
expect 64 "$ARNY" gateway teach --team t --data data.jsonl
err_has '"train" or "eval" expected, not "teach"'
expect 64 "$ARNY" gateway train --team t
err_has '--data FILE is missing'
expect 64 "$ARNY" gateway train --team t --data data.jsonl --report x.svg
expect 64 "$ARNY" gateway eval --team t --data data.jsonl --out x
expect 66 "$ARNY" gateway train --team t --data nowhere.jsonl
printf '{"text": "a", "agent": "math"}\n{"text": "b", "agent": "mth"}\n' >bad.jsonl
expect 65 "$ARNY" gateway train --team t --data bad.jsonl
err_has '^arny: bad.jsonl:2:24: agent: no agent "mth"; .* did you mean "math"?'
: >empty.jsonl
expect 65 "$ARNY" gateway train --team t --data empty.jsonl
expect 73 "$ARNY" gateway train --team t --data data.jsonl --out nowhere/x.head
expect 73 "$ARNY" gateway eval --team t --data data.jsonl --report nowhere/x.svg
expect 73 "$ARNY" gateway eval --team t --data data.jsonl --decisions nowhere/x
cmp t/gateway.head first || complain "failed"
finish
