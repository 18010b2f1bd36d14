#!/bin/sh
# A LoRA in a model file: what is merged speaks as the model with its adapter does; and what cannot be merged leaves everything as it
# was.
. "$(dirname "$0")/check"
merge() { # CODE ARGUMENTS
    wanted_code=$1
    shift
    expect "$wanted_code" "$ARNY" merge "$@"
}

# ---- wrong usage, and another engine --------------------------------------------------------------------------------

model m.fake '{}'
: >file
bad() { # WHAT-IT-SAYS ARGUMENTS
    says=$1
    shift
    merge 64 "$@"
    err_has "^arny: merge: $says"
    err_lines 1
    out_empty
}
bad 'OUT expected' --base m.fake --adapter file
bad '--base FILE and --adapter FILE expected' x.gguf
bad '--base FILE and --adapter FILE expected' --base m.fake x.gguf
bad '--base FILE and --adapter FILE expected' --adapter m.fake x.gguf
bad '"more" is one argument too many: it takes OUT' --base m.fake --adapter file x.gguf more
bad '--adapter needs a value: FILE' --base m.fake x.gguf --adapter
bad '.*did you mean --adapter' --base m.fake --adaptor file x.gguf
merge 69 --base m.fake --adapter file x.gguf
err_has 'the engine "fake" cannot merge adapters'
merge 66 --base missing --adapter file x.gguf
err_has '^arny: missing: '
[ ! -e x.gguf ] || complain "there is an OUT"

case "$("$ARNY" --version)" in
*gguf*) ;;
*) finish ;;
esac

# ---- files ----------------------------------------------------------------------------------------------------------

# A llama of one layer with 8 tokens, and adapters of rank 4 for its attention's output: make.py says which.
cat >make.py <<'PYTHON'
import random, struct, sys
WIDTH, FORWARD, RANK = 32, 64, 4
ARRAY, STRING, FLOAT, U32, I32, BOOL = 9, 8, 6, 4, 5, 7

def text(s):
    b = s.encode()
    return struct.pack("<Q", len(b)) + b

def value(kind, v):
    return text(v) if kind == STRING else struct.pack({FLOAT: "<f", U32: "<I", I32: "<i", BOOL: "<?"}[kind], v)

def pair(key, kind, v, of=None):
    body = struct.pack("<IQ", of, len(v)) + b"".join(value(of, x) for x in v) if kind == ARRAY else value(kind, v)
    return text(key) + struct.pack("<I", kind) + body

def write(path, pairs, tensors): # tensors: name, dims, floats
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(pairs)) + b"".join(pairs)
    data = b""
    for name, dims, floats in tensors:
        head += text(name) + struct.pack("<I", len(dims)) + b"".join(struct.pack("<Q", d) for d in dims)
        head += struct.pack("<IQ", 0, len(data))
        data += struct.pack("<%df" % len(floats), *floats)
        data += bytes(-len(data) % 32)
    with open(path, "wb") as file:
        file.write(head + bytes(-len(head) % 32) + data)

def matrix(name, columns, rows=None, scale=1.0):
    count = columns * (rows or 1)
    return name, [columns, rows] if rows else [columns], [scale * random.uniform(-1, 1) for _ in range(count)]

def base(path):
    random.seed(7)
    pairs = [pair("general.architecture", STRING, "llama"), pair("general.name", STRING, "tiny"),
             pair("llama.block_count", U32, 1), pair("llama.context_length", U32, 64),
             pair("llama.embedding_length", U32, WIDTH), pair("llama.feed_forward_length", U32, FORWARD),
             pair("llama.attention.head_count", U32, 2),
             pair("llama.attention.layer_norm_rms_epsilon", FLOAT, 1e-5),
             pair("tokenizer.ggml.model", STRING, "llama"),
             pair("tokenizer.ggml.tokens", ARRAY, ["<unk>", "<s>", "</s>", "<0x0A>", "a", "b", "ab", "\u2581"], STRING),
             pair("tokenizer.ggml.scores", ARRAY, [0, 0, 0, 0, -1, -2, -3, -4], FLOAT),
             pair("tokenizer.ggml.token_type", ARRAY, [2, 3, 3, 6, 1, 1, 1, 1], I32),
             pair("tokenizer.ggml.bos_token_id", U32, 1), pair("tokenizer.ggml.eos_token_id", U32, 2),
             pair("tokenizer.ggml.add_bos_token", BOOL, True)]
    b = "blk.0."
    write(path, pairs, [matrix("token_embd.weight", WIDTH, 8), matrix("output_norm.weight", WIDTH),
                        matrix(b + "attn_norm.weight", WIDTH), matrix(b + "attn_q.weight", WIDTH, WIDTH),
                        matrix(b + "attn_k.weight", WIDTH, WIDTH), matrix(b + "attn_v.weight", WIDTH, WIDTH),
                        matrix(b + "attn_output.weight", WIDTH, WIDTH), matrix(b + "ffn_norm.weight", WIDTH),
                        matrix(b + "ffn_gate.weight", WIDTH, FORWARD), matrix(b + "ffn_up.weight", WIDTH, FORWARD),
                        matrix(b + "ffn_down.weight", FORWARD, WIDTH)])

def lora(path, architecture="llama", tensor="blk.0.attn_output.weight", width=WIDTH, scale=0.2, rows=WIDTH):
    random.seed(11)
    pairs = [pair("general.architecture", STRING, architecture), pair("general.type", STRING, "adapter"),
             pair("adapter.type", STRING, "lora"), pair("adapter.lora.alpha", FLOAT, 8)]
    name, dims, floats = matrix(tensor + ".lora_b", RANK, WIDTH, scale)
    floats[rows * RANK:] = [0.0] * (len(floats) - rows * RANK)
    write(path, pairs, [matrix(tensor + ".lora_a", width, RANK), (name, dims, floats)])

base("base.gguf")
lora("lora.gguf")
lora("nothing.gguf", scale=0.0)
lora("row.gguf", rows=1)
lora("gemma.gguf", architecture="gemma3")
lora("wide.gguf", width=2 * WIDTH)
lora("other.gguf", tensor="blk.1.attn_output.weight")
PYTHON
python3 make.py || complain "no files: $(tail -n 1 err)"
for file in base lora; do head -c $(($(wc -c <$file.gguf) - 100)) $file.gguf >short.$file.gguf; done
cp base.gguf base.before
cp lora.gguf lora.before

# ---- merged ---------------------------------------------------------------------------------------------------------

merge 0 --base base.gguf --adapter lora.gguf out.gguf
out_empty
err_has '^out.gguf: base.gguf with lora.gguf in it, in '
[ "$(wc -c <out.gguf)" -eq "$(wc -c <base.gguf)" ] || complain "the files are of different sizes"
expect 0 "$ARNY" inspect --json out.gguf
out_json 'e[0]["ok"] is True and e[0]["kind"] == "gguf" and e[0]["name"] == "tiny"'

# says NAME OPTIONS: the tokens that a model says go to the file NAME
says() {
    name=$1
    shift
    expect 0 "$ARNY" generate --raw --prompt 'ab a b' -n 24 --temperature 0 --json "$@"
    grep -o '"id":[0-9]*' out >"$name"
}
says base --model base.gguf
says adapted --model base.gguf --adapter lora.gguf
says merged --model out.gguf
[ -s adapted ] || complain "nothing was said"
cmp -s adapted merged || complain "with the adapter it says $(tr '\n' ' ' <adapted), merged $(tr '\n' ' ' <merged)"
! cmp -s base adapted || complain "the adapter changes nothing: this test cannot see anything"

# An adapter of zeros changes no byte, and one for a row that row alone
merge 0 --base base.gguf --adapter nothing.gguf same.gguf
cmp -s same.gguf base.gguf || complain "zeros have changed the model"
merge 0 --base base.gguf --adapter row.gguf row.out
cmp -l base.gguf row.out | awk '{ if (!first) first = $1; last = $1 } END { exit !(first > 0 && last - first < 128) }' ||
    complain "more than a row of 32 numbers is different"

# What is there already is replaced
echo old >out.gguf
merge 0 --base base.gguf --adapter nothing.gguf out.gguf
cmp -s out.gguf base.gguf || complain "the old file was not replaced"

# ---- what cannot be merged ------------------------------------------------------------------------------------------

echo old >out.gguf
refused() { # CODE WHAT-IT-SAYS BASE ADAPTER [OUT]
    merge "$1" --base "$3" --adapter "$4" "${5:-out.gguf}"
    err_has "$2"
    err_lines 1
    out_empty
    [ "$(cat out.gguf)" = old ] || complain "out.gguf has changed"
    ls >now
    cmp -s names now || complain "something was left behind, or is gone: $(diff names now | tr '\n' ' ')"
}
: >now && : >names && ls >names
refused 66 '^arny: missing.gguf: ' missing.gguf lora.gguf
refused 66 '^arny: missing.gguf: ' base.gguf missing.gguf
refused 65 '^arny: .*make.py' make.py lora.gguf
refused 65 '^arny: .*make.py' base.gguf make.py
refused 65 '^arny: .*file' file lora.gguf
refused 65 '^arny: .*file' base.gguf file
refused 65 'short.base.gguf' short.base.gguf lora.gguf
refused 65 'short.lora.gguf' base.gguf short.lora.gguf
refused 65 '^arny: lora.gguf: ' lora.gguf lora.gguf
refused 65 '^arny: base.gguf: ' base.gguf base.gguf
refused 65 'gemma.gguf: an adapter for "gemma3", but the model is "llama"' base.gguf gemma.gguf
refused 65 'wide.gguf: it does not fit base.gguf: blk.0.attn_output.weight is of another shape there' base.gguf wide.gguf
refused 65 'other.gguf: it does not fit base.gguf: blk.1.attn_output.weight is not there' base.gguf other.gguf
refused 73 '^arny: .*nowhere/out.gguf' base.gguf lora.gguf nowhere/out.gguf
mkdir folder
ls >names
refused 73 '^arny: .*folder' base.gguf lora.gguf folder
refused 73 '^arny: .*file/out.gguf' base.gguf lora.gguf file/out.gguf
rmdir folder
ls >names
refused 64 'OUT is the model or the adapter' base.gguf lora.gguf base.gguf
refused 64 'OUT is the model or the adapter' base.gguf lora.gguf ./lora.gguf

# A disk that is read-only, or full
if unshare -rm true 2>/dev/null; then
    mkdir disk
    cat >inside <<'SCRIPT'
mount -t tmpfs -o "size=$1" tmpfs disk && echo old >disk/out.gguf && mount -o "remount,$2" disk || exit 99
"$ARNY" merge --base base.gguf --adapter lora.gguf disk/out.gguf
status=$?
[ "$(ls -A disk)" = out.gguf ] && [ "$(cat disk/out.gguf)" = old ] || exit 98
exit $status
SCRIPT
    expect 73 unshare -rm sh inside 10m ro
    err_has '^arny: disk/out.gguf.*: .*[Rr]ead-only'
    expect 73 unshare -rm sh inside 16k rw
    err_has '^arny: disk/out.gguf.*: .*No space left'
fi
cmp -s base.gguf base.before && cmp -s lora.gguf lora.before || complain "base or adapter has changed"
finish
