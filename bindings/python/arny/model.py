"""One model, no team."""
import ctypes

from . import native
from .handle import Handle, Owner
from .library import check, decoded, encoded, lib, path_of
from .sampling import int32
from .stream import Answer


def chat_templates():
    """Names that Model's `chat` takes."""
    return decoded(lib.arny_chat_templates()).split()


def model_options(engine=None, tokenizer=None, adapter=None, chat=None, context=0, batch=0, threads=0, gpu_layers=0, repack=False, progress=None):
    """arny_model_options, and the callback that must live as long as the call."""
    callback = native.arny_progress_callback(lambda share, _: int(bool(progress(share)))) if progress else native.arny_progress_callback()
    options = native.arny_model_options(
        ctypes.sizeof(native.arny_model_options), encoded(engine, "engine"), path_of(tokenizer) if tokenizer else None,
        path_of(adapter) if adapter else None, encoded(chat, "chat"), int32(context, "context"), int32(batch, "batch"), int32(threads, "threads"),
        int32(gpu_layers, "gpu_layers"), int(repack), callback, None)
    return options, callback


class Model(Owner):
    """Opens a model file. Options as in arny_model_options; progress(0 to 1) returns True to stop."""

    def __init__(self, path, **options):
        self.path = path
        filled, _callback = model_options(**options)
        pointer = ctypes.c_void_p()
        check(lib.arny_model_open(ctypes.byref(pointer), path_of(path), ctypes.byref(filled)))
        self._handle = Handle("model", pointer, lib.arny_model_free)

    def __repr__(self):
        return f"<arny.Model {self.path}>"

    def generate(self, prompt, *, system=None, raw=False, max_tokens=0, sampling=None, stop=(), ignore_eos=False):
        """The answer to a prompt, as an iterator of events."""
        chosen = sampling.native() if sampling else None
        stops = [encoded(text, "a stop string") for text in stop]
        request = native.arny_request(ctypes.sizeof(native.arny_request), encoded(prompt, "the prompt"), encoded(system, "the system message"),
                                      int(raw), int32(max_tokens, "max_tokens"), ctypes.pointer(chosen) if chosen else None,
                                      (ctypes.c_char_p * len(stops))(*stops) if stops else None, len(stops), int(ignore_eos))
        stream = ctypes.c_void_p()
        with self._handle as model:
            check(lib.arny_model_start(ctypes.byref(stream), model, ctypes.byref(request)))
        return Answer(stream)

    def cancel(self):
        """Stops what is running, if anything is."""
        with self._handle as model:
            lib.arny_model_cancel(model)

    def count_tokens(self, text):
        count = ctypes.c_size_t()
        with self._handle as model:
            check(lib.arny_model_count_tokens(ctypes.byref(count), model, encoded(text, "the text")))
        return count.value

    def score(self, text):
        """(nats, tokens): the sum of -ln p over so many tokens."""
        nats, scored = ctypes.c_double(), ctypes.c_size_t()
        with self._handle as model:
            check(lib.arny_model_score(ctypes.byref(nats), ctypes.byref(scored), model, encoded(text, "the text")))
        return nats.value, scored.value

    def close(self):
        if not self.closed:
            self.cancel()
        super().close()
