#!/usr/bin/env python3
"""The architecture, checked: who may include whom, and which functions are not used where. Part of `./dev lint`.

A file in src/LAYER includes headers of its own layer and of those below it. Layers of one level may use each other in
one direction. src/cli, examples and include/arny see only include/arny. llama.h and ggml belong to src/engine/gguf,
ExecuTorch's headers to the shim in src/engine/pte, yyjson.h to src/util.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEVELS = {"util": 0, "engine": 1, "learn": 1, "model": 2, "memory": 3, "config": 4, "gateway": 5, "store": 5, "team": 6, "session": 7}
PUBLIC_ONLY = ("src/cli", "examples", "include/arny")

# function: (why, where it is allowed)
BANNED = {}
for names, why, allowed in (
    ("strcpy strcat sprintf vsprintf stpcpy", "has no bound", ()),
    ("strncpy strncat", "does not always end the string", ()),
    ("gets", "has no bound", ()),
    ("atoi atol atoll atof", "cannot report an error", ()),
    ("strtok", "keeps hidden state", ()),
    ("alloca", "has no bound on the stack", ()),
    ("tmpnam tempnam mktemp", "is a race", ()),
    ("exit _exit _Exit quick_exit abort", "the library never ends the process", ("src/cli",)),
    ("printf vprintf puts putchar perror", "the library never prints", ("src/cli",)),
    ("malloc calloc realloc strdup strndup asprintf vasprintf", "goes past the allocator hook; see src/util/mem.h",
     ("src/util/mem.", "src/cli")),
):
    for banned in names.split():
        BANNED[banned] = (why, allowed)
CALL = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")
PRINTS = re.compile(r"\bv?f(?:printf|puts|putc|write)\s*\([^;]*\b(?:stdout|stderr)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(match):
    """Comments and literals become blanks, so that lines keep their numbers."""
    return re.sub(r"[^\n]", " ", match.group())


def layer_of(path):
    parts = Path(path).parts
    return parts[1] if len(parts) > 2 and parts[0] == "src" else None


def check_include(name, quote, target, used):
    """What is wrong with this include, or None."""
    if target.startswith("arny/"):
        return None if (ROOT / "include" / target).exists() else f"there is no include/{target}"
    if re.match(r"(llama|ggml|gguf)[\w.-]*\.h$", target):
        return None if name.startswith("src/engine/gguf/") else f"{target} belongs to src/engine/gguf"
    if target.startswith("executorch/"):
        return None if name.startswith("src/engine/pte/shim") else f"{target} belongs to src/engine/pte/shim*.cpp"
    if target == "yyjson.h":
        return None if name.startswith("src/util/") else f"{target} belongs to src/util (see src/util/json.h)"
    if quote == "<":
        return None
    beside = (ROOT / name).parent / target
    found = beside.resolve() if beside.exists() else ROOT / "src" / target
    if not found.exists():
        return f"{target} is neither beside this file nor under src/"
    try:
        found = found.relative_to(ROOT).as_posix()
    except ValueError:
        return f"{target} lies outside the tree"
    for place in PUBLIC_ONLY:
        if name.startswith(place):
            return None if found.startswith(place) else f"{place} includes only include/arny, not {found}"
    mine, other = layer_of(name), layer_of(found)
    if mine not in LEVELS or other not in LEVELS:
        return f"{mine} -> {other}: not a layer that scripts/layers.py knows"
    if LEVELS[other] > LEVELS[mine]:
        return f"{mine} is below {other}"
    if LEVELS[other] == LEVELS[mine] and mine != other:
        used.setdefault((mine, other), name)
        if (other, mine) in used:
            return f"{mine} -> {other}, but {used[other, mine]} already uses them the other way round"
    if re.match(r"src/engine/(gguf|pte|fake)/", found) and not name.startswith("src/engine/"):
        return f"{found} is inside an engine: use src/engine/ or arny/sys/engine.h"
    return None


def check(name, used):
    text = (ROOT / name).read_text(errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        include = INCLUDE.match(line)
        problem = include and check_include(name, include.group(1), include.group(2), used)
        if problem:
            yield number, problem
    if not name.startswith("src/"):
        return
    for number, line in enumerate(NOISE.sub(blank, text).splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        for match in CALL.finditer(line):
            why, allowed = BANNED[match.group(1)]
            if not any(name.startswith(place) for place in allowed):
                yield number, f"{match.group(1)}() {why}"
        if PRINTS.search(line) and not name.startswith("src/cli"):
            yield number, "the library never prints"


def main():
    used, problems, files = {}, 0, 0
    for top in ("src", "include", "examples"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in (".c", ".h", ".cpp", ".hpp"):
                files += 1
                name = path.relative_to(ROOT).as_posix()
                for number, problem in check(name, used):
                    problems += 1
                    print(f"{name}:{number}: {problem}")
    print(f"layers: {files} files, {problems} problems", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
