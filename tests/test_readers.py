"""Every reader of files opens them by `core.base.reading`, so that none waits for a pipe (R58)."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# What opens a file by its name, as an attribute of anything or as a plain name.
_METHODS = {"read_bytes", "read_text"}
_OPENERS = {
    ("Image", "open"),
    ("np", "load"),
    ("np", "fromfile"),
    ("np", "memmap"),
    ("tarfile", "open"),
    ("gzip", "open"),
    ("io", "open"),
    ("os", "open"),
    ("torch", "load"),
    ("pq", "read_table"),
    ("pq", "ParquetFile"),
    ("zipfile", "ZipFile"),
}
_NAMES = {"open", "ZipFile", "safe_open", "load_file", "TTFont"}
_BY_TEXT = {"QImage", "QPixmap", "QFile", "QImageReader"}

# Modules that read only what came with the program or what they have made themselves.
_OWN = {
    "core/base/atomic.py": "syncs a folder",
    "core/base/console.py": "opens the null device",
    "core/experiments/presets.py": "resources",
    "core/results/published.py": "resources",
    "core/figures/font_subsets.py": "fonts of this computer, found by matplotlib",
    "gui/help/guide.py": "the guide's pages",
    "core/base/installation.py": "the installed files",
    "core/base/log.py": "opens its own file to write",
    "core/models/files/weight_files.py": "looks at their start; safetensors opens them by name",
    "core/predict/prompts.py": "resources",
    "core/base/reading.py": "the one place",
    "core/reports/html.py": "the program's fonts",
    "core/stimuli/fonts.py": "resources",
    "core/stimuli/presets.py": "resources",
    "core/training/card.py": "what training has written",
    "core/training/loop.py": "what training has written",
    "gui/help/browser.py": "the guide's pictures",
    "gui/look/icons.py": "resources",
    "gui/app/self_test_checks.py": "what the self-test has written",
    "gui/app/self_test_report.py": "its own report, to write",
    "gui/app/self_test_thorough.py": "/proc of its own process",
    "gui/look/stylesheet.py": "resources and marks in the cache",
}

# Opens bytes in memory or a stream, and says so by its first argument.
_IN_MEMORY = {"BytesIO", "StringIO", "stream", "file", "content", "buffer"}


def openings(tree: ast.Module) -> list[int]:
    """Lines that open a file by its name."""
    given = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "core.base.reading"
        for alias in node.names
    }
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        if isinstance(function, ast.Name):
            opens = function.id in _NAMES - given or (function.id in _BY_TEXT and _is_text(node))
        elif isinstance(function, ast.Attribute):
            owner = function.value.id if isinstance(function.value, ast.Name) else ""
            opens = (
                function.attr in _METHODS
                or (owner, function.attr) in _OPENERS
                or (function.attr == "open" and _has_mode(node))
            )
        else:
            opens = False
        if opens and not _in_memory(node):
            found.append(node.lineno)
    return found


def _has_mode(call: ast.Call) -> bool:
    """True for ``path.open("rb")``: what is opened to write alone may create a file."""
    modes = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    if isinstance(mode := named.get("mode"), ast.Constant):
        modes.append(mode.value)
    if not modes:  # text to be read, unlike the opening of a dialog
        return "encoding" in named
    return any(isinstance(mode, str) and "r" in mode for mode in modes)


def _is_text(call: ast.Call) -> bool:
    """True for ``QImage(str(path))``; the others are made of sizes and bytes."""
    first = call.args[0] if call.args else None
    return isinstance(first, ast.Call) and getattr(first.func, "id", "") == "str"


def _in_memory(call: ast.Call) -> bool:
    if not call.args:
        return False
    first = call.args[0]
    if isinstance(first, ast.Call):
        first = first.func
    name = first.attr if isinstance(first, ast.Attribute) else getattr(first, "id", "")
    return name in _IN_MEMORY


def test_r58_no_reader_opens_a_file_that_was_not_looked_at() -> None:
    found = {}
    for folder in ("core", "gui"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            lines = openings(ast.parse(path.read_text(encoding="utf-8")))
            if lines and name not in _OWN:
                found[name] = lines
    assert not found, f"open these by core.base.reading: {found}"


def test_r58_the_check_finds_every_way_to_open_a_file() -> None:
    for line in (
        "path.read_bytes()",
        "(folder / name).read_text(encoding='utf-8')",
        "path.open('rb')",
        "path.open(mode='rb')",
        "path.open(encoding='utf-8')",
        "open(path)",
        "Image.open(path)",
        "np.load(path)",
        "safe_open(path, framework='pt')",
        "pq.ParquetFile(path)",
        "QImage(str(path))",
    ):
        assert openings(ast.parse(line)) == [1], line
    for line in (
        "from core.base.reading import read_bytes\nread_bytes(path)",
        "Image.open(io.BytesIO(data))",
        "pq.ParquetFile(file)",
        "RunFolder.open(path)",
        "dialog.open()",
        "QImage(data, width, height)",
        "partial.open('ab')",
    ):
        assert openings(ast.parse(line)) == [], line
