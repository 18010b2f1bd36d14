"""What goes wrong: one class for each code of enum arny_status."""
from . import native


class Error(Exception):
    """code: the C library's number; status: its short name; remedy: what helps in general."""

    code = 0
    status = "unknown"

    @property
    def message(self):
        return str(self)

    @property
    def remedy(self):
        from .library import lib  # pylint: disable=import-outside-toplevel,cyclic-import
        return lib.arny_status_remedy(self.code).decode()


class ArgumentError(Error, ValueError):
    code, status = native.ARNY_E_ARGUMENT, "argument"


class NotFoundError(Error, FileNotFoundError):
    code, status = native.ARNY_E_NOT_FOUND, "not-found"


class DataError(Error, ValueError):
    code, status = native.ARNY_E_DATA, "data"


class MemoryError_(Error, MemoryError):  # the other name is Python's
    code, status = native.ARNY_E_MEMORY, "memory"


class BudgetError(Error):
    code, status = native.ARNY_E_BUDGET, "budget"


class IoError(Error, OSError):
    code, status = native.ARNY_E_IO, "io"


class WriteError(Error, OSError):
    code, status = native.ARNY_E_WRITE, "write"


class UnsupportedError(Error):
    code, status = native.ARNY_E_UNSUPPORTED, "unsupported"


class CancelledError(Error):
    code, status = native.ARNY_E_CANCELLED, "cancelled"


class ContextError(Error):
    code, status = native.ARNY_E_CONTEXT, "context"


class BusyError(Error):
    code, status = native.ARNY_E_BUSY, "busy"


class EngineError(Error):
    code, status = native.ARNY_E_ENGINE, "engine"


KINDS = {kind.code: kind for kind in (ArgumentError, NotFoundError, DataError, MemoryError_, BudgetError, IoError, WriteError, UnsupportedError,
                                      CancelledError, ContextError, BusyError, EngineError)}


def error_of(code, message):
    return KINDS.get(code, Error)(message.decode("utf-8", "replace"))
