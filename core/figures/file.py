"""A figure as a file of a chosen size: PNG, SVG or PDF, with how it came about in its metadata.

A figure keeps its own layout. Of another size it is enlarged or reduced as a whole, so that type,
lines and hatches keep their proportions; where width and height are both given, it is fitted into
them and stands in the middle.
"""

from __future__ import annotations

import base64
import io
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from html import unescape
from typing import TYPE_CHECKING, Any, Literal, get_args

from core.base.errors import InvalidInput
from core.base.paths import APP_NAME
from core.base.text import one_line
from core.base.version import VERSION
from core.figures.description import Figure, all_text
from core.figures.page import drawn_figure
from core.figures.style import faces_for, styled
from core.predict.export import to_json

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

FigureForm = Literal["png", "svg", "pdf"]
FIGURE_FORMS: tuple[FigureForm, ...] = get_args(FigureForm)
DPI = 200
"""Of PNG figures, unless told otherwise."""
MM_PER_INCH = 25.4
MM_RANGE = (20.0, 1000.0)
SLIDE_MM = (338.67, 190.5)
"""A slide of 16 : 9 as presentation programs have it, 13⅓ × 7½ inches."""
MOST_PIXELS = 60_000_000
"""Of a PNG; where more are asked for, it gets fewer an inch."""

_POINTS = 72.0  # per inch, in which SVG and PDF are drawn
_SIZE = re.compile(r'(<svg\b[^>]*?) width="[^"]*" height="[^"]*"')
_TEXT = re.compile(r"<text\b([^>]*)>(.*?)</text>", re.DOTALL)
_SIZE_WORDS = re.compile(r"\s*([0-9.]+)\s*(?:[x×]\s*([0-9.]+)\s*)?", re.IGNORECASE)


@dataclass(frozen=True)
class FigureSize:
    """How large a figure is on paper."""

    width_mm: float
    height_mm: float | None = None
    """None for what the figure's own shape gives."""


SLIDE = FigureSize(*SLIDE_MM)


def figure_size(words: str) -> FigureSize:
    """A size as it is written in a command: ``slide``, ``85`` or ``170x120``, in millimeters.

    Raises
    ------
    InvalidInput
        If it is none, or out of `MM_RANGE`.
    """
    if words.strip().lower() == "slide":
        return SLIDE
    found = _SIZE_WORDS.fullmatch(words)
    try:
        width = float(found[1]) if found else math.nan
        height = float(found[2]) if found and found[2] else None
    except ValueError:
        width, height = math.nan, None
    low, high = MM_RANGE
    if not low <= width <= high or (height is not None and not low <= height <= high):
        raise InvalidInput(
            f"“{words}” is no size of a figure.",
            f"Write its width in millimeters, as 85, width and height, as 170x120, or slide; "
            f"from {low:g} to {high:g} mm.",
        )
    return FigureSize(width, height)


def figure_bytes(
    figure: Figure,
    form: FigureForm,
    *,
    size: FigureSize | None = None,
    dpi: float = DPI,
    settings: bool = True,
) -> bytes:
    """The content of a figure's file; may be called in any thread.

    Parameters
    ----------
    form : {"png", "svg", "pdf"}
        In SVG text stays text, with its fonts inside; in PDF it is set in embedded TrueType fonts.
    size : FigureSize, optional
        On paper; the figure's own by default.
    dpi : float
        Pixels per inch of a PNG; fewer where there were more than `MOST_PIXELS`.
    settings : bool
        False leaves out the lines that say what made the numbers; the metadata has them always.

    Raises
    ------
    InvalidInput
        If the form is unknown.
    """
    if form not in FIGURE_FORMS:
        raise InvalidInput(
            f"“{form}” is no form of figure.", f"Use one of {', '.join(FIGURE_FORMS)}."
        )
    with styled(all_text(figure)):
        drawing = drawn_figure(figure, settings=settings)
        return saved_drawing(drawing, form, size=size, dpi=dpi, metadata=_metadata(figure, form))


def svg_element(figure: Figure) -> str:
    """A figure as SVG for a page that has the fonts of its text."""
    with styled(all_text(figure)):
        return _svg(drawn_figure(figure), None, 1.0, DPI, {})


def _metadata(figure: Figure, form: FigureForm) -> dict[str, Any]:
    """What matplotlib is to write into a file of a form."""
    title, creator = one_line(figure.title), f"{APP_NAME} {VERSION}"
    provenance = to_json(figure.provenance).decode("utf-8")
    if form == "png":
        return {"Title": title, "Software": creator, "Description": provenance}
    if form == "svg":
        date = figure.made.astimezone(UTC).replace(microsecond=0).isoformat()
        return {"Title": title, "Creator": creator, "Date": date, "Description": provenance}
    return {
        "Title": title,
        "Creator": creator,
        "Subject": one_line(" | ".join(figure.settings)),
        "Keywords": provenance,
        "CreationDate": figure.made,
    }


def saved_drawing(
    drawing: Drawing,
    form: FigureForm,
    *,
    size: FigureSize | None = None,
    dpi: float = DPI,
    metadata: Mapping[str, Any],
) -> bytes:
    """The content of a file for what is drawn already; within `core.figures.style.styled` only.

    The drawing is changed where it has to fit a shape; `metadata` is what matplotlib writes into a
    file of that form. The others are as for `figure_bytes`.
    """
    zoom = _fit(drawing, size) if size is not None else 1.0
    if form == "png":
        return _png(drawing, zoom, dpi, metadata)
    if form == "svg":
        return _with_faces(_svg(drawing, size, zoom, dpi, metadata)).encode()
    return _pdf(drawing, zoom, dpi, metadata)


def _fit(drawing: Drawing, size: FigureSize) -> float:
    """Give a figure the shape of a size; how many times as large it is there."""
    width, height = map(float, drawing.get_size_inches())
    across = size.width_mm / MM_PER_INCH
    if size.height_mm is None:
        return across / width
    down = size.height_mm / MM_PER_INCH
    zoom = min(across / width, down / height)
    wide, high = across / zoom, down / zoom
    share_x, share_y = width / wide, height / high
    left, bottom = (1 - share_x) / 2, (1 - share_y) / 2
    for axes in drawing.axes:
        box = axes.get_position(original=True)
        place = (left + share_x * box.x0, bottom + share_y * box.y0)
        axes.set_position((*place, share_x * box.width, share_y * box.height))
    for text in drawing.texts:
        x, y = text.get_position()
        text.set_position((left + share_x * x, bottom + share_y * y))
    drawing.set_size_inches(wide, high)
    return zoom


def _png(drawing: Drawing, zoom: float, dpi: float, metadata: Mapping[str, Any]) -> bytes:
    inches = [zoom * float(side) for side in drawing.get_size_inches()]
    dpi = min(dpi, math.sqrt(MOST_PIXELS / (inches[0] * inches[1])))
    drawn = dpi * zoom
    # What is not whole is cut off, and 1919.99 shall be 1920.
    wide, high = ((round(side * dpi) + 0.01) / drawn for side in inches)
    drawing.set_size_inches(wide, high)
    buffer = io.BytesIO()
    drawing.savefig(
        buffer,
        format="png",
        dpi=drawn,
        metadata=dict(metadata),
        pil_kwargs={"dpi": (dpi, dpi)},  # of the paper, not of the layout
    )
    return buffer.getvalue()


def _svg(
    drawing: Drawing,
    size: FigureSize | None,
    zoom: float,
    dpi: float,
    metadata: Mapping[str, Any],
) -> str:
    buffer = io.BytesIO()
    drawing.savefig(buffer, format="svg", dpi=dpi * zoom, metadata=dict(metadata))
    text = buffer.getvalue().decode("utf-8")
    if size is not None:
        width, height = (MM_PER_INCH * zoom * float(side) for side in drawing.get_size_inches())
        text = _SIZE.sub(rf'\1 width="{width:.3f}mm" height="{height:.3f}mm"', text, count=1)
    return text


def _with_faces(text: str) -> str:
    """An SVG with the fonts of its text inside."""
    regular, bold = set[str](), set[str]()
    for attributes, words in _TEXT.findall(text):
        (bold if "font-weight" in attributes else regular).update(unescape(words))
    rules = []
    for letters, is_bold in ((regular, False), (bold, True)):
        for family, face in faces_for("".join(sorted(letters)), bold=is_bold) if letters else ():
            source = base64.b64encode(face).decode("ascii")
            rules.append(
                f"@font-face{{font-family:'{family}';font-weight:{700 if is_bold else 400};"
                f"src:url(data:font/ttf;base64,{source})}}"
            )
    place = text.index("<defs>") + len("<defs>")
    style = f'\n  <style type="text/css">{"".join(rules)}</style>'
    return text[:place] + style + text[place:]


def _pdf(drawing: Drawing, zoom: float, dpi: float, metadata: Mapping[str, Any]) -> bytes:
    """One page; what matplotlib draws in its own size is enlarged by the page's first operator."""
    from matplotlib.backends import backend_mixed, backend_pdf

    untyped: Any = backend_pdf
    mixed: Any = backend_mixed
    buffer = io.BytesIO()
    before = drawing.canvas
    untyped.FigureCanvasPdf(drawing)
    drawing.dpi = _POINTS
    width, height = map(float, drawing.get_size_inches())
    file = untyped.PdfFile(buffer, metadata=dict(metadata))
    file.beginStream = _zoomed_patterns(file.beginStream, zoom)
    try:
        file.newPage(zoom * width, zoom * height)
        file.output(zoom, 0, 0, zoom, 0, 0, untyped.Op.concat_matrix)
        paper = untyped.RendererPdf(file, dpi * zoom, height, width)
        renderer = mixed.MixedModeRenderer(drawing, width, height, dpi * zoom, paper)
        drawing.draw(renderer)
        renderer.finalize()
        file.finalize()
    finally:
        file.close()
        drawing.set_canvas(before)
    return buffer.getvalue()


def _zoomed_patterns(begin: Callable[..., None], zoom: float) -> Callable[..., None]:
    """What begins a stream of a PDF; hatches do not follow the page's operators by themselves."""

    def begun(id: int, len: Any, extra: Any = None, png: Any = None) -> None:
        if extra and "PatternType" in extra:
            extra = {**extra, "Matrix": [zoom, 0, 0, zoom, *extra["Matrix"][4:]]}
        begin(id, len, extra, png)

    return begun
