#!/bin/sh
# A disk that is read-only or full: a clear error, the old file as it was, and nothing left beside it.
set -eu
model=$ARNY_MODELS/SmolLM2-135M-Instruct.Q4_1.gguf
"$ARNY" --version | grep -q gguf || { echo "skipped: this build has no gguf engine"; exit 77; }
[ -e "$model" ] || { echo "skipped: $model is missing (./dev setup)"; exit 77; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/arny-disk.XXXXXX")
trap 'rm -rf "$dir"' EXIT
unshare -rm true 2>/dev/null || { echo "skipped: no mount namespaces here (unshare -rm)"; exit 77; }

# inside: a tmpfs with an old file on it, then the command, then what is left
cat >"$dir/inside" <<'SH'
mount -t tmpfs -o "size=$1" tmpfs "$dir/disk"
printf old >"$dir/disk/out.gguf"
[ "$2" = rw ] || mount -o remount,ro "$dir/disk"
"$ARNY" quantize "$model" "$dir/disk/out.gguf" --type q8_0 2>"$dir/err"
echo "$?" >"$dir/status"
{ ls -A "$dir/disk"; cat "$dir/disk/out.gguf"; } >"$dir/left"
SH
mkdir "$dir/disk"
export dir model ARNY

# check NAME SIZE MODE PATTERN
check() {
    unshare -rm sh "$dir/inside" "$2" "$3"
    if [ "$(cat "$dir/status")" -eq 0 ] || ! grep -qi "$4" "$dir/err"; then
        echo "$1: exit $(cat "$dir/status"), and \"$4\" expected in: $(cat "$dir/err")"
        exit 1
    fi
    if [ "$(cat "$dir/left")" != "out.gguf
old" ]; then
        echo "$1: only the old file expected, there is: $(cat "$dir/left")"
        exit 1
    fi
}

check "read-only disk" 10m ro "read-only"
[ "$(cat "$dir/status")" -eq 73 ] || { echo "read-only disk: exit $(cat "$dir/status"), 73 expected"; exit 1; }
check "full disk" 10m rw "out.gguf\|space\|quantize"
