"""Reader of PyTorch's files: TorchScript models and saved state dicts, without their code.

A zip archive holds a pickle, ``data.pkl``, and one file of raw numbers a storage; before version
1.6 all of this lay in one file, one after the other. The pickle is read as a description
(`core.models.files.inert_pickle`); the ``code`` folder of a TorchScript archive is never read.
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

import torch

from core.base.errors import ModelError
from core.base.reading import open_regular
from core.models.files.budget import MOST_BYTES, MOST_NAME, MOST_TENSORS, Budget
from core.models.files.inert_pickle import (
    MAX_PICKLE_BYTES,
    InertPickle,
    Record,
    TensorReference,
    reason,
)
from core.models.files.start import LEGACY_START

MAX_DEPTH = 64
_PIECE = 2**24
_BYTE_ORDER_BYTES = 16
_DIRECTORY_BYTES = 32 * 2**20
"""Of a zip archive: all of its entries are held as objects before any is looked at."""


@dataclass(frozen=True, slots=True)
class TorchArchive:
    """What a file of PyTorch holds."""

    root: object  # nested dicts, lists and `Record` objects with `TensorReference` leaves
    is_torchscript: bool  # it also holds a program, which was not read
    storages: dict[str, bytearray]

    def tensor(self, reference: TensorReference) -> torch.Tensor:
        """The tensor of a reference within its storage; tensors of one storage share memory."""
        storage = reference.storage
        data = self.storages[storage.key]
        length = len(data) // storage.dtype.itemsize
        shape, strides = reference.shape, reference.strides
        last = reference.offset + sum(
            (size - 1) * stride for size, stride in zip(shape, strides, strict=True)
        )
        try:
            if 0 in shape:
                return torch.empty(shape, dtype=storage.dtype)
            if last >= length:
                raise ModelError(f"A tensor reaches beyond its storage {storage.key}.")
            flat = torch.frombuffer(data, dtype=storage.dtype, count=length)
            return flat.as_strided(shape, strides, reference.offset)
        except (RuntimeError, ValueError, TypeError) as error:
            raise ModelError("holds a tensor of an impossible shape") from error


def read_torch_archive(path: Path, budget: Budget | None = None) -> TorchArchive:
    """Read a zip archive of PyTorch without running anything it holds.

    Raises
    ------
    ModelError
        If it is damaged, big-endian, compressed, costs too much, or its pickle asks for anything
        not on the list; the message is a clause to put after the file's name.
    """
    try:
        with open_regular(path) as file:
            size = file.seek(0, os.SEEK_END)
            _check_directory(file, size)
            with zipfile.ZipFile(file) as archive:
                return _read(archive, size, budget or Budget())
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,  # numbers of the directory that no file has
        struct.error,
        OverflowError,
    ) as error:
        raise ModelError(f"is damaged or cut off ({reason(error)})") from error


def read_legacy_archive(path: Path, budget: Budget | None = None) -> TorchArchive:
    """Read a file of PyTorch from before version 1.6; as `read_torch_archive`."""
    budget = budget or Budget()
    try:
        with open_regular(path) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(len(LEGACY_START))  # its mark
            InertPickle(file, budget).read()  # the version
            system = InertPickle(file, budget).read()
            if isinstance(system, dict) and system.get("little_endian") is False:
                raise ModelError("was written on a big-endian computer, which is not supported")
            described = InertPickle(file, budget)
            root = described.read()
            keys = InertPickle(file, budget).read()
            storages: dict[str, bytearray] = {}
            for key in keys if isinstance(keys, list) else []:
                known = described.storages.get(key) if isinstance(key, str) else None
                if known is None or key in storages:
                    raise ModelError("is damaged or cut off (a storage that nothing uses)")
                (length,) = struct.unpack("<q", file.read(8))
                wanted = length * known.dtype.itemsize
                if not 0 <= wanted <= size - file.tell():
                    raise ModelError("is damaged or cut off (a storage that ends too early)")
                storages[key] = _taken(file, wanted, budget)
    except (OSError, struct.error, EOFError) as error:
        raise ModelError(f"is damaged or cut off ({reason(error)})") from error
    if len(storages) < len(described.storages):
        raise ModelError("is damaged or cut off (it lacks a storage)")
    return TorchArchive(root, False, storages)


def named_tensors(
    root: object, budget: Budget | None = None
) -> Iterator[tuple[str, TensorReference]]:
    """Tensors of nested dicts and records under dotted names, as in a state dict.

    What is nested too deeply, or names more than any model has, is a `ModelError`, as a clause.
    """
    budget = budget or Budget()
    budget.begin()
    for count, found in enumerate(_walk(root, "", 0, budget)):
        if count >= MOST_TENSORS:
            raise ModelError(f"holds more than {MOST_TENSORS:,} tensors, which no model has")
        yield found


def _walk(
    node: object, name: str, depth: int, budget: Budget
) -> Iterator[tuple[str, TensorReference]]:
    budget.visit()
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
            if len(name) + len(key) > MOST_NAME:
                raise ModelError(f"holds names of more than {MOST_NAME:,} characters")
            yield from _walk(child, f"{name}.{key}" if name else key, depth + 1, budget)


def _check_directory(file: BinaryIO, size: int) -> None:
    """Refuse a directory that is longer than that of any model, by what stands at the end."""
    file.seek(max(size - 2**17, 0))
    tail = file.read(2**17)
    at, at_64 = tail.rfind(b"PK\5\6"), tail.rfind(b"PK\6\6")
    if at < 0:
        raise EOFError("it has no directory")
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    if length == 2**32 - 1 and at_64 >= 0:
        length = int.from_bytes(tail[at_64 + 40 : at_64 + 48], "little")
    if length > _DIRECTORY_BYTES:
        raise ModelError("holds an implausibly long list of entries")


def _read(archive: zipfile.ZipFile, size: int, budget: Budget) -> TorchArchive:
    names = set(archive.namelist())
    pickles = [name for name in names if name.count("/") == 1 and name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise ModelError("is a zip archive, but not one of PyTorch")
    folder = pickles[0].removesuffix("data.pkl")
    left = _Left(min(size, MOST_BYTES))
    byte_order = f"{folder}byteorder"
    if byte_order in names:
        order = _stored(archive, byte_order, _BYTE_ORDER_BYTES, left, budget)
        if order.strip() != b"little":
            raise ModelError("was written on a big-endian computer, which is not supported")
    data = _stored(archive, pickles[0], MAX_PICKLE_BYTES, left, budget)
    described = InertPickle(io.BytesIO(data), budget)
    root = described.read()
    storages: dict[str, bytearray] = {}
    for key in described.storages:
        entry = f"{folder}data/{key}"
        if entry not in names:
            raise ModelError(f"lacks its storage {key}")
        storages[key] = _stored(archive, entry, left.bytes, left, budget)
    is_torchscript = any(name.startswith(f"{folder}code/") for name in names)
    return TorchArchive(root, is_torchscript, storages)


@dataclass(slots=True)
class _Left:
    """Bytes that entries may still have: as none is compressed, all together fit into the file."""

    bytes: int


def _stored(
    archive: zipfile.ZipFile, name: str, most: int, left: _Left, budget: Budget
) -> bytearray:
    """The content of an entry, read against its checksum."""
    info = archive.getinfo(name)
    # PyTorch never compresses; a compressed entry could unpack to any size.
    if info.compress_type != zipfile.ZIP_STORED:
        raise ModelError("holds compressed entries, which PyTorch never writes")
    if info.file_size > most:
        raise ModelError("holds an implausibly long list of objects")
    if info.file_size > left.bytes:
        raise ModelError("holds entries that are longer than the file itself")
    left.bytes -= info.file_size
    with archive.open(info) as file:
        return _taken(file, info.file_size, budget)


def _taken(file: IO[bytes], count: int, budget: Budget) -> bytearray:
    """So many bytes of a file, in pieces, between which it may be cancelled."""
    taken = bytearray(count)
    view = memoryview(taken)
    done = 0
    while done < count:
        budget.look()
        got = file.readinto(view[done : done + _PIECE])  # type: ignore[attr-defined]
        if not got:
            raise EOFError("it ends too early")
        done += got
    if isinstance(file, zipfile.ZipExtFile):
        file.read(1)  # at the end the checksum is compared
    return taken
