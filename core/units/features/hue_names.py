"""Names for hues of the opponent space, so that a circle of hues can be read without colors."""

from __future__ import annotations

import numpy as np

from core.color.terms import HUE_CORNERS
from core.units.features.opponent import opponent

HUE_NAMES: tuple[tuple[float, str], ...] = tuple(
    (float(opponent(np.array(corner, dtype=np.float64)).hue), name)
    for name, corner in HUE_CORNERS.items()
)
"""Where the corners of the RGB cube lie: degrees and name, angles growing."""
