"""How large a saved picture becomes: arithmetic only, in widget units, pixels and millimeters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.figures.file import (
    FIGURE_FORMS,
    MM_PER_INCH,
    MM_RANGE,
    MOST_PIXELS,
    SLIDE_MM,
    FigureForm,
)

Form = FigureForm
FORMS = FIGURE_FORMS
Extent = Literal["shown", "millimeters", "slide"]

SCALES = (1, 2, 3, 4)
SLIDES = ((1920, 1080), (3840, 2160))
SLIDE_UNITS = {"Large": (960, 540), "Medium": (1280, 720), "Small": (1600, 900)}
"""In how many units a pane is laid out for a slide: the fewer, the larger its type."""
UNITS_PER_INCH = 96.0
DPI_RANGE = (72, 1200)


@dataclass(frozen=True)
class PictureOptions:
    """What the user chose."""

    form: Form = "png"
    extent: Extent = "shown"
    scale: int = 2
    """Pixels for each unit of a PNG that is as large as shown."""
    width_mm: float = 170.0
    """Of a picture in millimeters; the height follows."""
    height_mm: float = 0.0
    """Of a figure in millimeters; 0 where it follows. Panes have none."""
    dpi: int = 300
    """Of a PNG in millimeters."""
    slide: tuple[int, int] = SLIDES[0]
    """Pixels of a slide as PNG."""
    type_size: str = "Large"
    """A key of `SLIDE_UNITS`."""
    light: bool = True
    """True for the light theme, whatever the window shows."""
    note: bool = True
    """True for a line below that says what made the numbers."""


@dataclass(frozen=True)
class Extents:
    """What the choice comes to."""

    width: int
    height: int
    """Of the whole picture in units, the line at the bottom included."""
    scale: float
    """Pixels a unit, for PNG."""
    pixels: tuple[int, int]
    """Of a PNG."""
    millimeters: tuple[float, float]

    @property
    def dots_per_meter(self) -> float:
        """Resolution of a PNG, so that it is that large on paper."""
        return self.pixels[0] / self.millimeters[0] * 1000.0


def slide_units(options: PictureOptions, least: tuple[int, int]) -> tuple[int, int]:
    """In how many units a slide is laid out for a pane that needs at least so many."""
    width, height = SLIDE_UNITS[options.type_size]
    step = 1
    while width * step < 16 * least[0] or height * step < 16 * least[1]:
        step += 1  # in sixteenths, so that the shape stays
    if step > 16:
        return width * step // 16, height * step // 16
    return width, height


def extents_of(options: PictureOptions, width: int, height: int) -> Extents:
    """Sizes of a picture of so many units."""
    if options.extent == "millimeters":
        wide = min(max(options.width_mm, MM_RANGE[0]), MM_RANGE[1])
        millimeters = (wide, wide * height / width)
        scale = wide / MM_PER_INCH * options.dpi / width
    elif options.extent == "slide":
        scale = options.slide[0] / width
        return Extents(width, height, scale, options.slide, SLIDE_MM)
    else:
        scale = float(options.scale)
        inch = MM_PER_INCH / UNITS_PER_INCH
        millimeters = (width * inch, height * inch)
    most = (MOST_PIXELS / (width * height)) ** 0.5
    scale = min(scale, most)
    pixels = (max(1, round(width * scale)), max(1, round(height * scale)))
    return Extents(width, height, scale, pixels, millimeters)


def size_text(options: PictureOptions, extents: Extents) -> str:
    """The size in words, e.g. ``"1,378 × 1,114 pixels, 182 × 147 mm"``."""
    width, height = extents.millimeters
    paper = f"{width:.0f} × {height:.0f} mm"
    if options.form != "png":
        return paper
    return f"{extents.pixels[0]:,} × {extents.pixels[1]:,} pixels, {paper}"
