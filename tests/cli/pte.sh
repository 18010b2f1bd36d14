#!/bin/sh
# Programs of ExecuTorch: looked at, run, beside the same team on GGUF; and mistakes.
. "$(dirname "$0")/check"
"$ARNY" --version | grep -q 'engines:.* pte' || { echo "skipped: this build has no pte engine"; exit 77; }
FIXTURES=${ARNY_ROOT:-$HERE/../..}/tests/fixtures
TINY=$FIXTURES/tiny.pte
WORDS=$FIXTURES/tiny.vocab.gguf
export ARNY_CACHE="$WORK/cache"

expect 0 "$ARNY" inspect "$TINY"
out_has '^kind  *pte$'
out_has '^context  *1024 tokens$'
expect 0 "$ARNY" inspect --json "$TINY"
out_json 'e[0]["ok"] and e[0]["kind"] == "pte" and e[0]["vocabulary"] == 320 and e[0]["layers"] == 2 and e[0]["quantization"] == "8da4w"'

expect 0 "$ARNY" generate --model "$TINY" --tokenizer "$WORDS" --prompt hello -n 6 --temperature 0 --json
out_json '[x["event"] for x in e] == ["token"] * 6 + ["done"] and e[-1]["tokens"] == 6'
cp out first
expect 0 "$ARNY" generate --model "$TINY" --tokenizer "$WORDS" --prompt hello -n 6 --temperature 0 --json
grep -v '"done"' out >again
grep -v '"done"' first | cmp -s - again || complain "the same prompt gave other tokens"
[ "$(ls cache/packed/*.xnn | wc -l)" -eq 1 ] || complain "one file of packed weights expected in $ARNY_CACHE"
expect 0 "$ARNY" bench decode --model "$TINY" --tokenizer "$WORDS" --rounds 1 --json
out_json 'e[0]["prefill_tps"] > 0 and e[0]["decode_far_tps"] > 0'
printf 'Hello\nAnd again\n' >in
expect 0 "$ARNY" chat --model "$TINY" --tokenizer "$WORDS" --ctx 512
: >in

# ---- one word -------------------------------------------------------------------------------------------------------

GGUF=${ARNY_MODELS:-.}/SmolLM2-135M-Instruct.Q4_1.gguf
for plan in monolith hybrid; do
    mkdir -p "teams/$plan"
    ln -s "$GGUF" "teams/$plan/m.gguf"
    ln -s "$TINY" "teams/$plan/m.pte"
    ln -s "$WORDS" "teams/$plan/w.gguf"
    printf '{"arny": 1, "plan": "%s", "engine": "gguf", "context": 512, "max_tokens": 4, "models": {"m": {"gguf": "m.gguf", "pte": "m.pte",
        "tokenizer": "w.gguf", "chat": "chatml"}}, "agents": {"ann": {"model": "m", "prompt": "You are Ann."}}}' $plan >"teams/$plan/team.json"
done
printf 'ann\tHello\nann\tAnd what else?\n' >teams/conversation.txt
expect 0 "$ARNY" bench matrix --team teams --json
out_json 'all(e[0][p][g]["messages"] == 2 and e[0][p][g]["right"] == 2 and e[0][p][g]["decode_tps"] > 0 and e[0][p][g]["peak_rss"] > 0 for p in ("monolith", "hybrid") for g in ("gguf", "pte"))'
expect 0 "$ARNY" bench matrix --team teams
out_has '^hybrid  *pte  *2/2  *0 '
expect 0 "$ARNY" estimate --team teams/hybrid --engine pte --json
out_json 'e[0]["fits"] and e[0]["agents"]["ann"]["kv"] > 0'

# ---- mistakes -------------------------------------------------------------------------------------------------------

expect 64 "$ARNY" generate --model "$TINY" --prompt hello
err_has 'name the vocabulary-only GGUF'
expect 65 "$ARNY" generate --model "$TINY" --tokenizer "$TINY" --prompt hello
expect 66 "$ARNY" generate --model "$TINY" --tokenizer missing.gguf --prompt hello
expect 64 "$ARNY" generate --model "$TINY" --tokenizer "$WORDS" --ctx 4096 --prompt hello
err_has 'exported for 1024 and no more'
head -c 100000 "$TINY" >cut.pte
expect 65 "$ARNY" inspect cut.pte
expect 65 "$ARNY" inspect --json cut.pte
out_json 'not e[0]["ok"] and "cut.pte" in e[0]["error"]'
expect 64 "$ARNY" bench matrix --team teams --engine pte
err_has 'both engines'
rm teams/hybrid/m.pte
expect 66 "$ARNY" bench matrix --team teams --json
err_has 'm.pte'
finish
