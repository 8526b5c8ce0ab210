"""Numbers and times as people say them, the same in every pane."""

from __future__ import annotations

from datetime import datetime

from core.stimuli.conditions import Condition
from core.stimuli.stimulus import SHAPES


def count_text(number: int, thing: str, things: str = "") -> str:
    """A number with its noun: ``"1 image"``, ``"495,000 images"``."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def duration_text(seconds: float) -> str:
    """A time in its two largest units: ``"under 1 s"``, ``"1 min 10 s"``, ``"3 h 5 min"``."""
    whole = round(seconds)
    if seconds < 1:
        return "under 1 s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min" if minutes >= 10 or not rest else f"{minutes} min {rest} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def date_text(moment: datetime, now: datetime | None = None) -> str:
    """A moment in local time: ``"today 14:05"``, ``"3 Nov 14:05"``, ``"3 Nov 2025"``."""
    local = moment.astimezone()
    present = (now or datetime.now().astimezone()).astimezone()
    if local.date() == present.date():
        return f"today {local:%H:%M}"
    if local.year == present.year:
        return f"{local.day} {_MONTHS[local.month - 1]} {local:%H:%M}"
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def condition_text(condition: Condition) -> str:
    """What an image shows: ``"word “brown” in blue on pink"``, ``"blue star on pink"``."""
    if condition.subject in SHAPES:
        return f"{condition.figure} {condition.subject} on {condition.background}"
    return f"word “{condition.subject}” in {condition.figure} on {condition.background}"


# Not from the system's locale: the interface is English throughout.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
