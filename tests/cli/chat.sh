#!/bin/sh
# The conversation: from a pipe, and as a person has it, on a terminal.
. "$(dirname "$0")/check"
team t
model m.fake '{ "default": "Good day.", "step_us": 100 }'

printf 'solve it\n/agents\n/agent wellness\nsolve it\n/agent auto\n/agent nobody\n/memory\n/history\n/new\n/history\n/quti\n/help\n/quit\nnever\n' >in
expect 0 "$ARNY" chat --team t
out_has '^math: x = 5$'
out_has '^wellness: x = 5$'
out_has '^  wellness  *feelings'
out_has '^  agent  *model  *state  *weights  *in memory  *context  *snapshot  *tokens$'
out_has '^  math  *b  *'
out_has 'this process: '
out_has '^you  solve it$'
out_has '^  /memory '
err_has '^math 97 % - ready in'
err_has 'no agent'
err_has 'nothing has been said'
err_has 'did you mean /quit'
if grep -q never out; then complain "it went on after /quit"; fi
printf 'hello\n' >in
expect 0 "$ARNY" chat --model m.fake --system "Be polite."
out_has 'Good day.'
expect 64 "$ARNY" chat --model m.fake --team t
expect 64 "$ARNY" chat --team t --system x
expect 64 "$ARNY" chat --team t --agent nobody
expect 66 "$ARNY" chat --model missing
expect 69 "$ARNY" chat
err_has './dev setup'
printf '\377\n' >in
expect 65 "$ARNY" chat --team t

RAN='chat on a terminal'
: >out
: >err
python3 "$HERE/chat_terminal.py" "$ARNY" t >out 2>&1 || complain 'see above'
finish
