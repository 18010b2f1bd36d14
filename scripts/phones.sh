#!/usr/bin/env bash
# Builds for phones, and what of them can be tested on Linux: see docs/phones.md.
set -u
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)" || exit 1
cd "$ROOT" || exit 1
# shellcheck source=scripts/common.sh
. "$ROOT/scripts/common.sh"
# shellcheck source=scripts/deps.sh
. "$ROOT/scripts/deps.sh"
# shellcheck source=scripts/cross.sh
. "$ROOT/scripts/cross.sh"

usage() {
    cat <<TEXT
${BOLD}scripts/phones.sh WHAT${OFF}            builds under build/, llama.cpp and OpenSSL once into the cache

  ${BOLD}aarch64${OFF}   Linux on 64-bit ARM: the library, the command, and the tests under qemu
            The last line is always \`N passed, M failed\`
  ${BOLD}darwin${OFF}    macOS on arm64: libarny.dylib and arny, linked by zig; nothing is run
  ${BOLD}android${OFF}   with ANDROID_NDK_HOME: build/android/{arm64-v8a,x86_64}/libarny.so
            with ARNY_BIONIC=DIR (a checkout of Android's platform/bionic): compiled and linked by zig against its headers
  ${BOLD}ios${OFF}       on a Mac: build/CArny.xcframework for devices and the simulator; elsewhere every object, compiled by zig
  ${BOLD}sizes${OFF}     what libarny.so for arm64 weighs, and what each part of it adds

Cache: $CACHE
TEXT
}

# ---- cryptography: SHA-256 and AES-256-GCM -------------------------------------------------------------------------------

# libsodium, compiled in: leaves in CRYPTO what CMake is to be told.
sodium() {
    [ -d "$(source_dir libsodium)" ] || { need python3 pip && locked "$CACHE/.lock" fetch source libsodium >/dev/null || exit 1; }
    CRYPTO=(-DARNY_OPENSSL=OFF -DARNY_SODIUM_DIR="$(source_dir libsodium)")
}

# Or OpenSSL's libcrypto with these two and little else, for an app that has it already; here to see what it would weigh.

OPENSSL_CRATE="$ROOT/cmake/toolchains/openssl"
OPENSSL_OPTIONS="no-shared no-apps no-tests no-docs no-legacy no-engine no-module no-dso no-deprecated no-ssl no-tls no-dtls no-quic
    no-sock no-dgram no-http no-cmp no-cms no-ct no-ocsp no-ts no-rfc3779 no-srp no-srtp no-psk no-comp no-autoload-config no-err
    no-filenames no-ui-console no-async no-multiblock no-argon2 no-aria no-bf no-blake2 no-camellia no-cast no-chacha no-cmac no-des
    no-dh no-dsa no-ec no-idea no-md4 no-mdc2 no-ml-dsa no-ml-kem no-ocb no-poly1305 no-rc2 no-rc4 no-rmd160 no-scrypt no-seed
    no-siphash no-siv no-slh-dsa no-sm2 no-sm3 no-sm4 no-whirlpool"
OPENSSL_FLAGS="-Os -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections"

openssl_prefix() { # TARGET
    echo "$CACHE/deps/openssl-$1-$({ cat "$OPENSSL_CRATE/Cargo.toml"; echo "$1 $OPENSSL_OPTIONS $OPENSSL_FLAGS"; } | sha256 | cut -c1-12)"
}

make_openssl() { # TARGET OPENSSL'S-NAME-OF-IT PREFIX-OF-ITS-TOOLS
    local prefix work log source
    prefix=$(openssl_prefix "$1")
    [ ! -e "$prefix/lib/libcrypto.a" ] || return 0
    cross_need perl perl make make
    mkdir -p "$CACHE/build" "$CACHE/deps"
    work=$(mktemp -d "$CACHE/build/.openssl-XXXXXX")
    log="$CACHE/build/$(basename "$prefix").log"
    source="$work/vendor/openssl-src/openssl"
    say "building OpenSSL for $1 (once)"
    cp "$OPENSSL_CRATE"/Cargo.* "$work" && touch "$work/none.rs"
    # shellcheck disable=SC2086
    if ! { (cd "$work" && cargo vendor --quiet vendor) &&
        (cd "$source" && ./Configure "$2" ${3:+--cross-compile-prefix="$3"} --prefix=/usr $OPENSSL_OPTIONS $OPENSSL_FLAGS &&
            make -j "$JOBS" build_generated && make -j "$JOBS" libcrypto.a); } >"$log" 2>&1 </dev/null; then
        tail -n 15 "$log" >&2
        rm -rf "$work"
        die "building OpenSSL for $1 failed; the whole log is $log"
    fi
    rm -rf "$prefix"
    mkdir -p "$prefix/include" "$prefix/lib"
    cp -R "$source/include/openssl" "$prefix/include/"
    cp "$source/LICENSE.txt" "$prefix/"
    mv "$source/libcrypto.a" "$prefix/lib/"
    rm -rf "$work"
}

# openssl_for TARGET NAME PREFIX: leaves in CRYPTO what CMake is to be told; fails where OpenSSL's sources cannot be had.
openssl_for() {
    local prefix
    prefix=$(openssl_prefix "$1")
    if [ ! -e "$prefix/lib/libcrypto.a" ]; then
        command -v cargo >/dev/null || { warn "no cargo here, which fetches OpenSSL's sources: left out"; return 1; }
        locked "$CACHE/.lock-openssl" make_openssl "$@"
    fi
    CRYPTO=(-DARNY_OPENSSL=ON -DOPENSSL_INCLUDE_DIR="$prefix/include" -DOPENSSL_CRYPTO_LIBRARY="$prefix/lib/libcrypto.a")
}

# ---- what is looked at in a library ---------------------------------------------------------------------------------------

PASSED=0 FAILED=0

# check WORDS COMMAND...: one thing that must be so.
check() {
    local words="$1"
    shift
    if "$@"; then
        PASSED=$((PASSED + 1))
        echo "ok      $words"
    else
        FAILED=$((FAILED + 1))
        echo "FAILED  $words"
    fi
}

READELF=readelf NM=nm # the NDK has them under LLVM's names

# Every part that is mapped begins on a page of 16 KB or a multiple, as Android 15 and later may ask.
alignment() { $READELF -lW "$1" | awk '$1 == "LOAD" { print $NF }' | sort -u | tr '\n' ' '; }
is_aligned() {
    local align
    for align in $(alignment "$1"); do [ $((align % 16384)) -eq 0 ] || return 1; done
    [ -n "$align" ]
}

only_ours() { # what it shows to others
    ! $NM -D --defined-only "$1" | awk '$2 != "A" { print $3 }' | grep -v '^arny_' >&2
}

# ---- aarch64: run here, under qemu ------------------------------------------------------------------------------------

ARM_PREFIX=aarch64-linux-gnu-

need_arm() { cross_need ${ARM_PREFIX}gcc gcc-aarch64-linux-gnu ${ARM_PREFIX}g++ g++-aarch64-linux-gnu; }

# Debian's cmocka for arm64: its packages are unpacked in the cache. apt's lists of this machine are left as they are.
make_cmocka() {
    local prefix="$CACHE/deps/cmocka-aarch64" part options
    [ ! -e "$prefix" ] || return 0
    part=$(mktemp -d "$CACHE/deps/.part-XXXXXX")
    mkdir -p "$part/apt/lists/partial" "$part/apt/archives/partial" "$part/files"
    options=(-o Dir::State="$part/apt" -o Dir::State::status=/dev/null -o Dir::Cache="$part/apt" -o APT::Architectures::=arm64
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none)
    say "fetching cmocka for arm64 (two Debian packages)"
    (cd "$part" && apt-get "${options[@]}" update && apt-get "${options[@]}" download libcmocka-dev:arm64 libcmocka0:arm64 &&
        for package in *.deb; do dpkg-deb -x "$package" files || exit 1; done) >"$part/log" 2>&1 </dev/null ||
        { tail -n 5 "$part/log" >&2; rm -rf "$part"; return 1; }
    sed -i "s|/usr|$prefix/usr|" "$part"/files/usr/lib/*/pkgconfig/cmocka.pc
    mv "$part/files" "$prefix"
    rm -rf "$part"
}

run_arm() { qemu-aarch64 -L /usr/aarch64-linux-gnu "$@"; }

# The instructions that only a compiler with NEON writes, in what computes: products of bytes, of halves.
neon() { ${ARM_PREFIX}objdump -d "$1" | awk -F'\t' '$3 == "sdot" { n++ } $3 ~ /^fmla/ && /\.8h/ { h++ } END { print n + 0, h + 0 }'; }
has_neon() { [ "${1% *}" -gt 100 ] && [ "${1#* }" -gt 10 ]; }

# The most probable tokens of the same model file, here and on ARM.
same_text() {
    local words="The three primary colours are" a b
    a=$("$ROOT/build/bin/arny" generate --model "$MODELS/smollm2-135m.q4_0.gguf" --temperature 0 -n 16 --prompt "$words" 2>/dev/null)
    b=$(run_arm "$1" generate --model "$MODELS/smollm2-135m.q4_0.gguf" --temperature 0 -n 16 --prompt "$words" 2>/dev/null)
    note "here: $a"
    note "arm:  $b"
    [ -n "$a" ] && [ "$a" = "$b" ]
}

same_route() {
    local words a b
    for words in "Solve 2x + 5 = 15" "I feel overwhelmed" "Plan a trip to Lisbon" "Who won the match?"; do
        a=$("$ROOT/build/bin/arny" route --team models/demo "$words" 2>/dev/null)
        b=$(run_arm "$1" route --team models/demo "$words" 2>/dev/null)
        note "$words: here ${a%% (*}; arm ${b%% (*}"
        [ -n "$a" ] && [ "${a%% *}" = "${b%% *}" ] || return 1
    done
}

cmd_aarch64() {
    local dir="$ROOT/build/aarch64-linux" tally counts script instructions
    need_arm
    cross_need qemu-aarch64 qemu-user
    mkdir -p "$CACHE/deps"
    # gcc compiles no AES of libsodium's for ARM, so that what the tests encrypt is for OpenSSL here.
    openssl_for aarch64-linux linux-aarch64 $ARM_PREFIX || CRYPTO=(-DARNY_OPENSSL=OFF)
    locked "$CACHE/.lock-cmocka" make_cmocka || warn "no cmocka for arm64: no tests in C"
    export PKG_CONFIG_LIBDIR="$CACHE/deps/cmocka-aarch64/usr/lib/aarch64-linux-gnu/pkgconfig"
    cross_build aarch64-linux "${CRYPTO[@]}" -- arny arny_shared tests

    say "tests in C, and the headers"
    ctest --test-dir "$dir" -L '^(unit|headers)$' -j "$JOBS" --no-tests=ignore --output-junit "$dir/results.xml" \
        --test-output-size-passed 4000000 --test-output-size-failed 4000000 >"$dir/tests.log" 2>&1 </dev/null
    tally=$(python3 scripts/tally.py aarch64="$dir/results.xml")
    echo "$tally" | sed '$d'
    counts=$(echo "$tally" | tail -n 1)
    PASSED=${counts%% *} FAILED=${counts#*, } FAILED=${FAILED%% *}

    say "the command"
    printf '#!/bin/sh\nexec qemu-aarch64 -L /usr/aarch64-linux-gnu "%s" "$@"\n' "$dir/bin/arny" >"$dir/arny" && chmod +x "$dir/arny"
    for script in $ARM_SCRIPTS; do
        check "tests/cli/$script.sh" env ARNY="$dir/arny" ARNY_ROOT="$ROOT" ARNY_BUILD_DIR="$dir" ARNY_MODELS="$MODELS" ARNY_SANITIZE= \
            bash "tests/cli/$script.sh" >&2
    done

    say "the library"
    instructions=$(neon "$dir/libarny.so")
    check "NEON: ${instructions% *} products of bytes (sdot), ${instructions#* } of halves (fmla .8h)" has_neon "$instructions"
    check "mapped on pages of 16 KB: $(alignment "$dir/libarny.so")" is_aligned "$dir/libarny.so"
    check "shows only arny_*" only_ours "$dir/libarny.so"
    if [ -x build/bin/arny ] && have_demo_models; then
        check "SmolLM2 says what it says here" same_text "$dir/bin/arny"
        check "the demo team's gateway decides as it does here" same_route "$dir/bin/arny"
    else
        warn "./dev setup first, to compare with this machine: a model and the demo team are not tried"
    fi
    echo "$PASSED passed, $FAILED failed"
    [ "$FAILED" -eq 0 ]
}
# Those that neither look into a process from outside nor want a terminal.
ARM_SCRIPTS="demo route generate ask session gateway inspect disk merge output help"

# ---- zig: a compiler for systems whose own tools are not here ------------------------------------------------------------

# zig_for TARGET: build/zig/{cc,c++,ar}, and where the headers are of a system that zig has none of.
zig_for() {
    local folder program
    need python3 pip
    cross_need file file
    folder=$(fetch python "$ROOT/cmake/toolchains/zig.txt") || exit 1
    export ARNY_ZIG="$ROOT/build/zig" ZIG_GLOBAL_CACHE_DIR="$CACHE/zig" ZIG_LOCAL_CACHE_DIR="$CACHE/zig"
    mkdir -p "$ARNY_ZIG"
    for program in cc c++ ar; do # without one word that zig's linker does not know: the version script does the same
        cat >"$ARNY_ZIG/$program" <<SCRIPT
#!/bin/sh
for word; do
    shift
    [ "\$word" = -Wl,--exclude-libs,ALL ] || set -- "\$@" "\$word"
done
exec "$folder/ziglang/zig" $program "\$@"
SCRIPT
        chmod +x "$ARNY_ZIG/$program"
    done
    unset ZIG_LIBC
    ZIG_INCLUDE="$folder/ziglang/lib/libc/include"
    CROSS_TOOLS="zig $(awk -F'[= ]+' '/^ziglang/ { print $2 }' cmake/toolchains/zig.txt)"
}

zig_libc() { # FOLDER with include/ and lib/
    printf '%s\n' include_dir="$1/include" sys_include_dir="$1/include" crt_dir="$1/lib" msvc_lib_dir= kernel32_lib_dir= gcc_dir= >"$1/libc.txt"
    export ZIG_LIBC="$1/libc.txt"
}

objects() { find "$1" -name '*.o' | wc -l | tr -d ' '; }

cmd_darwin() {
    local dir="$ROOT/build/arm64-darwin"
    zig_for arm64-darwin
    sodium
    cross_build arm64-darwin "${CRYPTO[@]}" -- arny_shared arny
    file -b "$dir"/libarny.*.*.dylib "$dir/bin/arny"
    ls -l "$dir"/libarny.*.*.dylib "$dir/bin/arny" | awk '{ print $5 " bytes  " $NF }' | sed "s|$ROOT/||"
    echo "linked for macOS 13 on arm64 (gguf and fake, libsodium; without Metal and Accelerate); nothing was run"
}

# ---- Android -------------------------------------------------------------------------------------------------------------

android_ndk() {
    local abi bin library
    CROSS_TOOLS="NDK $(sed -n 's/^Pkg.Revision *= *//p' "$ANDROID_NDK_HOME/source.properties")"
    for bin in "$ANDROID_NDK_HOME"/toolchains/llvm/prebuilt/*/bin; do :; done
    export PATH="$bin:$PATH"
    READELF=llvm-readelf NM=llvm-nm
    sodium
    for abi in arm64-v8a x86_64; do
        cross_build "android-$abi" "${CRYPTO[@]}" -- arny_shared
        library="build/android/$abi/libarny.so"
        mkdir -p "build/android/$abi"
        llvm-strip -o "$library" "build/android-$abi/libarny.so" || die "llvm-strip failed"
        check "$library: $(wc -c <"$library") bytes, mapped on pages of 16 KB: $(alignment "$library")" is_aligned "$library"
        check "$library shows only arny_*" only_ours "$library"
    done
}

# Headers as the NDK lays them, and libraries that have the symbols of API level 29 and no code.
make_bionic() { # FOLDER
    local name
    rm -rf "$1"
    mkdir -p "$1/include" "$1/lib"
    cp -R "$ARNY_BIONIC"/libc/include/. "$ARNY_BIONIC"/libc/kernel/uapi/. "$ARNY_BIONIC"/libc/kernel/uapi/asm-arm64/. \
        "$ARNY_BIONIC"/libc/kernel/android/uapi/. "$1/include/" || die "ARNY_BIONIC must name a checkout of Android's platform/bionic"
    for name in libc libm libdl; do
        awk -v api=29 -f cmake/toolchains/bionic.awk "$ARNY_BIONIC/$name/$name.map.txt" >"$1/$name.s"
        "$ARNY_ZIG/cc" --target=aarch64-linux-android.29 -nostdlib -shared -Wl,-soname,$name.so -o "$1/lib/$name.so" "$1/$name.s" ||
            die "zig could not make a stand-in for $name.so"
    done
    : >"$1/empty.c"
    "$ARNY_ZIG/cc" --target=aarch64-linux-android.29 -c -o "$1/lib/crtbegin_so.o" "$1/empty.c" && cp "$1/lib/crtbegin_so.o" "$1/lib/crtend_so.o"
}

android_zig() {
    local dir="$ROOT/build/android-zig"
    zig_for android-zig
    make_bionic "$ROOT/build/bionic"
    zig_libc "$ROOT/build/bionic"
    sodium
    cross_build android-zig "${CRYPTO[@]}" -DCMAKE_CXX_STANDARD_LIBRARIES="-L$ROOT/build/bionic/lib" -- arny_shared
    say "asks for: $($READELF -dW "$dir/libarny.so" | sed -n 's/.*Shared library: \[\(.*\)\]/\1/p' | tr '\n' ' ')"
    check "links for arm64, every symbol of the system's being there by API level 29" [ -s "$dir/libarny.so" ]
    check "mapped on pages of 16 KB: $(alignment "$dir/libarny.so")" is_aligned "$dir/libarny.so"
    check "shows only arny_*" only_ours "$dir/libarny.so"
}

cmd_android() {
    if [ -n "${ANDROID_NDK_HOME:-}" ]; then android_ndk
    elif [ -n "${ARNY_BIONIC:-}" ]; then android_zig
    else die "set ANDROID_NDK_HOME to an NDK (r27 or newer), or ARNY_BIONIC to a checkout of Android's platform/bionic"; fi
    echo "$PASSED passed, $FAILED failed"
    [ "$FAILED" -eq 0 ]
}

# ---- iOS -----------------------------------------------------------------------------------------------------------------

# One static library a kind of device with everything in it, and the public headers: what bindings/swift looks for.
ios_xcode() {
    local target arguments=()
    CROSS_TOOLS=$(xcodebuild -version | tr '\n' ' ')
    sodium
    rm -rf build/CArny.xcframework build/ios-headers
    mkdir -p build/ios-headers
    cp -R include/arny build/ios-headers/
    printf 'module CArny {\n    header "arny/arny.h"\n    export *\n}\n' >build/ios-headers/module.modulemap
    for target in ios ios-simulator; do
        cross_build $target "${CRYPTO[@]}" -- arny_static
        mkdir -p "build/$target/out"
        libtool -static -o "build/$target/out/libarny.a" "build/$target"/lib*.a "$(cross_prefix $target)"/lib/*.a || die "libtool failed"
        arguments+=(-library "build/$target/out/libarny.a" -headers build/ios-headers)
    done
    xcodebuild -create-xcframework "${arguments[@]}" -output build/CArny.xcframework || die "xcodebuild failed"
    say "made build/CArny.xcframework; it goes beside bindings/swift/Package.swift"
}

# Every object, with the headers of macOS in the place of those of iOS. The one header that macOS lacks is written here.
ios_zig() {
    local dir="$ROOT/build/ios-zig"
    zig_for ios-zig
    mkdir -p build/ios-headers/include/os build/ios-headers/lib
    cp -R "$ZIG_INCLUDE/any-macos-any/." build/ios-headers/include/
    printf '#include <stddef.h>\nsize_t os_proc_available_memory(void);\n' >build/ios-headers/include/os/proc.h
    zig_libc "$ROOT/build/ios-headers"
    sodium
    cross_build ios-zig "${CRYPTO[@]}" -- arny_static
    file -b "$(find "$dir" -name 'team.c.o' | head -n 1)"
    echo "compiled for iOS 16 on arm64: $(objects "$dir") objects of the library, yyjson and libsodium, and all of llama.cpp; nothing was linked or run"
}

cmd_ios() { if [ "$SYSTEM" = Darwin ]; then ios_xcode; else ios_zig; fi; }

# ---- sizes -----------------------------------------------------------------------------------------------------------------

# ExecuTorch's wheel for ARM, which scripts/fetch.py gets on ARM alone.
executorch_arm() {
    python3 - "$CACHE" <<'CODE'
import sys, tempfile
from pathlib import Path
sys.path.insert(0, "scripts")
import fetch
cache = Path(sys.argv[1])
entry, = [it for it in fetch.read_lock() if it["name"] == "executorch" and it["kind"] == "pypi-linux-aarch64"]
folder = cache / "deps" / f"executorch-aarch64-{entry['version']}"
if not folder.is_dir():
    try:
        archive = fetch.download(cache, entry)
    except fetch.Failure as failure:
        sys.exit(f"fetch: {failure}")
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
    fetch.unpack_wheel(archive, entry["takes"].split(","), part)
    part.rename(folder)
print(folder)
CODE
}

# size_row WORDS FOLDER LINKER-FLAGS CMAKE-ARGUMENTS...: builds, strips, and prints a line of the table. LAST is what it weighs.
size_row() {
    local words="$1" folder="$2" flags="$3" bytes
    shift 3
    CROSS_DIR="sizes/$folder" cross_build aarch64-linux -DBUILD_TESTING=OFF \
        -DCMAKE_SHARED_LINKER_FLAGS="-static-libgcc -static-libstdc++ -Wl,-z,max-page-size=16384 $flags" "$@" -- arny_shared
    ${ARM_PREFIX}strip -o "build/sizes/$folder/stripped.so" "build/sizes/$folder/libarny.so" || die "strip failed"
    is_aligned "build/sizes/$folder/stripped.so" || die "build/sizes/$folder/stripped.so is not on pages of 16 KB"
    bytes=$(stat -c %s "build/sizes/$folder/stripped.so")
    printf '| %-66s | %9d | %5s | %9s |\n' "$words" "$bytes" "$(megabytes "$bytes")" "${BASE:+$(printf %+d $((bytes - BASE)))}"
    LAST=$bytes
}

megabytes() { awk -v bytes="$1" 'BEGIN { printf "%.2f", bytes / 1e6 }'; }

cmd_sizes() {
    local gc=-Wl,--gc-sections none gguf with_gguf directory name
    need_arm
    none=(-DARNY_GGUF=OFF -DARNY_OPENSSL=OFF) gguf=(-DARNY_OPENSSL=OFF)
    echo "libarny.so for arm64, stripped, on pages of 16 KB. $(${ARM_PREFIX}gcc --version | head -n 1)"
    echo
    printf '| %-66s | %9s | %5s | %9s |\n' "what is in it" bytes MB adds
    echo "| --- | ---: | ---: | ---: |"
    BASE='' && size_row "engine fake alone (-O2, sections dropped)" fake $gc "${none[@]}"
    BASE=$LAST && size_row "+ gguf: llama.cpp (-O3)" gguf $gc "${gguf[@]}"
    with_gguf=$LAST BASE=$LAST
    if openssl_for aarch64-linux linux-aarch64 $ARM_PREFIX; then
        size_row "fake + gguf + OpenSSL's libcrypto (cut down, -Os)" openssl $gc "${CRYPTO[@]}"
    fi
    sodium
    size_row "fake + gguf + libsodium" sodium $gc "${CRYPTO[@]}"
    if directory=$(executorch_arm); then
        BASE=$LAST && size_row "fake + gguf + libsodium + pte, whose runtime lies beside it" pte $gc "${CRYPTO[@]}" \
            -DARNY_PTE=ON -DARNY_EXECUTORCH_DIR="$directory"
    fi
    BASE=$with_gguf && size_row "fake + gguf, no section dropped" gguf '' "${gguf[@]}"
    CROSS_TYPE=MinSizeRel
    size_row "fake + gguf, all of it -Os, sections dropped" gguf-small $gc "${gguf[@]}"
    CROSS_TYPE=''
    [ -n "$directory" ] || return 0
    echo
    echo "Beside it for pte (ExecuTorch's wheel, stripped):"
    for name in "" _threadpool _kernels_optimized _kernels_quantized _backend_xnnpack _backend_openvino; do
        ${ARM_PREFIX}strip -o build/sizes/beside.so "$directory/lib/libexecutorch$name.so"
        printf '%9d  libexecutorch%s.so\n' "$(stat -c %s build/sizes/beside.so)" "$name"
    done
}

COMMAND="${1:-help}"
case "$COMMAND" in
aarch64 | darwin | android | ios | sizes)
    shift
    "cmd_$COMMAND" "$@"
    ;;
help | -h | --help) usage ;;
*) usage >&2; die "no '$COMMAND'" ;;
esac
