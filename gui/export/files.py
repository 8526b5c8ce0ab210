"""Where pictures go: the suggested name and folder, and the writing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.base.errors import LabError
from core.base.tables import write_export
from gui.context.lab_context import LabContext
from gui.export.options import Form
from gui.jobs.background import Background

FILTERS: dict[Form, str] = {"png": "PNG (*.png)", "svg": "SVG (*.svg)", "pdf": "PDF (*.pdf)"}
AskPath = Callable[[Path, str], Path | None]
"""Takes a suggested path and a filter; returns the chosen path with its ending, or None."""
_LONGEST = 80  # characters of a suggested name


def file_name(title: str) -> str:
    """A title as the name of a file, without an ending."""
    kept = (c if c.isalnum() or c in " -_" else " " for c in title)
    return " ".join("".join(kept).split())[:_LONGEST]


def suggested_path(lab: LabContext, title: str, form: str) -> Path:
    """Beside the document, under the title of what is shown."""
    document = lab.document.path
    folder = document.parent if document is not None else Path.home()
    return folder / f"{file_name(title)}.{form}"


def save_file(
    lab: LabContext,
    background: Background,
    ask_path: AskPath,
    title: str,
    form: Form,
    prepare: Callable[[], Callable[[], bytes]],
) -> None:
    """Ask for a file and write it beside the GUI thread; a failure offers to try again.

    Parameters
    ----------
    title : str
        Of what is saved.
    prepare : callable
        What has to be done on the GUI thread once a file is chosen; returns what gives the
        content there.
    """
    path = ask_path(suggested_path(lab, title, form), FILTERS[form])
    if path is None:
        return
    content = prepare()
    lab.say(f"Writing {path.name}…")

    def failed(error: LabError) -> None:
        lab.report(error, lambda: save_file(lab, background, ask_path, title, form, prepare))

    background.write(
        lambda: write_export(path, content()), lambda _done: lab.say(f"Saved {path.name}"), failed
    )
