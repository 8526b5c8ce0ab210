"""The checks of the self-test, in order. Each does what a user does, and compares."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer

from core.base.errors import LabError
from core.base.installation import check_files
from core.base.tables import read_csv
from core.color.terms import CSS
from core.document.document import default_document
from core.predict.attribution import ROLES
from core.predict.export import (
    PREDICTION_COLUMNS,
    PredictionRecord,
    write_prediction_csv,
    write_prediction_json,
)
from core.predict.prediction import TemplatePrediction
from core.stimuli.fonts import font_faces, stimulus_fonts
from core.stimuli.png import PngNotes, read_png_notes, save_png
from core.stimuli.render import render
from core.stimuli.stimulus import SHAPES, ShapeStimulus, WordStimulus
from gui.app.crash import CrashGuard
from gui.app.self_test_network import NoNetwork
from gui.jobs.inference import Answer
from gui.window.files import Unsaved

if TYPE_CHECKING:
    from gui.app.start import Session

MODEL_SECONDS = 240
ANSWER_SECONDS = 60


class CheckFailed(Exception):
    """A check did not find what it expected; the message says what."""


class Bench:
    """What the checks work on: the real window on a profile of its own."""

    def __init__(
        self,
        session: Session,
        guard: CrashGuard,
        folder: Path,
        model: str,
        network: NoNetwork,
    ) -> None:
        self.session = session
        self.guard = guard
        self.folder = folder
        self.model = model
        self.network = network
        self.window = session.window
        self.lab = session.lab
        self.errors: list[str] = []
        self.lab.error.connect(lambda error, _retry: self.errors.append(str(error)))

    def wait(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Run the event loop until the condition holds."""
        loop = QEventLoop()
        poll = QTimer()
        poll.setInterval(10)
        poll.timeout.connect(lambda: loop.quit() if condition() or self._failed() else None)
        limit = QTimer()
        limit.setSingleShot(True)
        limit.timeout.connect(loop.quit)
        poll.start()
        limit.start(round(seconds * 1000))
        if not condition() and not self._failed():
            loop.exec()
        poll.stop()
        limit.stop()
        if self._failed():
            raise CheckFailed(self._failed())
        expect(condition(), f"{what} did not come within {seconds:.0f} seconds")

    def _failed(self) -> str:
        if self.guard.reports:
            return "an unexpected exception was caught; see the log"
        return self.errors[0] if self.errors else ""

    def answer(self) -> Answer:
        """The answer to what the document holds at present."""
        inference = self.lab.inference
        self.wait(lambda: inference.answer is not None, ANSWER_SECONDS, "an answer")
        assert inference.answer is not None
        return inference.answer

    def close(self) -> None:
        """Close the window whatever happened."""
        self.window.close_without_asking()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def expect(condition: bool, otherwise: str) -> None:
    """Raise `CheckFailed` unless the condition holds."""
    if not condition:
        raise CheckFailed(otherwise)


def check_files_of_program(_bench: Bench) -> str:
    """No file of the program is missing (R52)."""
    try:
        return f"{check_files()} looked at"
    except LabError as error:
        raise CheckFailed(str(error)) from error


def check_window(bench: Bench) -> str:
    """The window shows, with both panes, before any model is there."""
    bench.window.show()
    bench.wait(bench.window.isVisible, 20, "the window")
    expect(len(bench.window.docks) >= 2, "a pane is missing")
    expect(bool(bench.window.menuBar().actions()), "the menus are missing")
    return f"{bench.window.width()} × {bench.window.height()}, {len(bench.window.docks)} panes"


def check_fonts(bench: Bench) -> str:
    """Every bundled face is there and unchanged."""
    faces = font_faces()
    for face in faces.values():
        expect(face.path.is_file(), f"font {face.file} is missing")
    expect(len(stimulus_fonts()) >= 10, "fewer than ten fonts for word stimuli")
    return f"{len(faces)} faces"


def check_model(bench: Bench) -> str:
    """The model loads in the inference thread while the window lives."""
    inference = bench.lab.inference
    bench.wait(lambda: inference.info is not None, MODEL_SECONDS, "the model")
    info = inference.info
    assert info is not None
    expect(info.tensors_matched == info.tensors_total, "not every tensor was matched")
    return f"{info.name}, {info.tensors_matched} tensors, {info.preprocessing.side} px" + (
        f"; {info.notice}" if info.notice else ""
    )


def check_pixels(bench: Bench) -> str:
    """Shapes and words have exactly the asked colors, and the view shows the renderer's pixels."""
    side = bench.lab.view.side
    count = 0
    for shape in SHAPES:
        spec = ShapeStimulus(
            shape=shape, figure_color=CSS["brown"], background_color=CSS["pink"], side=side
        )
        pixels = render(spec)
        expect(tuple(pixels[0, 0]) == CSS["pink"], f"the corner beside a {shape} is not pink")
        middle = pixels[side // 2, side // 2]
        expect(tuple(middle) == CSS["brown"], f"the middle of a {shape} is not brown")
        count += 1
    word = WordStimulus(
        word="red", figure_color=CSS["blue"], background_color=CSS["yellow"], side=side
    )
    expect(_has(render(word), CSS["blue"]), "a word does not have its color")
    usual = default_document().stimulus
    assert isinstance(usual, WordStimulus)
    for stimulus in (word, usual):
        bench.lab.document.change("self-test stimulus", stimulus=stimulus)
        seen = bench.lab.pixels
        expected = render(msgspec.structs.replace(stimulus, side=side))
        expect(seen is not None and np.array_equal(seen, expected), "the view differs")
        count += 1
    return f"{count} stimuli at {side} px"


def check_prediction(bench: Bench) -> str:
    """An answer from the real thread to the very pixels in the window."""
    answer = bench.answer()
    expect(answer.pixels is bench.lab.pixels, "the model got other pixels than the window shows")
    predictions = _predictions(answer)
    expect(bool(predictions), "no template was answered")
    for prediction in predictions:
        total = float(prediction.probabilities.sum())
        expect(abs(total - 1.0) < 1e-9, f"the probabilities sum to {total}")
        expect(bool(np.all(np.abs(prediction.cosines) <= 1.0 + 1e-5)), "a cosine is over 1")
    first = predictions[0]
    return f"“{first.labels[first.winner]}” to “{first.template}”, {answer.milliseconds:.0f} ms"


def check_edit_and_undo(bench: Bench) -> str:
    """A drag is one step, its answer differs; undoing puts back the state and the answer."""
    document = bench.lab.document
    document.end_merge()
    state, before = document.state, bench.answer()
    steps = document.undo_stack.index()
    for size in (0.5, 0.4, 0.3):
        document.change_stimulus("size", merge="self-test drag", size=size)
    document.end_merge()
    expect(document.undo_stack.index() == steps + 1, "a drag is not one step")
    changed = bench.answer()
    expect(changed.generation > before.generation, "an old answer was shown again")
    expect(changed.pixels is bench.lab.pixels, "the answer is to other pixels")
    document.undo()
    expect(document.state is state, "undo does not give back the state")
    after = bench.answer()
    for old, new in zip(_predictions(before), _predictions(after), strict=True):
        same = np.array_equal(old.probabilities, new.probabilities)
        expect(same, "the same picture was answered otherwise the second time")
    return f"“{document.undo_stack.redoText()}” undone, same answer again"


def check_exports(bench: Bench) -> str:
    """PNG, CSV and JSON read back exactly."""
    answer = bench.answer()
    state = bench.lab.document.state
    picture = bench.folder / "stimulus.png"
    save_png(picture, answer.pixels, PngNotes(answer.stimulus, state.palette, state.seed))
    with Image.open(io.BytesIO(picture.read_bytes())) as image:
        expect(np.array_equal(np.asarray(image), answer.pixels), "the PNG has other pixels")
    notes = read_png_notes(picture)
    expect(notes is not None and notes.stimulus == answer.stimulus, "the PNG lost its notes")
    record = PredictionRecord(
        answer.stimulus, state.palette, state.seed, answer.info, answer.predictions, picture.name
    )
    table_path = bench.folder / "prediction.csv"
    write_prediction_csv(table_path, record)
    table = read_csv(table_path, PREDICTION_COLUMNS)
    names = [column.name for column in table.columns]
    position = names.index("probability")
    read = [row[position] for row in table.rows if row[position] is not None]
    asked = np.concatenate([found.probabilities for found in _predictions(answer)])
    expect(read == list(asked), "the CSV has other probabilities")
    expect(all(f"is_{role}" in names for role in ROLES), "the CSV lacks the roles")
    json_path = bench.folder / "prediction.json"
    write_prediction_json(json_path, record)
    content = json.loads(json_path.read_text(encoding="utf-8"))
    activation = content["provenance"]["model"]["activation"]
    expect(activation == answer.info.activation, "the JSON names another activation")
    return f"PNG, CSV ({len(table.rows)} rows) and JSON"


def check_document(bench: Bench) -> str:
    """A saved document opens as the same state."""
    document, files = bench.lab.document, bench.window.files
    path = bench.folder / "Prüfung – color.colorlab"
    document.change("self-test seed", seed=document.state.seed + 1)
    files.ask_save = lambda _suggested: path
    files.ask_unsaved = lambda _name: Unsaved.SAVE
    saved = document.state
    expect(files.save(), "; ".join(bench.errors) or "the document was not saved")
    expect(not document.modified, "a saved document counts as modified")
    files.new()
    expect(document.state != saved, "a new document is not new")
    files.open(path)
    expect(document.state == saved, "the document opened as something else")
    bench.answer()
    return path.name


def check_network(bench: Bench) -> str:
    """Nothing so far wanted to reach the network (R06)."""
    expect(not bench.network.attempts, "; ".join(bench.network.attempts))
    return "nothing asked for it"


def check_close(bench: Bench) -> str:
    """The window closes and takes its threads along."""
    bench.window.close()
    expect(not bench.window.isVisible(), "the window did not close")
    expect(not bench.lab.inference.running, "the inference thread still runs")
    return "no thread left"


CHECKS: tuple[tuple[str, Callable[[Bench], str]], ...] = (
    ("files", check_files_of_program),
    ("window", check_window),
    ("fonts", check_fonts),
    ("model", check_model),
    ("pixels", check_pixels),
    ("prediction", check_prediction),
    ("edit and undo", check_edit_and_undo),
    ("exports", check_exports),
    ("document", check_document),
    ("network", check_network),
    ("close", check_close),
)


def _predictions(answer: Answer) -> list[TemplatePrediction]:
    return [found for found in answer.predictions if isinstance(found, TemplatePrediction)]


def _has(pixels: np.ndarray, color: tuple[int, int, int]) -> bool:
    return bool(np.all(pixels == np.array(color, np.uint8), axis=-1).any())
