"""Commands are declared once, shown only with a handler, and found by a few letters."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from core.base.paths import resources_dir
from gui.context.action_specs import MENUS, SPECS, ActionSpec
from gui.context.actions import Actions
from gui.dialogs.command_palette import CommandPalette
from gui.dialogs.fuzzy import fuzzy_score


@pytest.fixture
def actions(qapp) -> Actions:
    actions = Actions()
    yield actions
    actions.deleteLater()


def test_ids_and_shortcuts_are_unique() -> None:
    assert not [name for name, count in Counter(spec.id for spec in SPECS).items() if count > 1]
    keys = Counter(QKeySequence(spec.shortcut).toString() for spec in SPECS if spec.shortcut)
    assert not [key for key, count in keys.items() if count > 1]


def test_every_command_names_a_known_menu_and_an_icon_that_exists() -> None:
    for spec in SPECS:
        assert spec.menu in MENUS
        assert not spec.icon or (resources_dir() / "icons" / f"{spec.icon}.svg").is_file()


def test_a_command_without_a_handler_is_neither_shown_nor_usable(actions: Actions) -> None:
    action = actions["stimulus.swap-colors"]
    assert not action.isVisible()
    assert not action.isEnabled()
    actions.set_enabled("stimulus.swap-colors", True)
    assert not action.isEnabled()


def test_a_bound_command_runs_its_handler(actions: Actions) -> None:
    runs: list[object] = []
    actions.bind("stimulus.swap-colors", lambda: runs.append("swap"))
    actions.bind("prompts.sort-bars", runs.append)
    actions.trigger("stimulus.swap-colors")
    actions["prompts.sort-bars"].trigger()
    actions["prompts.sort-bars"].trigger()
    assert runs == ["swap", True, False]


def test_a_second_declaration_is_refused(actions: Actions) -> None:
    with pytest.raises(ValueError, match="twice"):
        actions.declare(ActionSpec("file.new", "New"))
    with pytest.raises(ValueError, match="no menu"):
        actions.declare(ActionSpec("file.other", "Other", menu="Tools"))


@pytest.mark.parametrize(
    ("query", "text", "matches"),
    [
        ("swap", "Swap colors", True),
        ("sc", "Swap colors", True),
        ("SWCOL", "Swap colors", True),
        ("color swap", "Swap colors", False),
        ("swapz", "Swap colors", False),
        ("", "Anything", True),
        ("s  c", "Swap colors", True),
    ],
)
def test_letters_must_occur_in_order(query: str, text: str, matches: bool) -> None:
    assert (fuzzy_score(query, text) is not None) == matches


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("sc", "Swap colors", "Rescue"),
        ("save", "Save", "Show all views elsewhere"),
        ("save", "Save", "Save as…"),
        ("und", "Undo", "Round"),
        ("ran", "Randomize", "Draw another"),
    ],
)
def test_word_starts_runs_and_short_names_come_first(query: str, better: str, worse: str) -> None:
    first, second = fuzzy_score(query, better), fuzzy_score(query, worse)
    assert first is not None
    assert second is None or first > second


@pytest.fixture
def palette(ready_lab, qtbot) -> CommandPalette:
    for name in ("stimulus.swap-colors", "stimulus.randomize", "file.save", "file.save-as"):
        ready_lab.actions.bind(name, lambda: None)
    ready_lab.actions.set_enabled("file.save-as", False)
    dialog = CommandPalette(ready_lab.actions, ready_lab.theme)
    qtbot.addWidget(dialog)
    return dialog


def test_the_palette_lists_usable_commands_only(palette: CommandPalette) -> None:
    assert set(palette.found()) == {"stimulus.swap-colors", "stimulus.randomize", "file.save"}


def test_typing_narrows_and_enter_chooses(palette: CommandPalette, qtbot) -> None:
    palette.show()
    qtbot.keyClicks(palette.query, "rnd")
    assert palette.found() == ["stimulus.randomize"]
    qtbot.keyClick(palette.query, Qt.Key.Key_Return)
    assert palette.chosen == "stimulus.randomize"
    assert not palette.isVisible()


def test_arrows_move_while_the_cursor_stays_in_the_field(palette: CommandPalette, qtbot) -> None:
    palette.show()
    first, second = palette.found()[:2]
    qtbot.keyClick(palette.query, Qt.Key.Key_Down)
    qtbot.keyClick(palette.query, Qt.Key.Key_Return)
    assert palette.chosen == second != first


def test_a_menu_name_finds_its_commands_too(palette: CommandPalette, qtbot) -> None:
    qtbot.keyClicks(palette.query, "stimulus")
    assert set(palette.found()) == {"stimulus.swap-colors", "stimulus.randomize"}


def test_nothing_found_is_said_and_nothing_is_run(palette: CommandPalette, qtbot) -> None:
    palette.show()
    qtbot.keyClicks(palette.query, "qqq")
    assert palette.found() == []
    assert palette.nothing.isVisible()
    qtbot.keyClick(palette.query, Qt.Key.Key_Return)
    assert palette.chosen is None
    palette.reject()
