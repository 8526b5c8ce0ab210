"""What made the numbers of a pane, in one line for its picture."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from core.base.paths import APP_NAME
from core.base.version import VERSION
from gui.context.lab_context import LabContext

_HASH_DIGITS = 8
_MOST_PROMPTS = 3


def note_of(lab: LabContext, pane: QWidget) -> str:
    """The line for a pane; what is shown there decides which settings matter."""
    known: Any = pane
    if hasattr(known, "picture_note"):
        text = str(known.picture_note())
        if text:
            return text
    return document_note(lab)


def document_note(lab: LabContext) -> str:
    """Model, prompts and colors in use."""
    info = lab.inference.info
    parts = []
    if info is not None:
        parts.append(info.name)
        if info.sha256:
            parts.append(f"weights {info.sha256[:_HASH_DIGITS]}")
        parts += [info.activation, info.precision]
        parts.append(f"{info.preprocessing.side} × {info.preprocessing.side} px")
    prompts = lab.document.prompts
    templates = prompts.active_templates()
    shown = "; ".join(f"“{text}”" for text in templates[:_MOST_PROMPTS])
    if len(templates) > _MOST_PROMPTS:
        shown += f" and {len(templates) - _MOST_PROMPTS} more"
    if shown:
        parts.append(f"prompts {shown}")
        parts.append(f"{len(prompts.active_labels())} labels")
    parts.append(f"palette {lab.document.state.palette.name}")
    parts.append(f"{APP_NAME} {VERSION}")
    return " · ".join(parts)
