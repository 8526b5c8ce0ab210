"""The files of the models that go along: those on this computer, or downloaded if asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from core.models.catalog import CATALOG, EMBEDDED_ID, CatalogEntry, entry_of
from installer.offline.folder import OfflineError


def files_of(
    references: Sequence[str], download: Callable[[CatalogEntry], Path] | None = None
) -> dict[str, Path]:
    """The files of weights that some references mean, by the name to store them under.

    Parameters
    ----------
    references : sequence of str
        Ids of the catalog such as ``"RN50:openai"``, or paths of files.
    download : callable, optional
        Gets a model that is not here; without it, such a model is refused.

    Raises
    ------
    OfflineError
        If a reference means nothing, or its model is not here.
    """
    found = {}
    for reference in references:
        path = Path(reference).expanduser()
        entry = entry_of(reference)
        if entry is None and path.is_file():
            found[path.name] = path
        elif entry is None:
            known = ", ".join(each.id for each in CATALOG if each.id != EMBEDDED_ID)
            raise OfflineError(f"“{reference}” is no model.", f"Use a file, or {known}.")
        elif entry.id != EMBEDDED_ID:  # that one is part of the program
            file = entry.path() or (download(entry) if download else None)
            if file is None:
                raise OfflineError(
                    f"{entry.title} is not on this computer.", "Allow --download, or leave it out."
                )
            # The caches of other tools call many models the same.
            found[Path(entry.file_name).stem + file.suffix] = file
    return found


def download_with_words(entry: CatalogEntry) -> Path:
    """Download a model as the model manager does, and say how far it is."""
    from core.models.download import download
    from core.models.file_events import Stored, size_text

    said = -1
    for event in download(entry):
        if isinstance(event, Stored):
            return event.path
        tenth = 10 * event.done // event.total if event.total else 0
        if tenth != said:
            said = tenth
            print(f"  {entry.title}: {event.phase}, {size_text(event.done)}", flush=True)
    raise OfflineError(f"{entry.title} did not arrive.", "Run the command again.")
