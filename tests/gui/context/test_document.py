"""The document: named steps, merging, undo to the very start, files."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.base.errors import DocumentError, InvalidInput
from core.color.terms import CSS, SATURATED
from core.document.document import default_document
from core.predict.prompts import prompt_set
from core.stimuli.imported.pictures import PictureStore
from core.stimuli.stimulus import ShapeStimulus
from gui.context.document import Document


@pytest.fixture
def document(qapp, tmp_path: Path) -> Document:
    document = Document(PictureStore(tmp_path / "pictures"))
    yield document
    document.deleteLater()


def test_a_change_is_one_named_step_and_undo_gives_back_the_very_state(document: Document) -> None:
    before = document.state
    document.change_stimulus("font color", figure_color=CSS["red"])
    assert document.undo_stack.undoText() == "font color"
    assert document.stimulus.figure_color == (255, 0, 0)
    document.undo()
    assert document.state is before


def test_undo_all_is_the_start_and_redo_all_is_the_end(document: Document) -> None:
    start = document.state
    document.change(
        "kind",
        stimulus=ShapeStimulus(shape="star", figure_color=CSS["red"], background_color=CSS["blue"]),
    )
    for size in (0.4, 0.3, 0.2):
        document.change_stimulus("size", merge="drag", size=size)
    document.end_merge()
    document.change("labels", prompts=prompt_set(("{}",), ("red", "blue")))
    document.change("palette", palette=SATURATED)
    document.change("seed", seed=7)
    end, steps = document.state, document.undo_stack.count()
    assert steps == 5
    for _ in range(steps):
        document.undo()
    assert document.state is start
    assert not document.modified
    for _ in range(steps):
        document.redo()
    assert document.state == end


def test_a_drag_is_one_step_and_the_next_drag_another(document: Document) -> None:
    for x in (0.51, 0.52, 0.53):
        document.change_stimulus("move", merge="move", center_x=x)
    document.end_merge()
    for x in (0.54, 0.55):
        document.change_stimulus("move", merge="move", center_x=x)
    assert document.undo_stack.count() == 2
    document.undo()
    assert document.stimulus.center_x == 0.53
    document.undo()
    assert document.stimulus.center_x == 0.5


def test_steps_of_different_keys_do_not_merge(document: Document) -> None:
    document.change_stimulus("move", merge="move", center_x=0.4)
    document.change_stimulus("size", merge="size", size=0.4)
    document.change_stimulus("move", merge="move", center_x=0.3)
    assert document.undo_stack.count() == 3


def test_a_change_after_undo_does_not_merge_into_an_older_step(document: Document) -> None:
    document.change_stimulus("move", merge="move", center_x=0.4)
    document.change_stimulus("size", size=0.4)
    document.undo()
    document.change_stimulus("move", merge="move", center_x=0.3)
    assert document.undo_stack.count() == 2
    document.undo()
    assert document.stimulus.center_x == 0.4


def test_a_drag_back_to_its_beginning_leaves_no_step(document: Document) -> None:
    document.change_stimulus("move", merge="move", center_x=0.6)
    document.change_stimulus("move", merge="move", center_x=0.5)
    assert document.undo_stack.count() == 0
    assert not document.modified


def test_a_change_to_the_same_is_no_step_and_no_signal(document: Document, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(document.changed):
        document.change("seed", seed=document.state.seed)
    assert document.undo_stack.count() == 0


def test_a_refused_change_changes_nothing(document: Document) -> None:
    before = document.state
    with pytest.raises(InvalidInput):
        document.change_stimulus("size", size=99.0)
    with pytest.raises(InvalidInput):
        document.change("seed", seed=-1)
    assert document.state is before
    assert document.undo_stack.count() == 0


def test_signals_tell_which_part_differs(document: Document, qtbot: QtBot) -> None:
    heard: list[str] = []
    document.changed.connect(lambda new, old: heard.append("changed"))
    document.palette_changed.connect(lambda _: heard.append("palette"))
    document.change_stimulus("size", size=0.3)
    document.change("labels", prompts=prompt_set(("{}",), ("red",)))
    document.change("palette", palette=SATURATED)
    document.change("seed", seed=3)
    assert heard == ["changed", "changed", "changed", "palette", "changed"]


def test_saving_marks_the_step_that_is_saved(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "Ünïcode name.colorlab"
    document.change("seed", seed=3)
    document.save(path)
    assert not document.modified
    assert document.name == "Ünïcode name"
    document.change("seed", seed=4)
    assert document.modified
    document.undo()
    assert not document.modified
    document.undo()
    assert document.modified  # the file holds a later state


def test_a_merging_change_after_saving_is_a_step_of_its_own(
    document: Document, tmp_path: Path
) -> None:
    document.change_stimulus("move", merge="move", center_x=0.4)
    document.save(tmp_path / "a.colorlab")
    document.change_stimulus("move", merge="move", center_x=0.3)
    assert document.modified
    document.undo()
    assert document.stimulus.center_x == 0.4
    assert not document.modified


def test_a_saved_document_opens_equal_and_without_history(
    document: Document, tmp_path: Path
) -> None:
    document.change_stimulus("size", size=0.3)
    document.change("seed", seed=12)
    saved = document.state
    document.save(tmp_path / "a.colorlab")
    document.new()
    assert document.state == default_document()
    assert document.path is None
    document.open(tmp_path / "a.colorlab")
    assert document.state == saved
    assert not document.undo_stack.canUndo()
    assert not document.modified


def test_a_damaged_file_leaves_the_document_as_it_is(document: Document, tmp_path: Path) -> None:
    document.change("seed", seed=5)
    before = document.state
    broken = tmp_path / "broken.colorlab"
    broken.write_text('{"format": "clip-color-lab", "schema"')
    with pytest.raises(DocumentError):
        document.open(broken)
    assert document.state is before
    assert document.undo_stack.canUndo()
    assert document.path is None
