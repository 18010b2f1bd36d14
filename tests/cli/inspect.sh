#!/bin/sh
# What files are, and what a team will take.
. "$(dirname "$0")/check"
team t '"budget": "50MB",'
model m.fake '{ "name": "A \"name\"", "context": 512, "weights": 2000000 }'

expect 0 "$ARNY" inspect m.fake
out_has '^kind  *fake$'
out_has '^context  *512 tokens$'
err_empty
expect 0 "$ARNY" inspect --json m.fake
out_json 'e[0]["ok"] is True and e[0]["kind"] == "fake" and e[0]["name"] == "A \"name\""'
out_json 'all(isinstance(e[0][k], int) for k in ("tensors", "bytes", "weights", "context", "layers", "vocabulary"))'
out_json 'isinstance(e[0]["architecture"], str)'
expect 0 "$ARNY" inspect --json t
out_json 'e[0]["ok"] is True and e[0]["kind"] == "team"'

expect 66 "$ARNY" inspect missing
err_has '^arny: missing: '
expect 66 "$ARNY" inspect --json missing
out_json 'e[0]["ok"] is False and "missing" in e[0]["error"]'
: >empty
printf 'GGUF' >short
printf 'GGUF\003\000\000\000\377\377\377\377\377\377\377\177\377\377\377\377\377\377\377\177' >counts
echo text >text
case "$("$ARNY" --version)" in
*gguf*) bad='empty short counts text' ;;
*) bad='empty text' ;;
esac
for file in $bad; do
    expect 65 "$ARNY" inspect --json "$file"
    out_json 'e[0]["ok"] is False and len(e[0]["error"]) > 10'
    err_lines 1
done
echo '{ "arny": 2 }' >t/other.json
expect 65 "$ARNY" inspect t/other.json
err_has 'other.json:1:'

expect 0 "$ARNY" estimate --team t
out_has '^agent  *weights  *kv  *compute  *adapter$'
out_has '^math '
out_has '^peak '
out_has '^budget 50.0 MB: it fits$'
expect 0 "$ARNY" estimate --team t --json
out_json 'set(e[0]["agents"]) >= {"wellness", "math", "logistics", "gateway"} and e[0]["fits"] is True'
out_json 'all(set(x) == {"weights", "kv", "compute", "adapter"} for x in e[0]["agents"].values())'
out_json 'e[0]["budget"] == 50000000 and 0 < e[0]["peak"] < 50000000'
expect 0 "$ARNY" estimate --team t --json --budget 10KB
out_json 'e[0]["budget"] == 10000 and e[0]["fits"] is False'
expect 66 "$ARNY" estimate --team missing --json

expect 66 "$ARNY" quantize missing.gguf out.gguf --type q8_0
[ ! -e out.gguf ] || complain "there is an OUT"
expect 64 "$ARNY" quantize m.fake m.fake --type q8_0
err_has 'the same file'
expect 69 "$ARNY" quantize m.fake out.fake --type q8_0
[ ! -e out.fake ] || complain "there is an OUT"
finish
