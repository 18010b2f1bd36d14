# Builds for other machines than this one: llama.cpp once into the cache, the library under build/TARGET. Sourced by ./dev and
# scripts/phones.sh.
# shellcheck shell=bash
#
# A target is the name of a file in cmake/toolchains. Who sources this may set
#   CROSS_TOOLS   words that tell one version of the target's compiler from another
#   CROSS_TYPE    MinSizeRel: llama.cpp and the library are built for size
#   CROSS_DIR     where under build/ the library goes, when it is not TARGET

# What a cross build needs besides: pairs of a command and the Debian package that has it. As `need` does, root installs at once.
cross_need() {
    local packages=() command
    while [ $# -gt 1 ]; do
        command -v "$1" >/dev/null || packages+=("$2")
        shift 2
    done
    [ ${#packages[@]} -gt 0 ] || return 0
    command="apt-get install -y --no-install-recommends ${packages[*]}"
    command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ] || die "missing packages; Debian: sudo $command"
    say "installing Debian packages: ${packages[*]}"
    install_packages "$command" || die "that failed; the last lines are above"
}

# The target's toolchain file, and the one that it includes.
cross_files() { # TARGET
    echo "$ROOT/cmake/toolchains/$1.cmake"
    sed -n "s|^include(\"\${CMAKE_CURRENT_LIST_DIR}/\(.*\)\")|$ROOT/cmake/toolchains/\1|p" "$ROOT/cmake/toolchains/$1.cmake"
}

cross_recipe() { # TARGET
    local file
    cross_files "$1" | while IFS= read -r file; do cat "$file"; done
    [ -z "${CROSS_TOOLS:-}${CROSS_TYPE:-}" ] || echo "${CROSS_TOOLS:-} ${CROSS_TYPE:-}"
}

cross_key() { # TARGET
    {
        grep '^llama\.cpp' "$ROOT/deps.lock" | cut -d'#' -f1
        cat "$ROOT/cmake/llama/CMakeLists.txt"
        cross_recipe "$1"
    } | sha256 | cut -c1-12
}

cross_prefix() { echo "$CACHE/deps/llama-$1-$(cross_key "$1")"; }

make_cross_llama() {
    local target="$1" prefix build stage
    prefix=$(cross_prefix "$target")
    build="$CACHE/build/$(basename "$prefix")"
    [ ! -e "$prefix/.complete" ] || return 0
    mkdir -p "$build" "$CACHE/deps"
    cmake -S "$ROOT/cmake/llama" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE="${CROSS_TYPE:-Release}" -DCMAKE_INSTALL_PREFIX="$prefix" \
        -DCMAKE_TOOLCHAIN_FILE="$ROOT/cmake/toolchains/$target.cmake" -DCMAKE_INSTALL_LIBDIR=lib -DGGML_NATIVE=OFF \
        -DLLAMA_SRC="$(source_dir llama.cpp)" >"$build.log" 2>&1 </dev/null ||
        { tail -n 30 "$build.log" >&2; die "configuring llama.cpp for $target failed; the whole log is $build.log"; }
    run_ninja "building llama.cpp for $target (once)" "$build.log" cmake --build "$build" -j "$JOBS"
    stage=$(mktemp -d "$CACHE/deps/.part-XXXXXX")
    DESTDIR="$stage" cmake --install "$build" >"$build.log" 2>&1 || { rm -rf "$stage"; die "installing llama.cpp for $target failed: $build.log"; }
    touch "$stage$prefix/.complete"
    rm -rf "$prefix"
    mv "$stage$prefix" "$prefix"
    rm -rf "$stage" "$build"
}

# cross_build TARGET CMAKE-ARGUMENTS... -- BUILD-TARGETS...
cross_build() {
    local target="$1" dir="$ROOT/build/${CROSS_DIR:-$1}" arguments=() stamp
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do arguments+=("$1") && shift; done
    [ $# -eq 0 ] || shift
    deps
    [ -e "$(cross_prefix "$target")/.complete" ] || locked "$CACHE/.lock-$target" make_cross_llama "$target"
    # What the caller says comes last, and counts.
    arguments=(-DARNY_YYJSON_DIR="$(source_dir yyjson)" -DARNY_LLAMA_PREFIX="$(cross_prefix "$target")" -DARNY_PTE=OFF
        -DCMAKE_BUILD_TYPE="${CROSS_TYPE:-RelWithDebInfo}" ${arguments[@]+"${arguments[@]}"})
    stamp="${arguments[*]} $(cross_recipe "$target" | sha256)"
    if [ "$(cat "$dir/.configured" 2>/dev/null)" != "$stamp" ]; then
        mkdir -p "$dir"
        rm -f "$dir/CMakeCache.txt" # a toolchain's flags are read once
        cmake -S "$ROOT" -B "$dir" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$ROOT/cmake/toolchains/$target.cmake" \
            "${arguments[@]}" >"$dir/configure.log" 2>&1 </dev/null ||
            { tail -n 30 "$dir/configure.log" >&2; die "configuring for $target failed; the whole log is $dir/configure.log"; }
        echo "$stamp" >"$dir/.configured"
    fi
    run_ninja "building for $target" "$dir/build.log" cmake --build "$dir" -j "$JOBS" --target "$@"
}
