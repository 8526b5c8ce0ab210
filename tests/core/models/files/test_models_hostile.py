"""Files of models that would keep a reader at work for ever, or fill the memory: R58, R79.

Every refusal is one sentence. Times are not measured: what does not end is ended by the time limit
of the test.
"""

from __future__ import annotations

import io
import json
import pickle
import random
import struct
import threading
import zipfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from core.base.errors import LabError, ModelError
from core.models.construction import configuration
from core.models.construction.architecture import EMBEDDED_CONFIG
from core.models.construction.configuration import CONFIG_NAME, preprocessing_from
from core.models.files import budget, torch_archive, weight_files
from core.models.files.budget import MOST_SECONDS, Budget, Cancelled
from core.models.files.store import import_path
from core.models.files.torch_archive import named_tensors, read_torch_archive
from core.models.files.weight_files import read_weights
from core.models.loading import load_session
from tests.core.hostile_files import STRANGE, mutated, walk
from tests.core.model_files import State, random_state, write_safetensors, write_state_dict
from tests.core.models.files.test_models_archive import archive, storage
from tests.core.siglip_files import write_config

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def state() -> State:
    return random_state("embedded")


def refusal(call: Callable[[], object]) -> ModelError:
    with pytest.raises(ModelError) as caught:
        call()
    message = caught.value.message
    assert message.isprintable()
    assert len(message) < 1000
    return caught.value


def shared(levels: int) -> dict[str, Any]:
    """Dictionaries that share their parts: 2 ** levels names in some bytes a level."""
    inner: dict[str, Any] = {}
    for _ in range(levels):
        inner = {"a": inner, "b": inner}
    return inner


# ---- pickles ----


@pytest.mark.parametrize("legacy", [False, True])
def test_r58_dictionaries_that_share_their_parts_end(
    tmp_path: Path, legacy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.pt"
    torch.save({"state_dict": shared(60)}, path, _use_new_zipfile_serialization=not legacy)
    assert path.stat().st_size < 3000
    if legacy:  # of steps in thousands alike
        monkeypatch.setattr(Budget.__init__, "__defaults__", (None, 40_000, MOST_SECONDS))
    assert "describes far more than any model has" in refusal(lambda: load_session(path)).message
    monkeypatch.setattr(Budget.__init__, "__defaults__", (None, 40_000, MOST_SECONDS))
    assert "far more" in refusal(lambda: list(import_path(path))).message


def test_r58_keys_that_share_their_parts_are_not_hashed(tmp_path: Path) -> None:
    key: tuple[Any, ...] = ()
    for _ in range(60):
        key = (key, key)
    parts = pickle.dumps(key, protocol=2)[2:-1]
    path = archive(tmp_path / "m.pt", b"\x80\x02}" + parts + b"K\x01s.")
    assert "neither text nor number" in refusal(lambda: read_weights(path)).message


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x02Nr\xff\xff\xff\xff.",  # a place in the memory of 4,000 million
        b"\x80\x04\x8e" + struct.pack("<Q", 2**62) + b"a.",  # bytes that are not there
        b"\x80\x04\x8d" + struct.pack("<Q", 2**63) + b"a.",
        b"\x80\x05\x96" + struct.pack("<Q", 2**40) + b".",
        b"\x80\x02\x8b" + struct.pack("<i", 2**31 - 1) + b"1.",
        b"\x80\x02\x8b" + struct.pack("<i", -5) + b"1.",
        b"(" * 5000 + b".",
        b"\x80\x02" + b"c" + b"a" * 5000 + b"\nb\n.",
        b"\x80\x02ca\x1b[31m\nb\n.",
    ],
)
def test_r58_lengths_that_are_only_claimed_cost_nothing(data: bytes, tmp_path: Path) -> None:
    path = archive(tmp_path / "m.pt", data)
    refusal(lambda: read_weights(path))


def test_r58_one_list_taken_up_again_and_again_is_paid_for_each_time(tmp_path: Path) -> None:
    pairs = b"(" + b"]X\x01\0\0\0aaK\x01a" * 1000 + b"lq\x00"
    again = b"ccollections\nOrderedDict\nh\x00\x85R0" * 50
    path = archive(tmp_path / "m.pt", b"\x80\x02" + pairs + again + b".")
    with pytest.raises(ModelError, match="far more than any model"):
        read_torch_archive(path, Budget(visits=40_000))


def test_r58_a_budget_ends_by_time_too(tmp_path: Path) -> None:
    data = pickle.dumps({"a": 1}, protocol=2)
    path = archive(tmp_path / "m.pt", data)
    with pytest.raises(ModelError, match="far more than any model"):
        read_torch_archive(path, Budget(seconds=-1.0))


def test_r58_reading_is_ended_from_another_thread(tmp_path: Path, state: State) -> None:
    path = tmp_path / "m.pt"
    torch.save(shared(60), path)
    looks = iter([False] * 50)
    never = Budget(lambda: next(looks, True), visits=2**60, seconds=1e9)
    root = read_torch_archive(path, never).root
    with pytest.raises(Cancelled):
        list(named_tensors(root, never))
    gone = threading.Event()
    good = write_safetensors(tmp_path / "m.safetensors", state)
    gone.set()
    with pytest.raises(Cancelled):
        load_session(good, cancelled=gone.is_set)


def test_r58_names_do_not_grow_with_their_depth(tmp_path: Path) -> None:
    root: dict[str, Any] = {"w": torch.zeros(1)}
    for _ in range(30):
        root = {"n" * 100: root}
    torch.save(root, tmp_path / "m.pt")
    assert "names of more than" in refusal(lambda: read_weights(tmp_path / "m.pt")).message


def test_r58_more_tensors_than_any_model_has_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (torch_archive, weight_files):
        monkeypatch.setattr(module, "MOST_TENSORS", 10)
    many = {f"t{number}": torch.zeros(1) for number in range(11)}
    for path in (
        write_state_dict(tmp_path / "m.pt", many),
        write_safetensors(tmp_path / "m.safetensors", many),
    ):
        assert "more than 10 tensors" in refusal(lambda path=path: read_weights(path)).message


# ---- zip archives ----


@pytest.mark.parametrize("entry", ["m/byteorder", "m/data/0", "m/data.pkl"])
def test_r58_a_compressed_entry_is_never_unpacked(
    entry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.pt"
    data = b"\x80\x02}X\x01\0\0\0w" + storage("FloatStorage", "0", 4) + b"s."
    entries = {"m/data.pkl": data, "m/byteorder": b"little", "m/data/0": bytes(16)}
    with zipfile.ZipFile(path, "w") as file:
        for name, content in entries.items():
            packed = zipfile.ZIP_DEFLATED if name == entry else zipfile.ZIP_STORED
            file.writestr(name, content + bytes(10**7) * (name == entry), packed)

    def read(*_: object) -> bytes:
        raise AssertionError("an entry was read at once")

    monkeypatch.setattr(zipfile.ZipFile, "read", read)
    assert "compressed entries" in refusal(lambda: read_weights(path)).message


def test_r58_the_byte_order_is_a_word_and_no_more(tmp_path: Path) -> None:
    path = archive(tmp_path / "m.pt", b"\x80\x02}.", byteorder=b"little" + b" " * 10**6)
    assert "implausibly long" in refusal(lambda: read_weights(path)).message


def test_r58_entries_that_lie_over_one_another_are_refused(tmp_path: Path) -> None:
    """A directory that points to the same bytes again and again, as zip bombs do."""
    keys = [str(number) for number in range(200)]
    data = b"\x80\x02}" + b"".join(
        b"X" + struct.pack("<I", len(key)) + key.encode() + storage("ByteStorage", key, 1) + b"s"
        for key in keys
    )
    numbers = bytes(10**5)
    path = archive(tmp_path / "m.pt", data + b".", data__0=numbers)
    content = path.read_bytes()
    with zipfile.ZipFile(path) as file:
        first = file.getinfo("m/data/0")
        directory = file.start_dir
    start = content.rindex(b"PK\x01\x02")
    record = bytearray(content[start : content.rindex(b"PK\x05\x06")])
    assert start >= directory
    copies = b""
    for key in keys[1:]:
        name = f"m/data/{key}".encode()
        again = bytearray(record[:46]) + name
        again[28:30] = struct.pack("<H", len(name))
        copies += bytes(again)
    middle = content[directory : content.rindex(b"PK\x05\x06")]
    tail = bytearray(content[content.rindex(b"PK\x05\x06") :])
    count = 2 + len(keys) - 1
    tail[8:12] = struct.pack("<HH", count, count)
    tail[12:16] = struct.pack("<I", len(middle) + len(copies))
    path.write_bytes(content[:directory] + middle + copies + bytes(tail))
    assert first.file_size == len(numbers)
    refusal(lambda: read_weights(path))


def test_r58_a_directory_of_implausible_length_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch_archive, "_DIRECTORY_BYTES", 100)
    path = archive(tmp_path / "m.pt", b"\x80\x02}.", a=b"", b=b"", c=b"")
    assert "long list of entries" in refusal(lambda: read_weights(path)).message


# ---- shapes ----


@pytest.mark.parametrize(
    ("shape", "strides"),
    [
        ((2**40, 2**40), (0, 0)),
        ((2**47, 2), (0, 0)),
        ((0, 2**47, 2**47), (1, 1, 1)),
        ((1,) * 100, (1,) * 100),
    ],
)
def test_r79_shapes_that_overflow_are_refused(
    shape: tuple[int, ...], strides: tuple[int, ...], tmp_path: Path
) -> None:
    def numbers(values: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(b"\x8a\x08" + struct.pack("<q", value) for value in values) + b"t"

    data = (
        b"\x80\x02}X\x0e\0\0\0visual.proj_w_ctorch._utils\n_rebuild_tensor_v2\n("
        + storage("FloatStorage", "0", 4)
        + b"K\0"
        + numbers(shape)
        + numbers(strides)
        + b"\x89ccollections\nOrderedDict\n)RtRs."
    )
    path = archive(tmp_path / "m.pt", data, data__0=bytes(16))
    message = refusal(lambda: load_session(path)).message
    assert "shape" in message or "not those of a CLIP" in message


def header(content: object, length: int | None = None, data: bytes = b"") -> bytes:
    text = json.dumps(content).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


@pytest.mark.parametrize(
    "content",
    [
        header({"w": {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 0]}}),
        header({"w": {"dtype": "F32", "shape": [0, 2**63 - 1, 9], "data_offsets": [0, 0]}}),
        header({"w": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, data=bytes(4)),
        header({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 2**60]}}, data=bytes(4)),
        header({"w": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}}, data=bytes(4)),
        header({"w": {"dtype": "Q9", "shape": [1], "data_offsets": [0, 4]}}, data=bytes(4)),
        header({"w\n": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, data=bytes(4)),
        header({}, 2**62),
        struct.pack("<Q", 30_000) + b'{"a":' + b"[" * 29_995,
    ],
)
def test_r79_headers_with_impossible_numbers_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(content)
    refusal(lambda: load_session(path))


def test_r58_a_header_of_implausible_length_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_safetensors(tmp_path / "m.safetensors", {"w": torch.zeros(1)})
    monkeypatch.setattr(weight_files, "_HEADER_BYTES", 10)
    assert "long list of tensors" in refusal(lambda: read_weights(path)).message


# ---- configurations ----


def with_config(folder: Path, state: State, text: str) -> Path:
    (folder / CONFIG_NAME).write_text(text, encoding="utf-8")
    return write_safetensors(folder / "m.safetensors", state)


def changed(part: str, name: str, value: Any) -> str:
    config = msgspec.json.decode(msgspec.json.encode(EMBEDDED_CONFIG))
    (config if part == "" else config[part])[name] = value
    return json.dumps({"model_cfg": config})


@pytest.mark.parametrize(
    "text",
    [
        changed("vision_cfg", "layers", 10**9),
        changed("vision_cfg", "layers", [10**9, 1, 1, 1]),
        changed("vision_cfg", "layers", [1] * 100_000),
        changed("vision_cfg", "layers", "twelve"),
        changed("vision_cfg", "layers", True),
        changed("vision_cfg", "width", 10**12),
        changed("vision_cfg", "width", -4),
        changed("vision_cfg", "width", 1e300),
        changed("vision_cfg", "image_size", 10**9),
        changed("vision_cfg", "image_size", [96]),
        changed("vision_cfg", "image_size", {"a": 1}),
        changed("vision_cfg", "layers", {}),
        changed("vision_cfg", "head_width", 0),
        changed("vision_cfg", "no_such_option", 1),
        changed("vision_cfg", "timm_model_name", "hf-hub:owner/name"),
        changed("vision_cfg", "timm_model_name", "no_such_tower"),
        changed("vision_cfg", "timm_model_name", ["vit"]),
        changed("text_cfg", "layers", 10**9),
        changed("text_cfg", "context_length", 10**7),
        changed("text_cfg", "context_length", 2),
        changed("text_cfg", "context_length", "77"),
        changed("text_cfg", "vocab_size", 10**11),
        changed("text_cfg", "heads", 10**8),
        changed("text_cfg", "heads", 7),
        changed("text_cfg", "mlp_ratio", 1e17),
        changed("text_cfg", "act_kwargs", {"a": {"b": {"c": {"d": {"e": {"f": [[[[]]]]}}}}}}),
        changed("", "embed_dim", 10**15),
        changed("", "embed_dim", None),
        changed("", "vision_cfg", []),
        changed("", "text_cfg", None),
        changed("", "x" * 1000, 1),
        '{"model_cfg": ' + "[" * 100_000,
        '{"model_cfg": {"embed_dim": NaN, "vision_cfg": {}, "text_cfg": {}}}',
        '{"model_cfg": {"embed_dim": 1' + "0" * 5000 + ', "vision_cfg": {}, "text_cfg": {}}}',
        '{"model_cfg": ["embed_dim", "vision_cfg", "text_cfg"]}',
        '["embed_dim", "vision_cfg", "text_cfg"]',
        "7",
        "",
    ],
)
def test_r58_r79_a_configuration_that_no_model_has_is_refused_before_anything_is_built(
    text: str, tmp_path: Path, state: State
) -> None:
    with_config(tmp_path, state, text)
    refusal(lambda: load_session(tmp_path))


def test_r58_a_configuration_of_a_thousand_parts_is_refused(tmp_path: Path, state: State) -> None:
    with_config(tmp_path, state, changed("", "more", [[0] * 8] * 1000))
    assert "larger than any model" in refusal(lambda: load_session(tmp_path)).message


def test_r58_a_long_configuration_is_not_read(
    tmp_path: Path, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "_MOST_BYTES", 1000)
    with_config(tmp_path, state, json.dumps({"model_cfg": EMBEDDED_CONFIG}) + " " * 1000)
    assert "cannot be read" in refusal(lambda: load_session(tmp_path)).message


@pytest.mark.parametrize(
    "options",
    [
        {"mean": 1e300},
        {"mean": [0.5] * 10**6},
        {"mean": ["a", "b", "c"]},
        {"std": 0},
        {"std": [1e-30] * 3},
        {"std": {"a": 1}},
        {"fill_color": 10**30},
        {"fill_color": -1},
        {"interpolation": ["bicubic"]},
        {"resize_mode": 3},
    ],
)
def test_r79_impossible_preprocessing_is_refused(options: dict[str, Any]) -> None:
    assert len(refusal(lambda: preprocessing_from(options, 96)).message) < 300


def test_r79_layers_are_not_counted_without_end(tmp_path: Path, state: State) -> None:
    more = {f"transformer.resblocks.{number}.x": torch.zeros(1) for number in range(5000)}
    path = write_safetensors(tmp_path / "m.safetensors", {**state, **more})
    assert "layers" in refusal(lambda: load_session(path)).message


# ---- anything ----


def entries_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def small_files() -> dict[str, bytes]:
    """One small file of each form."""
    tensors = {"visual.conv1.weight": torch.arange(6.0).reshape(2, 3), "x.y": torch.ones(2)}
    found = {}
    for name, new in (("m.pt", True), ("legacy.pt", False)):
        stream = io.BytesIO()
        torch.save({"state_dict": tensors}, stream, _use_new_zipfile_serialization=new)
        found[name] = stream.getvalue()
    found["m.safetensors"] = header(
        {
            "__metadata__": {"format": "pt"},
            "x.y": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
        },
        data=bytes(8),
    )
    return found


@pytest.mark.parametrize("name", ["m.pt", "legacy.pt", "m.safetensors", "pickle"])
@pytest.mark.parametrize("seed", range(3))
def test_r79_no_damage_escapes_as_another_error(name: str, seed: int, tmp_path: Path) -> None:
    random_ = random.Random(f"{name} {seed}")  # noqa: S311 - not for secrets
    files = small_files()
    original = entries_of(files["m.pt"])
    pkl = next(entry for entry in original if entry.endswith("data.pkl"))
    for _ in range(300):
        path = tmp_path / ("m.pt" if name == "pickle" else name)
        if name == "pickle":
            with zipfile.ZipFile(path, "w") as file:
                for entry, content in original.items():
                    file.writestr(entry, mutated(content, random_) if entry == pkl else content)
        else:
            path.write_bytes(mutated(files[name], random_))
        said = ""
        try:
            read_weights(path)
        except ModelError as error:
            said = error.message
        assert said == "" or said.isprintable()
        assert len(said) < 1000


@pytest.mark.parametrize("seed", range(3))
def test_r79_no_configuration_escapes_as_another_error(
    seed: int, tmp_path: Path, state: State
) -> None:
    random_ = random.Random(seed)  # noqa: S311 - not for secrets
    path = write_safetensors(tmp_path / "m.safetensors", {"visual.x": torch.zeros(1)})
    write_config(tmp_path)
    siglip = json.loads((tmp_path / CONFIG_NAME).read_text())
    starts = [{"model_cfg": EMBEDDED_CONFIG, "preprocess_cfg": {"mean": [0.5] * 3}}, siglip]
    for number in range(60):
        content = msgspec.json.decode(msgspec.json.encode(starts[number % 2]))
        for _ in range(random_.randint(1, 3)):
            places = [place for place in walk(content) if place]
            *way, last = random_.choice(places)
            target = content
            for step in way:
                target = target[step]
            target[last] = deepcopy(random_.choice(STRANGE))
        (tmp_path / CONFIG_NAME).write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(LabError) as caught:  # the tensors are nobody's
            load_session(path.parent)
        assert caught.value.message.isprintable()


def test_the_limits_leave_room_for_the_largest_models() -> None:
    assert budget.MOST_TENSORS > 50 * 1000
    assert budget.MOST_BYTES > 3 * 20 * 10**9
