"""Pictures in and pixels out: drop, paste, open, copy, save."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.base.errors import LabError
from core.models.preprocessing import fit_picture
from core.stimuli.imported.pictures import decode_picture
from core.stimuli.png import read_png_notes
from core.stimuli.render import render
from core.stimuli.stimulus import PictureStimulus
from gui.context.lab_context import LabContext
from gui.designer.fields.picture_form import SourceView
from gui.designer.pane import DesignerPane
from tests.support.designer import SIDE, SQUARE, make_pane
from tests.support.pixels import to_array
from tests.support.waiting import WAIT


@pytest.fixture
def pane(lab: LabContext, qtbot: QtBot) -> DesignerPane:
    return make_pane(lab, qtbot)


def encoded(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    shape = (height, width, 3)
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))


def mime_of(data: bytes, kind: str = "image/png") -> QMimeData:
    mime = QMimeData()
    mime.setData(kind, data)
    return mime


def drop(pane: DesignerPane, mime: QMimeData) -> bool:
    """Drag `mime` in and drop it; True if the pane took it."""
    keys, button = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    action = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(50, 50), action, mime, button, keys)
    QApplication.sendEvent(pane, enter)
    if not enter.isAccepted():
        return False
    fall = QDropEvent(QPointF(50, 50), action, mime, button, keys)
    QApplication.sendEvent(pane, fall)
    return fall.isAccepted()


def wait_for_picture(lab: LabContext, qtbot: QtBot) -> PictureStimulus:
    qtbot.waitUntil(
        lambda: isinstance(lab.document.stimulus, PictureStimulus) and lab.pixels is not None,
        timeout=WAIT,
    )
    stimulus = lab.document.stimulus
    assert isinstance(stimulus, PictureStimulus)
    return stimulus


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have names of text only")
def test_r79_a_picture_whose_name_is_no_text_is_used_under_a_name_that_is(
    pane: DesignerPane, lab: LabContext, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    path.write_bytes(encoded(noise(40, 30)))
    pane.transfer.ask_open = lambda: path
    pane.transfer.open_picture()
    stimulus = wait_for_picture(lab, qtbot)
    assert stimulus.name == "caf\ufffd.png"
    lab.document.save(tmp_path / "document.colorlab")


@pytest.mark.skipif(os.name != "posix", reason="pipes with a name are POSIX")
@pytest.mark.timeout(900)  # what waits for ever fails
@pytest.mark.logs("pipe.png cannot be read")
def test_r58_a_pipe_opened_as_a_picture_or_a_document_is_reported(
    pane: DesignerPane, lab: LabContext, qtbot: QtBot, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    before = lab.document.stimulus
    pane.transfer.ask_open = lambda: pipe
    with qtbot.waitSignal(lab.error, timeout=WAIT) as caught:
        pane.transfer.open_picture()
    assert "pipe.png cannot be read: it is a pipe, not a file." in str(caught.args[0])
    assert lab.document.stimulus == before
    document = tmp_path / "pipe.colorlab"
    os.mkfifo(document)
    with pytest.raises(LabError, match="it is a pipe, not a file"):
        lab.document.open(document)


def test_r18_a_dropped_file_shows_the_very_pixels_the_model_gets_and_its_crop(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "Ein Bild — 图.png"
    noise(200, 120).save(path)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    assert drop(pane, mime)
    stimulus = wait_for_picture(lab, qtbot)
    decoded = decode_picture(path)
    fitted = fit_picture(decoded.pixels, lab.view.preprocessing)
    assert pane.canvas.pixels is lab.pixels
    assert np.array_equal(pane.canvas.pixels, fitted.pixels)
    assert (stimulus.name, stimulus.side) == (path.name, SQUARE.side)
    assert pane.tabs.chosen_name == "picture"
    assert pane.canvas.frame_on_screen() is None
    # The source is shown whole; what is cropped away is marked: 120 of 200 columns are seen.
    source = pane.fields.picture.source
    crop, whole = source.crop_box(), source.image_box()
    assert crop.width() / whole.width() == pytest.approx(120 / 200, abs=0.02)
    assert crop.height() == pytest.approx(whole.height())
    assert "40.0 % is cropped away" in pane.fields.picture.facts.text()
    assert "200 × 120 px" in pane.fields.picture.facts.text()


def test_a_drop_is_one_step_and_undo_brings_the_figure_back(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    assert drop(pane, mime_of(encoded(noise(60, 60))))
    wait_for_picture(lab, qtbot)
    assert lab.document.undo_stack.count() == 1
    lab.document.undo()
    assert lab.document.stimulus == SQUARE
    assert pane.canvas.frame_on_screen() is not None
    assert pane.tabs.chosen_name == "shape"


def test_r20_transparent_parts_lie_on_the_chosen_background_in_the_preview(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    # Transparent pixels that hide pure red, around an opaque blue middle.
    image = Image.new("RGBA", (SIDE, SIDE), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (30, 30, 60, 60))
    drop(pane, mime_of(encoded(image)))
    wait_for_picture(lab, qtbot)
    assert tuple(pane.canvas.pixels[5, 5]) == (255, 255, 255)
    assert tuple(pane.canvas.pixels[45, 45]) == (0, 0, 255)
    pane.fields.background.swatches.choice("green").click()
    qtbot.waitUntil(lambda: lab.pixels is not None, timeout=WAIT)
    assert tuple(pane.canvas.pixels[5, 5]) == (0, 128, 0)
    assert tuple(pane.canvas.pixels[45, 45]) == (0, 0, 255)
    assert not (pane.canvas.pixels == (255, 0, 0)).all(axis=2).any()


def test_r22_the_orientation_is_applied_in_the_preview_and_noted(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    image = Image.new("RGB", (SIDE, SIDE), (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, SIDE, SIDE // 2))  # red on top as stored
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise: the top becomes the right
    drop(pane, mime_of(encoded(image, exif=exif)))
    wait_for_picture(lab, qtbot)
    assert tuple(pane.canvas.pixels[SIDE // 2, SIDE - 10]) == (255, 0, 0)
    assert tuple(pane.canvas.pixels[SIDE // 2, 10]) == (0, 0, 255)
    assert pane.canvas.pixels is lab.pixels
    assert "orientation" in pane.fields.picture.facts.text().lower()


def test_pasted_image_data_without_a_file_is_used_exactly(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 20, 30))
    image.setPixelColor(3, 4, QColor(200, 100, 50))
    mime = QMimeData()
    mime.setImageData(image)
    QGuiApplication.clipboard().setMimeData(mime)
    lab.actions.trigger("stimulus.paste-picture")
    wait_for_picture(lab, qtbot)
    assert tuple(lab.pixels[4, 3]) == (200, 100, 50)
    assert tuple(lab.pixels[50, 50]) == (10, 20, 30)


@pytest.mark.logs("no picture on the clipboard")
def test_pasting_without_a_picture_says_so_and_changes_nothing(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    QGuiApplication.clipboard().setText("no picture")
    with qtbot.waitSignal(lab.error, timeout=WAIT) as caught:
        lab.actions.trigger("stimulus.paste-picture")
    assert "no picture on the clipboard" in str(caught.args[0])
    assert lab.document.stimulus == SQUARE


@pytest.mark.logs("broken.png is damaged")
def test_a_file_that_is_no_picture_is_refused_and_the_stimulus_stays(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(encoded(noise(50, 50))[:200])
    pane.transfer.ask_open = lambda: path
    with qtbot.waitSignal(lab.error, timeout=WAIT) as caught:
        lab.actions.trigger("stimulus.import-picture")
    assert "broken.png" in str(caught.args[0])
    assert lab.document.stimulus == SQUARE
    assert lab.document.undo_stack.count() == 0


def test_documents_and_text_are_left_to_the_window(pane: DesignerPane, tmp_path: Path) -> None:
    document, text = QMimeData(), QMimeData()
    document.setUrls([QUrl.fromLocalFile(str(tmp_path / "work.colorlab"))])
    text.setText("hello")
    assert not drop(pane, document)
    assert not drop(pane, text)


def test_the_picture_tab_without_a_picture_says_how_to_get_one_and_changes_nothing(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    qtbot.mouseClick(pane.tabs.buttons["picture"], Qt.MouseButton.LeftButton)
    assert lab.document.stimulus == SQUARE
    assert pane.fields.picture.isVisible()
    assert "Drop a picture" in pane.fields.picture.facts.text()
    qtbot.mouseClick(pane.tabs.buttons["shape"], Qt.MouseButton.LeftButton)
    assert pane.fields.shapes.isVisible()
    assert lab.document.undo_stack.count() == 0


def test_switching_away_from_a_picture_and_back_loses_nothing(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot
) -> None:
    drop(pane, mime_of(encoded(noise(70, 70))))
    picture = wait_for_picture(lab, qtbot)
    lab.actions.trigger("stimulus.kind-shape")
    assert lab.document.stimulus == SQUARE
    lab.actions.trigger("stimulus.kind-picture")
    assert lab.document.stimulus == picture
    assert not lab.actions["stimulus.swap-colors"].isEnabled()
    lab.document.undo()
    assert lab.actions["stimulus.swap-colors"].isEnabled()


def test_copied_pixels_are_exact(lab: LabContext, pane: DesignerPane) -> None:
    lab.actions.trigger("stimulus.copy-pixels")
    copied = to_array(QGuiApplication.clipboard().image())
    assert np.array_equal(copied, render(lab.view.stimulus))


def test_r27_a_saved_png_holds_the_exact_pixels_and_brings_its_stimulus_back(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "saved.png"
    pane.transfer.ask_save = lambda suggested: path
    with qtbot.waitSignal(lab.message, timeout=WAIT):
        lab.actions.trigger("stimulus.save-png")
    assert np.array_equal(np.asarray(Image.open(path)), lab.pixels)
    notes = read_png_notes(path)
    assert notes is not None
    assert notes.stimulus == SQUARE
    lab.actions.trigger("stimulus.swap-colors")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    drop(pane, mime)
    qtbot.waitUntil(lambda: lab.document.stimulus == SQUARE, timeout=WAIT)
    assert lab.document.undo_stack.undoText() == "bring stimulus back"


def test_the_suggested_file_name_says_what_is_shown(lab: LabContext, pane: DesignerPane) -> None:
    suggested: list[Path] = []
    pane.transfer.ask_save = suggested.append
    lab.actions.trigger("stimulus.save-png")
    lab.document.change_stimulus("color", figure_color=(1, 2, 3))
    lab.actions.trigger("stimulus.save-png")
    assert [path.name for path in suggested] == [
        "square-red-on-white.png",
        "square-010203-on-white.png",
    ]


@pytest.mark.logs("“x.png” cannot be written")
def test_a_folder_that_cannot_be_written_is_reported_with_a_retry(
    lab: LabContext, pane: DesignerPane, qtbot: QtBot, tmp_path: Path
) -> None:
    with qtbot.waitSignal(lab.error, timeout=WAIT) as caught:
        pane.transfer.save_to(tmp_path / "missing" / "x.png")
    assert "x.png" in str(caught.args[0])
    assert callable(caught.args[1])


def test_r51_screen_scaling_never_changes_saved_or_copied_pixels(tmp_path: Path) -> None:
    """At scale factors 1 and 2 the same bytes are saved, and the canvas shows whole blocks."""
    files, seen = [], []
    for factor in ("1", "2"):
        png, arrays = tmp_path / f"{factor}.png", tmp_path / f"{factor}.npz"
        environment = {**os.environ, "QT_SCALE_FACTOR": factor, "QT_QPA_PLATFORM": "offscreen"}
        root = Path(__file__).parents[3]
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, [str(root), environment.get("PYTHONPATH")])
        )
        command = [sys.executable, "-m", "tests.support.scaled_canvas", str(png), str(arrays)]
        subprocess.run(command, check=True, env=environment, cwd=root, timeout=800)
        files.append(png.read_bytes())
        seen.append(np.load(arrays))
    assert files[0] == files[1]
    expected = render(msgspec.structs.replace(SQUARE, side=SIDE))
    for factor, arrays in zip((1.0, 2.0), seen, strict=True):
        assert arrays["scale"] == factor
        assert np.array_equal(arrays["copied"], expected)
        left, top, extent = arrays["place"]
        block = arrays["canvas"][top : top + extent, left : left + extent]
        places = ((np.arange(extent) + 0.5) * SIDE / extent).astype(int)
        assert np.array_equal(block, expected[places][:, places])
    assert seen[1]["place"][2] > 1.5 * seen[0]["place"][2]


def test_without_a_picture_nothing_is_marked(qapp) -> None:
    view = SourceView()
    assert view.image_box().isEmpty() and view.toolTip() == ""
