"""Documents: what the user designs, saved as one ``.colorlab`` file.

The file is strict JSON with a format name and a schema version. It holds the stimulus, prompts,
palette, seed and view, and the original bytes of an imported picture (base64), so that it opens on
any computer. Every earlier schema version opens; a newer one is refused. Fields that this version
does not know are ignored, and are gone after the next save. The last member is a checksum; see
`core.base.checksums` for what it means to files that are changed by hand.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from core.ablation.setup import INTACT, AblationSetup
from core.base.atomic import write_atomic
from core.base.checksums import decode_json, encode_json
from core.base.errors import DocumentError, InvalidInput, LabError
from core.base.paths import DOCUMENT_SUFFIX
from core.base.reading import MOST_DATA_BYTES, read_bytes
from core.base.text import valid_text
from core.base.typed import from_json
from core.color.terms import CSS, Palette
from core.predict.prompts import PromptSet, color_labels, prompt_set
from core.scans.state import NO_SCANS, ScanState
from core.stimuli.sampling import MAX_SEED
from core.stimuli.stimulus import PictureStimulus, Stimulus, WordStimulus, plain

SUFFIX = DOCUMENT_SUFFIX
FORMAT = "clip-color-lab"
SCHEMA = 1

# ValueError: bytes that are no UTF-8; RecursionError: nested beyond reason.
_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError, LabError)


class LabDocument(msgspec.Struct, frozen=True):
    """Everything that undo, redo and files cover."""

    stimulus: Stimulus
    prompts: PromptSet
    palette: Palette = CSS  # what the color names mean in this document
    seed: int = 0  # 0..2^63 − 1, of the next random stimulus
    sort_bars: bool = True  # by probability; False for label order
    schema: int = SCHEMA  # version of the file format this document is written in
    scans: ScanState = NO_SCANS
    ablation: AblationSetup = INTACT

    def __post_init__(self) -> None:
        if not 0 <= self.seed <= MAX_SEED:
            raise InvalidInput(
                f"The seed is {self.seed}.", "It must be a whole number between 0 and 2^63 − 1."
            )


def default_document(side: int = 224, gray: str = "gray") -> LabDocument:
    """The document of a first start: a green “purple” on pink, asked three ways."""
    stimulus = WordStimulus(
        word="purple",
        figure_color=CSS["green"],
        background_color=CSS["pink"],
        size=0.8,
        side=side,
    )
    templates = ("The word is written in {} font", "The color of the background is {}", "{}")
    return LabDocument(stimulus, prompt_set(templates, color_labels(gray)))


class _View(msgspec.Struct):
    sort_bars: bool = True


class _Header(msgspec.Struct):
    format: str
    schema: int


class _File(msgspec.Struct, omit_defaults=True):
    """Schema 1 on disk; what came later is left out where it is not used."""

    format: str
    schema: int
    stimulus: Stimulus
    prompts: PromptSet
    palette: Palette
    seed: int
    view: _View
    pictures: dict[str, str]
    scans: ScanState = NO_SCANS
    ablation: AblationSetup = INTACT


def save_document(path: Path, document: LabDocument, pictures: Mapping[str, bytes]) -> str:
    """Write a document; an existing file is replaced in one step or left as it was.

    Parameters
    ----------
    pictures : mapping of str to bytes
        Original picture files by SHA-256 (hexadecimal); the one the stimulus shows is embedded.

    Returns
    -------
    str
        What `content_on_disk` says of the file now.

    Raises
    ------
    DocumentError
        If the picture is missing from `pictures`, or the file cannot be written.
    """
    data = encode_document(document, pictures)
    try:
        write_atomic(path, data)
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the name
        raise DocumentError(
            f"“{_shown(path)}” cannot be written: {_reason(error)}.",
            "Choose another folder or free some space, then save again.",
        ) from error
    return hashlib.sha256(data).hexdigest()


def content_on_disk(path: Path) -> str:
    """SHA-256 of a file, to see whether another program has changed it; empty if there is none.

    An `OSError` if it cannot be read.
    """
    try:
        return hashlib.sha256(read_bytes(path, MOST_DATA_BYTES)).hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def open_document(path: Path) -> tuple[LabDocument, dict[str, bytes]]:
    """Read a document of this schema version or an earlier one, and the picture files in it.

    These are checked against the SHA-256 by which they are kept. A file that is missing, foreign,
    damaged or of a newer version is a `DocumentError`.
    """
    document, pictures, _content = read_document(path)
    return document, pictures


def read_document(path: Path) -> tuple[LabDocument, dict[str, bytes], str]:
    """As `open_document`, with what `content_on_disk` says of the very bytes that were read."""
    try:
        data = read_bytes(path, MOST_DATA_BYTES)
    except (OSError, ValueError) as error:
        raise DocumentError(
            f"“{_shown(path)}” cannot be read: {_reason(error)}.", "Choose another file."
        ) from error
    return *decode_document(data, _shown(path)), hashlib.sha256(data).hexdigest()


def encode_document(document: LabDocument, pictures: Mapping[str, bytes]) -> bytes:
    """The bytes of a document file; parameters and errors as for `save_document`."""
    stimulus = document.stimulus
    embedded: dict[str, str] = {}
    if isinstance(stimulus, PictureStimulus):
        stimulus = msgspec.structs.replace(stimulus, name=valid_text(stimulus.name))
        content = pictures.get(stimulus.sha256)
        if content is None:
            raise DocumentError(
                f"The picture “{stimulus.name}” is no longer at hand, so it cannot be saved.",
                "Import the picture again, then save.",
            )
        embedded[stimulus.sha256] = base64.b64encode(content).decode("ascii")
    file = _File(
        format=FORMAT,
        schema=SCHEMA,
        stimulus=stimulus,
        prompts=document.prompts,
        palette=document.palette,
        seed=document.seed,
        view=_View(document.sort_bars),
        pictures=embedded,
        # Only what is left as it was from the start is left out.
        scans=NO_SCANS if document.scans == NO_SCANS else document.scans,
        ablation=INTACT if document.ablation == INTACT else document.ablation,
    )
    values = {**msgspec.to_builtins(file), "stimulus": plain(stimulus)}
    return encode_json(values, indent=1)


def decode_document(data: bytes, name: str) -> tuple[LabDocument, dict[str, bytes]]:
    """Inverse of `encode_document`; `name` is the file's name for error messages."""
    header = _read_header(data, name)
    if header.schema > SCHEMA:
        raise DocumentError(
            f"“{name}” was saved by a newer version of the app "
            f"(document version {header.schema}; this app reads up to {SCHEMA}).",
            "Update the app to open it.",
        )
    if header.schema < 1:
        raise DocumentError(
            f"“{name}” is damaged: there is no document version {header.schema}.",
            "Open a copy or an autosave instead.",
        )
    try:
        file = decode_json(data, _File)
    except ValueError as error:
        raise _damaged(name, error) from error
    pictures = {sha256: _picture(sha256, text, name) for sha256, text in file.pictures.items()}
    stimulus = file.stimulus
    if isinstance(stimulus, PictureStimulus) and stimulus.sha256 not in pictures:
        raise _damaged(name, f"its picture “{stimulus.name}” is missing")
    try:
        document = LabDocument(
            stimulus,
            file.prompts,
            file.palette,
            file.seed,
            file.view.sort_bars,
            scans=file.scans,
            ablation=file.ablation,
        )
    except LabError as error:
        raise _damaged(name, error) from error
    return document, pictures


def _read_header(data: bytes, name: str) -> _Header:
    foreign = DocumentError(
        f"“{name}” is no CLIP Color Lab document.", f"Documents end in {SUFFIX}."
    )
    if not data.strip():
        raise DocumentError(f"“{name}” is empty.", "Open a copy or an autosave instead.")
    try:
        header = from_json(data, _Header)
    except _UNREADABLE as error:
        # Cut off or overwritten in part, it still begins like one of our files.
        if f'"{FORMAT}"'.encode() in data[:200]:
            raise _damaged(name, error) from error
        raise foreign from error
    if header.format != FORMAT:
        raise foreign
    return header


def _picture(sha256: str, text: str, name: str) -> bytes:
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _damaged(name, "an embedded picture is not base64") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise _damaged(name, "an embedded picture does not match its SHA-256")
    return content


def _damaged(name: str, reason: Any) -> DocumentError:
    detail = str(reason.message if isinstance(reason, LabError) else reason).rstrip(".")
    return DocumentError(f"“{name}” is damaged: {detail}.", "Open a copy or an autosave instead.")


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]


def _shown(path: Path) -> str:
    return valid_text(path.name)
