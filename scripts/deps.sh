# llama.cpp, ExecuTorch, yyjson and the model files: fetched and built once into the cache. Sourced by ./dev.
# shellcheck shell=bash
#
#   $CACHE/download/            package files, verified
#   $CACHE/src/NAME-VERSION/    unpacked sources
#   $CACHE/build/llama-KEY/     llama.cpp's objects; kept, so that the peers need only their own (40 to 90 MB)
#   $CACHE/deps/llama-KEY/      the prefix that we link; there only when complete
#   $CACHE/models/              GGUF files
#   $CACHE/peers/bin/           llama-bench, llama-completion, llama-simple

BACKENDS="${ARNY_GGML_BACKENDS:-}"

lock_field() { awk -v name="$1" -v field="$2" '$1 == name { print $field; exit }' "$ROOT/deps.lock"; }

fetch() { python3 "$ROOT/scripts/fetch.py" "$CACHE" "$@"; }

source_dir() { echo "$CACHE/src/$1-$(lock_field "$1" 2)"; }

# ExecuTorch comes built, for some machines; on others the pte engine is left out.
has_executorch() {
    local system
    system=$(echo "$SYSTEM" | tr '[:upper:]' '[:lower:]')
    awk -v kind="pypi-${system/darwin/macos}-$(uname -m)" '$1 == "executorch" && $3 == kind { found = 1 } END { exit !found }' \
        "$ROOT/deps.lock"
}

sources() { echo "yyjson llama.cpp$(has_executorch && echo " executorch")"; }

have_sources() {
    local name
    for name in $(sources); do [ -d "$(source_dir "$name")" ] || return 1; done
}

# Another version, other options, another compiler or another processor is another build: all are in the key.
# -march=native is asked for what it stands for, so that a home directory shared by two machines stays right.
llama_key() {
    [ -n "${LLAMA_KEY:-}" ] || LLAMA_KEY=$({
        grep '^llama\.cpp' "$ROOT/deps.lock" | cut -d'#' -f1
        cat "$ROOT/cmake/llama/CMakeLists.txt"
        echo "backends=$BACKENDS system=$SYSTEM $(uname -m)"
        ${CC:-cc} --version 2>/dev/null | head -n 1
        ${CXX:-c++} --version 2>/dev/null | head -n 1
        ${CC:-cc} -march=native -dM -E -x c /dev/null 2>/dev/null ||
            ${CC:-cc} -mcpu=native -dM -E -x c /dev/null 2>/dev/null || true
    } | sha256 | cut -c1-12)
}

llama_prefix() { llama_key; echo "$CACHE/deps/llama-$LLAMA_KEY"; }

configure_llama() {
    local build="$1" prefix="$2" peers="$3"
    # The recipe lies beside the objects, so that another checkout of this tree can go on with them.
    mkdir -p "$build.recipe" && cp "$ROOT/cmake/llama/CMakeLists.txt" "$build.recipe/" || die "cannot write in $CACHE"
    cmake -S "$build.recipe" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" \
        -DCMAKE_INSTALL_LIBDIR=lib -DLLAMA_SRC="$(source_dir llama.cpp)" -DARNY_PEERS="$peers" \
        -DARNY_GGML_BACKENDS="$BACKENDS" >"$build.log" 2>&1 </dev/null ||
        { tail -n 30 "$build.log" >&2; die "configuring llama.cpp failed; the whole log is $build.log"; }
}

build_llama() {
    llama_key
    local prefix="$CACHE/deps/llama-$LLAMA_KEY" build="$CACHE/build/llama-$LLAMA_KEY" stage
    [ ! -e "$prefix/.complete" ] || return 0 # made while we waited for the lock
    mkdir -p "$CACHE/build" "$CACHE/deps"
    configure_llama "$build" "$prefix" OFF
    run_ninja "building llama.cpp (once)" "$build.log" cmake --build "$build" -j "$JOBS"
    # Installed beside its place and renamed: a prefix is complete or absent.
    stage=$(mktemp -d "$CACHE/deps/.part-XXXXXX")
    DESTDIR="$stage" cmake --install "$build" >"$build.log" 2>&1 || { rm -rf "$stage"; die "installing llama.cpp failed: $build.log"; }
    touch "$stage$prefix/.complete"
    rm -rf "$prefix"
    mv "$stage$prefix" "$prefix"
    rm -rf "$stage"
    say "llama.cpp is built: $prefix"
}

have_deps() {
    have c++ || return 1
    llama_key
    [ -e "$(llama_prefix)/.complete" ] && have_sources
}

make_deps() {
    local name
    for name in $(sources); do
        [ -d "$(source_dir "$name")" ] && continue
        say "fetching $name $(lock_field "$name" 2)"
        fetch source "$name" >/dev/null || exit 1
    done
    build_llama
}

deps() {
    # shellcheck disable=SC2086
    have_deps || { need $NEEDS_BUILD $NEEDS_FETCH && locked "$CACHE/.lock" make_deps; }
}

# ---- peers: what benches and conformance tests compare with, from the same source and with the same flags --------

have_peers() {
    llama_key
    [ "$(cat "$PEERS/.key" 2>/dev/null)" = "$LLAMA_KEY" ]
}

make_peers() { # OFF|ON|SERVER, the file that says they are there, the programs
    local build="$CACHE/build/llama-$LLAMA_KEY" kind="$1" mark="$2" name part
    shift 2
    [ "$(cat "$mark" 2>/dev/null)" != "$LLAMA_KEY" ] || return 0
    mkdir -p "$CACHE/build"
    configure_llama "$build" "$CACHE/deps/llama-$LLAMA_KEY" "$kind"
    run_ninja "building llama.cpp's own programs (once)" "$build.log" cmake --build "$build" -j "$JOBS" --target "$@"
    mkdir -p "$PEERS"
    rm -f "$mark"
    for name; do
        part=$(find "$build" -type f -name "$name" -perm -u+x | head -n 1)
        [ -n "$part" ] || die "the build made no $name; see $build.log"
        cp "$part" "$PEERS/.$name.part" && mv "$PEERS/.$name.part" "$PEERS/$name"
    done
    echo "$LLAMA_KEY" >"$mark"
    say "peers are built: $PEERS"
}

peers() {
    deps
    have_peers || locked "$CACHE/.lock" make_peers ON "$PEERS/.key" llama-bench llama-completion llama-simple
}

server_peer() {
    peers
    [ "$(cat "$PEERS/.server" 2>/dev/null)" = "$LLAMA_KEY" ] ||
        locked "$CACHE/.lock" make_peers SERVER "$PEERS/.server" llama-server
}

# ---- model files -------------------------------------------------------------------------------------------------

BASE_GGUF=SmolLM2-135M-Instruct.Q4_1.gguf
GEMMA_GGUF=gemma-3-270m-q4_k_m.gguf

fetch_model() { # NAME FILE WORDS
    [ -e "$MODELS/$2" ] && return 0
    # shellcheck disable=SC2086
    need $NEEDS_FETCH
    say "fetching $3"
    locked "$CACHE/.lock" fetch model "$1" >/dev/null || exit 1
}

# The adapters of models/demo (docs/training.md) were trained over the base in q4_0. Plan `adapters` uses them as they are; for
# `hybrid` and `monolith` each is merged into a model file of its own, in q8_0, which rounds them least.
TRAINED="wellness math logistics universal"
MERGED_TYPE=q8_0
LINKED_FILES="base.q4_0.gguf"
ROUTER_GGUF=router.q4_0.gguf  # the gateway's encoder; another head or adapter is another file, so its digest is asked
MINILM_GGUF=minilm-l6.q8_0.gguf # to compare with
QUANTIZED="smollm2-135m.q4_0.gguf smollm2-135m.q8_0.gguf"

pinned() { [ "$(sha256 "$MODELS/$1" 2>/dev/null)" = "$(awk -v file="$1" '$4 == file { print $5 }' "$ROOT/deps.lock")" ]; }

encoder() { # NAME FILE WORDS
    pinned "$2" && return 0
    # shellcheck disable=SC2086
    need $NEEDS_FETCH
    say "making $3"
    locked "$CACHE/.lock" fetch model "$1" >/dev/null || exit 1
}

router() { encoder router "$ROUTER_GGUF" "the gateway's encoder, from multilingual-e5-small (91 MB)"; }
minilm() { encoder minilm "$MINILM_GGUF" "a smaller encoder to compare with, from MiniLM-L6 (84 MB)"; }

have_demo_models() {
    local name
    pinned "$ROUTER_GGUF" || return 1
    for name in "$BASE_GGUF" $QUANTIZED $LINKED_FILES; do [ -e "$MODELS/$name" ] || return 1; done
    for name in $TRAINED; do have_merged "$name" || return 1; done
}

adapter_of() { echo "$ROOT/models/demo/adapters/$1.lora.gguf"; }
merged_of() { echo "$MODELS/$1.$MERGED_TYPE.gguf"; }

# have_merged NAME: the file is there, and of the adapter as it is now.
have_merged() { [ -e "$(merged_of "$1")" ] && [ "$(cat "$MODELS/.of-$1" 2>/dev/null)" = "$(sha256 "$(adapter_of "$1")") $MERGED_TYPE" ]; }

# arny_makes FILE WORDS...: a command of arny that writes FILE (@ among the words), which is there whole or not at all.
arny_makes() {
    local out="$1" part word words=()
    shift
    part="$MODELS/.part-$(basename "$out")"
    for word in "$@"; do
        [ "$word" = @ ] && word=$part
        words+=("$word")
    done
    if ! "$ROOT/build/bin/arny" "${words[@]}" >"$CACHE/quantize.log" 2>&1 || [ ! -s "$part" ]; then
        rm -f "$part"
        tail -n 3 "$CACHE/quantize.log" >&2
        warn "arny $1 could not make $(basename "$out"): the demo team has no model yet"
        return 1
    fi
    mv "$part" "$out"
}

# make_merged NAME: in float16 first, so that nothing of the adapter is lost before the last step.
make_merged() {
    local whole="$MODELS/.base.f16.gguf" mixed="$MODELS/.mixed.f16.gguf" status=0
    say "merging the adapter $1 into a model of its own"
    [ -e "$whole" ] || arny_makes "$whole" quantize "$MODELS/smollm2-135m.q4_0.gguf" @ --type f16 || return 1
    arny_makes "$mixed" merge --base "$whole" --adapter "$(adapter_of "$1")" @ &&
        arny_makes "$(merged_of "$1")" quantize "$mixed" @ --type "$MERGED_TYPE" || status=1
    rm -f "$mixed"
    [ $status = 0 ] && echo "$(sha256 "$(adapter_of "$1")") $MERGED_TYPE" >"$MODELS/.of-$1"
    return $status
}

make_demo_models() {
    local name type
    have_demo_models && return 0
    for name in $QUANTIZED; do
        type=${name#smollm2-135m.} type=${type%.gguf}
        [ -e "$MODELS/$name" ] && continue
        say "making $name"
        arny_makes "$MODELS/$name" quantize "$MODELS/$BASE_GGUF" @ --type "$type" || return 1
    done
    for name in $LINKED_FILES; do
        ln -sfn smollm2-135m.q4_0.gguf "$MODELS/$name"
    done
    for name in $TRAINED; do
        have_merged "$name" || make_merged "$name" || return 1
    done
    rm -f "$MODELS/.base.f16.gguf"
}

# ---- .pte files: exported here, once, by ExecuTorch's own exporter, which needs PyTorch --------------------------------

PTE_MODEL=smollm2-135m.pte
PTE_WORDS=smollm2-135m.vocab.gguf
PTE_VECTORS=smollm2-135m.vectors

OWN_BITS=8 # with weights of 4 a trained model forgets what it was taught (docs/training.md)

# own_pte NAME: the trained model itself has been exported, and of the adapter as it is now.
own_pte() { [ -e "$MODELS/$1.pte" ] && [ "$(cat "$MODELS/.of-$1.pte" 2>/dev/null)" = "$(sha256 "$(adapter_of "$1")") $OWN_BITS" ]; }
own_words() { [ -e "$MODELS/$1.vocab.gguf" ] && [ ! -L "$MODELS/$1.vocab.gguf" ]; } # a link is to those of the base

have_pte_models() {
    local name
    for name in "$PTE_MODEL" "$PTE_WORDS"; do [ -e "$MODELS/$name" ] || return 1; done
    for name in $TRAINED; do [ -e "$MODELS/$name.pte" ] && [ -e "$MODELS/$name.vocab.gguf" ] || return 1; done
}

have_own_pte_models() {
    local name
    for name in $TRAINED; do own_pte "$name" && own_words "$name" || return 1; done
}

pte_python() { echo "$CACHE/python/pte-$(sha256 "$ROOT/training/requirements-pte.txt" | cut -c1-12)"; }

make_pte_python() {
    local folder
    folder=$(pte_python)
    [ -x "$folder/bin/python" ] && [ -e "$folder/.complete" ] && return 0
    say "installing PyTorch and ExecuTorch's exporter in $folder (6 GB)"
    rm -rf "$folder"
    python3 -m venv "$folder" || die "no environment in $folder. Debian: apt-get install python3-venv"
    "$folder/bin/pip" install --quiet --disable-pip-version-check -r "$ROOT/training/requirements-pte.txt" ||
        die "pip could not install what training/requirements-pte.txt pins"
    touch "$folder/.complete"
}

make_pte_models() {
    local name
    if [ ! -e "$MODELS/$PTE_MODEL" ] || [ ! -e "$MODELS/$PTE_WORDS" ]; then
        make_pte_python
        say "exporting $PTE_MODEL from smollm2-135m.q8_0.gguf (10 to 20 minutes)"
        "$(pte_python)/bin/python" "$ROOT/training/export_pte.py" "$MODELS/smollm2-135m.q8_0.gguf" "$MODELS/$PTE_MODEL" \
            --work "$CACHE/export" || die "the export failed; what it said last is in $CACHE/export/export.log"
        rm -rf "$CACHE/export"
    fi
    if [ ! -e "$MODELS/$PTE_VECTORS" ] && [ -e "$(pte_python)/.complete" ]; then
        say "asking ExecuTorch's own runtime what it says, to compare with (tests/conformance/test_pte.c)"
        "$(pte_python)/bin/python" "$ROOT/tests/fixtures/make_vectors.py" "$MODELS/$PTE_MODEL" "$MODELS/.part-$PTE_VECTORS" \
            "$MODELS/$PTE_WORDS" "$ROOT"/tests/conformance/prompts/*.txt >/dev/null 2>&1 &&
            mv "$MODELS/.part-$PTE_VECTORS" "$MODELS/$PTE_VECTORS" || warn "make_vectors.py could not make $PTE_VECTORS"
    fi
    # Files of their own, as those of the trained models are: what is measured of many models is true of these.
    for name in $TRAINED; do
        [ -e "$MODELS/$name.pte" ] || { cp "$MODELS/$PTE_MODEL" "$MODELS/.part-$name" && mv "$MODELS/.part-$name" "$MODELS/$name.pte"; }
        [ -e "$MODELS/$name.vocab.gguf" ] || ln -sfn "$PTE_WORDS" "$MODELS/$name.vocab.gguf"
    done
}

# What the demo team was trained to be, as .pte; until then the untrained base stands in for each.
make_own_pte_models() {
    local name
    make_pte_python
    for name in $TRAINED; do
        if own_pte "$name" && ! own_words "$name"; then
            rm -f "$MODELS/$name.vocab.gguf"
            "$(pte_python)/bin/python" "$ROOT/training/export_pte.py" "$(merged_of "$name")" "$MODELS/$name.pte" --vocabulary-only \
                --work "$CACHE/export" || die "the vocabulary of $name.pte could not be written"
        fi
        own_pte "$name" && continue
        say "exporting $name.pte from $(basename "$(merged_of "$name")") (10 to 20 minutes)"
        "$(pte_python)/bin/python" "$ROOT/training/export_pte.py" "$(merged_of "$name")" "$MODELS/.part-$name.pte" --bits "$OWN_BITS" \
            --work "$CACHE/export" ||
            die "the export failed; what it said last is in $CACHE/export/export.log"
        mv "$MODELS/.part-$name.vocab.gguf" "$MODELS/$name.vocab.gguf" # a vocabulary says which program it is for
        mv "$MODELS/.part-$name.pte" "$MODELS/$name.pte"
        echo "$(sha256 "$(adapter_of "$name")") $OWN_BITS" >"$MODELS/.of-$name.pte"
        rm -rf "$CACHE/export"
    done
}

# ---- the environment of training/: PyTorch, transformers, PEFT ------------------------------------------------------------

training_python() { echo "$CACHE/python/training-$(sha256 "$ROOT/training/pyproject.toml" | cut -c1-12)"; }

make_training_python() {
    local folder
    folder=$(training_python)
    [ -e "$folder/.complete" ] && return 0
    need python3 pip
    say "installing PyTorch and what else training/pyproject.toml names in $folder (6 GB)"
    rm -rf "$folder"
    python3 -m venv "$folder" || die "no environment in $folder. Debian: apt-get install python3-venv"
    "$folder/bin/pip" install --quiet --disable-pip-version-check -e "$ROOT/training" || die "pip could not install arny-training"
    touch "$folder/.complete"
}

# pte_models [own]: needs demo_models.
pte_models() {
    has_executorch || die "ExecuTorch's wheel is not made for this machine: no pte engine (docs/pte.md says how to build it)"
    have_pte_models || { need python3 pip && locked "$CACHE/.lock-pte" make_pte_models; }
    if [ "${1:-}" = own ] && ! have_own_pte_models; then
        need python3 pip
        locked "$CACHE/.lock-pte" make_own_pte_models
    fi
    link_models
}

# link_models: every .gguf and .pte that a team file under models/demo names is linked beside it, when the cache has it.
link_models() {
    local team folder name target
    for team in "$ROOT"/models/demo/team.json "$ROOT"/models/demo/*/team.json "$ROOT"/models/demo/*/*/team.json; do
        [ -e "$team" ] || continue
        folder=$(dirname "$team")
        while IFS= read -r name; do
            [ -e "$MODELS/$name" ] || continue
            target=$(readlink "$folder/$name" 2>/dev/null) || target=''
            [ "$target" = "$MODELS/$name" ] && continue
            [ -e "$folder/$name" ] && [ -z "$target" ] && continue # a real file that somebody put there
            ln -sfn "$MODELS/$name" "$folder/$name"
        done < <(grep -oE '"[A-Za-z0-9._-]+\.(gguf|pte)"' "$team" | tr -d '"' | sort -u)
    done
}

# demo_models: needs build/bin/arny.
demo_models() {
    router
    fetch_model smollm2 "$BASE_GGUF" "SmolLM2-135M-Instruct (93 MB)"
    if ! have_demo_models; then
        [ -x "$ROOT/build/bin/arny" ] || { warn "build/bin/arny is not there yet: no quantized models"; return 0; }
        locked "$CACHE/.lock" make_demo_models || return 0
    fi
    link_models
}

gemma() { fetch_model gemma3-270m "$GEMMA_GGUF" "Gemma-3-270M (250 MB, for conformance tests and benches)"; }
