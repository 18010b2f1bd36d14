#!/bin/sh
# The end of `./dev demo`: the scripted conversation, with the team of one plan. --plan monolith|hybrid|adapters (default: the demo
# team, which is hybrid), --engine gguf|pte; other arguments go to `arny demo`.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
team=$root/models/demo
engine=
while [ $# -gt 0 ]; do
    case $1 in
    --plan) [ $# -gt 1 ] || { echo "demo: --plan needs a name: monolith, hybrid, adapters" >&2; exit 64; }; plan=$2; shift 2 ;;
    --plan=*) plan=${1#*=}; shift ;;
    --engine) [ $# -gt 1 ] || { echo "demo: --engine needs a name: gguf, pte" >&2; exit 64; }; engine=$2; shift 2 ;;
    --engine=*) engine=${1#*=}; shift ;;
    *) break ;;
    esac
done
[ "${engine:-gguf}" = gguf ] || team=$team/$engine plan=${plan:-hybrid}
[ -z "${plan:-}" ] || team=$team/$plan
[ -f "$team/team.json" ] || { echo "demo: there is no team in $team; there are: hybrid, monolith, adapters" >&2; exit 64; }
exec "$root/build/bin/arny" demo --team "$team" --script "$root/models/demo/conversation.txt" --resume math "$@"
