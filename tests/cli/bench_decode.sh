#!/bin/sh
# What a token and a decision cost: figures for people and as JSON, and mistakes.
. "$(dirname "$0")/check"
team t
model slow.fake '{ "default": "Yes.", "prefill_us": 100, "step_us": 2000, "weights": 1000000 }'

expect 0 "$ARNY" bench decode --model slow.fake --rounds 2 --threads 2
out_has '^prefill  *[0-9.]* tokens/s median$'
out_has '^decode  *[0-9.]* tokens/s median, [0-9]* % of what memory allows$'
out_has '^  after that prefill  *[0-9.]* tokens/s median$'
out_has '^memory is read at  *[0-9.]* GB/s, so [0-9.]* tokens/s at most$'
[ "$(wc -l <out)" -eq 4 ] || complain "4 lines expected"
err_empty
expect 0 "$ARNY" bench decode --model slow.fake --rounds 2 --json
out_json 'len(e) == 1 and set(e[0]) == {"prefill_tps", "decode_tps", "decode_far_tps", "read_gbps", "limit_tps"}'
out_json '0 < e[0]["prefill_tps"] <= 10000 and 0 < e[0]["decode_tps"] <= 500 and 0 < e[0]["decode_far_tps"] <= 500' # 100 us and 2 ms a token, as the file says
out_json 'abs(e[0]["limit_tps"] - e[0]["read_gbps"] * 1000) < 1 and e[0]["read_gbps"] > 0.1' # a megabyte a token
model short.fake '{ "default": "Yes.", "context": 64 }'
expect 0 "$ARNY" bench decode --model short.fake --rounds 1 --json
out_json 'e[0]["prefill_tps"] > 0'

expect 0 "$ARNY" bench route --team t --rounds 2
out_has '^decision  *[0-9.]* ms median, [0-9.]* ms at 99 %, of 24$'
out_has '^memory  *[0-9.]* MB$'
err_empty
expect 0 "$ARNY" bench route --team t --rounds 2 --json
out_json 'len(e) == 1 and 0 < e[0]["p50_ms"] <= e[0]["p99_ms"] and e[0]["n"] == 24 and e[0]["rss"] > 0'

printf 'Yes. Yes. Yes. No.' >in
expect 0 "$ARNY" bench perplexity --model slow.fake --text in
out_has '^perplexity  *[0-9.]* over [0-9]* tokens, [0-9.]* nats a token$'
expect 0 "$ARNY" bench perplexity --model slow.fake --text - --ctx 16 --json
out_json 'len(e) == 1 and set(e[0]) == {"perplexity", "nats", "tokens"} and e[0]["perplexity"] >= 1 and e[0]["tokens"] > 1'
expect 64 "$ARNY" bench perplexity --model slow.fake
err_has 'perplexity needs a text: --text FILE'
expect 66 "$ARNY" bench perplexity --model slow.fake --text missing
: >in
expect 65 "$ARNY" bench perplexity --model slow.fake --text in
err_has 'tokens: 2 or more can be scored'

# ---- mistakes -------------------------------------------------------------------------------------------------------

expect 64 "$ARNY" bench decode
err_has 'decode needs a model: --model FILE'
expect 64 "$ARNY" bench route --team t --model slow.fake
err_has '--model is for decode and perplexity; route measures a team'
expect 66 "$ARNY" bench decode --model missing.gguf
err_has 'missing.gguf'
printf 'no model' >text.gguf
expect 65 "$ARNY" bench decode --model text.gguf --json
out_json 'e[-1]["event"] == "error" and e[-1]["code"] == "data"'
sed 's/"gateway".*$//' t/team.json >later && cp later t/team.json
expect 64 "$ARNY" bench route --team t
err_has 'gateway'
finish
