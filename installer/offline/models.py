"""The files of the models that go along: those on this computer, or downloaded if asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from core.models.files.catalog import (
    CATALOG,
    EMBEDDED_ID,
    CatalogEntry,
    entry_of,
    find_vocabulary,
    vocabulary_beside,
)
from installer.offline.folder import OfflineError


def files_of(
    references: Sequence[str], download: Callable[[CatalogEntry], Path] | None = None
) -> dict[str, Path]:
    """The files of weights that some references mean, by the name to store them under.

    A vocabulary of a model's own goes along.

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
            vocabulary = find_vocabulary(path)
            if vocabulary is not None:
                found[vocabulary_beside(path).name] = vocabulary
        elif entry is None:
            known = ", ".join(each.id for each in CATALOG if each.id != EMBEDDED_ID)
            raise OfflineError(f"“{reference}” is no model.", f"Use a file, or {known}.")
        elif entry.id != EMBEDDED_ID:  # that one is part of the program
            file = entry.path()
            if download is not None and not entry.available():
                file = download(entry)
            vocabulary = entry.vocabulary_path()
            if file is None or (entry.vocabulary is not None and vocabulary is None):
                what = entry.title if file is None else f"The vocabulary of {entry.title}"
                raise OfflineError(
                    f"{what} is not on this computer.", "Allow --download, or leave it out."
                )
            # The caches of other tools call many models the same.
            name = Path(entry.file_name)
            found[name.stem + file.suffix] = file
            if vocabulary is not None:
                found[vocabulary_beside(name).name] = vocabulary
    return found


def download_with_words(entry: CatalogEntry) -> Path:
    """Download a model as the model manager does, and say how far it is."""
    from core.models.files.download import download
    from core.models.files.events import Stored, size_text

    said = -1
    for event in download(entry):
        if isinstance(event, Stored):
            return event.path
        tenth = 10 * event.done // event.total if event.total else 0
        if tenth != said:
            said = tenth
            print(f"  {entry.title}: {event.phase}, {size_text(event.done)}", flush=True)
    raise OfflineError(f"{entry.title} did not arrive.", "Run the command again.")
