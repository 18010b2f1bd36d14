"""An answer on its way."""
import asyncio
import ctypes

from . import native
from .errors import error_of
from .events import Done, Token, event_of
from .handle import Handle, Owner
from .library import lib

LOOK_MS = 100  # how often a reader that waits lets Python look for signals


class Answer(Owner):
    """Iterates over the events of an answer, which is computed on a thread of the library meanwhile. An error of the answer is raised where
    it stood among the events. Closing it, or the end of its last use, cancels what is not computed yet."""

    def __init__(self, pointer):
        self._handle = Handle("answer", pointer, lib.arny_stream_free)
        self.done = None  # the last event, when it was read

    def __iter__(self):
        return self

    def __next__(self):
        if self.closed:
            raise StopIteration
        event = ctypes.POINTER(native.arny_event)()
        with self._handle as stream:
            status = native.ARNY_E_BUSY
            while status == native.ARNY_E_BUSY:
                status = lib.arny_stream_next(ctypes.byref(event), stream, LOOK_MS)
        if status == native.ARNY_E_END:
            self.close()
            raise StopIteration
        if status:
            self.close()
            raise error_of(status, lib.arny_last_error())
        return self._take(event)

    def _take(self, event):
        e = event.contents
        try:
            if e.type == native.ARNY_EVENT_ERROR:
                self.close()
                raise error_of(e.status, e.message)
            taken = event_of(e)
        finally:
            lib.arny_event_free(event)
        if isinstance(taken, Done):
            self.done = taken
            self.close()
        return taken

    async def __aiter__(self):
        while True:
            event = await asyncio.to_thread(next, self, None)
            if event is None:
                return
            yield event

    def cancel(self):
        """Stops it: what was computed until then is still read, and Done(reason="cancelled") after it."""
        if not self.closed:
            with self._handle as stream:
                lib.arny_stream_cancel(stream)

    def text(self):
        """Reads to the end; the whole text."""
        return "".join(event.text for event in self if isinstance(event, Token))
