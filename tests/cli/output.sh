#!/bin/sh
# Standard output that is closed, full or a terminal's business, and Ctrl-C.
. "$(dirname "$0")/check"
team t
model m.fake '{ "default": "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen",
    "step_us": 3000 }'
model slow.fake '{ "default": "Yes.", "open_ms": 5000 }'

# Who reads no more has closed the pipe: no word about it, and no success either.
closed() {
    RAN="$* | head -c 3"
    ("$@" 2>err; echo $? >code) | head -c 3 >out
    [ "$(cat code)" -eq 74 ] || complain "exit code $(cat code), not 74"
    err_empty
}
closed "$ARNY" generate --model m.fake x
closed "$ARNY" generate --model m.fake --json x
closed "$ARNY" ask --team t --json "slow"
yes 'solve' | head -n 2000 >in
RAN='route | head'
("$ARNY" route --team t - <in 2>err; echo $? >code) | head -n 1 >out
[ "$(cat code)" -eq 74 ] || complain "exit code $(cat code), not 74"
err_empty
: >in

if [ -w /dev/full ]; then
    RAN='generate >/dev/full'
    "$ARNY" generate --model m.fake x >/dev/full 2>err
    code=$?
    [ "$code" -eq 74 ] || complain "exit code $code, not 74"
    err_has 'standard output cannot be written'
    "$ARNY" --help >/dev/full 2>err
    code=$?
    [ "$code" -eq 74 ] || complain "exit code $code, not 74"
fi
RAN='generate >&-'
"$ARNY" generate --model m.fake x >&- 2>err
code=$?
[ "$code" -eq 74 ] || complain "exit code $code, not 74"

# Ctrl-C: the done event, then 130
cat >interrupt.py <<'PYTHON'
import json, os, signal, subprocess, sys, time
wait, command = sys.argv[1], sys.argv[2:]
process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=open("err", "w"))
lines = []
if wait == "token":
    for line in process.stdout:
        lines.append(line)
        if json.loads(line)["event"] == "token":
            break
else:
    time.sleep(float(wait))
started = time.monotonic()
process.send_signal(signal.SIGINT)
lines += process.stdout.readlines()
code = process.wait(20)
open("out", "wb").write(b"".join(lines))
if time.monotonic() - started > 2:
    sys.exit("it took %.1f s" % (time.monotonic() - started))
sys.exit(0 if code == 130 else "exit code %d, not 130" % code)
PYTHON
interrupt() {
    RAN="interrupt $*"
    python3 interrupt.py "$@" >why 2>&1 || complain "$(cat why)"
    out_json 'e[-1]["event"] == "done" and e[-1]["reason"] == "cancelled" and len(e) < 80'
    err_empty
}
interrupt token "$ARNY" generate --model m.fake --json x
interrupt token "$ARNY" ask --team t --json slow
printf 'slow\nslow\n' >in
interrupt token "$ARNY" ask --team t --json slow
interrupt 1 "$ARNY" generate --model slow.fake --json x
finish
