"""Names for hues of the opponent space, so that a circle of hues can be read without colors."""

from __future__ import annotations

import numpy as np

from core.neurons.opponent import opponent

_CORNERS = {
    "red": (1, 0, 0),
    "yellow": (1, 1, 0),
    "green": (0, 1, 0),
    "cyan": (0, 1, 1),
    "blue": (0, 0, 1),
    "magenta": (1, 0, 1),
}

HUE_NAMES: tuple[tuple[float, str], ...] = tuple(
    (float(opponent(np.array(corner, dtype=np.float64)).hue), name)
    for name, corner in _CORNERS.items()
)
"""Where the corners of the RGB cube lie: degrees and name, angles growing."""
