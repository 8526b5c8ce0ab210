"""What the installers ship and leave out, checked without building anything."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

from core.base.installation import PACKAGE_DATA, RESOURCES
from installer import checks, contents, licenses, sizes
from installer.places import HERE, NAME, ROOT

SPEC = (HERE / f"{NAME}.spec").read_text(encoding="utf-8")


def requirements(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def test_pyinstaller_is_pinned_apart_from_what_the_lab_needs_to_run() -> None:
    assert "pyinstaller" in requirements("requirements-build.txt")
    for name in ("requirements.txt", "requirements-dev.txt", "constraints.txt"):
        assert "pyinstaller" not in {each.lower() for each in requirements(name)}


def test_every_folder_and_file_of_data_exists() -> None:
    for name in (*contents.DATA_FOLDERS, *contents.DATA_FILES):
        assert (ROOT / name).exists(), name


def test_r52_data_that_the_self_test_asks_for_is_shipped() -> None:
    assert "resources" in contents.DATA_FOLDERS
    for name in RESOURCES:
        assert (ROOT / "resources" / name).is_file(), name
        assert not contents.is_left_out(f"resources/{name}")
    for package, names in PACKAGE_DATA.items():
        assert package in contents.PACKAGES_WITH_DATA
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.submodule_search_locations
        folder = Path(spec.submodule_search_locations[0])
        for name in names:
            assert (folder / name).is_file(), name
            assert not contents.is_left_out(f"{package}/{name}")


def test_r52_nothing_of_the_repository_that_is_shipped_is_left_out_by_a_pattern() -> None:
    for folder in contents.DATA_FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            gallery = ROOT / "docs" / "gallery" in path.parents
            assert contents.is_left_out(path.relative_to(ROOT).as_posix()) == gallery, path


def test_nothing_that_is_left_out_is_imported_by_the_program() -> None:
    for path in [*(ROOT / "core").rglob("*.py"), *(ROOT / "gui").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            left_out = {name for name in names if name in contents.LEFT_OUT}
            assert not left_out, (path, left_out)


def test_symbols_are_taken_from_libraries_of_packages_that_are_named_alone() -> None:
    for pattern in contents.WITH_SYMBOLS:
        folder = pattern.partition("/")[0]
        if "*" not in folder:
            assert importlib.util.find_spec(folder) is not None, folder
    assert not any(".libs" in pattern for pattern in contents.WITH_SYMBOLS)


def test_r52_a_data_file_that_is_not_in_the_build_is_named(tmp_path: Path) -> None:
    missing = checks.missing_data(tmp_path)
    assert "open_clip/bpe_simple_vocab_16e6.txt.gz is missing." in missing
    assert "resources/fonts/fonts.toml is missing." in missing
    assert any("resources/models/embedded/model.safetensors" in line for line in missing)


def test_r53_the_program_turns_its_helpers_off_before_anything_else() -> None:
    """A helper is the program started again: it must not reach the window or a command."""
    tree = ast.parse((ROOT / "main.py").read_text(encoding="utf-8"))
    guard = tree.body[-1]
    assert isinstance(guard, ast.If)
    assert ast.unparse(guard.test) == "__name__ == '__main__'"
    assert ast.unparse(guard.body[0]) == "multiprocessing.freeze_support()"
    assert "main()" in ast.unparse(guard.body[1])


def test_r53_windows_gets_a_program_with_streams_beside_the_windowed_one() -> None:
    assert 'program(f"{NAME}-console", console=True)' in SPEC
    assert 'program(NAME, console=sys.platform.startswith("linux"))' in SPEC


def test_r54_torch_is_loaded_before_qt_on_windows() -> None:
    tree = ast.parse((ROOT / "main.py").read_text(encoding="utf-8"))
    main = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    text = ast.unparse(main)
    loads = text.index("native_order.preload_native_libraries(sys.platform)")
    assert loads < text.index("from gui.app import self_test, start")
    # What is imported before must not bring Qt along.
    for name in ("gui/app/command_line.py", "gui/app/native_order.py", "gui/__init__.py"):
        assert "PySide6" not in (ROOT / name).read_text(encoding="utf-8"), name


def test_r54_the_recipe_has_no_hook_that_loads_a_library_before_main() -> None:
    assert "runtime_hooks" not in SPEC


@pytest.mark.parametrize(
    ("names", "wrong"),
    [
        (["torch/lib/libgomp.so.1", "numpy.libs/libopenblas.so"], False),
        (["torch/lib/libgomp-a34b3233.so.1", "sklearn.libs/libgomp.so.1"], True),
        (["torch/lib/libiomp5md.dll", "numpy/libomp140.x86_64.dll"], True),
        (["torch/lib/libomp.dylib"], False),
        (["resources/fonts/libomparisons.ttf"], False),
    ],
)
def test_r55_a_second_openmp_runtime_stops_the_build(names: list[str], wrong: bool) -> None:
    assert bool(checks.openmp_problems(names)) is wrong


def test_r55_no_source_sets_the_variable_that_endures_two_runtimes() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "*.py", "*.sh", "*.spec", "*.iss", "*.ps1", "Makefile"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    paths = [ROOT / name for name in listed.stdout.split("\0") if name] or list(ROOT.glob("*.py"))
    texts = ((str(path), path.read_text(encoding="utf-8")) for path in paths if path.is_file())
    assert not checks.workarounds(texts)
    bad = f'os.environ["{checks.WORKAROUND}"] = "TRUE"'
    assert checks.workarounds([("bad.py", bad)]) == ["bad.py"]
    assert checks.workarounds([("bad.sh", f"export {checks.WORKAROUND}=1")]) == ["bad.sh"]


def test_r56_only_the_user_folders_are_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every folder that the program makes lies in the user's home, wherever it is installed."""
    from core.base import paths

    installed = tmp_path / "installed"
    monkeypatch.setattr("sys._MEIPASS", str(installed), raising=False)
    monkeypatch.delenv(paths.HOME_VARIABLE)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert paths.resources_dir() == installed / "resources"
    for folder in (paths.config_dir(), paths.data_dir(), paths.cache_dir(), paths.log_dir()):
        assert folder.is_relative_to(tmp_path / "home")
    assert not installed.exists()


def test_developers_tools_are_left_out() -> None:
    tools = {name.lower().replace("-", "_") for name in requirements("requirements-dev.txt")}
    importable = {
        "import_linter": "importlinter",
        "pytest_qt": "pytestqt",
        "markdown_it_py": "markdown_it",
        "fonttools": None,
    }
    left_out = {name.lower() for name in contents.LEFT_OUT}
    for name in tools:
        module = importable.get(name, name)
        assert module is None or module in left_out, name  # matplotlib needs fonttools


def test_licenses_of_all_that_is_shipped_are_found(tmp_path: Path) -> None:
    packages = licenses.shipped_packages()
    names = {licenses.plain(package.metadata["Name"]) for package in packages}
    assert {"torch", "pyside6-essentials", "open-clip-torch", "numpy", "fonttools"} <= names
    assert not names & {"pytest", "mypy", "duckdb"}
    assert licenses.collect(packages, tmp_path / "licenses") == []
    text = (tmp_path / "licenses" / "packages.txt").read_text(encoding="utf-8")
    assert re.search(r"^numpy [\d.]+: BSD", text, re.MULTILINE)
    assert (tmp_path / "licenses" / "LGPL-3.0.txt").stat().st_size > 5000
    assert list((tmp_path / "licenses" / "torch").iterdir())


def test_sizes_are_told_by_part_and_the_budget_leaves_torch_out(tmp_path: Path) -> None:
    program = tmp_path / NAME
    for name, size in (
        ("clip-color-lab", 10),
        ("_internal/torch/lib/libtorch.so", 5000),
        ("_internal/nvidia/cudnn/lib/libcudnn.so", 7000),
        ("_internal/torch-2.0.dist-info/METADATA", 1),
        ("_internal/PySide6/Qt/lib/libQt6Core.so", 300),
        ("_internal/libpython3.so", 20),
    ):
        path = program / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
    (program / "_internal" / "libtorch.so").symlink_to("torch/lib/libtorch.so")
    found = sizes.measure(program)
    assert found == {
        "CUDA libraries": 7000,
        "torch": 5001,
        "Qt": 300,
        "Python and other libraries": 20,
        "program and its Python code": 10,
    }
    assert sizes.report(found, budget=330)[1]
    text, kept = sizes.report(found, budget=329)
    assert not kept
    assert "OVER the budget" in text
