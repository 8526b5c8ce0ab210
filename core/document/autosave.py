"""Autosaved documents, and finding those of copies of the program that crashed.

Each running copy saves into a folder of its own below ``autosave`` in the user's data folder. On a
clean exit the folder goes; what a later start finds there was left by a crash or a power cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from core.base.atomic import write_atomic
from core.base.checksums import decode_json, encode_json
from core.base.errors import DocumentError
from core.base.locks import Claim, claim_left_behind, claim_new
from core.base.paths import data_dir
from core.base.reading import read_bytes
from core.base.text import valid_text
from core.document.document import LabDocument, open_document, save_document

DOCUMENT_NAME = "document.colorlab"
_ORIGIN_NAME = "origin.json"


class _Origin(msgspec.Struct):
    """Which file an autosaved document belongs to, None for one never saved; and what it held."""

    path: str | None
    content: str | None = None


class Autosave:
    """Where this copy of the program keeps its unsaved work.

    Nothing is created before the first `save`. The copies' autosaves have one parent folder; in the
    user's data folder by default.
    """

    def __init__(self, parent: Path | None = None) -> None:
        self._parent = parent
        self._claim: Claim | None = None
        self._origin: _Origin | None = None

    @property
    def path(self) -> Path | None:
        """The autosaved document, if there is one."""
        path = self._claim.folder / DOCUMENT_NAME if self._claim else None
        return path if path and path.exists() else None

    def save(
        self,
        document: LabDocument,
        pictures: Mapping[str, bytes],
        origin: Path | None,
        content: str | None = None,
    ) -> None:
        """Keep the present state; a former autosave is replaced in one step.

        Parameters
        ----------
        document, pictures
            As for `core.document.document.save_document`.
        origin : Path or None
            The file the document belongs to.
        content : str, optional
            What `core.document.document.content_on_disk` said of that file when it was opened or
            saved.

        Raises
        ------
        DocumentError
            If it cannot be written; a former autosave is then unchanged.
        """
        try:
            if self._claim is None:
                self._claim = claim_new(self._parent or autosave_dir())
            described = _Origin(valid_text(str(origin)) if origin else None, content)
            if described != self._origin:
                write_atomic(self._claim.folder / _ORIGIN_NAME, encode_json(described))
                self._origin = described
        except OSError as error:
            raise DocumentError(
                f"The document cannot be autosaved ({error.strerror or error}).",
                "Save it yourself until there is room again in your data folder.",
            ) from error
        save_document(self._claim.folder / DOCUMENT_NAME, document, pictures)

    def clear(self) -> None:
        """Forget the autosave: the document was saved, or discarded by the user."""
        if self._claim is not None:
            self._claim.release(remove=True)
        self._claim = self._origin = None


class Recovery:
    """A document that a crashed copy left behind.

    Attributes
    ----------
    origin : Path or None
        The file it belongs to; None if it was never saved.
    content : str or None
        What that file held, as `core.document.document.content_on_disk` says; None if that is not
        known.
    saved_at : datetime
        When it was autosaved, UTC.
    """

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self.path = claim.folder / DOCUMENT_NAME
        origin = _read_origin(claim.folder / _ORIGIN_NAME)
        self.origin = Path(origin.path) if origin.path else None
        self.content = origin.content
        self.saved_at = datetime.fromtimestamp(self.path.stat().st_mtime, UTC)

    def open(self) -> tuple[LabDocument, dict[str, bytes]]:
        """Read the document; a `DocumentError` if it is damaged."""
        return open_document(self.path)

    def discard(self) -> None:
        """Delete it: it was recovered and is autosaved anew, or the user does not want it."""
        self._claim.release(remove=True)

    def keep(self) -> None:
        """Leave it for the next start."""
        self._claim.release(remove=False)


def find_recoveries(parent: Path | None = None) -> list[Recovery]:
    """Documents left by crashed copies, the newest first.

    Each is held by this copy until `Recovery.discard` or `Recovery.keep` is called, so that no
    other copy offers it too. Documents of running copies are not listed. Never raises.
    """
    try:
        claims = claim_left_behind(parent or autosave_dir())
    except OSError:
        return []
    found: list[Recovery] = []
    for claim in claims:
        try:
            found.append(Recovery(claim))
        except OSError:  # the crash came before the first autosave was complete
            claim.release(remove=True)
    return sorted(found, key=lambda recovery: recovery.saved_at, reverse=True)


def autosave_dir() -> Path:
    """Folder of all copies' autosaves."""
    return data_dir() / "autosave"


def _read_origin(path: Path) -> _Origin:
    try:
        return decode_json(read_bytes(path), _Origin)
    except (OSError, ValueError):
        return _Origin(None)
