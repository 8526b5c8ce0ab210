"""Pictures as SVG and PDF: text stays text, in embedded fonts, lines stay lines."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape, unescape

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QMarginsF,
    QPoint,
    QRect,
    QRectF,
    QSizeF,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QFontDatabase,
    QPageLayout,
    QPageSize,
    QPaintDevice,
    QPainter,
    QPainterStateGuard,
    QPdfWriter,
)
from PySide6.QtSvg import QSvgGenerator, QSvgRenderer

from core.base.paths import APP_NAME, resources_dir
from core.base.version import VERSION
from core.figures.font_subsets import plain_face, subset_face
from gui.export.layers import Layer
from gui.export.options import UNITS_PER_INCH, Extents
from gui.look.theme import UI_FONT_FAMILY, UI_FONT_FILES

PLAIN_FAMILY = "Lab Plain"
"""The interface's font as files get it; see `core.figures.font_subsets.plain_face`."""

_RATIO = 4
"""Pixels a unit of icons, which are pictures even where all else is lines."""
_PDF_DPI = 1200
_METRIC = QPaintDevice.PaintDeviceMetric
_RATIO_BITS = struct.unpack(">ii", struct.pack(">d", float(_RATIO)))
_METRICS = {
    _METRIC.PdmDevicePixelRatio: _RATIO,
    _METRIC.PdmDevicePixelRatioScaled: int(_RATIO * QPaintDevice.devicePixelRatioFScale()),
    _METRIC.PdmDevicePixelRatioF_EncodedA: _RATIO_BITS[0],
    _METRIC.PdmDevicePixelRatioF_EncodedB: _RATIO_BITS[1],
}
_DEFINITIONS = re.compile(r"<defs>(.*?)</defs>", re.DOTALL)
_CLIP = re.compile(r'<clipPath id="([^"]+)">\s*(<path\b)')
_CUT_GROUP = re.compile(r'<g clip-path="url\(#([^)]+)\)">\s*<g\b[^>]*?transform="([^"]+)"')
_PLACE = re.compile(r'(\bid="|url\(#|href="#)')
_TEXT = re.compile(r"<text\b[^>]*>(.*?)</text>", re.DOTALL)
_GROUP = re.compile(
    r'(?:<g clip-path="url\(#([^)]+)\)">\s*)?<g\b[^>]*?transform="[^"]*"[^>]*>.*?</g>', re.DOTALL
)


class _Generator(QSvgGenerator):
    """Tells widgets that there are many pixels, so that they take their finest icons."""

    def metric(self, metric: QPaintDevice.PaintDeviceMetric) -> int:
        return _METRICS[metric] if metric in _METRICS else super().metric(metric)


class Fragment:
    """One layer as SVG, in pixels, `_RATIO` a unit, from the layer’s corner."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        text = _generated(layer)
        found = _DEFINITIONS.search(text)
        self.definitions = found[1].strip() if found is not None else ""
        start = found.end() if found is not None else text.index(">") + 1
        self.body = text[start : text.rindex("</svg>")].strip()
        self._place_cuts()

    def _place_cuts(self) -> None:
        """Put cuts where they belong: they are written without the transform they are made in."""
        first: dict[str, str] = {}
        for name, transform in _CUT_GROUP.findall(self.body):
            first.setdefault(name, transform)
        self.definitions = _CLIP.sub(
            lambda found: (
                f'<clipPath id="{found[1]}">{found[2]} '
                f'transform="{first.get(found[1], "scale(1)")}"'
            ),
            self.definitions,
        )

    @property
    def is_empty(self) -> bool:
        """True if the layer draws nothing."""
        return not re.search(r"<(?:text|path|rect|image|poly|circle|ellipse|line)\b", self.body)


def fragments(layers: Sequence[Layer]) -> list[Fragment]:
    """The layers that draw something; on the GUI thread, as widgets are drawn."""
    made = (Fragment(layer) for layer in layers)
    return [fragment for fragment in made if not fragment.is_empty]


def svg_file(
    parts: Sequence[Fragment], extents: Extents, ground: QColor, title: str, description: str
) -> bytes:
    """The content of an SVG file; may be called beside the GUI thread."""
    width, height = extents.millimeters
    definitions, body = [], []
    for number, part in enumerate(parts):
        seen, place = part.layer.seen, part.layer.place
        mark = f"w{number}-"
        definitions.append(
            f'<clipPath id="{mark}seen"><rect x="{seen.x()}" y="{seen.y()}" '
            f'width="{seen.width()}" height="{seen.height()}"/></clipPath>'
        )
        definitions.append(_marked(part.definitions, mark))
        body.append(
            f'<g clip-path="url(#{mark}seen)">'
            f'<g transform="translate({place.x()},{place.y()}) scale({1 / _RATIO})">'
            f"{_marked(part.body, mark)}</g></g>"
        )
    drawn = _named(_sharp("\n".join(body)))
    words = unescape(" ".join(_TEXT.findall(drawn)))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width:.3f}mm" height="{height:.3f}mm" '
        f'viewBox="0 0 {extents.width} {extents.height}">\n'
        f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>\n"
        f"<style>{_font_rules(words)}</style>\n<defs>{''.join(definitions)}</defs>\n"
        f'<rect width="{extents.width}" height="{extents.height}" fill="{ground.name()}"/>\n'
        f"{drawn}\n</svg>\n"
    ).encode()


def pdf_file(parts: Sequence[Fragment], extents: Extents, ground: QColor, title: str) -> bytes:
    """The content of a PDF file; on the GUI thread, as fonts are used."""
    _register_plain_faces()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setCreator(f"{APP_NAME} {VERSION}")
    writer.setResolution(_PDF_DPI)
    width, height = extents.millimeters
    page = QPageSize(QSizeF(width, height), QPageSize.Unit.Millimeter, title)
    orientation = QPageLayout.Orientation.Portrait
    writer.setPageLayout(QPageLayout(page, orientation, QMarginsF(0, 0, 0, 0)))
    with QPainter(writer) as painter:
        scale = width / 25.4 * _PDF_DPI / extents.width
        painter.scale(scale, scale)
        painter.fillRect(QRect(0, 0, extents.width, extents.height), ground)
        for part in parts:
            with QPainterStateGuard(painter):
                painter.setClipRect(part.layer.seen)
                painter.translate(part.layer.place)
                for picture, cut in _pieces(part):
                    with QPainterStateGuard(painter):
                        if cut is not None:
                            painter.setClipRect(cut, Qt.ClipOperation.IntersectClip)
                        picture.render(painter, QRectF(QPoint(0, 0), QSizeF(part.layer.size)))
    return bytes(buffer.data().data())


def _pieces(part: Fragment) -> Iterator[tuple[QSvgRenderer, QRectF | None]]:
    """A layer in parts of the same cut, which the renderer does not know how to do by itself."""
    cuts = _cut_boxes(part.definitions)
    runs: list[tuple[str, list[str]]] = []
    for found in _GROUP.finditer(part.body):
        name = found[1] or ""
        text = found[0] + ("</g>" if name else "")
        if not runs or runs[-1][0] != name:
            runs.append((name, []))
        runs[-1][1].append(text)
    size = part.layer.size * _RATIO
    for name, groups in runs:
        text = "".join(groups).replace(f'font-family="{UI_FONT_FAMILY}"', _PLAIN_ATTRIBUTE)
        text = re.sub(r' clip-path="[^"]*"', "", text)
        document = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="0 0 {size.width()} {size.height()}"><defs>{part.definitions}</defs>'
            f'<g fill="none" stroke="black" stroke-width="1" fill-rule="evenodd" '
            f'stroke-linecap="square" stroke-linejoin="bevel">{text}</g></svg>'
        )
        yield QSvgRenderer(QByteArray(document.encode())), cuts.get(name)


def _cut_boxes(definitions: str) -> dict[str, QRectF]:
    """The boxes around the cuts of a layer, in units."""
    pattern = r'<clipPath id="([^"]+)"><path transform="matrix\(([^)]*)\)"[^>]*? d="([^"]*)"'
    boxes = {}
    for name, matrix, path in re.findall(pattern, definitions):
        a, b, c, d, e, f = map(float, matrix.split(","))
        numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", path)]
        points = list(zip(numbers[::2], numbers[1::2], strict=False))
        xs = [(a * x + c * y + e) / _RATIO for x, y in points]
        ys = [(b * x + d * y + f) / _RATIO for x, y in points]
        if points:
            boxes[name] = QRectF(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    return boxes


def _generated(layer: Layer) -> str:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = _Generator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setResolution(round(UNITS_PER_INCH))
    size = layer.size * _RATIO
    generator.setSize(size)
    generator.setViewBox(QRect(QPoint(0, 0), size))
    with QPainter(generator) as painter:
        layer.draw(painter)
    return bytes(buffer.data().data()).decode("utf-8")


def _marked(text: str, mark: str) -> str:
    """Names of one layer made different from those of the others."""
    return _PLACE.sub(lambda found: f"{found[1]}{mark}", text)


def _sharp(text: str) -> str:
    """Pixels of pictures that are drawn without smoothing stay squares at any size."""
    return text.replace(
        'image-rendering="optimizeSpeed"',
        'image-rendering="optimizeSpeed" style="image-rendering:pixelated"',
    )


_PLAIN_ATTRIBUTE = f'font-family="{PLAIN_FAMILY}"'


def _named(text: str) -> str:
    """The font's name as it is embedded, with what to take where fonts are not looked for."""
    return text.replace(
        f'font-family="{UI_FONT_FAMILY}"',
        f"font-family=\"'{PLAIN_FAMILY}', {UI_FONT_FAMILY}, sans-serif\"",
    )


def _font_rules(text: str) -> str:
    rules = []
    for weight, data in zip((400, 600), _plain_faces(), strict=True):
        source = base64.b64encode(subset_face(data, text)).decode("ascii")
        rules.append(
            f"@font-face{{font-family:'{PLAIN_FAMILY}';font-weight:{weight};"
            f"src:url(data:font/otf;base64,{source})}}"
        )
    return "".join(rules)


def _plain_faces() -> list[bytes]:
    fonts = resources_dir() / "fonts"
    return [plain_face(fonts / name, PLAIN_FAMILY) for name in UI_FONT_FILES]


@cache
def _register_plain_faces() -> None:
    for data in _plain_faces():
        QFontDatabase.addApplicationFontFromData(QByteArray(data))
