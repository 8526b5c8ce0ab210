"""Types are worked out by one thread at a time, and by `core.base.typed` alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

FIRST_READ_BY_FOUR_THREADS_AT_ONCE = """
import sys, threading
import msgspec
from core.base import typed

READ = {
    "json": lambda type: typed.from_json(DATA, type),
    "toml": lambda type: typed.from_toml("[[f7]]\\n[f7.m3]\\na1 = 3\\n", type),
    "values": lambda type: typed.from_values({"f7": [{"m3": {"a1": 3}}]}, type),
}[sys.argv[1]]
DATA = b'{"f7": [{"m3": {"a1": 3}}]}'
sys.setswitchinterval(1e-6)

def fields(letter, count, type):
    return [(f"{letter}{i}", type, msgspec.field(default=None)) for i in range(count)]

for turn in range(60):
    inner = msgspec.defstruct("Inner", fields("a", 20, int | None))
    middle = msgspec.defstruct("Middle", fields("m", 10, inner | None))
    outer = msgspec.defstruct("Outer", fields("f", 10, list[middle] | None))
    together, found = threading.Barrier(4), []
    def read():
        together.wait()
        found.append(READ(outer).f7[0].m3.a1)
    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert found == [3, 3, 3, 3], found
"""


@pytest.mark.parametrize("way", ["json", "toml", "values"])
def test_r88_threads_that_read_a_new_type_at_once_do_not_end_the_program(way: str) -> None:
    # In a process of its own: what it is about is a segmentation fault.
    done = subprocess.run(
        [sys.executable, "-c", FIRST_READ_BY_FOUR_THREADS_AT_ONCE, way],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_r88_nothing_else_reads_into_types() -> None:
    found = []
    for room in ("core", "gui"):
        for path in (ROOT / room).rglob("*.py"):
            if path != ROOT / "core/base/typed.py":
                found += [f"{path.name}:{line}" for line in _typed_reads(path.read_text("utf-8"))]
    assert found == []


def test_the_guard_sees_each_kind_of_typed_read() -> None:
    source = """
msgspec.json.decode(data, type=Plan)
msgspec.convert(data, Plan)
msgspec.toml.decode(data, type=Plan)
msgspec.json.Decoder(Plan)
msgspec.json.decode(data)
"""
    assert _typed_reads(source) == [2, 3, 4, 5]


def _typed_reads(source: str) -> list[int]:
    """Lines on which msgspec is asked to read into a type."""
    lines = []
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        name = ast.unparse(call.func)
        if name in ("msgspec.convert", "convert") or name.endswith("Decoder"):
            lines.append(call.lineno)
        elif name.startswith("msgspec.") and name.endswith(".decode"):
            lines += [call.lineno] if any(k.arg == "type" for k in call.keywords) else []
    return lines
