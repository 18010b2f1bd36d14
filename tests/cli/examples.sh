#!/bin/sh
# Every example runs, on a fake team, and says what its first comment promises.
set -eu
. "$(dirname "$0")/../support/fake_team.sh"
examples=$ARNY_BUILD_DIR/examples
fail=0

# expect NAME PATTERN COMMAND...
expect() {
    name=$1 pattern=$2
    shift 2
    if ! "$@" >"$dir/out" 2>"$dir/err"; then
        echo "$name: exit $?, $(cat "$dir/err")"
        fail=1
    elif ! grep -q "$pattern" "$dir/out"; then
        echo "$name: \"$pattern\" expected in what it printed:"
        cat "$dir/out"
        fail=1
    fi
}

expect ask '^\[math, [0-9]* %\] x = 5$' "$examples/ask" "$dir" "Solve 2x + 5 = 15"
expect route '^math ([0-9]* %' "$examples/route" "$dir" "Solve 2x + 5 = 15"
expect route-turns '^math ([0-9]* %' "$examples/route" "$dir" "I feel sad" "Solve 2x + 5 = 15"
expect pull '"event":"done","agent":"math"' "$examples/pull" "$dir" "Solve 2x + 5 = 15"
expect team 'answered last' "$examples/team" "$dir"
expect generate 'tokens at' "$examples/generate" "$dir/math.fake" "Solve 2x"
expect files '^fake ' "$examples/files" "$dir/math.fake"
echo "Solve 2x" >"$dir/in"
expect open_model '^x = 5$' sh -c "\"$examples/open_model\" \"$dir/math.fake\" <\"$dir/in\""
exit $fail
