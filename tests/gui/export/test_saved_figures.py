"""Figures drawn for print: the dialog with the same choices as pictures of panes have."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pypdf
import pytest
from PIL import Image
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from core.base.errors import InvalidInput
from core.figures.description import Axis, Bars, Figure, Fill, Panel
from core.figures.file import FigureSize, figure_bytes
from gui.context.lab_context import LabContext
from gui.export.dialog import SaveFigureDialog
from gui.export.figures import (
    FigureTools,
    PrintedFigure,
    add_figure_actions,
    figure_tools,
    paper_of,
)
from gui.export.options import SLIDE_MM, PictureOptions
from tests.gui.conftest import WAIT

DESCRIPTION = Figure(
    "Two bars",
    ((Panel((Bars((0, 1), (1.0, 2.0), (Fill("#c3c9d0"),) * 2),), Axis(-1, 2), Axis(0, 3)),),),
    settings=("settings",),
)
FIGURE = PrintedFigure("Two: bars", lambda: DESCRIPTION)


@pytest.fixture(scope="module")
def natural() -> tuple[float, float]:
    """Width and height in inches, as the page itself makes it."""
    box = pypdf.PdfReader(io.BytesIO(figure_bytes(DESCRIPTION, "pdf"))).pages[0].mediabox
    return float(box.width) / 72, float(box.height) / 72


@pytest.fixture
def tools(lab: LabContext) -> FigureTools:
    return figure_tools(lab)


@pytest.fixture
def dialog(tools: FigureTools, qtbot: QtBot) -> SaveFigureDialog:
    made = tools.dialog(FIGURE)
    qtbot.addWidget(made)
    return made


def previewed(dialog: SaveFigureDialog, qtbot: QtBot, words: str) -> None:
    dialog.show_preview()
    qtbot.waitUntil(lambda: dialog.size_label.text() == words, timeout=WAIT)


def test_what_was_chosen_becomes_a_size_on_paper() -> None:
    assert paper_of(PictureOptions(scale=3)) == (None, 288)
    millimeters = PictureOptions(extent="millimeters", width_mm=85, dpi=600)
    assert paper_of(millimeters) == (FigureSize(85), 600)
    both = PictureOptions(extent="millimeters", width_mm=85, height_mm=60, dpi=600)
    assert paper_of(both) == (FigureSize(85, 60), 600)
    size, dpi = paper_of(PictureOptions(extent="slide", slide=(3840, 2160)))
    assert size == FigureSize(*SLIDE_MM)
    assert dpi * SLIDE_MM[0] / 25.4 == pytest.approx(3840)


def shape_told(dialog: SaveFigureDialog) -> list[int]:
    """Pixels across and down and millimeters across and down, as the dialog writes them."""
    return [int(number) for number in re.findall(r"\d+", dialog.size_label.text().replace(",", ""))]


def previewed_about(dialog: SaveFigureDialog, qtbot: QtBot, *shape: float) -> None:
    dialog.show_preview()
    # The height follows from a small preview, in whole pixels.
    expected = pytest.approx(shape, rel=0.01, abs=1)
    qtbot.waitUntil(lambda: shape_told(dialog) == expected, timeout=WAIT)


def test_the_dialog_offers_what_matters_for_a_figure(dialog, qtbot, natural) -> None:
    fields = dialog.choices
    assert fields.shows(fields.scale) and not fields.shows(fields.light)
    across, down = natural
    previewed_about(dialog, qtbot, 192 * across, 192 * down, 25.4 * across, 25.4 * down)
    ratio = dialog.preview.pixmap().width() / dialog.preview.pixmap().height()
    assert ratio == pytest.approx(across / down, abs=0.02)
    fields.extent.setCurrentIndex(1)
    assert fields.shows(fields.width_mm) and fields.shows(fields.height_mm)
    assert fields.shows(fields.dpi) and not fields.shows(fields.scale)
    fields.width_mm.setValue(85)
    high = 85 * down / across
    previewed_about(dialog, qtbot, 1004, 300 / 25.4 * high, 85, high)
    fields.height_mm.setValue(85)
    previewed(dialog, qtbot, "1,004 × 1,004 pixels, 85 × 85 mm")
    fields.form.setCurrentIndex(2)
    assert not fields.shows(fields.dpi)
    fields.extent.setCurrentIndex(2)
    assert not fields.shows(fields.slide) and not fields.shows(fields.type_size)
    fields.form.setCurrentIndex(0)
    assert fields.shows(fields.slide)
    previewed(dialog, qtbot, "1,920 × 1,080 pixels, 339 × 190 mm")
    assert "Two: bars" in dialog.preview.accessibleName()


def test_a_figure_is_saved_as_it_was_chosen_and_the_choice_remembered(
    dialog, tools, lab, tmp_path, qtbot
) -> None:
    said: list[str] = []
    asked: list[Path] = []
    lab.message.connect(lambda text, _time: said.append(text))
    tools.ask_path = lambda path, _filter: asked.append(path) or tmp_path / "two.pdf"
    dialog.choices.form.setCurrentIndex(2)
    dialog.choices.extent.setCurrentIndex(1)
    dialog.choices.width_mm.setValue(120)
    dialog.choices.note.setChecked(False)
    dialog.save_button.click()
    qtbot.waitUntil(lambda: "Saved two.pdf" in said, timeout=WAIT)
    page = pypdf.PdfReader(tmp_path / "two.pdf").pages[0]
    assert float(page.mediabox.width) / 72 * 25.4 == pytest.approx(120, abs=0.05)
    assert "settings" not in page.extract_text()
    assert asked[0].name == "Two bars.pdf"
    another = tools.dialog(FIGURE)
    qtbot.addWidget(another)
    assert another.options == dialog.options
    assert figure_tools(lab) is tools


def test_a_figure_is_copied_as_a_picture(tools, lab, qtbot, natural) -> None:
    said: list[str] = []
    lab.message.connect(lambda text, _time: said.append(text))
    menu = QMenu()
    qtbot.addWidget(menu)
    shown: list[PrintedFigure] = []
    add_figure_actions(menu, lab, lambda: shown[0] if shown else None)
    copy = next(action for action in menu.actions() if action.text() == "Copy figure")
    copy.trigger()
    assert said == ["There is no figure yet"]
    shown.append(FIGURE)
    tools.options = PictureOptions(scale=4, form="svg")
    copy.trigger()
    qtbot.waitUntil(lambda: "Copied a picture of Two: bars" in said, timeout=WAIT)
    image = QGuiApplication.clipboard().image()
    pixels = (image.width(), image.height())
    assert pixels == pytest.approx([side * 384 for side in natural], abs=1)


def test_a_png_of_a_slide_has_its_pixels(tools, lab, tmp_path, qtbot) -> None:
    tools.ask_path = lambda _path, _filter: tmp_path / "slide.png"
    tools.save(FIGURE, PictureOptions(extent="slide"))
    qtbot.waitUntil((tmp_path / "slide.png").exists, timeout=WAIT)
    with Image.open(io.BytesIO((tmp_path / "slide.png").read_bytes())) as image:
        assert image.size == (1920, 1080)


def test_a_figure_that_cannot_be_drawn_is_said_in_its_place(tools, qtbot) -> None:
    def nothing() -> Figure:
        raise InvalidInput("There is nothing to draw.", "Choose another table.")

    dialog = tools.dialog(PrintedFigure("Nothing", nothing))
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: not dialog.save_button.isEnabled(), timeout=WAIT)
    assert dialog.preview.text() == "There is nothing to draw. Choose another table."
    assert not dialog.copy_button.isEnabled()
