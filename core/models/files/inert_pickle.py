"""Pickles of PyTorch, read as a description: nothing that they ask for is run.

A pickle is a program for a small stack machine. Python's own machine imports and calls what the
program names, hashes keys of any shape and makes room for any length that is claimed. This one
knows the steps that PyTorch writes and a short list of names: objects of a TorchScript model become
inert records, tensors become descriptions of a stretch of a storage. Every step is paid for from a
budget, so that no pickle can keep it at work for ever.
"""

from __future__ import annotations

import math
import pickle
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NoReturn

import torch

from core.base.errors import ModelError
from core.models.files.budget import MOST_DIMENSIONS, MOST_ELEMENTS, Budget

MAX_PICKLE_BYTES = 256 * 2**20
_MAX_TEXT_BYTES = 16 * 2**20
_MAX_NAME_BYTES = 1000
_MAX_INTEGER_BYTES = 32

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


@dataclass(slots=True)
class Record:
    """An object of a TorchScript model, reduced to its named attributes."""

    attributes: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Callable:
    """A name off the list, to be used with arguments."""

    call: Callable[..., object]


class InertPickle:
    """The machine for one pickle; the file stands at its start, and at its end afterwards.

    `storages` holds those in use by their keys, in order of appearance.
    """

    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        self.storages: dict[str, StorageReference] = {}
        self._file = file
        self._budget = budget
        self._bytes = 0
        self._stack: list[Any] = []
        self._marked: list[list[Any]] = []
        self._memo: dict[int, object] = {}

    def read(self) -> object:
        """What the pickle describes.

        Raises
        ------
        ModelError
            If it is damaged, asks for anything off the list or costs too much; the message is a
            clause to put after the name of the file.
        """
        try:
            while True:
                self._budget.visit()
                code = self._take(1)
                if code == b".":
                    return self._stack.pop()
                step = _STEPS.get(code)
                if step is None:
                    raise pickle.UnpicklingError(f"an unknown step {code.hex()}")
                step(self)
        except ModelError:
            raise
        except Exception as error:  # a malformed pickle can raise nearly anything
            raise ModelError(f"holds a damaged list of objects ({reason(error)})") from error

    # ---- bytes ----

    def _take(self, count: int) -> bytes:
        if count > _MAX_TEXT_BYTES or self._bytes + count > MAX_PICKLE_BYTES:
            raise ModelError("holds an implausibly long list of objects")
        data = self._file.read(count)
        if len(data) != count:
            raise EOFError("it ends too early")
        self._bytes += count
        return data

    def _number(self, form: str) -> Any:
        (number,) = struct.unpack(form, self._take(struct.calcsize(form)))
        return number

    def _line(self) -> str:
        data = self._file.readline(_MAX_NAME_BYTES)
        self._bytes += len(data)
        if not data.endswith(b"\n"):
            raise pickle.UnpicklingError("a name that does not end")
        return data[:-1].decode("utf-8")

    def _text(self, length_form: str) -> None:
        self._stack.append(self._take(self._number(length_form)).decode("utf-8"))

    def _raw(self, length_form: str) -> None:
        self._stack.append(self._take(self._number(length_form)))

    def _integer(self, length_form: str) -> None:
        length = self._number(length_form)
        if not 0 <= length <= _MAX_INTEGER_BYTES:
            raise pickle.UnpicklingError("an integer of implausible length")
        self._stack.append(int.from_bytes(self._take(length), "little", signed=True))

    # ---- stack ----

    def _push(self, value: object) -> None:
        self._stack.append(value)  # looked up only now: a mark exchanges the stack

    def _mark(self) -> None:
        self._marked.append(self._stack)
        self._stack = []

    def _since_mark(self) -> list[Any]:
        items, self._stack = self._stack, self._marked.pop()
        return items

    def _tuple(self, count: int) -> None:
        items = tuple(self._stack[-count:])
        if len(items) != count:
            raise IndexError("the stack is empty")
        self._stack[-count:] = [items]

    def _append(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if not isinstance(target, list):
            raise pickle.UnpicklingError("an entry of something that is no list")
        target.extend(items)

    def _set(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if not isinstance(target, dict):
            raise pickle.UnpicklingError("an entry of something that is no dictionary")
        if len(items) % 2:
            raise pickle.UnpicklingError("a key without a value")
        _fill(target, zip(items[::2], items[1::2], strict=True))

    def _set_one(self) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._set([key, value])

    def _dict(self) -> None:
        items = self._since_mark()
        self._push({})
        self._set(items)

    def _remember(self, number: int) -> None:
        self._memo[number] = self._stack[-1]

    # ---- names and objects ----

    def _global(self) -> None:
        module = self._line()
        self._name(module, self._line())

    def _stack_global(self) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise pickle.UnpicklingError("a name that is no text")
        self._name(module[:_MAX_NAME_BYTES], name[:_MAX_NAME_BYTES])

    def _name(self, module: str, name: str) -> None:
        if module == "__torch__" or module.startswith("__torch__."):
            self._stack.append(_Callable(_record))
        elif (module, name) in _ALLOWED:
            self._stack.append(_Callable(_ALLOWED[module, name]))
        elif module == "torch" and name in _STORAGE_TYPES:
            self._stack.append(StorageKind(_STORAGE_TYPES[name]))
        elif not f"{module}{name}".isprintable():
            raise pickle.UnpicklingError("a name that cannot be printed")
        else:
            raise ModelError(
                f"asks for {module}.{name}, which a file of weights has no need of",
                "Only files of tensors are read, because other files could run programs.",
            )

    def _call(self) -> None:
        arguments, known = self._stack.pop(), self._stack.pop()
        if not isinstance(known, _Callable) or not isinstance(arguments, tuple):
            raise pickle.UnpicklingError("a call of something that is no name")
        self._budget.visit(sum(len(part) for part in arguments if isinstance(part, list | tuple)))
        self._stack.append(known.call(*arguments))

    def _build(self) -> None:
        state = self._stack.pop()
        target = self._stack[-1]
        if isinstance(target, Record):
            if not isinstance(state, dict) or not all(isinstance(name, str) for name in state):
                raise pickle.UnpicklingError("an object without named attributes")
            self._budget.visit(len(state))
            target.attributes = state
        elif not isinstance(target, dict):  # of a state dict: versions of its modules, not needed
            raise pickle.UnpicklingError("a state of something that has none")

    def _storage(self) -> None:
        pid = self._stack.pop()
        if not isinstance(pid, tuple) or len(pid) < 5:
            raise pickle.UnpicklingError("a storage without type, name and length")
        kind, storage, key, length = pid[0], pid[1], pid[2], pid[4]
        valid = (
            kind == "storage"
            and isinstance(storage, StorageKind)
            and isinstance(key, str)
            and len(key) < _MAX_NAME_BYTES
            and key.replace("_", "").isalnum()
            and type(length) is int
            and 0 <= length < 2**48
            and pid[5:] in ((), (None,))  # a view of another storage, as PyTorch once wrote
        )
        if not valid:
            raise pickle.UnpicklingError("a storage without type, name and length")
        reference = StorageReference(key, storage.dtype, length)
        self.storages.setdefault(key, reference)
        self._stack.append(reference)


_STEPS: dict[bytes, Callable[[InertPickle], object]] = {
    b"\x80": lambda m: m._take(1),  # the protocol
    b"\x95": lambda m: m._take(8),  # a frame, which only says how much to read ahead
    b"(": lambda m: m._mark(),
    b"0": lambda m: m._stack.pop(),
    b"1": lambda m: m._since_mark(),
    b"2": lambda m: m._push(m._stack[-1]),
    b"N": lambda m: m._push(None),
    b"\x88": lambda m: m._push(True),
    b"\x89": lambda m: m._push(False),
    b"J": lambda m: m._push(m._number("<i")),
    b"K": lambda m: m._push(m._number("<B")),
    b"M": lambda m: m._push(m._number("<H")),
    b"\x8a": lambda m: m._integer("<B"),
    b"\x8b": lambda m: m._integer("<i"),
    b"G": lambda m: m._push(m._number(">d")),
    b"X": lambda m: m._text("<I"),
    b"\x8c": lambda m: m._text("<B"),
    b"\x8d": lambda m: m._text("<Q"),
    b"T": lambda m: m._text("<I"),
    b"U": lambda m: m._text("<B"),
    b"B": lambda m: m._raw("<I"),
    b"C": lambda m: m._raw("<B"),
    b"\x8e": lambda m: m._raw("<Q"),
    b")": lambda m: m._push(()),
    b"t": lambda m: m._push(tuple(m._since_mark())),
    b"\x85": lambda m: m._tuple(1),
    b"\x86": lambda m: m._tuple(2),
    b"\x87": lambda m: m._tuple(3),
    b"]": lambda m: m._push([]),
    b"l": lambda m: m._push(m._since_mark()),
    b"a": lambda m: m._append([m._stack.pop()]),
    b"e": lambda m: m._append(m._since_mark()),
    b"}": lambda m: m._push({}),
    b"d": lambda m: m._dict(),
    b"s": lambda m: m._set_one(),
    b"u": lambda m: m._set(m._since_mark()),
    b"q": lambda m: m._remember(m._number("<B")),
    b"r": lambda m: m._remember(m._number("<I")),
    b"\x94": lambda m: m._remember(len(m._memo)),
    b"h": lambda m: m._push(m._memo[m._number("<B")]),
    b"j": lambda m: m._push(m._memo[m._number("<I")]),
    b"c": lambda m: m._global(),
    b"\x93": lambda m: m._stack_global(),
    b"R": lambda m: m._call(),
    b"\x81": lambda m: m._call(),
    b"b": lambda m: m._build(),
    b"Q": lambda m: m._storage(),
}


def _fill(target: dict[Any, Any], pairs: Any) -> None:
    """Put pairs into a dictionary; hashing keys that share their parts could take for ever."""
    for key, value in pairs:
        parts = key if isinstance(key, tuple) else (key,)
        if not all(part is None or isinstance(part, str | bytes | int | float) for part in parts):
            raise pickle.UnpicklingError("a key that is neither text nor number")
        target[key] = value


def _record(*arguments: object) -> Record:
    if arguments:
        raise pickle.UnpicklingError("an object made from arguments")
    return Record()


def _ordered(*arguments: Any) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    if arguments:
        (pairs,) = arguments
        if not isinstance(pairs, list | tuple):
            raise pickle.UnpicklingError("a dictionary made from something else than entries")
        _fill(made, ((key, value) for key, value in pairs))
    return made


def _size(values: Any) -> tuple[Any, ...]:
    if not isinstance(values, list | tuple) or len(values) > MOST_DIMENSIONS:
        raise pickle.UnpicklingError("a size of too many dimensions")
    return tuple(values)


def _rebuild_tensor(*arguments: Any) -> TensorReference:
    storage, offset, shape, strides = arguments[:4]
    valid = (
        isinstance(storage, StorageReference)
        and isinstance(shape, list | tuple)
        and isinstance(strides, list | tuple)
        and len(shape) == len(strides) <= MOST_DIMENSIONS
        and all(
            type(number) is int and 0 <= number < 2**48 for number in (offset, *shape, *strides)
        )
        and math.prod(shape) <= MOST_ELEMENTS
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
    ("collections", "OrderedDict"): _ordered,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _first,
    ("torch", "Size"): _size,
    ("torch.jit._pickle", "build_intlist"): _first,
    ("torch.jit._pickle", "build_doublelist"): _first,
    ("torch.jit._pickle", "build_boollist"): _first,
    ("torch.jit._pickle", "build_tensorlist"): _first,
    ("torch.jit._pickle", "build_tensor_from_id"): _refuse_tensor_id,
    ("torch.jit._pickle", "restore_type_tag"): _first,
}


def reason(error: BaseException) -> str:
    """What an exception says, as a clause."""
    return str(error).strip().rstrip(".") or type(error).__name__
