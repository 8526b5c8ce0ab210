"""Empty places of the standard streams are filled, and full ones left alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import os, sys
from core.base.console import fill_empty_places
filled = fill_empty_places()
with open(sys.argv[1], "w") as file:
    places = sum(os.fstat(place) is not None for place in (0, 1, 2))
    print(filled, places, file.fileno() > 2, file=file)
os.write(2, b"what a library says")
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such places")
@pytest.mark.parametrize(("closed", "filled"), [("", 0), ("2>&-", 1), ("<&- >&- 2>&-", 3)])
def test_what_a_library_says_never_gets_into_a_file(
    tmp_path: Path, closed: str, filled: int
) -> None:
    path = tmp_path / "file.txt"
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", PROGRAM, str(path)],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert path.read_text() == f"{filled} 3 True\n"
