"""What a file is by its first bytes: weights in one of three containers, or something else (R05).

Imports no torch, so that a download can look at its first bytes before it goes on.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

import msgspec

from core.base.reading import read_bytes

Container = Literal["zip", "safetensors", "pickle", ""]

START_BYTES = 512
"""Enough of a file for `container_of` and `foreign_content`."""

LEGACY_START = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."  # torch.save before version 1.6


def container_of(start: bytes, size: int) -> Container:
    """The container that a file of weights has, or an empty string for anything else.

    It shows in the first `START_BYTES` of the file, and in how many bytes it has in all.
    """
    if start.startswith(b"PK\x03\x04"):
        return "zip"
    if len(start) > 8 and start[8:9] == b"{" and int.from_bytes(start[:8], "little") < size:
        return "safetensors"
    return "pickle" if start.startswith(LEGACY_START) else ""


def foreign_start(start: bytes, kind: str = "a file of weights") -> str:
    """What begins like this and is not of a kind, as a clause; empty if that is not known."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        return f"is a web page, not {kind}"
    if text.startswith(b"version https://git-lfs"):
        return f"is a pointer of Git LFS, not {kind} itself"
    if start.startswith(b"\x80") and start[1:2] in b"\x02\x03\x04\x05":
        return f"is a Python pickle, not {kind}"
    return ""


def foreign_content(path: Path, start: bytes) -> str:
    """What a file is that is no file of weights, as a clause."""
    found = foreign_start(start)
    if found:
        return found
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith((b"{", b"[")) and _is_json(path):
        return "is a JSON file, not a file of weights"
    if _is_zip(path):
        return "has foreign bytes put before its start"
    if not any(start):
        return "begins with nothing but zeros, as an interrupted download does"
    return "is not a file of weights, or is damaged at its start"


def _is_json(path: Path) -> bool:
    try:
        msgspec.json.decode(read_bytes(path, 2**20))
    except (OSError, msgspec.DecodeError, RecursionError):
        return False
    return True


def _is_zip(path: Path) -> bool:
    try:
        return zipfile.is_zipfile(path)
    except zipfile.BadZipFile:  # it looks like one at its end, and is not
        return False
