"""Reads include/arny/*.h, whose declarations are regular: enums, structs, callbacks and functions, as Python values.

A type is (base, pointers): ("char", 1) for `const char *`; base "function" is a pointer to a function whose type is in `signature`.
"""
import re
from dataclasses import dataclass, field
from pathlib import Path

HEADERS = ("common", "event", "model", "team", "session", "gateway", "file", "dart")


@dataclass
class Type:
    base: str  # int, size_t, char, arny_event, ...; "function"
    pointers: int = 0
    signature: "Signature" = None  # of base "function"
    count: int = 0  # of an array in a struct


@dataclass
class Signature:
    result: Type
    parameters: list = field(default_factory=list)  # (name, Type)


@dataclass
class Api:
    enums: dict = field(default_factory=dict)  # name: [(constant, value)]
    structs: dict = field(default_factory=dict)  # name: [(field, Type)]
    opaque: list = field(default_factory=list)
    callbacks: dict = field(default_factory=dict)  # name: Signature
    functions: dict = field(default_factory=dict)  # name: Signature


def type_of(text):
    """`const char *const *` and the like."""
    words = text.replace("const", " ").replace("struct ", " ")
    return Type(words.replace("*", " ").split()[-1] if words.replace("*", " ").split() else "", words.count("*"))


def split(text):
    """Parts between commas that are in no parentheses."""
    parts, depth, start = [], 0, 0
    for i, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [part.strip() for part in parts + [text[start:]] if part.strip()]


def signature_of(result, parameters):
    named = [] if parameters.strip() in ("", "void") else [named_type(part) for part in split(parameters)]
    return Signature(type_of(result), named)


def named_type(text):
    """`const char *name`, `char kind[16]` or `int (*each)(const char *name, void *user_data)`."""
    function = re.fullmatch(r"(.+?)\(\s*\*\s*(\w+)\s*\)\s*\((.*)\)", text.strip(), re.S)
    if function:
        return function[2], Type("function", 1, signature_of(function[1], function[3]))
    plain = re.fullmatch(r"(.*?)(\w+)\s*(?:\[(\d+)\])?", text.strip(), re.S)
    kind = type_of(plain[1])
    kind.count = int(plain[3] or 0)
    return plain[2], kind


def fields_of(body):
    """A line may declare several: `int64_t hits, count;`, `const char *source, *kind;`."""
    fields = []
    for line in filter(None, (part.strip() for part in body.split(";"))):
        names = split(line)
        first = named_type(names[0])
        fields.append(first)
        for name in names[1:]:
            bare = name.lstrip("* ")
            fields.append((bare, Type(first[1].base, name.count("*"))))
    return fields


def read(root):
    api = Api()
    for header in HEADERS:
        text = (Path(root) / "include/arny" / f"{header}.h").read_text(encoding="utf-8")
        text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
        text = re.sub(r"^\s*#(?:[^\n\\]|\\\n|\\.)*", " ", text, flags=re.M)
        for name, body in re.findall(r"\benum (\w+) \{(.*?)\};", text, re.S):
            pairs = [part.split("=") for part in split(body)]
            api.enums[name] = [(constant.strip(), int(value)) for constant, value in pairs]
        for name, body in re.findall(r"typedef struct (\w+) \{(.*?)\n\} \w+;", text, re.S):
            api.structs[name] = fields_of(body)
        for name in re.findall(r"typedef struct (\w+) \1;", text):
            if name not in api.opaque:
                api.opaque.append(name)
        for result, name, parameters in re.findall(r"typedef ([\w *]+?)\(\*(\w+)\)\((.*?)\);", text, re.S):
            api.callbacks[name] = signature_of(result, parameters)
        for result, name, parameters in re.findall(r"ARNY_API ([\w *]+?)(\w+)\((.*?)\);", text, re.S):
            api.functions[name] = signature_of(result, parameters)
    return api
