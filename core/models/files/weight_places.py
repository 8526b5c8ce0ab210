"""Which files of a folder are weights, and weights that are split into several files (R81).

A large model may lie in parts, ``model-00001-of-00003.safetensors`` and so on, with an index beside
them, ``model.safetensors.index.json``, that says which tensor lies in which. Such a model goes by
its index. Imports no torch.
"""

from __future__ import annotations

import contextlib
import re
from functools import cached_property
from pathlib import Path

import msgspec

from core.base.errors import ModelError
from core.base.reading import read_bytes
from core.base.typed import from_json
from core.models.files.budget import MOST_NAME, MOST_TENSORS

SUFFIXES = (".safetensors", ".pt", ".pth", ".bin")
INDEX_ENDING = ".index.json"

_MOST_PARTS = 1000
_MOST_INDEX_BYTES = 32 * 2**20
_PART = re.compile(r"(.+)-(\d{5})-of-(\d{5})(\.\w+)", re.ASCII)


class _Index(msgspec.Struct):
    """The file's own form; what else it holds does not matter."""

    weight_map: dict[str, str]


class SplitWeights(msgspec.Struct, frozen=True, dict=True):
    """The index of split weights, read and checked: for each tensor the name of its file."""

    index: Path
    places: dict[str, str]

    @cached_property
    def parts(self) -> tuple[Path, ...]:
        """The files, in the order of their names."""
        return tuple(self.index.with_name(name) for name in sorted(set(self.places.values())))

    def names_in(self, part: Path) -> set[str]:
        """Tensors that have to lie in a part."""
        return {name for name, place in self.places.items() if place == part.name}


def is_index(path: Path) -> bool:
    """True if a file has the name of an index."""
    return path.name.lower().endswith(INDEX_ENDING)


def read_index(index: Path) -> SplitWeights:
    """Read which tensor lies in which file, and make sure that all are there, beside the index."""
    try:
        places = from_json(read_bytes(index, _MOST_INDEX_BYTES), _Index).weight_map
    except OSError as error:
        raise ModelError(f"{index.name} cannot be read: {error.strerror or error}.") from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ModelError(
            f"{index.name} is not an index of split weights, or is damaged.",
            "Get it again from where the weights came.",
        ) from error
    names = set(places.values())
    if not names or len(names) > _MOST_PARTS or len(places) > MOST_TENSORS:
        raise ModelError(
            f"{index.name} names {len(places):,} tensors in {len(names):,} files, as no model has."
        )
    for name in names:
        # Nothing outside its own folder, on any system; and no other index, without end.
        plain = len(name) < MOST_NAME and name.isprintable() and not set(name) & set('/\\:*?"<>|')
        if not plain or Path(name).suffix.lower() not in SUFFIXES:
            shown = "".join(letter if letter.isprintable() else "?" for letter in name[:60])
            raise ModelError(
                f"{index.name} names “{shown}”, which is no file of weights beside it.",
                "Get it again from where the weights came.",
            )
    split = SplitWeights(index, places)
    missing = [part.name for part in split.parts if not part.is_file()]
    if missing:
        raise ModelError(
            f"Of the {len(names)} parts that {index.name} names, {missing[0]}"
            f"{f' and {len(missing) - 1} more are' if missing[1:] else ' is'} missing.",
            "Put all parts into the folder of the index.",
        )
    return split


def whole(path: Path) -> Path:
    """The index of the weights that a file is a part of, or the file itself.

    A part without its index, and an index that cannot be used, are a `ModelError`.
    """
    if is_index(path):
        return read_index(path).index
    match = _PART.fullmatch(path.name)
    if match is None:
        return path
    for index in _indexes(path.parent):
        if path in read_index(index).parts:
            return index
    stem, number, count, ending = match.groups()
    raise ModelError(
        f"{path.name} is part {int(number)} of {int(count)} of weights that are split, and their "
        "index is not beside it.",
        f"Put all parts and {stem}{ending}{INDEX_ENDING} into one folder.",
    )


def weights_in(folder: Path) -> list[Path]:
    """What lies directly in a folder as weights, by name: files, and indexes of split ones.

    An index that cannot be used is listed like any other, and so are its parts. An `OSError` if the
    folder cannot be read.
    """
    indexes = _indexes(folder)
    parts: set[Path] = set()
    for index in indexes:
        with contextlib.suppress(ModelError):
            parts.update(read_index(index).parts)
    files = (
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")
    )
    return sorted([*indexes, *(path for path in files if path not in parts)])


def files_of(path: Path) -> tuple[Path, ...]:
    """The files that hold the numbers of weights: the parts of an index, or the file itself."""
    return read_index(path).parts if is_index(path) else (path,)


def title_of(path: Path) -> str:
    """The name of weights without what only says that they are split."""
    return path.name[: -len(INDEX_ENDING)] if is_index(path) else path.name


def _indexes(folder: Path) -> list[Path]:
    endings = tuple(f"{suffix}{INDEX_ENDING}" for suffix in SUFFIXES)
    return sorted(
        path
        for path in folder.iterdir()
        if path.name.lower().endswith(endings) and path.is_file() and path.name[0] != "."
    )
