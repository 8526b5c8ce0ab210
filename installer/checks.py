"""What can be told from the built folder without starting the program."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from core.base.installation import LIST_NAME, PACKAGE_DATA, RESOURCES
from installer.contents import LEFT_OUT, is_openmp
from installer.places import NAME, PROGRAM, ROOT
from installer.sizes import CODE, TORCH, files_of, measure, move, report, torch_code

WORKAROUND = "KMP_" + "DUPLICATE_LIB_OK"


def problems(program: Path) -> list[str]:
    """What is wrong with a built folder, in sentences."""
    internal = program / "_internal"
    names = [path.relative_to(internal).as_posix() for path in files_of(internal)]
    found = [*missing_data(internal), *openmp_problems(names), *foreign_packages(internal)]
    if not any((program / f"{NAME}{suffix}").is_file() for suffix in ("", ".exe")):
        found.append("The program itself is missing.")
    return found


def missing_data(internal: Path) -> list[str]:
    """Data files that the program needs and the build lacks (R52)."""
    needed = [f"resources/{name}" for name in RESOURCES]
    needed += [f"{package}/{name}" for package, files in PACKAGE_DATA.items() for name in files]
    needed += ["licenses/packages.txt", "docs/index.md", "docs/index.html", "LICENSE", LIST_NAME]
    shipped = (ROOT / "resources").rglob("*")
    needed += [path.relative_to(ROOT).as_posix() for path in shipped if path.is_file()]
    return [
        f"{name} is missing."
        for name in dict.fromkeys(needed)
        if not (internal / name).is_file() and "__pycache__" not in name
    ]


def openmp_problems(names: Iterable[str]) -> list[str]:
    """More than one OpenMP runtime (R55)."""
    runtimes = sorted(name for name in names if is_openmp(name))
    if len(runtimes) > 1:
        return [f"More than one OpenMP runtime is shipped: {', '.join(runtimes)}."]
    return []


def foreign_packages(internal: Path) -> list[str]:
    """Packages that are for developers and came along all the same."""
    top = {path.name.partition("-")[0].partition(".")[0] for path in internal.iterdir()}
    return [f"{name} is shipped." for name in sorted(top & set(LEFT_OUT))]


def workarounds(texts: Iterable[tuple[str, str]]) -> list[str]:
    """Sources that set the variable by which two OpenMP runtimes are endured (R55)."""
    pattern = re.compile(rf"{WORKAROUND}\W+[\w'\"]")
    return [name for name, text in texts if pattern.search(text)]


def main() -> int:
    """Print sizes and problems; 1 if there is a problem."""
    program = Path(sys.argv[1]) if len(sys.argv) > 1 else PROGRAM
    started = next(path for path in (program / NAME, program / f"{NAME}.exe") if path.exists())
    sizes = move(measure(program), torch_code(started), CODE, TORCH)
    text, kept = report(sizes)
    print(text)
    found = problems(program)
    if not kept:
        found.append("The budget for the size is exceeded.")
    for problem in found:
        print(f"FAILED  {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
