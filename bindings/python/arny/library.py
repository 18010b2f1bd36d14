"""The shared library: where it is, and how it is called."""
import ctypes
import os
import sys
from pathlib import Path

from . import native
from .errors import ArgumentError, error_of

NAMES = {"darwin": "libarny.dylib", "win32": "arny.dll"}


def candidates():
    """$ARNY_LIBRARY, what lies in the package (a wheel has it there), and what the system finds."""
    name = NAMES.get(sys.platform, "libarny.so")
    if os.environ.get("ARNY_LIBRARY"):
        return [os.environ["ARNY_LIBRARY"]]
    return [str(Path(__file__).parent / "lib" / name), name, "libarny.so.0"]


def load():
    tried = []
    for path in candidates():
        try:
            loaded = ctypes.CDLL(path)
            for name, (result, parameters) in native.FUNCTIONS.items():
                function = getattr(loaded, name)
                function.restype, function.argtypes = result, parameters
            return loaded, path
        except (OSError, AttributeError) as error:
            tried.append(f"{path}: {error}")
    raise ImportError("Arny's library was not found: install it, or say where it is with ARNY_LIBRARY=/path/to/libarny.so\n  " +
                      "\n  ".join(tried))


lib, library_path = load()


def check(status):
    """Raises what a call of this thread has failed with."""
    if status < 0:
        raise error_of(status, lib.arny_last_error())


def encoded(text, what):
    """A C string. What is no text in UTF-8 reaches the library, which says so; only a NUL cannot."""
    if text is None:
        return None
    if not isinstance(text, str):
        raise TypeError(f"{what} is a {type(text).__name__}: a str expected")
    if "\0" in text:
        raise ArgumentError(f"{what} has a NUL at character {text.index(chr(0))}: a C string cannot hold it")
    return text.encode("utf-8", "surrogatepass")


def path_of(path, what="the path"):
    return encoded(os.fspath(path), what)


def decoded(text):
    return text.decode("utf-8", "replace") if text is not None else None


def version():
    return decoded(lib.arny_version())


def engines():
    """The engines of this build, such as ["gguf", "pte", "fake"]."""
    return decoded(lib.arny_engines()).split()


LEVELS = {"error": native.ARNY_LOG_ERROR, "warn": native.ARNY_LOG_WARN, "info": native.ARNY_LOG_INFO, "debug": native.ARNY_LOG_DEBUG}
_log = []  # the callback that the library holds


def set_log(callback, level="info"):
    """callback(level, line) receives the library's messages up to a level, on any thread; None: nobody does."""
    words = {number: word for word, number in LEVELS.items()}
    function = native.arny_log_callback(lambda number, line, _: callback(words.get(number, "debug"), decoded(line))) if callback else \
        native.arny_log_callback()
    lib.arny_set_log(function, LEVELS[level], None)
    _log[:] = [function]
