"""How large each part of the built program is, and whether the whole keeps to its budget."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

BUDGET = 400 * 10**6
"""Bytes for all but torch and the libraries that come with it."""

TORCH = "torch"
CODE = "program and its Python code"
CUDA = "CUDA libraries"
OUTSIDE_THE_BUDGET = (TORCH, CUDA)

PARTS = (
    (TORCH, ("torch", "torchgen", "functorch", "torch-*")),
    (CUDA, ("nvidia", "triton")),
    ("torchvision", ("torchvision", "torchvision.libs")),
    ("Qt", ("PySide6", "shiboken6")),
    ("Arrow", ("pyarrow",)),
    ("numpy", ("numpy", "numpy.libs")),
    ("Pillow", ("PIL", "pillow.libs")),
    ("fonts, models, presets", ("resources",)),
    ("documentation", ("docs",)),
    ("licenses", ("licenses",)),
)
"""Parts by the folders of the program's files that they lie in."""


TORCH_CODE = ("torch", "torchgen", "functorch", "sympy", "mpmath", "networkx")
"""Packages of Python code that are torch, or that nothing but torch needs."""


def torch_code(program: Path) -> int:
    """Bytes of torch's Python code, which lies with all other code in the program itself.

    Needs PyInstaller, which knows how it is stored.
    """
    from PyInstaller.archive.readers import CArchiveReader

    archive = CArchiveReader(str(program))
    name = next(name for name in archive.toc if name.lower().endswith(".pyz"))
    modules = archive.open_embedded_archive(name).toc
    return sum(
        entry[2] for module, entry in modules.items() if module.partition(".")[0] in TORCH_CODE
    )


def part_of(path: Path, root: Path) -> str:
    """The part that a file of the program's folder belongs to."""
    inside = path.relative_to(root)
    if inside.parts[0] != "_internal":
        return CODE
    folder = inside.parts[1]
    for part, names in PARTS:
        if folder in names or any(
            name.endswith("*") and folder.startswith(name[:-1]) for name in names
        ):
            return part
    return "Python and other libraries"


def files_of(root: Path) -> Iterable[Path]:
    """The files of a folder; links are not followed and count nothing."""
    for folder, _folders, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            if not path.is_symlink():
                yield path


def measure(root: Path) -> dict[str, int]:
    """Bytes of each part, the largest first."""
    sizes: dict[str, int] = {}
    for path in files_of(root):
        part = part_of(path, root)
        sizes[part] = sizes.get(part, 0) + path.stat().st_size
    return dict(sorted(sizes.items(), key=lambda item: -item[1]))


def move(sizes: dict[str, int], size: int, source: str, target: str) -> dict[str, int]:
    """Count some bytes of one part with another."""
    moved = {source: sizes[source] - size, target: sizes.get(target, 0) + size}
    return dict(sorted((sizes | moved).items(), key=lambda item: -item[1]))


def report(sizes: dict[str, int], budget: int = BUDGET) -> tuple[str, bool]:
    """The sizes as lines to print, and whether the budget is kept."""
    counted = sum(size for part, size in sizes.items() if part not in OUTSIDE_THE_BUDGET)
    lines = [f"  {size / 1e6:>9,.1f} MB  {part}" for part, size in sizes.items()]
    lines.append(f"  {sum(sizes.values()) / 1e6:>9,.1f} MB  together")
    kept = counted <= budget
    verdict = "within" if kept else "OVER"
    lines.append(
        f"Without torch and its CUDA libraries {counted / 1e6:,.1f} MB: "
        f"{verdict} the budget of {budget / 1e6:,.0f} MB."
    )
    return "\n".join(lines), kept
