"""Looking at model files, and making new ones."""
import ctypes
from dataclasses import dataclass

from . import native
from .library import check, decoded, encoded, lib, path_of
from .sampling import int32


@dataclass(frozen=True)
class FileInfo:
    """See arny_file_info in arny/file.h."""
    kind: str
    architecture: str
    name: str
    quantization: str
    chat: str
    bytes: int
    tensors: int
    parameters: int
    context: int
    embedding: int
    layers: int
    heads: int
    kv_heads: int
    vocabulary: int
    weights: int
    tokens: int
    sealed: bool


def inspect(path):
    """Checks a model file, or a team's folder, from its first to its last byte, and says what it is. Runs nothing."""
    info = native.arny_file_info(size=ctypes.sizeof(native.arny_file_info))
    check(lib.arny_file_inspect(ctypes.byref(info), path_of(path)))
    words = {name: decoded(getattr(info, name)) for name in ("kind", "architecture", "name", "quantization", "chat")}
    return FileInfo(**words, sealed=bool(info.sealed), **{name: getattr(info, name) for name in FileInfo.__dataclass_fields__
                                                          if name not in words and name != "sealed"})


def _progress(progress):
    return native.arny_progress_callback(lambda share, _: int(bool(progress(share)))) if progress else native.arny_progress_callback()


def quantize(source, out, kind, *, threads=0, progress=None):
    """Writes a model with other weight types: "q4_0", "q8_0", "q4_k_m", "f16", ..."""
    check(lib.arny_file_quantize(path_of(source), path_of(out), encoded(kind, "kind"), int32(threads, "threads"), _progress(progress), None))


def merge(base, adapter, out, *, progress=None):
    """Writes a model with a LoRA adapter in it."""
    check(lib.arny_file_merge(path_of(base), path_of(adapter), path_of(out), _progress(progress), None))
