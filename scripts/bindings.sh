# Tests of the bindings. Sourced by ./dev.
# shellcheck shell=bash
#
# Each ends with `N passed, M failed`, which is what is counted.

BINDINGS="python dart kotlin"        # what `./dev test` runs
BINDINGS_TOO="flutter swift"         # by name alone: flutter wants the others' builds, swift 3 GB of another Debian
LIBRARY_32="$ROOT/build/i686-linux/libarny.so"

# A Dart VM that needs no SDK is to be had for 32-bit Linux, so the library is built for that too.
has_dart() { [ "$SYSTEM $(uname -m)" = "Linux x86_64" ]; }

dart_vm() { echo "$(source_dir dart)/dart"; }

dart_ready() {
    need npm gcc-i686 libc-i386
    [ -x "$(dart_vm)" ] || fetch source dart >/dev/null || exit 1
    [ -d "$(source_dir libsodium)" ] || fetch source libsodium >/dev/null || exit 1
    cross_build i686-linux -DARNY_SODIUM_DIR="$(source_dir libsodium)" -- arny_shared
    python3 bindings/generate.py --layout >build/i686-linux/layout.c &&
        i686-linux-gnu-gcc -static -Iinclude build/i686-linux/layout.c -o build/i686-linux/layout &&
        build/i686-linux/layout >build/i686-linux/layout.json || die "the layout of the structs could not be told"
    printf '{"configVersion": 2, "packages": [{"name": "arny", "rootUri": "file://%s/", "packageUri": "lib/", "languageVersion": "3.4"}]}\n' \
        "$ROOT/bindings/dart" >build/i686-linux/package_config.json
}

# dart_run SCRIPT...
dart_run() {
    ARNY_LIBRARY="$LIBRARY_32" ARNY_LAYOUT="$ROOT/build/i686-linux/layout.json" ARNY_MODELS="$MODELS" \
        timeout 600 "$(dart_vm)" --packages="$ROOT/build/i686-linux/package_config.json" "$@"
}

bindings_dart() { dart_ready && dart_run bindings/dart/test/all.dart; }

bindings_python() { ARNY_LIBRARY="$ROOT/build/libarny.so" ARNY_MODELS="$MODELS" timeout 600 python3 bindings/python/tests/run.py; }

bindings_kotlin() {
    need jdk maven
    timeout 900 sh bindings/kotlin/run-tests.sh
}

bindings_swift() {
    [ -e "$CACHE/swift-trixie" ] || say "making a root of Debian trixie with Swift (once, 3 GB)"
    timeout 1800 bash bindings/swift/run-tests.sh
}

bindings_flutter() {
    need jdk maven
    dart_ready && DART="$(dart_vm)" ARNY_LIBRARY32="$LIBRARY_32" timeout 1200 bash bindings/flutter/run-tests.sh
}

# test_bindings NAME...: their results are kept for the tally.
test_bindings() {
    local name log
    mkdir -p build/bindings
    for name; do
        if [ "$name" = dart ] || [ "$name" = flutter ] && ! has_dart; then
            warn "no Dart VM for this machine: bindings/$name is not tested"
            continue
        fi
        say "tests: bindings/$name"
        log="build/bindings/$name.log"
        ("bindings_$name") 2>&1 </dev/null | tee "$log"
        RESULTS+=("$name=$log")
    done
}
