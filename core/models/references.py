"""What a model reference means: a file, a folder, a catalog name or random weights (R08, R09)."""

from __future__ import annotations

import contextlib
import difflib
import re
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import msgspec
from open_clip.pretrained import get_pretrained_cfg, list_pretrained_tags_by_model

from core.base.errors import ModelError
from core.models.construction.architecture import named_architecture
from core.models.files.catalog import (
    EMBEDDED_ID,
    HUB_FILE_NAMES,
    CatalogEntry,
    entry_of,
    find_in_hub_cache,
    find_weights,
    models_dir,
)
from core.models.files.weight_places import SUFFIXES, title_of, weights_in, whole

RANDOM_PREFIX = "random:"
RECIPE = 2
"""Of random weights, see `core.models.construction.random_weights`; the first left norms, biases
and statistics as the network is built with them."""

_RANDOM = re.compile(
    r"(?P<architecture>.+?), seed (?P<seed>\d{1,19})(, recipe (?P<recipe>\d{1,9}))?"
)


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """A reference, resolved on this computer."""

    file: Path | None = None  # None for random weights
    entry: CatalogEntry | None = None  # the catalog's, where it was named
    architecture: str = ""  # this and the tag: from a reference such as "RN50:openai", else empty
    tag: str = ""
    is_folder: bool = False  # a folder was named, so that its configuration file must be meant
    random_architecture: str = ""  # empty but for random weights
    random_seed: int = 0
    random_recipe: int = RECIPE


def locate(reference: str | Path) -> Located:
    """Find the file that a reference means; a `ModelError` says what is there instead."""
    if isinstance(reference, str):
        text = reference.strip()
        if not text:
            raise ModelError("No model is named.", "Name a file, or “embedded”.")
        if text.lower().startswith(RANDOM_PREFIX):
            return _random(text[len(RANDOM_PREFIX) :])
        entry = entry_of(text)
        if entry is not None:
            return _from_entry(entry)
        path = Path(text).expanduser()
        if not path.exists():
            return _from_name(text, path)
    else:
        path = reference.expanduser()
    if path.is_dir():
        return Located(file=_weights_in(path), is_folder=True)
    if not path.exists():
        raise _missing(path)
    if not path.is_file():
        raise ModelError(f"{path.name} is neither a file nor a folder.")
    return Located(file=whole(path))


def random_reference(architecture: str, seed: int, recipe: int) -> str:
    """What means these random weights again, and is noted as their source.

    Without a recipe it means the first, which had no number.
    """
    source = f"{RANDOM_PREFIX}{architecture}, seed {seed}"
    return f"{source}, recipe {recipe}" if recipe > 1 else source


def _random(text: str) -> Located:
    """An architecture alone, or with all that `random_reference` writes."""
    text = text.strip()
    if not text:
        raise ModelError(
            f"“{RANDOM_PREFIX}” names no architecture.", f"Write {RANDOM_PREFIX}RN50, for example."
        )
    known = _RANDOM.fullmatch(text)
    if known is None:
        return Located(random_architecture=text)
    return Located(
        random_architecture=known["architecture"],
        random_seed=int(known["seed"]),
        random_recipe=int(known["recipe"] or 1),
    )


def _from_entry(entry: CatalogEntry) -> Located:
    if entry.unsupported:
        raise ModelError(
            f"{entry.title} cannot be loaded. {entry.unsupported}",
            "Use a model with CLIP's own vocabulary, such as RN50 or ViT-B-32.",
        )
    file = entry.path()
    if file is None:
        if entry.id == EMBEDDED_ID:
            raise ModelError(
                "The embedded model is missing from the program's resources.",
                "Install the program again, or train the model again.",
            )
        with contextlib.suppress(ModelError):  # under the name that open_clip itself gives it
            return msgspec.structs.replace(_from_name(entry.id, Path(entry.id)), entry=entry)
        raise ModelError(
            f"The weights of {entry.title} are not on this computer.",
            f"Put {entry.file_name} into {models_dir()}.",
        )
    if entry.id == EMBEDDED_ID:
        return Located(file=file, entry=entry, is_folder=True)
    return Located(file=file, entry=entry, architecture=entry.architecture, tag=entry.tag)


def _from_name(text: str, path: Path) -> Located:
    """A reference that is no existing path: an architecture, with or without a tag."""
    name, colon, tag = text.partition(":")
    try:
        known = named_architecture(name)
    except ModelError:
        raise _missing(path) from None
    tags = list_pretrained_tags_by_model(known.name)
    if not colon:
        raise ModelError(
            f"{known.name} is an architecture, not a file of weights.",
            f"Name a file, or weights such as {known.name}:{tags[0] if tags else 'openai'}.",
        )
    options = get_pretrained_cfg(known.name, tag)
    if not options:
        raise ModelError(
            f"open_clip knows no weights “{tag}” of {known.name}.",
            f"It knows {', '.join(tags)}." if tags else "It knows none of this architecture.",
        )
    file_name = PurePosixPath(urlsplit(options.get("url", "")).path).name
    repository, _, hub_file = options.get("hf_hub", "").rpartition("/")
    file = find_weights(file_name) if file_name else None
    if file is None and repository:
        file = find_in_hub_cache(repository, (hub_file,) if hub_file else HUB_FILE_NAMES)
    if file is None:
        raise ModelError(
            f"The weights {known.name}:{tag} are not on this computer.",
            f"Put {file_name or 'their file'} into {models_dir()}, or open the file itself.",
        )
    return Located(file=file, architecture=known.name, tag=tag)


def _weights_in(folder: Path) -> Path:
    try:
        files = weights_in(folder)
    except OSError as error:
        raise ModelError(f"The folder {folder.name} cannot be read: {error.strerror}.") from error
    if not files:
        raise ModelError(
            f"The folder {folder.name} holds no file of weights ({', '.join(SUFFIXES)}).",
            "Choose the file itself.",
        )
    stems = {title_of(file).rpartition(".")[0] for file in files}
    safe = [file for file in files if title_of(file).lower().endswith(".safetensors")]
    if len(files) > 1 and not (len(stems) == 1 and len(safe) == 1):
        for file in files:
            whole(file)  # parts without their index are said to be that
        names = ", ".join(file.name for file in files[:5])
        more = f" and {len(files) - 5} more" if len(files) > 5 else ""
        raise ModelError(
            f"The folder {folder.name} holds {len(files)} files of weights: {names}{more}.",
            "Choose one of them.",
        )
    return whole(safe[0] if safe else files[0])


def _missing(path: Path) -> ModelError:
    try:
        beside = [file.name for file in path.parent.iterdir() if file.suffix.lower() in SUFFIXES]
    except OSError:
        beside = []
    close = difflib.get_close_matches(path.name, beside, n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]}?" if close else "Check the name and the folder."
    return ModelError(f"There is no file {path.name} in {path.parent.resolve()}.", hint)
