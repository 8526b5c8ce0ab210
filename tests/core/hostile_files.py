"""Damage to files, the same for the same seed."""

from __future__ import annotations

import random
from typing import Any


def mutated(data: bytes, random_: random.Random) -> bytes:
    changed_ = bytearray(data)
    for _ in range(random_.randint(1, 6)):
        at = random_.randrange(len(changed_))
        kind = random_.randrange(5)
        if kind == 0:
            changed_[at] = random_.randrange(256)
        elif kind == 1:
            changed_[at : at + 1] = random_.choice([b"\xff" * 8, bytes(8), b"\x7f" * 4, b"("])
        elif kind == 2:
            del changed_[at : at + random_.randint(1, 20)]
        elif kind == 3:
            start = random_.randrange(len(changed_))
            changed_[at:at] = changed_[start : start + random_.randint(1, 40)]
        else:
            changed_[at] ^= 1 << random_.randrange(8)
        changed_ = changed_ or bytearray(b"x")
    return bytes(changed_)


def walk(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if not isinstance(value, dict | list):
        return [path]
    items = value.items() if isinstance(value, dict) else enumerate(value)
    return [path, *(each for key, inner in items for each in walk(inner, (*path, key)))]


STRANGE = (
    None, True, 0, -1, 1, 3, 2**31, 2**63, -(2**64), 1e308, -0.5, 0.1, "", "x", "0" * 600, [], {},
    [1], [[1]], {"a": 1}, [1] * 9,
)  # fmt: skip
