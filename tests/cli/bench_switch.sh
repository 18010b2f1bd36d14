#!/bin/sh
# What a switch of agents costs: the figures add up, for people, as JSON and message by message.
. "$(dirname "$0")/check"
team t '"context": 4096, "persist": "disk",'
export ARNY_STATE="$WORK/state"
bench() { # CODE OPTIONS
    code_wanted=$1
    shift
    expect "$code_wanted" "$ARNY" bench switch --team t "$@"
}
model t/base.fake '{ "default": "Yes.", "prefill_us": 100 }'

# ---- for people -----------------------------------------------------------------------------------------------------

bench 0 --rounds 3 --history 50
out_has '^switch to the first token  *[0-9.]* ms median, [0-9.]* ms at 99 %, of 9$'
out_has '^  from hot  *[0-9.]* ms median, of 9$'
out_has '^same agent  *[0-9.]* ms median$'
out_has '^conversation  *[0-9]* tokens an agent at the beginning$'
out_has '^memory  *[0-9.]* MB peak, of which [0-9.]* MB its own$'
[ "$(wc -l <out)" -eq 5 ] || complain "5 lines expected"
err_empty
[ ! -e state ] || complain "a bench keeps nothing on the disk"

# ---- JSON, and a line for each message ------------------------------------------------------------------------------

# adds_up: out is the figures, trace the messages that they are of. History is 0, so that every message counts.
cat >adds_up.py <<'PYTHON'
import json, sys
rounds, agents = int(sys.argv[1]), ["wellness", "math", "logistics"]
(e,) = [json.loads(line) for line in open("out")]
trace = [json.loads(line) for line in open("trace")]

def near(a, b):
    return abs(a - b) < 0.002 # both are rounded

def share(values, p): # a measured value, at that rank or one beside it
    values = sorted(values)
    at = p * (len(values) - 1)
    return values[max(0, int(at))], values[min(len(values) - 1, int(at) + 1)]

def check(what):
    if not eval(what):
        sys.exit("not so: %s\n%s\n%s" % (what, e, trace))

switches, same = trace[::2], trace[1::2]
for what in (
    'set(e) >= {"p50_ms", "p99_ms", "same_agent_p50_ms", "peak_rss", "peak_anon", "budget", "switches", "history", "from"}',
    'len(trace) == 2 * rounds * len(agents)',
    'all(set(x) == {"s", "agent", "from", "ms", "restored", "prefilled", "rss", "anon"} for x in trace)',
    '[x["agent"] for x in switches] == agents * rounds and [x["agent"] for x in same] == agents * rounds',
    'all(a["s"] <= b["s"] for a, b in zip(trace, trace[1:]))',
    'all(x["from"] == "hot" for x in same)',
    'all(x["prefilled"] > 0 and x["ms"] >= 0.1 * x["prefilled"] for x in trace)', # 100 us a token, as base.fake says
    'all(x["restored"] > 0 for x in trace if x["from"] != "closed" or x not in trace[:2 * len(agents)])',
    'e["switches"] == len(switches) == sum(x["n"] for x in e["from"].values())',
    'all(e["from"][f]["n"] == sum(x["from"] == f for x in switches) for f in ("hot", "parked", "closed"))',
    'share([x["ms"] for x in switches], 0.5)[0] - 0.002 < e["p50_ms"] < share([x["ms"] for x in switches], 0.5)[1] + 0.002',
    'e["p50_ms"] <= e["p99_ms"] <= max(x["ms"] for x in switches) + 0.002',
    'share([x["ms"] for x in same], 0.5)[0] - 0.002 < e["same_agent_p50_ms"] < share([x["ms"] for x in same], 0.5)[1] + 0.002',
    'e["peak_anon"] == max(x["anon"] for x in trace) and e["peak_rss"] >= max(x["anon"] for x in trace) > 0',
):
    check(what)
PYTHON
adds_up() { python3 adds_up.py "$1" >why 2>&1 || complain "$(tail -n 3 why | cut -c 1-300)"; }

bench 0 --rounds 4 --history 0 --json --trace trace
err_empty
adds_up 4
out_json 'e[0]["budget"] == 0 and e[0]["history"] == 0 and e[0]["from"]["parked"] == {"n": 0, "p50_ms": 0}'
out_json 'e[0]["from"]["closed"]["n"] == 3 and e[0]["from"]["hot"]["n"] == 9' # the first time nobody is open

# A budget for one of them: each switch brings one back
bench 0 --rounds 4 --history 0 --json --trace trace --budget 1500KB
adds_up 4
out_json 'e[0]["budget"] == 1500000 and e[0]["from"]["hot"]["n"] == 0 and e[0]["from"]["parked"]["n"] > 0'
bench 0 --rounds 4 --history 0 --budget 1500KB
out_has '^  from parked  *[0-9.]* ms median, of [1-9]'
out_has '; budget 1.50 MB$'

# The conversation is as long as was asked for, and comes before what is measured
bench 0 --rounds 1 --history 300 --json --trace trace
out_json '300 <= e[0]["history"] < 4096 and e[0]["switches"] == 3'
[ "$(wc -l <trace)" -eq 9 ] || complain "9 messages expected: $(wc -l <trace)"
python3 -c 'import json
t = [json.loads(line) for line in open("trace")]
(e,) = [json.loads(line) for line in open("out")]
assert e["history"] == t[2]["restored"] + t[2]["prefilled"], (e, t[2])
assert all(x["prefilled"] >= 300 for x in t[:3]) and all(x["restored"] >= 300 for x in t[3:])' || complain "failed"

# A team of one never switches
mkdir one
model one/m.fake '{ "default": "Yes." }'
echo '{ "arny": 1, "plan": "monolith", "engine": "fake", "models": { "m": { "fake": "m.fake" } }, "agents": { "me": { "model": "m" } } }' >one/team.json
expect 0 "$ARNY" bench switch --team one --rounds 2 --history 0 --json
out_json 'e[0]["switches"] == 0 and e[0]["p50_ms"] == 0 and e[0]["same_agent_p50_ms"] > 0'

# ---- mistakes -------------------------------------------------------------------------------------------------------

bad() { # WHAT-IT-SAYS OPTIONS
    says=$1
    shift
    bench 64 "$@"
    err_has "^arny: bench: .*$says"
    err_lines 1
    out_empty
}
bad 'a whole number from 1 to 10000 expected' --rounds 0
bad 'a whole number from 1 to 10000 expected' --rounds 10001
bad 'a whole number from 1 to 10000 expected' --rounds many
bad 'a whole number from 0 to 1000000 expected' --history -1
bad 'a whole number from 0 to 1000000 expected' --history 1.5
bad 'needs a value: FILE' --trace
bad 'did you mean --rounds' --round 3
bad '"again" is one argument too many' again
expect 64 "$ARNY" bench --team t
err_has 'switch, route, decode, perplexity or matrix expected'
expect 64 "$ARNY" bench swich --team t
err_has '"swich" cannot be measured here: switch, route, decode, perplexity or matrix expected'
expect 64 "$ARNY" bench switch
err_has '--team DIR expected'
expect 66 "$ARNY" bench switch --team missing
bench 65 --history 5000 --json
out_json 'e[-1]["code"] == "context"'
bench 75 --budget 10KB --json
out_json 'e[-1]["code"] == "budget"'
bench 73 --trace nowhere/trace
err_has '^arny: nowhere/trace cannot be written'
out_empty
if [ -w /dev/full ]; then
    bench 73 --rounds 1 --history 0 --trace /dev/full
    err_has '^arny: /dev/full cannot be written'
    out_empty
fi

# ---- Ctrl-C ---------------------------------------------------------------------------------------------------------

model t/base.fake '{ "default": "Yes.", "step_us": 20000 }'
cat >interrupt.py <<'PYTHON'
import signal, subprocess, sys, time
process = subprocess.Popen(sys.argv[1:], stdout=open("out", "w"), stderr=open("err", "w"))
time.sleep(1)
process.send_signal(signal.SIGINT)
sys.exit(process.wait(20))
PYTHON
expect 130 python3 interrupt.py "$ARNY" bench switch --team t --rounds 10000 --history 0 --json
out_empty
err_empty
finish
