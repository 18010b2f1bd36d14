"""Who owns something of the library: closed once, and not while a call of another thread is inside."""
import threading
import warnings

from .errors import ArgumentError


class Handle:
    """with handle as pointer: ... keeps it open meanwhile. close() takes it away from later calls at once, and frees it when the last
    call is out."""

    def __init__(self, what, pointer, free):
        self._what, self._pointer, self._free = what, pointer, free
        self._users, self._closed, self._lock = 0, False, threading.Lock()

    @property
    def closed(self):
        return self._closed

    def __enter__(self):
        with self._lock:
            if self._closed:
                raise ArgumentError(f"the {self._what} is closed")
            self._users += 1
            return self._pointer

    def __exit__(self, *_):
        with self._lock:
            self._users -= 1
            last = self._closed and self._users == 0
        if last:
            self._free(self._pointer)

    def close(self):
        with self._lock:
            last = not self._closed and self._users == 0
            self._closed = True
        if last:
            self._free(self._pointer)


class Owner:
    """What teams, sessions, models and answers have in common."""

    _handle = None

    @property
    def closed(self):
        return self._handle is None or self._handle.closed

    def close(self):
        """Frees it. Closing twice is fine."""
        if self._handle is not None:
            self._handle.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if not self.closed:
            warnings.warn(f"{self!r} was not closed", ResourceWarning, stacklevel=2, source=self)
            self.close()
