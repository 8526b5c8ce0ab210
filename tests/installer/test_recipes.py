"""The recipes for Windows and macOS ship what the Linux ones do; looked at as far as text tells."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from core.base.version import VERSION
from installer.places import HERE, MIME_TYPE, NAME, PROGRAM, ROOT, TITLE

ISS = (HERE / "windows" / f"{NAME}.iss").read_text(encoding="utf-8")
DMG = (HERE / "macos" / "make_dmg.sh").read_text(encoding="utf-8")
SPEC = (HERE / f"{NAME}.spec").read_text(encoding="utf-8")
SCRIPTS = sorted(HERE.rglob("*.sh"))


def section(name: str) -> list[str]:
    """The lines of a section of the recipe for Windows, comments left out."""
    found = re.search(rf"^\[{name}\]\n(.*?)(?=^\[|\Z)", ISS, re.MULTILINE | re.DOTALL)
    assert found, name
    return [line for line in found[1].splitlines() if line and not line.startswith(";")]


def test_windows_ships_the_whole_built_folder() -> None:
    (line,) = section("Files")
    source = re.search(r'Source: "([^"]+)"', line)
    assert source
    path = source[1].replace("{#Program}", NAME).replace("\\", "/")
    assert (HERE / "windows" / path.removesuffix("/*")).resolve() == PROGRAM
    assert "recursesubdirs" in line
    assert 'DestDir: "{app}"' in line


def test_windows_has_version_menu_entry_and_file_type() -> None:
    assert f'#define Version "{VERSION}"' in ISS
    assert f'#define Program "{NAME}"' in ISS
    assert f'#define Name "{TITLE}"' in ISS
    assert any("{autoprograms}" in line for line in section("Icons"))
    registry = "\n".join(section("Registry"))
    assert "\\.colorlab" in registry
    assert MIME_TYPE in registry
    assert '"""{app}\\{#Program}.exe"" ""%1"""' in registry


def test_windows_recipe_is_well_formed() -> None:
    for name in ("Setup", "Tasks", "InstallDelete", "Files", "Icons", "Registry", "Run"):
        assert section(name)
    parser = configparser.ConfigParser(comment_prefixes=(";",), strict=True, interpolation=None)
    parser.read_string("[Setup]\n" + "\n".join(section("Setup")))  # refuses a key given twice
    assert parser["Setup"]["PrivilegesRequired"] == "lowest"
    defined = set(re.findall(r"^#define (\w+)", ISS, re.MULTILINE))
    assert set(re.findall(r"\{#(\w+)\}", ISS)) <= defined
    for line in ISS.splitlines():
        assert line.count('"') % 2 == 0, line
    for path in re.findall(r"(?:LicenseFile|OutputDir)=(\S+)", ISS):
        target = (HERE / "windows" / path.replace("\\", "/")).resolve()
        assert target.is_relative_to(ROOT)


def test_macos_makes_an_app_of_the_same_folder_with_the_file_type() -> None:
    assert "BUNDLE(\n        folder," in SPEC
    assert 'name=f"{TITLE}.app"' in SPEC
    assert '"CFBundleTypeExtensions": ["colorlab"]' in SPEC
    assert f'APP="dist/{TITLE}.app"' in DMG
    assert "--self-test --thorough" in DMG
    assert "installer.file_list" in DMG
    assert '"CFBundleTypeMIMETypes": [MIME_TYPE]' in SPEC


def test_macos_reads_the_version_from_the_program() -> None:
    found = subprocess.run(
        ["sed", "-n", r's/^VERSION = "\(.*\)"$/\1/p', "core/base/version.py"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.strip() == VERSION
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
@pytest.mark.skipif(os.name == "nt", reason="scripts of the shell")
def test_scripts_are_plain_shell(script: Path) -> None:
    done = subprocess.run(["sh", "-n", str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    if shutil.which("dash"):
        subprocess.run(["dash", "-n", str(script)], check=True)


def test_the_offline_scripts_do_the_same_on_both_systems() -> None:
    """Each step of one has its counterpart in the other."""
    shell = (HERE / "offline" / "install.sh").read_text(encoding="utf-8")
    windows = (HERE / "offline" / "install.ps1").read_text(encoding="utf-8")
    for word in (
        "SHA256SUMS", "python-version", "-m venv", "--no-index", "--find-links", "--only-binary",
        "constraints.txt", "requirements.txt", "models_dir", "--self-test", "holds something else",
        NAME,
    ):  # fmt: skip
        assert word in shell, word
        assert word in windows, word
    assert windows.count("{") == windows.count("}")
    assert windows.count("(") == windows.count(")")
