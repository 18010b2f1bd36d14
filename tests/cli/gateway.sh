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
python3 -c 'import json
d = [json.loads(l) for l in open("decisions.jsonl")]; assert len(d) == 14
assert all(x["tokens"] > 0 and x["ms"] > 0 for x in d)' || complain "failed"
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

# Fields that scripts rely on, and nothing else on standard output
expect 0 "$ARNY" gateway train --team t --data data.jsonl --calibrate data.jsonl --json
out_json 'len(e) == 1 and {"messages", "turns", "dangers", "accuracy", "temperature", "alarm", "ms"} <= set(e[0])'
out_json 'e[0]["messages"] == 8 and e[0]["turns"] == 0 and 0 < e[0]["alarm"] <= 0.5 and e[0]["danger_recall"] > 0.9'
err_empty
cp first t/gateway.head
expect 0 "$ARNY" gateway eval --team t --data data.jsonl --json
out_json 'len(e) == 1 and list(e[0])[:3] == ["n", "accuracy", "accuracy_low"]'
out_json '{"n", "accuracy", "none_recall", "ece", "p50_ms", "p99_ms", "confusion"} <= set(e[0])'
out_json 'all(type(e[0][k]) in (int, float) for k in ("n", "accuracy", "none_recall", "ece", "p50_ms", "p99_ms"))'
out_json 'list(e[0]["confusion"]) == ["math", "care", "none"]'
out_json 'all(list(row) == ["math", "care", "none"] for row in e[0]["confusion"].values())'
out_json 'sum(sum(row.values()) for row in e[0]["confusion"].values()) == e[0]["n"] == 8'
out_json 'e[0]["danger_recall"]["n"] == 3 and e[0]["false_alarms"]["n"] == 3'
out_json 'e[0]["kind"]["direct"]["n"] == 1 and e[0]["source"]["data.jsonl"]["n"] == 8'
err_empty

# A file of several, a folder, and the same again are all data
mkdir more
cp data.jsonl more/a.jsonl
echo '{"text": "feel sad", "agent": "math"}' >more/b.jsonl
echo 'not read' >more/notes.txt
expect 0 "$ARNY" gateway eval --team t --data more --data data.jsonl --json
out_json 'e[0]["n"] == 17 and e[0]["confusion"]["math"] == {"math": 6, "care": 1, "none": 0}'

# Whatever the data is called, a report is XML and decisions are JSON
cat >odd.jsonl <<'LINES'
{"text": "solve \"this\" \\ <now> & \u0001\n\u20ac", "agent": "math", "kind": "<a & \"b\">", "lang": "\u0001\u001f", "source": "]]>"}

{"text": "knife arm", "danger": true, "kind": "x\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac", "agent": "none"}
{"turns": ["so sad", "solve sums"], "agents": ["care", "math"], "kind": "\ud83d\ude00"}
{"text": "bread", "danger": false}
LINES
expect 0 "$ARNY" gateway eval --team t --data odd.jsonl --report odd.svg --decisions odd.out
python3 -c 'open("out", encoding="utf-8").read()' || complain "standard output is not UTF-8"
python3 - odd.svg <<'PYTHON' || complain "the report is no SVG"
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
text = "".join(root.itertext())
assert root.tag == "{http://www.w3.org/2000/svg}svg" and "math" in text and '<a & "b">' in text, text
PYTHON
cp odd.out out
out_json 'len(e) == 4 and [x["decided"] for x in e][0] == "math" and [x["agent"] for x in e] == ["math", "none", "math", None]'
out_json 'e[0]["text"] == "solve \"this\" \\ <now> & \u0001\n\u20ac" and e[2]["text"] == "solve sums" and e[0]["source"] == "]]>"'
out_json 'all(0 <= x["confidence"] <= 1 and 0 <= x["danger"] <= 1 for x in e)'
out_json '[x.get("is_danger") for x in e] == [None, True, None, False] and e[3]["lang"] == ""'
expect 0 "$ARNY" gateway eval --team t --data odd.jsonl --json
out_json '"<a & \"b\">" in e[0]["kind"] and e[0]["turns"]["n"] == 1'
echo '{"text": "bread", "danger": false}' >silent.jsonl # no message has an agent
expect 0 "$ARNY" gateway eval --team t --data silent.jsonl --json --report silent.svg
out_json 'e[0]["n"] == 0 and e[0]["accuracy"] == 0'
python3 -c 'import xml.etree.ElementTree as x; x.parse("silent.svg")' || complain "the report is no XML"

# Any mode can be evaluated
team s
echo '{"text": "solve it", "agent": "math"}' >scored.jsonl
echo '{"text": "pack", "agent": "wellness"}' >>scored.jsonl
expect 0 "$ARNY" gateway eval --team s --data scored.jsonl --json --decisions scored.out
out_json 'e[0]["n"] == 2 and e[0]["accuracy"] == 0.5 and e[0]["confusion"]["wellness"]["logistics"] == 1'
out_json '"danger_recall" not in e[0] and "turns" not in e[0]'
cp scored.out out
out_json '[round(x["confidence"], 2) for x in e] == [0.97, 0.9] and "danger" not in e[0]'

# Help
expect 0 "$ARNY" gateway --help
for part in '^arny gateway - ' '^Usage' 'gateway train --team DIR --data FILE' 'gateway eval --team DIR' '^Options' \
    '--calibrate' '--decisions' '^Example' '^Exit codes' '^  64 ' '^  73 ' '^  130 '; do
    out_has "$part"
done
err_empty
[ "$(awk 'length($0) > 112' out | wc -l)" -eq 0 ] || complain "a line is too long for a terminal"

# More mistakes: what is wrong is told in one line, and nothing is written
wrong() { # CODE WHAT-IT-SAYS ARGUMENTS...
    want=$1 said=$2
    shift 2
    expect "$want" "$ARNY" gateway "$@"
    err_has "$said"
    err_lines 1
    out_empty
}
wrong 64 '^arny: gateway: there is no option --dta; did you mean --data' train --team t --dta data.jsonl
wrong 64 '--team DIR expected' train --data data.jsonl
wrong 64 '--decisions goes with eval' train --team t --data data.jsonl --decisions x
wrong 64 '--calibrate goes with train' eval --team t --data data.jsonl --calibrate data.jsonl
wrong 64 '--out goes with train' eval --team t --data data.jsonl --out x.head
wrong 64 's/team.json: only a gateway with "mode": "head" is trained' train --team s --data data.jsonl
team n
sed -i.bak '/"gateway"/d' n/team.json
wrong 64 'n/team.json: the team has no gateway to evaluate' eval --team n --data data.jsonl
wrong 66 'missing' train --team missing --data data.jsonl
wrong 66 'nowhere.jsonl: there is no such file' eval --team t --data nowhere.jsonl --decisions never.out
mkdir none
wrong 66 'none: there is no file \*.jsonl in it' train --team t --data none
wrong 66 'nowhere.jsonl' train --team t --data data.jsonl --calibrate nowhere.jsonl
wrong 65 '^arny: empty.jsonl: there is no message in it' train --team t --data empty.jsonl
bad() { # WHAT-IT-SAYS LINES...
    said=$1
    shift
    printf '%s\n' "$@" >bad.jsonl
    wrong 65 "$said" train --team t --data bad.jsonl
    wrong 65 "$said" train --team t --data data.jsonl --data bad.jsonl
}
bad '^arny: bad.jsonl:1:' 'add numbers'
bad '^arny: bad.jsonl:2:' '{"text": "a", "agent": "math"}' '{"text": "b", "agent": "math"'
bad '^arny: bad.jsonl:3:1: "agent" is missing' '{"text": "a", "agent": "math"}' '' '{"text": "b"}'
bad '^arny: bad.jsonl:1:2: unknown key "txt"; did you mean "text"' '{"txt": "a", "agent": "math"}'
bad '^arny: bad.jsonl:1:10: text: the message is empty' '{"text": "", "agent": "math"}'
bad '^arny: bad.jsonl:2: this message is for "care" here and for "math" in bad.jsonl:1; one must be wrong' \
    '{"text": "a", "agent": "math"}' '{"text": "a", "agent": "care"}'
bad '^arny: bad.jsonl:2: this message has danger false here and true in bad.jsonl:1' \
    '{"text": "a", "danger": true}' '{"text": "a", "danger": false}'
printf '{"text": "a", "agent": "math"}\n{"text": "b", "agent": "care"}\n' >bad.jsonl
wrong 65 '^arny: bad.jsonl: there is no message for "none"' train --team t --data bad.jsonl
expect 65 "$ARNY" gateway train --team t --data bad.jsonl --json
out_json 'len(e) == 1 and e[0]["event"] == "error" and e[0]["code"] == "data" and "none" in e[0]["message"]'
expect 65 "$ARNY" gateway eval --team t --data empty.jsonl --decisions never.out --report never.svg
wrong 73 'nowhere/x.head' train --team t --data data.jsonl --out nowhere/x.head
expect 73 "$ARNY" gateway train --team t --data data.jsonl --out more # a folder
if [ -w /dev/full ]; then
    expect 73 "$ARNY" gateway eval --team t --data data.jsonl --decisions /dev/full
    err_has '/dev/full: could not be written'
    expect 73 "$ARNY" gateway eval --team t --data data.jsonl --report /dev/full
    err_has '/dev/full: could not be written'
    [ -c /dev/full ] || complain "/dev/full is gone"
fi
for file in never.out never.svg; do
    [ ! -e "$file" ] || complain "$file was left behind"
done
cmp t/gateway.head first || complain "the head has changed"
[ "$(ls t)" = "$(printf 'gateway.head\nm.fake\nr.fake\nteam.json')" ] || complain "more than the team: $(ls t)"
expect 0 env ARNY_CACHE="$PWD/data.jsonl" "$ARNY" gateway train --team t --data data.jsonl # no folder can be made there
err_empty
cmp t/gateway.head first || complain "the head has changed"

# A head of another team, or of another model
mkdir o
sed 's/"care": {/"help": {/' t/team.json >o/team.json
cp t/*.fake t/gateway.head o
expect 65 "$ARNY" route --team o hello
err_has 'it knows an agent that this team has not: care: train it again, with: arny gateway train --team o'
cp t/team.json o/team.json
printf '#arny-fake 1\n{"embedding": 64, "context": 99}\n' >o/r.fake
expect 65 "$ARNY" gateway eval --team o --data data.jsonl
err_has 'this head was trained for another model than .*r.fake: train it again'
expect 0 "$ARNY" gateway train --team o --data data.jsonl
expect 0 "$ARNY" route --team o hello

# Danger without an answer, and in whose language
expect 0 "$ARNY" ask --team t --json --agent math "knife arm"
out_json '[x["event"] for x in e if x["event"] != "loading"][:2] == ["safety", "ready"]'
out_json 'set(e[[x["event"] for x in e].index("safety")]) == {"event", "kind", "confidence", "text"}'
out_json '0 < e[[x["event"] for x in e].index("safety")]["confidence"] <= 1'
expect 0 "$ARNY" ask --team t --json "bread table"
out_json '"safety" not in [x["event"] for x in e]'
sed -i.bak 's/"safety": {.*} },/"safety": { "answer": false, "help": { "en": "Call.", "de": "Ruf an." } } },/' t/team.json
expect 0 env LC_ALL=de_AT.UTF-8 "$ARNY" ask --team t --json "knife arm"
out_json '[x["event"] for x in e if x["event"] != "loading"] == ["routed", "safety", "done"]'
out_json 'e[-1]["reason"] == "safety" and e[-1]["tokens"] == 0'
out_json '[x["text"] for x in e if x["event"] == "safety"] == ["Ruf an."]'
expect 0 env LC_ALL=C "$ARNY" ask --team t "knife arm"
out_has '^Call\.$'
mv t/team.json.bak t/team.json

# Ctrl-C: 130, and the files are those that were there before
cat >interrupt.py <<'PYTHON'
import signal, subprocess, sys, time
process = subprocess.Popen(sys.argv[1:], stdout=open("out", "wb"), stderr=open("err", "wb"))
time.sleep(1)
started = time.monotonic()
process.send_signal(signal.SIGINT)
code = process.wait(20)
if time.monotonic() - started > 2:
    sys.exit("it took %.1f s" % (time.monotonic() - started))
sys.exit(0 if code == 130 else "exit code %d, not 130" % code)
PYTHON
interrupt() {
    RAN="interrupt $*"
    ls -R t >files.before
    python3 interrupt.py "$@" >why 2>&1 || complain "$(cat why)"
    ls -R t >files.after
    cmp files.before files.after || complain "there are other files than before: $(cat files.after)"
    err_empty
}
printf '#arny-fake 1\n{"embedding": 64, "prefill_us": 50000}\n' >t/r.fake
interrupt "$ARNY" gateway train --team t --data data.jsonl
cmp t/gateway.head first || complain "the head has changed"
out_empty
rm t/gateway.head
interrupt "$ARNY" gateway train --team t --data data.jsonl --json
out_json 'len(e) == 1 and e[0]["event"] == "error" and e[0]["code"] == "cancelled"'
printf '#arny-fake 1\n{"embedding": 64, "prefill_us": 2000}\n' >t/r.fake
expect 0 "$ARNY" gateway train --team t --data data.jsonl
for i in 1 2 3 4 5 6 7 8; do sed "s/\"text\": \"/&$i /" data.jsonl; done >long.jsonl
interrupt "$ARNY" gateway eval --team t --data long.jsonl --report never.svg --decisions never.out
out_empty
for file in never.out never.svg; do
    [ ! -e "$file" ] || complain "$file was left behind"
done
finish
