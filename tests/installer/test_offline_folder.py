"""A folder for a computer without a network: prepared, checked, installed, with tiny packages."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from core.models.files.catalog import CatalogEntry, entry_of, models_dir
from installer.offline.folder import (
    HASHES,
    OfflineError,
    add_models,
    add_packages,
    add_program,
    add_scripts,
    begin,
    source_files,
    write_hashes,
)
from installer.offline.models import files_of
from installer.places import HERE, NAME, ROOT

MAIN = """
import sys
from pathlib import Path
import tiny
if "--self-test" in sys.argv:
    broken = Path(__file__).with_name("broken")
    print("FAILED  tiny" if broken.exists() else f"All {tiny.CHECKS} checks passed.")
    sys.exit(broken.exists())
print("opened", *sys.argv[1:])
"""


def write_wheel(folder: Path, name: str, version: str, code: str) -> Path:
    """A wheel of one module."""
    record = f"{name}-{version}.dist-info"
    content = {
        f"{name}.py": code,
        f"{record}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{record}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = []
    for path, text in content.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        lines.append(f"{path},sha256={digest.decode()},{len(text.encode())}\n")
    content[f"{record}/RECORD"] = "".join(lines) + f"{record}/RECORD,,\n"
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in content.items():
            archive.writestr(path, text)
    return wheel


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A tiny program in the shape of the lab."""
    root = tmp_path / "source"
    for name, text in {
        "main.py": MAIN,
        "requirements.txt": "tiny==1.0\n",
        "requirements-dev.txt": "",
        "constraints.txt": "tiny==1.0\n",
        "core/models/files/catalog.py": "from pathlib import Path\n"
        "def models_dir():\n"
        "    folder = Path.home() / '.local/share/clip-color-lab/models'\n"
        "    folder.mkdir(parents=True, exist_ok=True)\n"
        "    return folder\n",
        "tools/system_libraries.py": "def report():\n    return 0\n",
        "tests/test_it.py": "",
        ".venv/pyvenv.cfg": "",
        "resources/größe.txt": "x",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    for name in ("tools/set_up.py", "installer/linux/menu-functions.sh"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes((ROOT / name).read_bytes())
    return root


@pytest.fixture
def folder(source: Path, tmp_path: Path) -> Path:
    """The prepared folder."""
    wheels = tmp_path / "index"
    write_wheel(wheels, "tiny", "1.0", "CHECKS = 7\n")
    write_wheel(wheels, "tiny", "2.0", "CHECKS = 8\n")
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"weights")
    folder = tmp_path / "USB – größer" / "lab folder"
    begin(folder)
    add_program(folder, source)
    assert add_packages(folder, ["--no-index", "--find-links", str(wheels)], source) == 1
    add_models(folder, {"RN50.pt": weights})
    share = folder / "share" / "applications"
    share.mkdir(parents=True)
    desktop = HERE / "linux" / f"{NAME}.desktop"
    (share / desktop.name).write_bytes(desktop.read_bytes())
    add_scripts(folder)
    write_hashes(folder)
    return folder


def install(folder: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess:
    home.mkdir(exist_ok=True)
    return subprocess.run(
        ["sh", str(folder / "install.sh"), *arguments],
        env={
            "PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8",
            "PYTHON_PROGRAM": sys.executable,
            # A workstation whose pip is set up for an index that it cannot reach.
            "PIP_INDEX_URL": "http://192.0.2.1/simple", "PIP_TIMEOUT": "1",
        },
        cwd=home, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_program_goes_along_without_tests_and_environment(folder: Path) -> None:
    names = {path.relative_to(folder / "program").as_posix() for path in
             (folder / "program").rglob("*") if path.is_file()}  # fmt: skip
    assert {"main.py", "resources/größe.txt", "requirements.txt"} <= names
    assert not any(name.startswith(("tests/", ".venv/")) for name in names)


def test_the_files_under_version_control_are_the_source() -> None:
    names = {path.as_posix() for path in source_files(ROOT)}
    assert {"main.py", "requirements.txt", "installer/offline/install.sh"} <= names
    assert not any(name.startswith((".venv", "build/")) for name in names)


@pytest.mark.skipif(os.name == "nt", reason="a script of the shell")
def test_it_installs_without_a_network_is_renewed_and_removed(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "Zoë"
    to = home / "Programs" / "Color Lab"
    done = install(folder, home, "--to", str(to))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All 7 checks passed." in done.stdout  # the pinned version, not the newest
    run = subprocess.run([to / NAME, "a b"], capture_output=True, text=True, check=True)
    assert run.stdout == "opened a b\n"
    models = home / ".local" / "share" / NAME / "models"
    assert (models / "RN50.pt").read_bytes() == b"weights"
    entry = home / ".local" / "share" / "applications" / f"{NAME}.desktop"
    assert f'Exec="{to / NAME}" %f' in entry.read_text()
    prepared = subprocess.run(
        [to / ".venv" / "bin" / "python", "tools/set_up.py", "--up-to-date"], cwd=to, check=False
    )
    assert prepared.returncode == 0  # make in the installed folder prepares nothing again

    # A renewal that does not end well leaves the earlier installation as it was.
    (folder / "program" / "broken").touch()
    write_hashes(folder)
    done = install(folder, home, "--to", str(to))
    assert done.returncode == 1
    assert "FAILED  tiny" in done.stderr
    assert not (to / "broken").exists()
    assert subprocess.run([to / NAME], check=False, capture_output=True).returncode == 0

    done = install(folder, home, "--remove", "--to", str(to))
    assert done.returncode == 0, done.stderr
    assert not to.exists()
    assert not entry.exists()
    assert (models / "RN50.pt").exists()


@pytest.mark.skipif(os.name == "nt", reason="a script of the shell")
@pytest.mark.parametrize("damage", ["changed", "missing", "no list"])
def test_a_damaged_folder_is_refused_before_anything_is_done(
    folder: Path, tmp_path: Path, damage: str
) -> None:
    wheel = next((folder / "wheels").iterdir())
    if damage == "changed":
        wheel.write_bytes(wheel.read_bytes() + b"x")
    elif damage == "missing":
        wheel.unlink()
    else:
        (folder / HASHES).unlink()
    done = install(folder, tmp_path / "home")
    assert done.returncode == 1
    assert ("SHA256SUMS" if damage == "no list" else wheel.name) in done.stderr
    assert not list((tmp_path / "home").iterdir())


@pytest.mark.skipif(os.name == "nt", reason="a script of the shell")
def test_another_python_and_a_foreign_folder_are_refused(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "thesis.tex").touch()
    done = install(folder, tmp_path / "home", "--to", str(other))
    assert done.stderr == f"{other} holds something else; choose another folder with --to.\n"
    (folder / "python-version").write_text("2.7\n")
    write_hashes(folder)
    done = install(folder, tmp_path / "home")
    assert done.returncode == 1
    assert "Python 2.7 with its venv module is needed" in done.stderr


def test_a_folder_with_something_else_is_not_filled(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(OfflineError, match="holds something else"):
        begin(tmp_path)
    assert (tmp_path / "thesis.tex").exists()


def test_a_second_preparation_keeps_packages_and_drops_the_rest(folder: Path) -> None:
    begin(folder)
    assert (folder / "wheels" / "tiny-1.0-py3-none-any.whl").exists()
    assert not (folder / HASHES).exists()
    assert not (folder / "program").exists()


def test_packages_that_cannot_be_had_stop_it(source: Path, tmp_path: Path) -> None:
    begin(tmp_path / "new")
    with pytest.raises(OfflineError, match="pip could not get all packages"):
        add_packages(tmp_path / "new", ["--no-index"], source)


def test_models_are_taken_from_this_computer_or_named_as_missing(tmp_path: Path) -> None:
    weights = tmp_path / "my weights.safetensors"
    weights.touch()
    openai = models_dir() / "RN50.pt"
    openai.touch()
    assert files_of(["embedded", "rn50:openai", str(weights)]) == {
        "RN50.pt": openai, "my weights.safetensors": weights,
    }  # fmt: skip
    with pytest.raises(OfflineError, match=r"RN101 .* is not on this computer"):
        files_of(["RN101:openai"])
    with pytest.raises(OfflineError, match="“RN49” is no model"):
        files_of(["RN49"])
    got = files_of(["RN101:openai"], download=lambda entry: tmp_path / entry.file_name)
    assert got == {"RN101.pt": tmp_path / "RN101.pt"}
    assert entry_of("RN101:openai") is not None


def test_a_vocabulary_of_its_own_goes_along_with_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    name, stem = "ViT-B-16-SigLIP:webli", "ViT-B-16-SigLIP-webli"
    weights, vocabulary = (
        models_dir() / f"{stem}.safetensors",
        models_dir() / f"{stem}.tokenizer.json",
    )
    weights.touch()
    with pytest.raises(OfflineError, match="The vocabulary of ViT-B-16-SigLIP"):
        files_of([name])

    def download(entry: CatalogEntry) -> Path:
        vocabulary.touch()
        return weights

    both = {weights.name: weights, vocabulary.name: vocabulary}
    assert files_of([name], download) == both
    assert files_of([name]) == both
    own = tmp_path / "own.safetensors"
    own.touch()
    (tmp_path / "tokenizer.json").touch()
    assert files_of([str(own)]) == {
        "own.safetensors": own, "own.tokenizer.json": tmp_path / "tokenizer.json",
    }  # fmt: skip
