"""Checksums that files carry within themselves, so that a flipped bit never passes for data.

A JSON file ends in a member ``checksum``: the SHA-256 of everything else that it says. Spaces,
line ends and the order of members play no part, so that an editor or a version control that
touches them does no harm. A file without the member is read as it is: files of earlier versions,
and those that people write or change by hand, who leave the line out.

A binary file that can hold notes – Parquet, safetensors, zip – holds one of the name `MARK` with
the SHA-256 of the whole file, in which these 64 digits are taken for zeros.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any, TypeVar

import msgspec

from core.base.errors import LabError
from core.base.typed import from_json, from_values

T = TypeVar("T")

CHECKSUM = "checksum"
MARK = "clip-color-lab.sha256"
BLANK = "0" * 64
"""What a binary file says under `MARK` until `seal` puts the digest there."""

_MARKED = re.compile(re.escape(MARK.encode()) + rb"[^0-9a-f]{1,4}([0-9a-f]{64})")
_BY_HAND = "it does not match its checksum; who changed it by hand deletes the line “checksum”"


def encode_json(value: Any, indent: int = 2) -> bytes:
    """Indented JSON of a struct or dict, with its checksum as the last member."""
    content = msgspec.json.decode(msgspec.json.encode(value))
    content[CHECKSUM] = _digest(content)
    return msgspec.json.format(msgspec.json.encode(content), indent=indent) + b"\n"


def decode_json(data: bytes, type: type[T]) -> T:
    """The inverse of `encode_json`; reads JSON without a checksum, too.

    Raises
    ------
    ValueError
        If the data is anything else, or does not match its checksum; a clause for people.
    """
    try:
        if f'"{CHECKSUM}"'.encode() not in data:
            return from_json(data, type)
        content = msgspec.json.decode(data)
        known = content.pop(CHECKSUM, None) if isinstance(content, dict) else None
        found = from_values(content, type, str_keys=True)  # first: it names what is wrong
        if known is not None and known != _digest(content):
            raise ValueError(_BY_HAND)
        return found
    except LabError as error:  # a value that the thing itself refuses
        raise ValueError(error.message.rstrip(".")) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error
    except (RecursionError, OverflowError) as error:
        raise ValueError("it is nested or large beyond reason") from error


def seal(data: bytes) -> bytes:
    """Put the digest of a binary file in the place of the `BLANK` that it says under `MARK`."""
    found = _last_mark(data)
    assert found is not None
    return b"".join([data[: found[0]], sha256(data).hexdigest().encode(), data[found[1] :]])


def seal_holds(data: bytes) -> bool:
    """False if a binary file differs from what was sealed; True for one that never was."""
    found = _last_mark(data)
    if found is None:
        return True
    digest = sha256(data[: found[0]])
    digest.update(BLANK.encode())
    digest.update(memoryview(data)[found[1] :])
    return digest.hexdigest().encode() == data[found[0] : found[1]]


def is_sealed(data: bytes) -> bool:
    """True if a binary file says its digest, right or wrong."""
    return _last_mark(data) is not None


def _last_mark(data: bytes) -> tuple[int, int] | None:
    """Where the digits of the last mark lie: earlier ones can be part of the content."""
    place = data.rfind(MARK.encode())
    found = _MARKED.match(data, place) if place >= 0 else None
    return found.span(1) if found else None


def _digest(content: dict[str, Any]) -> str:
    return sha256(msgspec.json.encode(content, order="sorted")).hexdigest()
