#!/bin/sh
# Conversations that are kept on disk: listed, forgotten, readable for their owner alone, or for the key alone, and had by one
# process at a time.
. "$(dirname "$0")/check"
team t '"persist": "disk",'
export ARNY_STATE="$WORK/state"
umask 0 # whatever it is, nobody else may read what is kept

ask() { # NAME TEXT [OPTIONS]
    name=$1 text=$2
    shift 2
    expect 0 "$ARNY" ask --team t --session "$name" --json "$@" "$text"
}
lists() { # NAMES: in any order
    expect 0 "$ARNY" session list --team t
    sort out >sorted
    printf "$1" | cmp -s - sorted || complain "the sessions are not: $1"
    err_empty
}
# kept FOLDER: what is there of conversations
kept() { find "$1" -type f ! -name lock ! -name digests; }
holds() { # FOLDER COUNT
    [ "$(kept "$1" | wc -l)" -eq "$2" ] || complain "$2 files expected, there are: $(kept "$1" | tr '\n' ' ')"
}

# ---- list -----------------------------------------------------------------------------------------------------------

lists ''
expect 0 "$ARNY" session list --team t --json
out_empty
ask anna "solve my marigold"
out_json 'e[-1]["written"] > 0'
lists 'anna\n'
ask anna "sad marigold"
ask ben "pack the marigold"
ask Ben-2.x_y "solve"
lists 'Ben-2.x_y\nanna\nben\n'
expect 0 "$ARNY" session list --team t --json
out_json 'sorted(x["session"] for x in e) == ["Ben-2.x_y", "anna", "ben"] and all(len(x) == 1 for x in e)'
err_empty
ask nobody "solve" --persist memory
lists 'Ben-2.x_y\nanna\nben\n'

[ -z "$(find state -type d ! -perm 700)" ] || complain "others may look into: $(find state -type d ! -perm 700)"
[ -z "$(find state -type f ! -perm 600)" ] || complain "others may read: $(find state -type f ! -perm 600)"
umask 022

# Another folder has other sessions
expect 0 "$ARNY" session list --team t --state other
out_empty
ask cleo "solve" --state other
expect 0 "$ARNY" session list --team t --state other
out_is cleo
lists 'Ben-2.x_y\nanna\nben\n'

# ---- forget ---------------------------------------------------------------------------------------------------------

holds state 7 # three of turns, four of KV
expect 0 "$ARNY" session forget anna --team t
out_empty
err_empty
holds state 4
[ ! -e "$(find state -name anna.turns)" ] || complain "anna's turns are there"
lists 'Ben-2.x_y\nben\n'
expect 0 "$ARNY" session forget Ben-2.x_y --team t --json
out_empty
holds state 2
ask ben "pack more"
out_json '[x for x in e if x["event"] == "ready"][0]["restored_tokens"] > 0'
ask anna "solve"
out_json '[x for x in e if x["event"] == "ready"][0]["restored_tokens"] == 0'

# One that is not there is forgotten already
expect 0 "$ARNY" session forget nobody --team t
out_empty
err_empty
lists 'anna\nben\n'
for name in anna ben; do expect 0 "$ARNY" session forget $name --team t; done
lists ''
holds state 0
expect 0 "$ARNY" session forget cleo --team t --state other
holds other 0

# Also what it has with an agent that the team has no longer
ask anna "solve"
sed 's/"math": { "model": "b"/"maths": { "model": "b"/' t/team.json >later && cp later t/team.json
expect 0 "$ARNY" session forget anna --team t
holds state 0
team t '"persist": "disk",'

# ---- mistakes -------------------------------------------------------------------------------------------------------

for name in '../anna' 'a b' '.anna' '' "$(printf '%065d' 1)"; do
    expect 64 "$ARNY" session forget "$name" --team t
    err_has "^arny: a session's name has 1 to 64 letters"
    err_lines 1
    out_empty
done
expect 64 "$ARNY" session forget 'a b' --team t --json
out_json 'e[0]["event"] == "error" and e[0]["code"] == "argument"'
expect 64 "$ARNY" session --team t
err_has 'list, or forget and a NAME, expected'
expect 64 "$ARNY" session forget --team t
err_has '"forget NAME" expected'
expect 64 "$ARNY" session list anna --team t
expect 64 "$ARNY" session remember anna --team t
expect 64 "$ARNY" session forget anna ben --team t
err_has '"ben" is one argument too many: it takes list, or forget and a NAME; quote'
expect 64 "$ARNY" session list
err_has '--team DIR expected'
expect 66 "$ARNY" session list --team missing
: >file
for what in list "forget anna"; do
    expect 73 "$ARNY" session $what --team t --state file/state
    err_has '^arny: file.*: the folder cannot be made'
done
expect 73 "$ARNY" session list --team t --state file/state --json
out_json 'e[0]["event"] == "error" and e[0]["code"] == "write"'

# What cannot be removed is told
if unshare -rm true 2>/dev/null; then
    ask anna "solve"
    cat >readonly <<'SCRIPT'
folder=$(dirname "$(find state -name anna.turns)")
mount --bind "$folder" "$folder" && mount -o remount,bind,ro "$folder" && exec "$ARNY" session forget anna --team t
SCRIPT
    expect 73 unshare -rm sh readonly
    err_has 'anna.turns: cannot be removed'
    lists 'anna\n'
    sed 's/-name anna.turns/-name "*.kv"/' readonly >readonly.kv
    expect 73 unshare -rm sh readonly.kv
    err_has '\.kv: cannot be removed'
    expect 0 "$ARNY" session forget anna --team t # once more, when it can be
    holds state 0
fi

# ---- encrypted ------------------------------------------------------------------------------------------------------

# words FOLDER: those of the conversation that can be read there: as text, or a letter a token
words() {
    python3 - "$1" <<'PYTHON'
import pathlib, sys
words = "marigold solve sad hear socks reply user agent wellness math numbers <|im_start|>".split()
for path in pathlib.Path(sys.argv[1]).rglob("*"):
    data = path.read_bytes().lower() if path.is_file() else b""
    for word in words:
        if word.encode() in data or b"".join(bytes([c, 0, 0, 0]) for c in word.encode()) in data:
            print(path.suffix, word)
PYTHON
}
ask anna "solve my marigold"
ask anna "sad marigold"
words state >found
for word in .turns\ marigold .kv\ marigold .turns\ hear .kv\ hear; do
    grep -q -e "^$word\$" found || complain "nothing would be found: $word"
done
expect 0 "$ARNY" session forget anna --team t
words state >found
[ ! -s found ] || complain "readable after it was forgotten: $(cat found)"

printf '0123456789abcdef0123456789abcdef' >key
printf '0123456789abcdef0123456789abcdeF' >wrong
printf '30313233343536373839616263646566%.0s' 1 2 >hex
printf '\n' >>hex
ask anna "solve my marigold" --key-file key
ask anna "sad marigold" --key-file key
ask ben "solve"
expect 0 "$ARNY" session forget ben --team t
words state >found
[ ! -s found ] || complain "readable without the key: $(cat found)"
[ -z "$(find state -type f ! -perm 600)" ] || complain "others may read: $(find state -type f ! -perm 600)"
lists 'anna\n' # no key is needed for names
expect 0 "$ARNY" session list --team t --key-file wrong
out_is anna
ask anna "solve more" --key-file hex # the same key, in digits
out_json '[x for x in e if x["event"] == "ready"][0]["restored_tokens"] > 0'

kept state | sort | xargs cat >before
expect 65 "$ARNY" ask --team t --session anna --key-file wrong "solve"
err_has '^arny: .*anna.turns: it cannot be decrypted: another key, or it was changed'
err_lines 1
out_empty
expect 65 "$ARNY" ask --team t --session anna --json "solve"
err_has 'anna.turns: its turns are encrypted: open the team with the key, or forget'
out_json 'len(e) == 1 and e[0]["event"] == "error" and e[0]["code"] == "data"'
kept state | sort | xargs cat >after
cmp -s before after || complain "a wrong key has changed something"
ask ben "solve"
expect 65 "$ARNY" ask --team t --session ben --key-file key "solve"
err_has 'ben.turns: its turns are not encrypted'

printf 'short' >bad
printf '3031323334353637383961626364656630313233343536373839616263646566ab' >long
for file in bad long; do
    expect 65 "$ARNY" session list --team t --key-file $file
    err_has "^arny: $file: a key of 32 bytes, or of 64 hexadecimal digits, expected"
done
expect 66 "$ARNY" session list --team t --key-file nowhere
err_has '^arny: nowhere: the key cannot be read'

# Whoever has lost the key can still forget
expect 0 "$ARNY" session forget anna --team t
expect 0 "$ARNY" session forget ben --team t --key-file wrong
holds state 0

# ---- two processes --------------------------------------------------------------------------------------------------

mkfifo lines
"$ARNY" ask --team t --session anna --json - <lines >first 2>&1 &
exec 3>lines
echo solve >&3
tries=0
until grep -q '"event":"done"' first || [ $tries -eq 200 ]; do
    sleep 0.05
    tries=$((tries + 1))
done
busy() { # COMMAND...
    expect 75 "$@"
    err_has '^arny: .*another process has sessions in this folder'
    err_lines 1
    out_empty
}
busy "$ARNY" session list --team t
busy "$ARNY" session forget anna --team t
busy "$ARNY" ask --team t --session ben "solve"
expect 75 "$ARNY" session list --team t --json
out_json 'len(e) == 1 and e[0]["event"] == "error" and e[0]["code"] == "busy"'
ask ben "solve" --state other # elsewhere it may
ask ben "solve" --persist memory
echo sad >&3
exec 3>&-
wait $! || complain "the first process failed: $(tail -n 1 first)"
[ "$(grep -c '"event":"done"' first)" -eq 2 ] || complain "the first process was disturbed: $(tail -n 1 first)"
lists 'anna\n'
finish
