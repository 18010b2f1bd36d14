#!/bin/sh
# One model, one prompt: text, JSON, where the prompt comes from, and what is wrong with files and prompts.
. "$(dirname "$0")/check"
model m.fake '{ "say": [ { "when": "solve", "say": "x = 5" }, { "when": "umlaut", "say": "Grüße 🙂" } ],
    "default": "Yes.", "step_us": 100 }'

expect 0 "$ARNY" generate --model m.fake "Please solve it"
out_is 'x = 5'
err_empty
expect 0 "$ARNY" generate --model m.fake --prompt "Please solve it"
out_is 'x = 5'
expect 0 "$ARNY" generate --model=m.fake --prompt=solve --temperature=0 -n3
out_is 'x ='
printf 'Please\nsolve it\n' >in
expect 0 "$ARNY" generate --model m.fake -
out_is 'x = 5'
expect 0 "$ARNY" generate --model m.fake --prompt-file in
out_is 'x = 5'
: >in
printf 'solve this\n\numlaut\nhm' >in
expect 0 "$ARNY" generate --model m.fake --lines in
out_is 'x = 5
Grüße 🙂
Yes.'
expect 0 "$ARNY" generate --model m.fake --lines - --json
out_json '[x["event"] for x in e].count("done") == 3'
expect 66 "$ARNY" generate --model m.fake --lines missing
expect 64 "$ARNY" generate --model m.fake --lines in --prompt x
expect 0 "$ARNY" generate --model m.fake -- --solve
out_is 'x = 5'
expect 0 "$ARNY" generate --model m.fake --temperature 0 --seed 7 --threads 1 --batch 8 --ctx 256 --repack \
    --gpu-layers 0 --engine fake --chat chatml --system "Be brief" solve
out_is 'x = 5'
expect 0 "$ARNY" generate --model m.fake --stop " 5" --stop nothing solve
out_is 'x ='
expect 0 "$ARNY" generate --model m.fake --temperature 0 umlaut
out_is 'Grüße 🙂'

# JSON: token, ..., done, and nothing else
expect 0 "$ARNY" generate --model m.fake --json --temperature 0 solve
out_json '[x["event"] for x in e] == ["token"] * 5 + ["done"]'
out_json '"".join(x["text"] for x in e[:-1]) == "x = 5" and all(x["id"] >= 0 for x in e[:-1])'
out_json 'e[-1]["reason"] == "stop" and e[-1]["tokens"] == 5 and e[-1]["prompt_tokens"] > 5 and "agent" not in e[-1]'
out_json 'all(e[-1][k] >= 0 for k in ("ttft_ms", "prefill_tps", "decode_tps", "rss", "anon"))'
err_empty
expect 0 "$ARNY" generate --model m.fake --json -n 2 solve
out_json 'len(e) == 3 and e[-1]["reason"] == "length" and e[-1]["tokens"] == 2'
expect 0 "$ARNY" generate --model m.fake --json --temperature 0 umlaut
out_json '"".join(x["text"] for x in e[:-1]) == "Grüße 🙂"'
expect 0 "$ARNY" generate --model m.fake --json --raw --ctx 64 -n -1 --ignore-eos --seed 3 hello
out_json 'e[-1]["reason"] == "context" and e[-1]["prompt_tokens"] == 6'

# Bad files
expect 66 "$ARNY" generate --model missing.gguf x
err_has '^arny: missing.gguf: '
err_lines 1
expect 66 "$ARNY" generate --json --model missing.gguf x
out_json 'e == [{"event": "error", "code": "not-found", "message": e[0]["message"]}]'
: >empty.gguf
expect 65 "$ARNY" generate --model empty.gguf x
err_lines 1
echo 'some text' >text.gguf
expect 65 "$ARNY" generate --model text.gguf x
model broken.fake '{ "say": 1 '
expect 65 "$ARNY" generate --model broken.fake x
err_has 'broken.fake:'
model fails.fake '{ "default": "Yes.", "fail": { "step_at": 2 } }'
expect 70 "$ARNY" generate --json --model fails.fake x
out_json 'e[-1]["event"] == "error" and e[-1]["code"] == "engine"'
err_has '^arny: '
model full.fake '{ "fail": { "context": "memory" } }'
expect 70 "$ARNY" generate --model full.fake x
model quiet.fake '{ "chat_template": "" }'
expect 65 "$ARNY" generate --model quiet.fake x
err_has 'chat template'

# Bad prompts
expect 65 "$ARNY" generate --model m.fake ""
err_has 'empty'
printf 'ab\377cd\n' >in
expect 65 "$ARNY" generate --model m.fake -
err_has 'UTF-8'
out_empty
printf 'ab\000cd\n' >in
expect 65 "$ARNY" generate --model m.fake -
err_has 'zero byte'
python3 -c 'print("solve " * 170000)' >in
expect 65 "$ARNY" generate --json --model m.fake --prompt-file in
out_json 'e[-1]["code"] == "context"'
err_lines 1
: >in
expect 66 "$ARNY" generate --model m.fake --prompt-file missing.txt
err_has 'missing.txt'
expect 74 "$ARNY" generate --model m.fake --prompt-file .
expect 64 "$ARNY" generate --model m.fake --raw --system s x
expect 66 "$ARNY" generate --model m.fake --adapter missing.fake x
finish
