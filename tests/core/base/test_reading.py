"""Reading of chosen files: ordinary files only, within a budget (R58)."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from core.base import reading
from core.base.reading import open_regular, read_bytes, read_start, read_text

pytestmark = pytest.mark.timeout(900)  # what waits for ever fails

POSIX = pytest.mark.skipif(os.name != "posix", reason="pipes with a name are POSIX")


@POSIX
@pytest.mark.parametrize(
    "reader", [open_regular, read_bytes, read_text, lambda p: read_start(p, 8)]
)
def test_r58_pipes_sockets_devices_and_folders_are_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: object
) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    os.mkfifo("pipe")
    (tmp_path / "link").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        for name, kind in (
            ("pipe", "a pipe"),
            ("link", "a pipe"),
            ("socket", "a socket"),
            ("/dev/zero", "a device"),
            (".", "a folder"),
        ):
            with pytest.raises(OSError, match=f"it is {kind}, not a file"):
                reader(Path(name))  # type: ignore[operator]


@POSIX
def test_r58_a_pipe_that_takes_a_files_place_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    real_open = os.open

    def swapped(name: Path, flags: int) -> int:
        path.unlink()
        os.mkfifo(path)
        return real_open(name, flags)

    monkeypatch.setattr(reading.os, "open", swapped)
    with pytest.raises(OSError, match="a pipe"):
        read_bytes(path)


def test_r58_a_file_is_read_up_to_its_budget(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_bytes(path) == b"12345"
    assert read_bytes(path, 5) == b"12345"
    assert read_start(path, 3) == b"123"
    with pytest.raises(OSError, match="it is too large; at most 4 bytes are read"):
        read_bytes(path, 4)
    with open_regular(path) as file:
        assert file.read() == b"12345"


@pytest.mark.skipif(sys.platform != "linux", reason="such files are Linux's own")
def test_r58_a_file_that_does_not_tell_its_size_is_read_up_to_its_budget() -> None:
    path = Path("/proc/self/maps")
    assert path.stat().st_size == 0
    assert len(read_bytes(path)) > 1000
    with pytest.raises(OSError, match="at most 1,000 bytes"):
        read_bytes(path, 1000)


def test_r58_text_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes("\ufeffé".encode())
    assert read_text(path) == "é"


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b", "a" * 5000])
def test_r58_impossible_names_are_ordinary_failures(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match=r"\[Errno") as caught:
        read_bytes(tmp_path / name)
    assert caught.value.strerror


def test_r58_no_descriptor_stays_open(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    read_bytes(tmp_path / "file")
    lowest = os.open(tmp_path / "file", os.O_RDONLY)
    os.close(lowest)
    for call in (lambda: read_bytes(tmp_path), lambda: read_bytes(tmp_path / "file", 0)):
        with pytest.raises(OSError, match="it is"):
            call()
    again = os.open(tmp_path / "file", os.O_RDONLY)
    os.close(again)
    assert again == lowest
