"""The three places of the standard streams, which a program without a console may find empty.

A file opened into an empty place would get what a library writes to stderr into its middle.
"""

from __future__ import annotations

import os


def fill_empty_places() -> int:
    """Put nothing into the places of stdin, stdout and stderr that are empty; how many were."""
    if os.name == "nt":  # has no such places where a windowed program has no console
        return 0
    filled = 0
    for place in (0, 1, 2):
        try:
            os.fstat(place)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # takes the lowest empty place
            if opened != place:
                os.dup2(opened, place)
                os.close(opened)
            filled += 1
    return filled
