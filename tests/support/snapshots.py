"""Pinned snapshots: panes drawn offscreen, small and in gray, compared with what they looked like.

Both pictures are blurred, so that other fonts, other smoothing of edges and a date here and there
make no difference; an empty pane, a lost chart or the other theme do.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from gui.export.options import PictureOptions
from gui.export.painting import Subject, draw_image, staged
from gui.look.theme import Theme

FOLDER = Path(__file__).parents[1] / "data" / "snapshots"
PANE = QSize(640, 640)
WIDTH = 160
_BLUR = 2  # pixels of a snapshot to each side, i.e. about a line of text

MEAN, WORST = 2.0, 40.0
"""Most levels of 255 that two snapshots of the same are apart on average, and at any place.

A line of text that changes comes to 0.02 and 10, the smallest chart that is lost to 3 and 53.
"""


def snapshot(theme: Theme, pane: QWidget) -> Image.Image:
    """A pane of fixed size as it looks in the present theme, small and in gray."""
    options = PictureOptions(scale=1, light=False, note=False)
    with staged(theme, pane, light=False, size=PANE):
        _extents, image = draw_image(theme, Subject("", pane), options, "")
    gray = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(gray.constBits(), np.uint8).reshape(gray.height(), gray.bytesPerLine())
    whole = Image.fromarray(rows[:, : gray.width()].copy())
    return whole.resize((WIDTH, WIDTH * whole.height // whole.width), Image.Resampling.BOX)


def differences(first: Image.Image, second: Image.Image) -> tuple[float, float]:
    """How far two snapshots are apart: on average, and where they differ most."""
    assert first.size == second.size
    apart = np.abs(_blurred(first) - _blurred(second))
    return float(apart.mean()), float(apart.max())


def alike(first: Image.Image, second: Image.Image) -> bool:
    """True if two snapshots show the same, whatever fonts and processors drew them."""
    mean, worst = differences(first, second)
    return mean <= MEAN and worst <= WORST


def _blurred(picture: Image.Image) -> NDArray[np.float64]:
    return np.asarray(picture.filter(ImageFilter.BoxBlur(_BLUR)), dtype=np.float64)
