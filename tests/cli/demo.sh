#!/bin/sh
# The scripted conversation and its line of figures.
. "$(dirname "$0")/check"
team t
printf '# who, and what\nwellness\tI am sad\nmath\tsolve it\n\nmath\tsolve the second one\nlogistics\tpack\nwellness\tsad again\nnone\tgood day\n' \
    >t/conversation.txt

expect 0 "$ARNY" demo --team t
out_has '^you  solve the second one$'
out_has '^math: x = 5$'
err_has '^math 97 % - ready in [0-9]* ms (hot) - 5 tokens at [0-9]*/s$'
tail -n 1 out >last
grep -q '^6/6 decisions right, 3 switches, median switch [0-9]* ms, median first token [0-9]* ms, [0-9]* MB peak$' last ||
    complain "the last line is: $(cat last)"
expect 0 "$ARNY" demo --team t --json
out_json 'e[-1]["event"] == "summary" and e[-1]["messages"] == 6 and e[-1]["right"] == 6 and e[-1]["switches"] == 3'
out_json 'e[-1]["switch_p50_ms"] >= 0 and e[-1]["ttft_p50_ms"] > 0 and e[-1]["peak_rss"] > 0'
err_empty

expect 0 "$ARNY" demo --team t --resume math
out_has '^back to math: [0-9.]* ms, [0-9]* tokens restored (prefilling it anew: [0-9.]* ms)$'
tail -n 1 out | grep -q '^6/6 decisions right' || complain "the last line is: $(tail -n 1 out)"
expect 0 "$ARNY" demo --team t --resume math --json
out_json 'e[-2]["event"] == "resumed" and e[-2]["restored_tokens"] > 0 and e[-1]["event"] == "summary"'
expect 64 "$ARNY" demo --team t --resume nobody

printf 'math\tI am sad\n' >other.txt
expect 0 "$ARNY" demo --team t/team.json --script other.txt
out_has '^0/1 decisions right, 0 switches'
err_has 'math expected$'
printf 'math\tsolve\nnobody\tx\n' >other.txt
expect 65 "$ARNY" demo --team t --script other.txt
err_has '^arny: other.txt:2: the team has no agent nobody'
printf 'math solve\n' >other.txt
expect 65 "$ARNY" demo --team t --script other.txt
err_has 'a tab'
: >other.txt
expect 65 "$ARNY" demo --team t --script other.txt
expect 66 "$ARNY" demo --team t --script missing.txt
rm t/conversation.txt
expect 66 "$ARNY" demo --team t
err_has 't/conversation.txt'
finish
