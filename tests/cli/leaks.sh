#!/bin/sh
# valgrind finds no leak and no error in `arny ask` on the fake engine: a routed conversation with switches, and an error.
set -eu
if [ -n "${ARNY_SANITIZE:-}" ]; then
    echo "a sanitized build finds leaks by itself"
    exit 0
fi
command -v valgrind >/dev/null || { echo "skipped: valgrind is missing (apt-get install valgrind)"; exit 77; }
. "$(dirname "$0")/../support/fake_team.sh"

run() {
    valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect,possible \
        --errors-for-leak-kinds=definite,indirect,possible "$ARNY" "$@" >"$dir/out" 2>"$dir/err" || status=$?
    if [ "${status:-0}" -ne "$want" ]; then
        echo "arny $*: exit ${status:-0}, $want expected"
        cat "$dir/err"
        exit 1
    fi
    status=0
}

printf 'Solve 2x + 5 = 15\nI am sad\nWhen does the bus go?\nSolve 2x again\n' >"$dir/in"
want=0 run ask --team "$dir" --json - <"$dir/in"
[ "$(grep -c '"event":"done"' "$dir/out")" -eq 4 ] || { echo "4 answers expected:"; cat "$dir/out"; exit 1; }
want=64 run ask --team "$dir" --agent nobody "hello"
