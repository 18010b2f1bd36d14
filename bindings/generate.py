#!/usr/bin/env python3
"""Writes what languages without a C compiler must be told of include/arny/*.h: constants, structs and functions.

    generate.py            writes bindings/python/arny/native.py and bindings/dart/lib/src/native.dart
    generate.py --check    says which of them are not what the headers say, and writes nothing
    generate.py --layout   prints a C program that prints the size of each struct and the place of each field, as JSON

What is written is checked in, so that nobody needs this program to use a binding.
"""
import argparse
import keyword
import sys
from pathlib import Path

from headers import read

ROOT = Path(__file__).resolve().parent.parent
NOTE = "Written by bindings/generate.py from include/arny/*.h, which say what all of it means. Do not edit."

# ---- Python ---------------------------------------------------------------------------------------------------------

PYTHON = {"int": "c_int", "int8_t": "c_int8", "int32_t": "c_int32", "uint32_t": "c_uint32", "int64_t": "c_int64", "uint64_t": "c_uint64", "uint8_t": "c_uint8",
          "size_t": "c_size_t", "double": "c_double", "float": "c_float", "char": "c_char"}


def python_type(kind, api):
    if kind.base == "function":
        return python_function(kind.signature, api)
    if kind.base in api.callbacks:
        return kind.base
    if kind.base == "void":
        name, pointers = ("None" if kind.pointers == 0 else "c_void_p"), kind.pointers - 1
    elif kind.base == "char" and kind.pointers:
        name, pointers = "c_char_p", kind.pointers - 1
    elif kind.base in api.opaque:
        name, pointers = "c_void_p", kind.pointers - 1
    else:
        name, pointers = PYTHON.get(kind.base, kind.base), kind.pointers
    for _ in range(pointers):
        name = f"POINTER({name})"
    return f"{name} * {kind.count}" if kind.count else name


def python_function(signature, api):
    return f"CFUNCTYPE({', '.join(python_type(kind, api) for kind in (signature.result, *(kind for _, kind in signature.parameters)))})"


def python_text(api):
    lines = [f'"""The C interface of Arny for ctypes. {NOTE}"""', "# pylint: disable=invalid-name,too-many-lines,too-few-public-methods",
             "from ctypes import (CFUNCTYPE, POINTER, Structure, c_char, c_char_p, c_double, c_float, c_int, c_int8, c_int32, c_int64, c_size_t,",
             "                    c_uint8, c_uint32, c_uint64, c_void_p)", ""]
    for name, constants in api.enums.items():
        lines.append(f"# enum {name}")
        lines += [f"{constant} = {value}" for constant, value in constants]
        lines.append("")
    late = [name for name, callback in api.callbacks.items() if any(kind.base in api.structs for _, kind in callback.parameters)]
    lines += [f"{name} = {python_function(api.callbacks[name], api)}" for name in api.callbacks if name not in late]
    for name, fields in api.structs.items():
        lines += ["", "", f"class {name}(Structure):", "    _fields_ = ["]
        lines += [f'        ("{field}_", {python_type(kind, api)}),' if keyword.iskeyword(field) else
                  f'        ("{field}", {python_type(kind, api)}),' for field, kind in fields]
        lines.append("    ]")
        callbacks = [other for other in late if api.callbacks[other].parameters[0][1].base == name]
        lines += [""] + [""] * bool(callbacks) if callbacks else []
        lines += [f"{other} = {python_function(api.callbacks[other], api)}" for other in callbacks]
    lines += ["", "", "FUNCTIONS = {  # name: (result, parameters)"]
    for name, signature in api.functions.items():
        parameters = "".join(f"{python_type(kind, api)}, " for _, kind in signature.parameters)
        parameters = parameters[:-1] if len(signature.parameters) == 1 else parameters[:-2]
        lines.append(f'    "{name}": ({python_type(signature.result, api)}, ({parameters})),')
    lines += ["}", "STRUCTS = {", *(f'    "{name}": {name},' for name in api.structs), "}", ""]
    return "\n".join(lines)


# ---- Dart -----------------------------------------------------------------------------------------------------------

DART = {"int": ("Int", "int"), "int8_t": ("Int8", "int"), "int32_t": ("Int32", "int"), "uint32_t": ("Uint32", "int"), "int64_t": ("Int64", "int"),
        "uint64_t": ("Uint64", "int"), "uint8_t": ("Uint8", "int"), "size_t": ("Size", "int"), "double": ("Double", "double"),
        "float": ("Float", "double"), "char": ("Char", "int"), "void": ("Void", "void")}


def dart_types(kind, api):
    """As C has it, and as Dart does."""
    if kind.base == "function":
        native = f"Pointer<NativeFunction<{dart_function(kind.signature, api, 0)}>>"
    elif kind.base in api.callbacks:
        native = f"Pointer<NativeFunction<{kind.base}>>"
    elif kind.pointers:
        native = DART.get(kind.base, (kind.base,))[0]
        for _ in range(kind.pointers):
            native = f"Pointer<{native}>"
    else:
        return DART.get(kind.base, (kind.base, kind.base))
    return native, native


def dart_function(signature, api, side):
    types = [dart_types(kind, api)[side] for kind in (signature.result, *(kind for _, kind in signature.parameters))]
    return f"{types[0]} Function({', '.join(types[1:])})"


def dart_field(name, kind, api):
    native, dart = dart_types(kind, api)
    if kind.count:
        return [f"  @Array({kind.count})", f"  external Array<{native}> {name};"]
    note = [f"  @{native}()"] if native != dart else []
    return [*note, f"  external {dart} {name};"]


def dart_text(api):
    lines = [f"// The C interface of Arny. {NOTE}", "// ignore_for_file: camel_case_types, constant_identifier_names, non_constant_identifier_names",
             "// ignore_for_file: lines_longer_than_80_chars", "import 'dart:ffi';", ""]
    for name, constants in api.enums.items():
        lines.append(f"// enum {name}")
        lines += [f"const int {constant} = {value};" for constant, value in constants]
        lines.append("")
    lines += [f"final class {name} extends Opaque {{}}" for name in api.opaque]
    lines.append("")
    lines += [f"typedef {name} = {dart_function(signature, api, 0)};" for name, signature in api.callbacks.items()]
    for name, fields in api.structs.items():
        lines += ["", f"final class {name} extends Struct {{"]
        for field, kind in fields:
            lines += dart_field(field, kind, api)
        lines.append("}")
    lines += ["", "/// The functions of one library.", "final class ArnyLibrary {", "  ArnyLibrary(this.library);", "",
              "  final DynamicLibrary library;", ""]
    for name, signature in api.functions.items():
        lines.append(f"  late final {dart_function(signature, api, 1)} {name} =")
        lines.append(f"      library.lookupFunction<{dart_function(signature, api, 0)}, {dart_function(signature, api, 1)}>('{name}');")
    lines += ["", "  /// Each of them by name: a look-up fails where the library lacks it.", "  late final Map<String, Function Function()> all = {"]
    lines += [f"    '{name}': () => {name}," for name in api.functions]
    lines += ["  };", "}", "", "/// Bytes of each struct.", "final Map<String, int> sizes = {"]
    lines += [f"  '{name}': sizeOf<{name}>()," for name in api.structs]
    lines += ["};", ""]
    return "\n".join(lines)


# ---- C --------------------------------------------------------------------------------------------------------------


def layout_text(api):
    lines = ["#include <arny/arny.h>", "#include <stddef.h>", "#include <stdio.h>", "", "int main(void)", "{", '    printf("{");']
    for i, (name, fields) in enumerate(api.structs.items()):
        lines.append(f'    printf("%s\\"{name}\\": {{\\"size\\": %zu", {i} ? ",\\n" : "", sizeof({name}));')
        lines += [f'    printf(", \\"{field}\\": %zu", offsetof({name}, {field}));' for field, _ in fields if field != "size"]
        lines.append('    printf("}");')
    return "\n".join([*lines, '    printf("}\\n");', "    return 0;", "}", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--layout", action="store_true")
    args = parser.parse_args()
    api = read(ROOT)
    if args.layout:
        print(layout_text(api), end="")
        return 0
    wrong = []
    for path, text in (("bindings/python/arny/native.py", python_text(api)), ("bindings/dart/lib/src/native.dart", dart_text(api))):
        there = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).exists() else ""
        if there == text:
            continue
        wrong.append(path)
        if not args.check:
            (ROOT / path).write_text(text, encoding="utf-8")
    for path in wrong:
        print(f"{path}: {'not what the headers say: run bindings/generate.py' if args.check else 'written'}")
    return 1 if args.check and wrong else 0


if __name__ == "__main__":
    sys.exit(main())
