"""Pictures of panes, opened again by programs that know nothing of the lab."""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pypdf
import pytest
from fontTools.ttLib import TTFont
from PIL import Image
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QColor, QGuiApplication, QPainter
from PySide6.QtWidgets import QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.export.layers import widget_layers
from gui.export.options import (
    MOST_PIXELS,
    SLIDE_MM,
    PictureOptions,
    extents_of,
    size_text,
    slide_units,
)
from gui.export.painting import Drawn, Subject, draw_file, draw_image
from gui.export.tools import PictureTools
from gui.look.theme import LIGHT, Theme
from gui.window.main_window import MainWindow
from tests.gui.conftest import WAIT

ROOT = Path(__file__).resolve().parents[3]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def tools(window: MainWindow) -> PictureTools:
    return window.findChild(PictureTools)


def part(tools: PictureTools, title: str) -> Subject:
    return next(subject for subject in tools.subjects() if subject.title == title)


def drawn(window: MainWindow, subject: Subject, **options: object) -> tuple[Drawn, bytes]:
    made = draw_file(window.lab.theme, subject, PictureOptions(**options), "made by RN50")
    return made, made.content()


def opened(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


# ---- sizes ----


@pytest.mark.parametrize(
    ("options", "pixels", "millimeters"),
    [
        (PictureOptions(scale=1), (600, 300), (158.75, 79.375)),
        (PictureOptions(scale=4), (2400, 1200), (158.75, 79.375)),
        (PictureOptions(extent="millimeters", width_mm=85, dpi=300), (1004, 502), (85, 42.5)),
        (PictureOptions(extent="millimeters", width_mm=5, dpi=300), (236, 118), (20, 10)),
        (PictureOptions(extent="slide"), (1920, 1080), SLIDE_MM),
        (PictureOptions(extent="slide", slide=(3840, 2160)), (3840, 2160), SLIDE_MM),
    ],
)
def test_sizes(options, pixels, millimeters) -> None:
    found = extents_of(options, 600, 300)
    assert found.pixels == pixels
    assert found.millimeters == pytest.approx(millimeters)
    assert f"{pixels[0]:,} × {pixels[1]:,} pixels" in size_text(options, found)


def test_no_choice_asks_for_more_memory_than_there_is() -> None:
    options = PictureOptions(extent="millimeters", width_mm=1000, dpi=1200)
    width, height = extents_of(options, 600, 900).pixels
    assert width * height <= MOST_PIXELS * 1.01
    assert width / height == pytest.approx(2 / 3, rel=1e-3)


@pytest.mark.parametrize("least", [(100, 100), (1100, 300), (300, 900), (2000, 2000)])
@pytest.mark.parametrize("size", ["Large", "Medium", "Small"])
def test_a_slide_always_has_its_shape_and_room_for_the_pane(size, least) -> None:
    width, height = slide_units(PictureOptions(extent="slide", type_size=size), least)
    assert width >= least[0] and height >= least[1]
    assert width / height == pytest.approx(16 / 9, rel=0.01)


# ---- PNG ----


def test_a_png_has_its_size_and_the_very_pixels_of_the_stimulus(window, tools) -> None:
    subject = part(tools, "Designer: Stimulus")
    canvas = subject.widget
    made, data = drawn(window, subject, scale=3, note=False)
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (3 * canvas.width(), 3 * canvas.height()) == made.extents.pixels
        assert image.info["dpi"] == pytest.approx((288, 288), abs=0.1)
        assert image.info["Description"] == "made by RN50"
    pixels, view = canvas.pixels, canvas.view
    side, zoom = pixels.shape[0], view.extent / pixels.shape[0]
    edges = np.round(np.arange(side + 1) * zoom).astype(int) * 3
    shown = opened(data)[3 * view.top :, 3 * view.left :][: 3 * view.extent, : 3 * view.extent]
    inner = (edges[:-1] + edges[1:]) // 2
    rows, columns = inner[2:-2], inner[2:-2]  # a line is drawn around the picture
    assert np.array_equal(shown[np.ix_(rows, columns)], pixels[2:-2, 2:-2])
    # Nothing was smoothed: there is no color that the stimulus does not have.
    known = {tuple(color) for color in pixels.reshape(-1, 3)}
    inside = shown[edges[2] : edges[-3], edges[2] : edges[-3]].reshape(-1, 3)
    assert {tuple(color) for color in np.unique(inside, axis=0)} <= known


def test_the_handles_are_no_part_of_a_picture_and_stay_on_the_canvas(window, tools) -> None:
    subject = part(tools, "Designer: Stimulus")
    canvas = subject.widget
    before = canvas.grab().toImage()
    bare = opened(drawn(window, subject, scale=1, note=False)[1])
    canvas.show_figure(None)
    without = opened(drawn(window, subject, scale=1, note=False)[1])
    canvas.show_figure(window.lab.view.stimulus)
    assert np.array_equal(bare, without)
    assert canvas.grab().toImage() == before


def test_a_dark_window_gives_light_pictures_and_stays_as_it_is(window, tools, qtbot) -> None:
    lab = window.lab
    lab.change_settings(theme="dark")
    subject = part(tools, "Prediction")
    before = window.grab().toImage()
    told: list[bool] = []
    lab.theme.changed.connect(lambda: told.append(lab.theme.dark))
    light = opened(drawn(window, subject)[1])
    dark = opened(drawn(window, subject, light=False)[1])
    assert told == [False, True]
    assert light.mean() > 220 and dark.mean() < 80
    assert tuple(light[-1, -1]) == QColor(LIGHT.surface).toTuple()[:3]
    text = QColor(LIGHT.text).toTuple()[:3]
    assert (light == text).all(axis=2).any()
    assert window.updatesEnabled() and lab.theme.dark
    assert subject.widget.styleSheet() == ""
    assert window.grab().toImage() == before


def test_a_slide_is_laid_out_anew_and_the_pane_put_back(window, tools) -> None:
    designer = window.docks["designer"].pane
    designer.splitter.setSizes([300, 200])
    sizes, geometry = designer.splitter.sizes(), designer.geometry()
    before = window.grab().toImage()
    made, data = drawn(window, part(tools, "Designer"), extent="slide")
    assert opened(data).shape == (1080, 1920, 3)
    assert made.extents.scale == 2.0
    assert (designer.geometry(), designer.splitter.sizes()) == (geometry, sizes)
    assert window.grab().toImage() == before


# ---- SVG ----


def test_an_svg_keeps_its_text_with_the_font_inside(window, tools) -> None:
    made, data = drawn(window, part(tools, "Prediction"), form="svg")
    root = ElementTree.fromstring(data)  # noqa: S314 - written by the lab itself
    width, height = made.extents.millimeters
    assert float(root.get("width").removesuffix("mm")) == pytest.approx(width, abs=0.01)
    assert float(root.get("height").removesuffix("mm")) == pytest.approx(height, abs=0.01)
    texts = ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]
    label = window.docks["prediction"].pane.shown.predictions[0].labels[0]
    assert any(label in text for text in texts)
    assert any("made by RN50" in text for text in texts)
    fonts = re.findall(rb"url\(data:font/otf;base64,([^)]*)\)", data)
    letters: set[int] = set()
    for font in fonts:
        letters |= set(TTFont(io.BytesIO(base64.b64decode(font))).getBestCmap())
    typed = {ord(character) for text in texts for character in text if character.isascii()}
    assert len(fonts) == 2 and typed <= letters
    families = set(re.findall(rb'font-family="([^"]*)"', data))
    assert families == {b"'Lab Plain', Inter, sans-serif"}
    ids = re.findall(rb'\bid="([^"]*)"', data)
    used = set(re.findall(rb"url\(#([^)]*)\)", data))
    assert len(ids) == len(set(ids)) and used <= set(ids)


def test_the_stimulus_in_an_svg_is_not_smoothed(window, tools) -> None:
    _made, data = drawn(window, part(tools, "Designer: Stimulus"), form="svg", note=False)
    root = ElementTree.fromstring(data)  # noqa: S314 - written by the lab itself
    images = [
        (node.get("style"), opened(base64.b64decode(node.get(HREF).partition(",")[2])))
        for node in root.iter(f"{SVG}image")
    ]
    style, largest = max(images, key=lambda pair: pair[1].size)
    assert style == "image-rendering:pixelated"
    pixels = window.docks["designer"].pane.canvas.pixels
    factor = largest.shape[0] // pixels.shape[0]
    assert np.array_equal(np.kron(pixels, np.ones((factor, factor, 1), np.uint8)), largest)


HREF = "{http://www.w3.org/1999/xlink}href"


# ---- PDF ----


def test_a_pdf_has_its_size_in_millimeters_and_text_to_select(window, tools) -> None:
    made, data = drawn(
        window, part(tools, "Prediction"), form="pdf", extent="millimeters", width_mm=85
    )
    page = pypdf.PdfReader(io.BytesIO(data)).pages[0]
    width, height = (float(value) / 72 * 25.4 for value in page.mediabox[2:])
    assert (width, height) == pytest.approx(made.extents.millimeters, abs=0.4)
    assert width == pytest.approx(85, abs=0.2)
    text = "".join(page.extract_text().split())
    prediction = window.docks["prediction"].pane.shown.predictions[0]
    assert "".join(prediction.template.split()) in text or prediction.labels[0] in text
    assert re.search(r"\d\.\d%", text)  # digits of equal width read back as digits
    assert "madebyRN50" in text
    for font in page["/Resources"]["/Font"].values():
        descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor.get_object())
        assert "LabPlain" in font.get_object()["/BaseFont"]


def test_a_slide_as_pdf(window, tools) -> None:
    _made, data = drawn(window, part(tools, "Designer"), form="pdf", extent="slide")
    page = pypdf.PdfReader(io.BytesIO(data)).pages[0]
    width, height = (float(value) / 72 * 25.4 for value in page.mediabox[2:])
    assert (width, height) == pytest.approx(SLIDE_MM, abs=0.4)


# ---- cutting ----


class Red(QWidget):
    """A widget larger than the room it gets."""

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        painter.setClipRect(0, 0, 60, 1000)  # its own cut, too
        painter.translate(5, 5)
        painter.fillRect(0, 0, 200, 400, QColor("red"))
        painter.end()


def test_what_is_scrolled_away_is_in_no_picture(qapp, qtbot: QtBot) -> None:
    theme = Theme(qapp, "light")
    whole = QWidget()
    qtbot.addWidget(whole)
    column = QVBoxLayout(whole)
    area, red = QScrollArea(), Red()
    red.setFixedSize(200, 400)
    area.setWidget(red)
    column.addWidget(area)
    column.addWidget(QLabel("below"))
    whole.resize(160, 120)
    whole.show()
    qtbot.waitExposed(whole, timeout=WAIT)
    area.verticalScrollBar().setValue(50)
    subject = Subject("Red", whole)
    _extents, image = draw_image(theme, subject, PictureOptions(scale=1, note=False), "")
    assert image.size() == QSize(160, 120)
    port = area.viewport()
    corner = port.mapTo(whole, QPoint(0, 0))
    inside = QRect(corner, port.size()).intersected(QRect(corner.x(), 0, 60, 200))
    red_at = {
        (x, y) for x in range(160) for y in range(120) if image.pixelColor(x, y) == QColor("red")
    }
    assert red_at and all(inside.contains(*place) for place in red_at)
    layer = next(layer for layer in widget_layers(whole) if layer.size == red.size())
    assert layer.seen == QRect(corner, port.size()).intersected(QRect(layer.place, red.size()))
    made = draw_file(theme, subject, PictureOptions(form="svg", note=False), "")
    root = ElementTree.fromstring(made.content())  # noqa: S314
    cuts = {node.get("id"): node[0] for node in root.iter(f"{SVG}clipPath")}
    boxes = [
        node.attrib
        for node in (cuts[name] for name in cuts if name.endswith("seen"))
        if node.get("height") == str(layer.seen.height())
    ]
    assert {"x": str(layer.seen.x()), "y": str(layer.seen.y())}.items() <= boxes[-1].items()
    own = [node for name, node in cuts.items() if not name.endswith("seen")]
    assert any(node.get("transform", "").startswith("matrix(4,") for node in own)
    pdf = draw_file(theme, subject, PictureOptions(form="pdf", note=False), "").content()
    page = pypdf.PdfReader(io.BytesIO(pdf)).pages[0]
    (x, y) = places_of(page)["below"]
    scale = float(page.mediabox.width) / whole.width()
    label = whole.findChild(QLabel).geometry()
    assert x / scale == pytest.approx(label.x(), abs=3)
    assert label.top() <= whole.height() - y / scale <= label.bottom() + 1
    theme.deleteLater()


def places_of(page: pypdf.PageObject) -> dict[str, tuple[float, float]]:
    """Where each text of a page begins, from its lower left corner."""
    found: dict[str, tuple[float, float]] = {}

    def note(text: str, page_matrix: list[float], own: list[float], *_font: object) -> None:
        a, b, c, d, e, f = page_matrix
        x, y = own[4:]
        found[text.strip()] = (a * x + c * y + e, b * x + d * y + f)

    page.extract_text(visitor_text=note)
    return found


# ---- commands and dialog ----


def test_each_pane_offers_its_picture_in_its_head(window, tools) -> None:
    for dock in window.docks.values():
        names = [button.accessibleName() for button in dock.findChildren(QToolButton)]
        assert f"Picture of {dock.windowTitle()}" in names
    for name in ("view.copy-picture", "view.save-picture", "view.present"):
        assert window.lab.actions.is_bound(name)


def test_copying_puts_a_light_picture_of_the_pane_in_use_on_the_clipboard(window, tools) -> None:
    window.docks["prediction"].pane.setFocus()
    window.activateWindow()
    tools.copy(window.docks["prediction"])
    image = QGuiApplication.clipboard().image()
    pane = window.docks["prediction"].pane
    assert image.width() == 2 * pane.width() and image.height() > 2 * pane.height()


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_a_picture_is_saved_beside_the_gui_thread(window, tools, form, tmp_path, qtbot) -> None:
    said: list[str] = []
    window.lab.message.connect(lambda text, _time: said.append(text))
    asked: list[Path] = []

    def ask(path: Path, _filter: str) -> Path:
        asked.append(path)
        return tmp_path / f"картина.{form}"

    tools.ask_path = ask
    tools.save(part(tools, "Designer"), PictureOptions(form=form))
    qtbot.waitUntil(lambda: f"Saved картина.{form}" in said, timeout=WAIT)
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[form]
    assert (tmp_path / f"картина.{form}").read_bytes().startswith(start)
    assert asked[0].name == f"Designer.{form}"
    assert tools.options.form == form


@pytest.mark.logs("“a.png” cannot be written")
def test_a_picture_that_cannot_be_written_is_told(window, tools, tmp_path, qtbot) -> None:
    tools.ask_path = lambda _path, _filter: tmp_path / "none" / "a.png"
    tools.save(part(tools, "Designer"), PictureOptions())
    qtbot.waitUntil(window.notice.isVisible, timeout=WAIT)
    assert "cannot be written" in window.notice.text


def test_the_dialog_shows_what_will_come_and_asks_for_no_more_than_matters(window, tools) -> None:
    dialog = tools.dialog(window.docks["designer"])
    dialog.show()
    assert dialog.chosen.title == "Designer"
    fields = dialog.choices
    shown = fields.shows
    assert (
        shown(fields.scale)
        and not shown(fields.width_mm)
        and not shown(fields.height_mm)
        and not shown(fields.slide)
    )
    fields.extent.setCurrentIndex(1)
    assert shown(fields.width_mm) and shown(fields.dpi) and not shown(fields.scale)
    fields.form.setCurrentIndex(2)
    assert not shown(fields.dpi)
    fields.extent.setCurrentIndex(2)
    fields.form.setCurrentIndex(0)
    assert shown(fields.slide) and shown(fields.type_size)
    dialog.show_preview()
    assert "1,920 × 1,080 pixels, 339 × 190 mm" in dialog.size_label.text()
    preview = dialog.preview.pixmap()
    assert preview.width() / preview.height() == pytest.approx(16 / 9, rel=0.02)
    assert "Designer" in dialog.preview.accessibleName()
    assert dialog.options.extent == "slide"
    dialog.close()
    dialog.deleteLater()


# ---- scaling of the screen ----


def test_r51_no_scale_of_the_screen_changes_stimuli_or_their_pictures(tmp_path) -> None:
    found = {}
    for scale in ("1", "1.5", "2"):
        folder = tmp_path / scale
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.scaled_files", str(folder)],
            cwd=ROOT,
            env={**os.environ, "QT_SCALE_FACTOR": scale, "CLIP_COLOR_LAB_HOME": str(folder / "h")},
            capture_output=True,
            text=True,
            check=False,
            timeout=800,
        )
        assert done.returncode == 0, done.stderr
        assert float(done.stdout.split()[-1]) == float(scale)
        files = sorted(path for path in (folder / "set").rglob("*") if path.is_file())
        found[scale] = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in [*files, folder / "canvas.png"]
            if path.name != ".lock"
        }
        assert len(found[scale]) == 90 + 4
    assert found["1"] == found["1.5"] == found["2"]
