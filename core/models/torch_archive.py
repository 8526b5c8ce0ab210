"""Reader of PyTorch's zip archives: TorchScript models and saved state dicts, without their code.

Such an archive holds a pickle, ``data.pkl``, and one file of raw numbers a storage. Unpickling is
running a program that the file brings along, so this reader knows a short list of names and lets
the pickle use nothing else: objects of a TorchScript model become inert records, tensors become
descriptions of a stretch of a storage. The ``code`` folder of a TorchScript archive is never read.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import torch

from core.errors import ModelError

MAX_PICKLE_BYTES = 256 * 2**20
MAX_DEPTH = 64

_STORAGE_TYPES: dict[str, torch.dtype] = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


@dataclass(frozen=True, slots=True)
class StorageKind:
    """The element type of a storage, standing in for torch's storage classes."""

    dtype: torch.dtype


@dataclass(frozen=True, slots=True)
class StorageReference:
    """A storage of the archive that has not been read yet."""

    key: str
    dtype: torch.dtype
    length: int


@dataclass(frozen=True, slots=True)
class TensorReference:
    """A tensor of the archive: which stretch of which storage it is."""

    storage: StorageReference
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class Record:
    """An object of a TorchScript model, reduced to its named attributes."""

    __slots__ = ("attributes",)

    def __init__(self) -> None:
        self.attributes: dict[str, object] = {}

    def __setstate__(self, state: object) -> None:
        if not isinstance(state, dict) or not all(isinstance(name, str) for name in state):
            raise pickle.UnpicklingError("an object without named attributes")
        self.attributes = state


@dataclass(frozen=True, slots=True)
class TorchArchive:
    """What a PyTorch zip archive holds.

    Attributes
    ----------
    root : object
        Nested dicts, lists and `Record` objects with `TensorReference` leaves.
    is_torchscript : bool
        True if the archive also holds a program, which was not read.
    storages : dict of str to bytearray
        Raw numbers by storage key; empty if they were not asked for.
    sizes : dict of str to int
        Bytes of each storage.
    """

    root: object
    is_torchscript: bool
    storages: dict[str, bytearray]
    sizes: dict[str, int]

    def tensor(self, reference: TensorReference) -> torch.Tensor:
        """The tensor of a reference; tensors of one storage share memory.

        Raises
        ------
        ModelError
            If it reaches beyond its storage.
        """
        storage = reference.storage
        data = self.storages.get(storage.key)
        length = self.sizes.get(storage.key, 0) // storage.dtype.itemsize
        shape, strides = reference.shape, reference.strides
        last = reference.offset + sum(
            (size - 1) * stride for size, stride in zip(shape, strides, strict=True)
        )
        if 0 in shape:
            return torch.empty(shape, dtype=storage.dtype)
        if last >= length:
            raise ModelError(f"A tensor reaches beyond its storage {storage.key}.")
        if data is None:
            return torch.empty_strided(shape, strides, dtype=storage.dtype, device="meta")
        flat = torch.frombuffer(data, dtype=storage.dtype)
        return flat.as_strided(shape, strides, reference.offset)


def read_torch_archive(path: Path, *, values: bool = True) -> TorchArchive:
    """Read a PyTorch zip archive without running anything it holds.

    Parameters
    ----------
    path : Path
    values : bool
        False to check the raw numbers for damage without keeping them; tensors then hold no memory.

    Raises
    ------
    ModelError
        If it is damaged, big-endian, compressed, or its pickle asks for anything not on the list;
        the message is a clause to put after the file's name.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive, values)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise ModelError(f"is damaged or cut off ({_reason(error)})") from error


def named_tensors(root: object) -> Iterator[tuple[str, TensorReference]]:
    """Tensors of nested dicts and records under dotted names, as in a state dict."""
    yield from _walk(root, "", 0)


def _walk(node: object, name: str, depth: int) -> Iterator[tuple[str, TensorReference]]:
    if isinstance(node, TensorReference):
        yield name, node
        return
    children = node.attributes if isinstance(node, Record) else node
    if not isinstance(children, dict):
        return
    if depth > MAX_DEPTH:
        raise ModelError("is nested more deeply than any model")
    for key, child in children.items():
        if isinstance(key, str):
            yield from _walk(child, f"{name}.{key}" if name else key, depth + 1)


def _read(archive: zipfile.ZipFile, values: bool) -> TorchArchive:
    names = set(archive.namelist())
    pickles = [name for name in names if name.count("/") == 1 and name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise ModelError("is a zip archive, but not one of PyTorch")
    folder = pickles[0].removesuffix("data.pkl")
    byte_order = f"{folder}byteorder"
    if byte_order in names and archive.read(byte_order).strip() != b"little":
        raise ModelError("was written on a big-endian computer, which is not supported")
    info = archive.getinfo(pickles[0])
    if info.file_size > MAX_PICKLE_BYTES:
        raise ModelError("holds an implausibly long list of objects")
    unpickler = _Unpickler(_stored(archive, pickles[0]))
    root = unpickler.read()
    storages: dict[str, bytearray] = {}
    sizes: dict[str, int] = {}
    for key in unpickler.keys:
        entry = f"{folder}data/{key}"
        if entry not in names:
            raise ModelError(f"lacks its storage {key}")
        if values:
            storages[key] = bytearray(_stored(archive, entry))
            sizes[key] = len(storages[key])
        else:
            sizes[key] = _checked(archive, entry)
    is_torchscript = any(name.startswith(f"{folder}code/") for name in names)
    return TorchArchive(root, is_torchscript, storages, sizes)


def _stored(archive: zipfile.ZipFile, name: str) -> bytes:
    _refuse_compressed(archive, name)
    return archive.read(name)


def _checked(archive: zipfile.ZipFile, name: str) -> int:
    """Read an entry against its checksum and give its size."""
    _refuse_compressed(archive, name)
    size = 0
    with archive.open(name) as file:
        while piece := file.read(2**20):
            size += len(piece)
    return size


def _refuse_compressed(archive: zipfile.ZipFile, name: str) -> None:
    # PyTorch never compresses; a compressed entry could unpack to any size.
    if archive.getinfo(name).compress_type != zipfile.ZIP_STORED:
        raise ModelError("holds compressed entries, which PyTorch never writes")


class _Unpickler(pickle.Unpickler):
    """An unpickler that knows a fixed list of names and refuses every other."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self.keys: dict[str, None] = {}  # storages in use, in order of appearance

    def read(self) -> object:
        try:
            return self.load()
        except ModelError:
            raise
        except Exception as error:  # a malformed pickle can raise nearly anything
            raise ModelError(f"holds a damaged list of objects ({_reason(error)})") from error

    def find_class(self, module: str, name: str) -> Any:
        if module == "__torch__" or module.startswith("__torch__."):
            return Record
        found = _ALLOWED.get((module, name))
        if found is not None:
            return found
        if module == "torch" and name in _STORAGE_TYPES:
            return StorageKind(_STORAGE_TYPES[name])
        raise ModelError(
            f"asks for {module}.{name}, which a file of weights has no need of",
            "Only files of tensors are read, because other files could run programs.",
        )

    def persistent_load(self, pid: Any) -> StorageReference:
        kind, storage, key, length = pid[0], pid[1], pid[2], pid[-1]
        valid = (
            kind == "storage"
            and isinstance(storage, StorageKind)
            and isinstance(key, str)
            and key.replace("_", "").isalnum()
            and isinstance(length, int)
        )
        if not valid:
            raise pickle.UnpicklingError("a storage without type, name and length")
        self.keys[key] = None
        return StorageReference(key, storage.dtype, length)


def _rebuild_tensor(*arguments: Any) -> TensorReference:
    storage, offset, shape, strides = arguments[:4]
    numbers = (offset, *shape, *strides)
    valid = (
        isinstance(storage, StorageReference)
        and len(shape) == len(strides)
        and all(type(number) is int and 0 <= number < 2**48 for number in numbers)
    )
    if not valid:
        raise pickle.UnpicklingError("a tensor without a valid shape")
    return TensorReference(storage, offset, tuple(shape), tuple(strides))


def _first(value: object, *_: object) -> object:
    """The first argument: parameters and type tags add nothing that is needed."""
    return value


def _refuse_tensor_id(*_: object) -> NoReturn:
    raise pickle.UnpicklingError("a list of tensors by number")


_ALLOWED: dict[tuple[str, str], Callable[..., object]] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _first,
    ("torch", "Size"): tuple,
    ("torch.jit._pickle", "build_intlist"): _first,
    ("torch.jit._pickle", "build_doublelist"): _first,
    ("torch.jit._pickle", "build_boollist"): _first,
    ("torch.jit._pickle", "build_tensorlist"): _first,
    ("torch.jit._pickle", "build_tensor_from_id"): _refuse_tensor_id,
    ("torch.jit._pickle", "restore_type_tag"): _first,
}


def _reason(error: BaseException) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__
