#!/bin/sh
# Conversations on a disk that is full, or read-only: told plainly, and what was said before is there when there is room again.
. "$(dirname "$0")/check"
unshare -rm true 2>/dev/null || { echo "skipped: no mount namespaces here (unshare -rm)"; exit 77; }
team t '"persist": "disk", "context": 8192,'
mkdir disk
long="solve $(head -c 6000 /dev/zero | tr '\0' y)"
export long

cat >steps <<'SCRIPT'
mount -t tmpfs -o "size=$1" tmpfs disk || exit 99
ask() { # OUT TEXT: its exit code goes before its output
    "$ARNY" ask --team t --session anna --agent math --state disk/state --json "$2" >"$1" 2>"$1.err"
    echo $? >"$1.code"
}
fill() { dd if=/dev/zero of=disk/rest bs=4096 2>dd.err || true; }
SCRIPT
inside() { # SIZE: the script on standard input runs with a disk of that size
    { cat steps; cat; } >script
    expect 0 unshare -rm sh script "$1"
}
# ended STEP CODE EXPRESSION
ended() {
    RAN="step $1: $(cat "$1.code")"
    cp "$1" out
    cp "$1.err" err
    [ "$(cat "$1.code")" -eq "$2" ] || complain "exit code $(cat "$1.code"), not $2"
    out_json "$3"
}

# ---- no room for a turn: an error, and the session is as it was --------------------------------------------------------

inside 1m <<'SCRIPT'
ask first "solve one"
fill
ask second "$long"
cp disk/state/sessions/anna.turns kept
rm disk/rest
ask third "solve three"
cp disk/state/sessions/anna.turns later
ls -A disk/state/sessions disk/state/kv >names
"$ARNY" session list --team t --state disk/state >list
SCRIPT
ended first 0 'e[-1]["event"] == "done" and e[-1]["written"] > 0'
ended second 73 'e[-1]["event"] == "error" and e[-1]["code"] == "write" and "anna.turns" in e[-1]["message"] and "space" in e[-1]["message"]'
ended third 0 'e[-1]["event"] == "done" and [x for x in e if x["event"] == "ready"][0]["restored_tokens"] > 0'
RAN="the journal"
cp list out
out_is anna
grep -q yyyy kept later && complain "a turn that was refused is in the journal"
[ "$(grep -ao '"user"' later | wc -l)" -eq 2 ] || complain "two turns expected in: $(tail -c +16 later)"
RAN="what is left"
cp names out
[ "$(grep -c -e part -e tmp names)" -eq 0 ] || complain "half-written files are left"

# ---- room for turns, none for KV: everything is said, and prefilled anew -----------------------------------------------

inside 20k <<'SCRIPT'
ask first "$long"
ask second "solve two"
ls -A disk/state/kv >names
SCRIPT
ended first 0 'e[-1]["event"] == "done"'
ended second 0 'e[-1]["event"] == "done" and e[-1]["prompt_tokens"] > 6000 and [x for x in e if x["event"] == "ready"][0]["restored_tokens"] == 0'
RAN="what is left"
cp names out
[ ! -s names ] || complain "half-written files are left"

# ---- read-only ----------------------------------------------------------------------------------------------------------

inside 4m <<'SCRIPT'
ask first "solve one"
mount -o remount,ro disk
ask second "solve two"
"$ARNY" session list --team t --state disk/state >list 2>list.err
"$ARNY" session forget anna --team t --state disk/state >forget 2>forget.err
echo $? >forget.code
mount -o remount,rw disk
ask third "solve three"
SCRIPT
ended first 0 'e[-1]["event"] == "done"'
ended second 73 'e[-1]["event"] == "error" and e[-1]["code"] == "write" and "ead-only" in e[-1]["message"]'
ended third 0 'e[-1]["event"] == "done" and [x for x in e if x["event"] == "ready"][0]["restored_tokens"] > 0'
RAN="list on a read-only disk"
cp list out
cp list.err err
out_is anna
RAN="forget on a read-only disk: $(cat forget.code)"
cp forget out
cp forget.err err
[ "$(cat forget.code)" -eq 73 ] || complain "exit code 73 expected"
err_has 'ead-only'
finish
