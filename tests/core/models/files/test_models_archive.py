"""The reader of PyTorch archives runs nothing that a file brings along (R01, R05)."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from core.base.errors import ModelError
from core.models.files import inert_pickle
from core.models.files.budget import Budget
from core.models.files.inert_pickle import InertPickle
from core.models.files.torch_archive import MAX_DEPTH, Record, named_tensors, read_torch_archive


class Harmful:
    """Runs a command when unpickled in the ordinary way."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (self.command,)


def archive(path: Path, data: bytes, **entries: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("m/data.pkl", data)
        for name, content in entries.items():
            file.writestr(f"m/{name.replace('__', '/')}", content)
    return path


def test_tensors_of_every_type_and_stride_are_read_exactly(tmp_path: Path) -> None:
    base = torch.arange(24.0).reshape(2, 3, 4)
    saved = {
        "double": base.double(),
        "half": base.half(),
        "brain": base.bfloat16(),
        "long": base.long(),
        "bytes": base.to(torch.uint8),
        "flags": base > 5,
        "turned": base.transpose(0, 2),
        "part": base[1, :, ::2],
        "expanded": torch.ones(1).expand(5),
        "scalar": torch.tensor(3.5),
        "nothing": torch.zeros(0, 3),
        "parameter": torch.nn.Parameter(base),
    }
    torch.save(saved, tmp_path / "m.pt")
    read = read_torch_archive(tmp_path / "m.pt")
    found = {name: read.tensor(reference) for name, reference in named_tensors(read.root)}
    assert set(found) == set(saved)
    assert not read.is_torchscript
    for name, tensor in saved.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor.detach())


def test_a_harmful_pickle_is_refused_by_name_and_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    path = archive(tmp_path / "bad.pt", pickle.dumps(Harmful(f"touch {mark}"), protocol=2))
    with pytest.raises(ModelError, match=rf"asks for {os.system.__module__}\.system"):
        read_torch_archive(path)
    assert not mark.exists()


@pytest.mark.parametrize(
    "name",
    [
        "builtins.eval",
        "builtins.getattr",
        "torch.load",
        "torch.hub.load",
        "torch.jit._pickle.load",
        "torch._utils.__builtins__",
        "collections.OrderedDict.fromkeys",
        "__torch_evil.Class",
        "core.models.files.torch_archive.Record",
    ],
)
def test_names_off_the_list_are_refused(name: str, tmp_path: Path) -> None:
    module, _, attribute = name.rpartition(".")
    path = archive(tmp_path / "bad.pt", f"c{module}\n{attribute}\n.".encode())
    with pytest.raises(ModelError, match="asks for"):
        read_torch_archive(path)


def test_objects_of_a_model_become_inert_records(tmp_path: Path) -> None:
    class_of_file = b"c__torch__.some.module\nThing\n"
    state = pickle.dumps({"training": False, "size": 7}, protocol=2)[2:-1]
    path = archive(tmp_path / "m.pt", b"\x80\x02" + class_of_file + b")\x81" + state + b"b.")
    root = read_torch_archive(path).root
    assert isinstance(root, Record)
    assert root.attributes == {"training": False, "size": 7}


def storage(dtype: str, key: str, length: int) -> bytes:
    """Opcodes of a reference to a storage."""
    number = b"J" + struct.pack("<i", length)
    name = f"X{chr(len(key))}\0\0\0{key}".encode()
    return (
        b"(X\x07\0\0\0storagectorch\n"
        + dtype.encode()
        + b"\n"
        + name
        + b"X\x03\0\0\0cpu"
        + (number + b"tQ")
    )


def tensor_pickle(offset: int, shape: tuple[int, ...], strides: tuple[int, ...], key: str) -> bytes:
    def numbers(values: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(b"J" + struct.pack("<i", value) for value in values) + b"t"

    return (
        b"\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n("
        + storage("FloatStorage", key, 4)
        + b"J"
        + struct.pack("<i", offset)
        + numbers(shape)
        + numbers(strides)
        + b"\x89ccollections\nOrderedDict\n)RtRs."
    )


def read_tensor(path: Path) -> torch.Tensor:
    read = read_torch_archive(path)
    ((_, reference),) = named_tensors(read.root)
    return read.tensor(reference)


def test_a_tensor_may_not_reach_beyond_its_storage(tmp_path: Path) -> None:
    numbers = struct.pack("<4f", 1, 2, 3, 4)
    good = archive(tmp_path / "a.pt", tensor_pickle(1, (3,), (1,), "0"), data__0=numbers)
    assert read_tensor(good).tolist() == [2, 3, 4]
    for shape, strides, offset in (((3,), (1,), 2), ((2,), (4,), 0), ((1,), (1,), 4)):
        data = tensor_pickle(offset, shape, strides, "0")
        bad = archive(tmp_path / "b.pt", data, data__0=numbers)
        with pytest.raises(ModelError, match="reaches beyond its storage"):
            read_tensor(bad)
    short = archive(tmp_path / "c.pt", tensor_pickle(0, (4,), (1,), "0"), data__0=numbers[:8])
    with pytest.raises(ModelError, match="reaches beyond its storage"):
        read_tensor(short)


@pytest.mark.parametrize(
    ("shape", "strides", "offset"), [((-1,), (1,), 0), ((1,), (-1,), 0), ((1,), (1, 1), 0)]
)
def test_impossible_shapes_are_refused(
    shape: tuple[int, ...], strides: tuple[int, ...], offset: int, tmp_path: Path
) -> None:
    path = archive(tmp_path / "a.pt", tensor_pickle(offset, shape, strides, "0"), data__0=bytes(16))
    with pytest.raises(ModelError, match="without a valid shape"):
        read_tensor(path)


def test_storages_are_looked_for_in_the_archive_only(tmp_path: Path) -> None:
    missing = archive(tmp_path / "a.pt", tensor_pickle(0, (1,), (1,), "7"))
    with pytest.raises(ModelError, match="lacks its storage 7"):
        read_tensor(missing)
    outside = archive(tmp_path / "b.pt", tensor_pickle(0, (1,), (1,), "../x"), x=bytes(16))
    with pytest.raises(ModelError, match="a storage without type, name and length"):
        read_tensor(outside)


def test_big_endian_and_compressed_archives_are_refused(tmp_path: Path) -> None:
    data = tensor_pickle(0, (1,), (1,), "0")
    big = archive(tmp_path / "a.pt", data, data__0=bytes(16), byteorder=b"big")
    with pytest.raises(ModelError, match="big-endian"):
        read_torch_archive(big)
    with zipfile.ZipFile(tmp_path / "b.pt", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("m/data.pkl", data)
    with pytest.raises(ModelError, match="compressed entries"):
        read_torch_archive(tmp_path / "b.pt")


def test_a_list_of_objects_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inert_pickle, "MAX_PICKLE_BYTES", 1000)
    short, long = (pickle.dumps(["number", *range(count)]) for count in (200, 800))
    assert len(short) < 1000 < len(long)
    read = InertPickle(io.BytesIO(short), Budget()).read()
    assert read == ["number", *range(200)]
    with pytest.raises(ModelError, match="implausibly long"):
        InertPickle(io.BytesIO(long), Budget()).read()


def test_endless_nesting_is_refused(tmp_path: Path) -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    path = archive(tmp_path / "a.pt", pickle.dumps(endless, protocol=2))
    with pytest.raises(ModelError, match="nested more deeply"):
        list(named_tensors(read_torch_archive(path).root))
    deep: dict[str, Any] = {}
    for _ in range(MAX_DEPTH - 2):
        deep = {"x": deep}
    assert list(named_tensors(deep)) == []


@pytest.mark.parametrize("seed", range(40))
def test_no_damage_to_the_pickle_escapes_as_another_error(seed: int, tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(seed)
    stream = io.BytesIO()
    torch.save({"a": torch.arange(4.0), "b": {"c": torch.ones(2)}}, stream)
    with zipfile.ZipFile(stream) as file:
        entries = {name: file.read(name) for name in file.namelist()}
    name = next(name for name in entries if name.endswith("data.pkl"))
    damaged = bytearray(entries[name])
    for _ in range(3):
        position = int(torch.randint(len(damaged), (), generator=generator))
        damaged[position] = int(torch.randint(256, (), generator=generator))
    path = tmp_path / "m.pt"
    with zipfile.ZipFile(path, "w") as file:
        for entry, content in entries.items():
            file.writestr(entry, bytes(damaged) if entry == name else content)
    with contextlib.suppress(ModelError):  # refused in words; any other error fails this test
        read = read_torch_archive(path)
        for _, reference in named_tensors(read.root):
            read.tensor(reference)
