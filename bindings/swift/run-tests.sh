#!/usr/bin/env bash
# Runs the package's tests on Debian, whose older releases have no Swift: in a root of Debian trixie, which is made once
# (as root, some 3 GB) and kept. The last line is "N passed, M failed".
#
#     ARNY_BUILD_DIR   where libarny.so is; default: build in the repository
#     ARNY_CACHE       where the root is kept, and models are; default: ~/.cache/arny
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
repository="$(cd "$here/../.." && pwd)"
build="${ARNY_BUILD_DIR:-$repository/build}"
cache="${ARNY_CACHE:-$HOME/.cache/arny}"
root="$cache/swift-trixie"
model=smollm2-135m.q4_0.gguf
log="$(mktemp)"
trap 'rm -f "$log"' EXIT

die() {
    echo "run-tests.sh: $*" >&2
    echo "0 passed, 1 failed"
    exit 1
}

# Complete or not at all: it gets its name at the end.
make_root() {
    local new="$root.new.$$"
    command -v debootstrap >/dev/null || die "debootstrap is missing"
    echo "making $root" >&2
    if debootstrap --variant=minbase trixie "$new" &&
        cp /etc/resolv.conf "$new/etc/resolv.conf" &&
        chroot "$new" apt-get update -q &&
        DEBIAN_FRONTEND=noninteractive chroot "$new" apt-get install -qy --no-install-recommends \
            swiftlang git libssl3t64 libstdc++-14-dev &&
        chroot "$new" apt-get clean; then
        mv "$new" "$root"
    else
        umount "$new/proc" "$new/sys" 2>/dev/null || true # debootstrap's, where it stopped
        rm -rf --one-file-system "$new"
        die "the root could not be made"
    fi >&2
}

# What an installed library looks like, with the libraries beside it that the root has not.
copy_library() {
    local prefix="$root/arny/prefix" library
    rm -rf "$prefix"
    mkdir -p "$prefix/lib/pkgconfig"
    cp -a "$repository/include" "$prefix/include"
    cp -a "$build"/libarny.so* "$prefix/lib/"
    cp "$build/arny.pc" "$prefix/lib/pkgconfig/"
    ldd "$build/libarny.so" | awk '$3 ~ /^\// && $3 !~ /^\/(usr\/)?lib/ { print $3 }' | while read -r library; do
        cp "$library" "$prefix/lib/"
    done
}

# With its times, so that what was built of it is not built again.
copy_package() {
    local copy="$root/arny/bindings/swift"
    mkdir -p "$copy"
    rm -rf "$copy/Sources" "$copy/Tests" "$root/arny/bindings/conformance"
    cp -a "$here/Package.swift" "$here/Sources" "$here/Tests" "$copy/"
    cp -a "$repository/bindings/conformance" "$root/arny/bindings/"
}

copy_model() {
    mkdir -p "$root/arny/models"
    if [ -f "$cache/models/$model" ]; then
        cp -Lu "$cache/models/$model" "$root/arny/models/"
    fi
}

# In the root, with a /proc and a /dev that only this command sees.
in_root() {
    # shellcheck disable=SC2016
    unshare --mount sh -c 'mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" && root=$0 &&
        exec chroot "$root" env -i HOME=/root PATH=/usr/bin:/bin LANG=C.UTF-8 LD_LIBRARY_PATH=/arny/prefix/lib \
            PKG_CONFIG_PATH=/arny/prefix/lib/pkgconfig ARNY_MODELS=/arny/models ARNY_CACHE="" \
            sh -c "cd /arny/bindings/swift && exec \"\$@\"" sh "$@"' "$root" "$@"
}

[ -e "$build/libarny.so" ] || die "$build/libarny.so is missing: ./dev build"
[ "$(id -u)" = 0 ] || die "a root of another Debian needs root"
mkdir -p "$cache"
exec 9>"$cache/.lock-swift"
flock 9
[ -d "$root" ] || make_root
copy_library
copy_package
copy_model

status=0
in_root swift test --disable-swift-testing "$@" 2>&1 | tee "$log" || status=$?
# The speed of a debug build says nothing.
in_root swift test --disable-swift-testing -c release --filter SpeedTests 2>&1 | tee -a "$log" || status=$?

passed=$(grep -c "^Test Case '.*' passed" "$log" || true)
failed=$(grep -c "^Test Case '.*' failed" "$log" || true)
if [ "$status" != 0 ] && [ "$failed" = 0 ]; then
    failed=1 # it did not build, or it crashed
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
