"""Data read into types: the one place that asks msgspec for it.

msgspec works out what a type is made of when it is first read into, and lets other threads see the
half of it in the meantime: two threads that read the same new type at once end the program (seen
with 0.22 while a run began and the list of runs was read). So every type is worked out under a
lock before anything is read into it.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_working_out = Lock()


def from_json(data: bytes | str, type: type[T]) -> T:
    """Read JSON; raises what `msgspec.json.decode` does."""
    _work_out(type)
    return msgspec.json.decode(data, type=type)


def from_toml(data: bytes | str, type: type[T]) -> T:
    """Read TOML; raises what `msgspec.toml.decode` does."""
    _work_out(type)
    return msgspec.toml.decode(data, type=type)


def from_values(values: object, type: type[T], **options: Any) -> T:
    """Read dicts, lists and plain values; options and errors are those of `msgspec.convert`."""
    _work_out(type)
    found: T = msgspec.convert(values, type, **options)
    return found


def _work_out(type: Any) -> None:
    with _working_out:
        _described(type)


@cache
def _described(type: Any) -> None:
    msgspec.json.Decoder(type)
