"""What an image of an experiment shows, in words; and the words shared with the other panes."""

from __future__ import annotations

from core.stimuli.conditions import Condition
from core.stimuli.stimulus import SHAPES
from gui.widgets.words import count_text, date_text, duration_text

__all__ = ["condition_text", "count_text", "date_text", "duration_text"]


def condition_text(condition: Condition) -> str:
    """What an image shows: ``"word “brown” in blue on pink"``, ``"blue star on pink"``."""
    if condition.subject in SHAPES:
        return f"{condition.figure} {condition.subject} on {condition.background}"
    return f"word “{condition.subject}” in {condition.figure} on {condition.background}"
