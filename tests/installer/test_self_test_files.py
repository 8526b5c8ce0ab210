"""The self-test notices lost files (R52), the network (R06) and a second OpenMP runtime (R55)."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from core.base import installation
from core.base.installation import DamagedInstallation, check_files, read_list, write_list
from gui.app.command_line import parse
from gui.app.self_test_network import NetworkRefused, NoNetwork
from gui.app.self_test_report import REPORT_NAME, installation_is_whole
from gui.app.self_test_thorough import openmp_runtimes


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed program of three files."""
    root = tmp_path / "Programm – größer"
    for name, text in (("resources/a.toml", "a"), ("lib/b.so", "bb"), ("open_clip/c.gz", "ccc")):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    write_list(root)
    monkeypatch.setattr("sys._MEIPASS", str(root), raising=False)
    return root


def test_r52_a_whole_installation_passes(installed: Path) -> None:
    assert check_files() == 3
    assert [file.path for file in read_list(installed)] == [
        "lib/b.so", "open_clip/c.gz", "resources/a.toml",
    ]  # fmt: skip


@pytest.mark.parametrize("damage", ["missing", "short", "other content", "no list", "bad list"])
def test_r52_a_damaged_installation_is_refused_with_the_file(installed: Path, damage: str) -> None:
    file, listed = installed / "open_clip" / "c.gz", installed / installation.LIST_NAME
    if damage == "missing":
        file.unlink()
    elif damage == "short":
        file.write_text("cc")
    elif damage == "other content":
        file.write_text("ccd")
    elif damage == "no list":
        listed.unlink()
    else:
        listed.write_bytes(listed.read_bytes()[:-9])
    with pytest.raises(DamagedInstallation) as caught:
        check_files()
    assert ("c.gz" if "list" not in damage else installation.LIST_NAME) in str(caught.value)
    assert "Install the program again." in str(caught.value)


def test_r52_several_lost_files_are_counted(installed: Path) -> None:
    for path in (installed / "resources" / "a.toml", installed / "lib" / "b.so"):
        path.unlink()
    with pytest.raises(DamagedInstallation, match=r"lib/b\.so and 1 more files are missing"):
        check_files()


def test_r52_large_files_are_compared_by_their_size(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "HASHED_BYTES", 2)
    write_list(installed)
    (installed / "open_clip" / "c.gz").write_text("xyz")
    assert check_files() == 3
    (installed / "open_clip" / "c.gz").write_text("xy")
    with pytest.raises(DamagedInstallation):
        check_files()


def test_r52_the_checkout_has_the_data_that_stands_for_its_kind() -> None:
    assert check_files() == len(installation.RESOURCES) + 2


def test_r52_data_missing_in_a_checkout_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "resources_dir", lambda: tmp_path)
    with pytest.raises(DamagedInstallation, match=r"fonts\.toml and \d more"):
        check_files()


def test_r06_during_the_self_test_connecting_and_looking_up_raise_and_are_remembered() -> None:
    real = socket.getaddrinfo, socket.socket.connect
    with NoNetwork() as network, socket.socket() as lone:
        with pytest.raises(NetworkRefused, match="example"):
            socket.getaddrinfo("example.invalid", 443)
        with pytest.raises(NetworkRefused):
            socket.create_connection(("192.0.2.1", 443))
        with pytest.raises(NetworkRefused):
            lone.connect(("192.0.2.1", 443))
        with pytest.raises(NetworkRefused):
            lone.connect_ex(("192.0.2.1", 443))
        assert len(network.attempts) == 4
        ours, theirs = socket.socketpair()  # inside the computer
        ours.close()
        theirs.close()
    assert (socket.getaddrinfo, socket.socket.connect) == real


def test_r55_runtimes_are_read_from_what_a_process_has_loaded() -> None:
    maps = (
        "7f00-7f01 r-xp 0 08:01 1    /usr/lib/program/torch/lib/libgomp.so.1\n"
        "7f01-7f02 r--p 0 08:01 1    /usr/lib/program/torch/lib/libgomp.so.1\n"
        "7f02-7f03 r-xp 0 08:01 2    /usr/lib/libcomparison.so.2\n"
    )
    assert openmp_runtimes(maps) == {"libgomp.so.1"}
    assert openmp_runtimes(maps + "7f03-7f04 r-xp 0 08:01 3    /x/libiomp5.so\n") == {
        "libgomp.so.1", "libiomp5.so",
    }  # fmt: skip


def test_the_self_test_can_be_thorough() -> None:
    assert parse(["--self-test", "--thorough"]).thorough
    assert not parse(["--self-test"]).thorough


def test_r52_a_loss_is_reported_before_anything_reads_the_lost_file(
    installed: Path, profile: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert installation_is_whole()
    (installed / "resources" / "a.toml").unlink()
    assert not installation_is_whole()
    report = (profile / "log" / REPORT_NAME).read_text(encoding="utf-8")
    assert report.startswith("FAILED  files: resources/a.toml is missing")
    assert capsys.readouterr().out == report


def test_r52_without_streams_and_profile_a_loss_is_still_told_by_the_status(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (installed / "resources" / "a.toml").unlink()
    monkeypatch.delenv("CLIP_COLOR_LAB_HOME")
    monkeypatch.setattr("sys.stdout", None)
    assert not installation_is_whole()
