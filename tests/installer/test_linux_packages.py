"""The package for Debian and the archive that installs itself, made of a tiny program."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from installer import archive, deb, elf, menu
from installer.environment import BuildError
from installer.places import MIME_TYPE, NAME

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="for Linux alone")
needs_zstd = pytest.mark.skipif(shutil.which("zstd") is None, reason="zstd is not installed")
needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg is not installed")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A built folder: a script in place of the program, and a file beside it."""
    folder = tmp_path / "dist" / NAME
    (folder / "_internal").mkdir(parents=True)
    (folder / NAME).write_text('#!/bin/sh\necho "running $1"\n')
    (folder / NAME).chmod(0o755)
    (folder / "_internal" / "größe.txt").write_text("data")
    (folder / "_internal" / "link.txt").symlink_to("größe.txt")
    return folder


@pytest.fixture
def icons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "icons"
    folder.mkdir()
    for size in menu.SIZES:
        (folder / f"app-{size}.png").write_bytes(b"png")
    monkeypatch.setattr(menu, "ICONS", folder)


@pytest.fixture
def made(program: Path, icons: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The archive of the tiny program."""
    monkeypatch.setattr(archive, "SHARE", tmp_path / "work" / "share")
    target = tmp_path / "lab.run"
    archive.pack(program, target)
    return target


def install(made: Path, home: Path, *arguments: str, **named: str) -> subprocess.CompletedProcess:
    home.mkdir(exist_ok=True)
    return subprocess.run(
        ["sh", str(made), *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(home), **named},
        cwd=home, capture_output=True, text=True, check=False,
    )  # fmt: skip


@needs_zstd
def test_the_archive_installs_runs_is_renewed_and_removed(made: Path, tmp_path: Path) -> None:
    home = tmp_path / "Zoë’s home"
    to = home / 'Pro"grams $HOME %f' / "Color Lab"
    done = install(made, home, "--to", str(to))
    assert done.returncode == 0, done.stderr
    assert (to / "_internal" / "link.txt").read_text() == "data"
    run = subprocess.run([to / NAME, "--x"], capture_output=True, text=True, check=True)
    assert run.stdout == "running --x\n"
    entry = home / ".local" / "share" / "applications" / f"{NAME}.desktop"
    line = next(line for line in entry.read_text().splitlines() if line.startswith("Exec="))
    assert line.endswith('Pro\\\\"grams \\\\$HOME %%f/Color Lab/clip-color-lab" %f')
    assert "TryExec" not in entry.read_text()
    kinds = home / ".local" / "share" / "mime" / "packages" / f"{NAME}.xml"
    assert MIME_TYPE in kinds.read_text()

    (to / "_internal" / "old.txt").write_text("of an older version")
    assert install(made, home, "--to", str(to)).returncode == 0
    assert not (to / "_internal" / "old.txt").exists()

    (home / "study.colorlab").write_text("{}")
    done = install(made, home, "--remove", "--to", str(to))
    assert done.returncode == 0, done.stderr
    assert not to.exists()
    assert not [
        path for path in (home / ".local").rglob("*") if path.is_file() and NAME in path.name
    ]
    assert (home / "study.colorlab").exists()


@needs_zstd
def test_the_archive_refuses_what_would_do_harm_in_one_sentence(made: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").write_text("x")
    done = install(made, home, "--to", str(other))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{other} holds something else; choose another folder with --to.\n"
    assert (other / "thesis.tex").exists()
    done = install(made, home, "--remove", "--to", str(other))
    assert done.returncode == 1
    assert (other / "thesis.tex").exists()

    damaged = tmp_path / "damaged.run"
    damaged.write_bytes(made.read_bytes()[:-1])
    done = install(damaged, home)
    assert done.stderr == "This file is damaged; get it again.\n"
    assert not (home / ".local" / "lib" / NAME).exists()


@needs_zstd
def test_without_zstd_one_sentence_says_so(made: Path, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "cat", "dirname", "ls"):
        (tools / name).symlink_to(str(shutil.which(name)))
    done = install(made, tmp_path / "home", PATH=str(tools))
    assert done.returncode == 1
    assert done.stderr == (
        "Unpacking needs the program zstd; install the package of that name and run this again.\n"
    )


@needs_zstd
def test_the_archive_tells_what_it_does(made: Path, tmp_path: Path) -> None:
    done = install(made, tmp_path / "home", "--help")
    assert done.returncode == 0
    assert "--to FOLDER" in done.stdout
    assert install(made, tmp_path / "home", "--what").returncode == 1


@needs_dpkg
def test_the_package_holds_program_command_menu_entry_and_file_type(
    program: Path, icons: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deb, "dependencies", lambda _folder: ["libc6 (>= 2.36)", "libgl1"])
    tree, target = tmp_path / "tree", tmp_path / "lab.deb"
    deb.build_tree(program, tree, "1.2", "amd64")
    deb.pack(tree, target, "1")
    fields = subprocess.run(
        ["dpkg-deb", "--field", str(target)], capture_output=True, text=True, check=True
    ).stdout
    assert "Version: 1.2\n" in fields
    assert "Depends: libc6 (>= 2.36), libgl1\n" in fields
    listed = subprocess.run(
        ["dpkg-deb", "--contents", str(target)],
        capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C.UTF-8"},
    ).stdout  # fmt: skip
    assert f"./usr/bin/{NAME} -> ../lib/{NAME}/{NAME}" in listed
    for name in (
        f"usr/lib/{NAME}/_internal/",
        f"usr/share/applications/{NAME}.desktop",
        f"usr/share/mime/packages/{NAME}.xml",
        f"usr/share/icons/hicolor/48x48/apps/{NAME}.png",
        f"usr/share/doc/{NAME}/copyright",
    ):
        assert f"./{name}" in listed
    assert all(line.split()[1] == "root/root" for line in listed.splitlines())
    assert "-rwxr-xr-x" in next(
        line for line in listed.splitlines() if line.endswith(f"{NAME}/{NAME}")
    )
    unpacked = tmp_path / "control"
    subprocess.run(["dpkg-deb", "--control", str(target), str(unpacked)], check=True)
    for script in ("postinst", "postrm"):
        assert os.access(unpacked / script, os.X_OK)


def test_the_menu_entry_opens_documents() -> None:
    text = menu.desktop_entry("/usr/bin/clip-color-lab")
    assert "Exec=/usr/bin/clip-color-lab %f\n" in text
    assert f"MimeType={MIME_TYPE};\n" in text
    assert f'<mime-type type="{MIME_TYPE}">' in menu.MIME.read_text(encoding="utf-8")
    assert 'pattern="*.colorlab"' in menu.MIME.read_text(encoding="utf-8")


def test_libraries_of_the_system_are_named_by_their_packages() -> None:
    found = elf.packages_for(
        {"libEGL.so.1", "libc.so.6", "libcuda.so.1", "libxcb.so.1", "ld-linux-x86-64.so.2"},
        (2, 34),
    )
    assert found == ["libc6 (>= 2.34)", "libegl1", "libxcb1", "xkb-data"]
    with pytest.raises(BuildError, match=r"libnew\.so\.7"):
        elf.packages_for({"libnew.so.7"}, (2, 34))


def test_the_newest_c_library_that_is_asked_for_counts() -> None:
    assert elf.newest_glibc("GLIBC_2.4 GLIBC_2.34 GLIBC_2.17 GLIBC_PRIVATE") == (2, 34)


@pytest.mark.skipif(shutil.which("readelf") is None, reason="binutils is not installed")
def test_a_real_program_is_read(tmp_path: Path) -> None:
    shutil.copy(Path(sys.executable).resolve(), tmp_path / "python")
    (tmp_path / "text.txt").write_text("no program")
    assert elf.is_elf(tmp_path / "python")
    assert not elf.is_elf(tmp_path / "text.txt")
    shared = list(Path(sys.base_prefix, "lib").glob("libpython3*.so.1.0"))
    for path in shared:
        shutil.copy(path, tmp_path / path.name)
    assert any(name.startswith("libc6 (>= 2.") for name in elf.dependencies(tmp_path))
