"""Every dialog that asks where to write: the name asked about is the name written (R59)."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox

from gui.dialogs.save_file import choose_file, complete
from gui.experiments.results import export_menu as results
from gui.export.figures import figure_tools
from gui.export.menu import CSV, SPREADSHEET
from gui.export.tools import PictureTools
from gui.inspector.census.report import census_reporter
from gui.inspector.figures import figure_export
from gui.studies.ablation import ablation_result
from gui.studies.page import scan_export
from gui.window.main_window import MainWindow
from tests.support.window_code import called, trees

Ask = Callable[[Path], Path | None]
"""Opens a dialog with a suggested path and gives what was chosen."""
HERE = "gui/dialogs/save_file.py"


class Person:
    """Answers the dialogs that come up: types a name, and says whether a file may be replaced.

    Attributes
    ----------
    asked : list of str
        The questions whether to replace a file, in order.
    """

    def __init__(self, names: list[str], replace: bool, kind: str = "") -> None:
        self.asked: list[str] = []
        self._names, self._replace, self._kind = list(names), replace, kind
        self._there = False

    @contextmanager
    def there(self) -> Iterator[Person]:
        self._there = True
        QTimer.singleShot(0, self._answer)
        try:
            yield self
        finally:
            self._there = False

    def _answer(self) -> None:
        if not self._there:
            return
        QTimer.singleShot(0, self._answer)  # a timer of its own: a question may come meanwhile
        dialog = QApplication.activeModalWidget()
        if dialog is None or not dialog.isVisible():
            return
        if isinstance(dialog, QMessageBox):
            self.asked.append(dialog.text())
            yes = QMessageBox.ButtonRole
            roles = (yes.YesRole, yes.DestructiveRole)
            for button in dialog.buttons():
                if (dialog.buttonRole(button) in roles) == self._replace:
                    button.click()
                    return
        elif isinstance(dialog, QFileDialog):
            if not self._names:
                dialog.reject()
                return
            if self._kind:
                dialog.selectNameFilter(self._kind)
                dialog.filterSelected.emit(self._kind)
            field = dialog.findChild(QLineEdit, "fileNameEdit")
            field.setFocus()
            if not field.hasFocus():
                dialog.activateWindow()
                return
            field.setText(self._names.pop(0))
            field.textEdited.emit(field.text())  # as typing does
            dialog.accept()


def askers(window: MainWindow) -> dict[str, tuple[Ask, str]]:
    """Every place that asks for a file to write, and the ending of what it writes."""
    lab, panes = window.lab, {name: dock.pane for name, dock in window.docks.items()}
    studies = panes["studies"].pages
    predictions = panes["prediction"].export_menu
    numbers, found = predictions._dialog, {}
    kinds = ["CSV, exact (*.csv)", "JSON with all settings (*.json)"]

    def first(choice: tuple[Path, str] | None) -> Path | None:
        return None if choice is None else choice[0]

    found["document"] = (window.files.ask_save, ".colorlab")
    found["pixels"] = (panes["designer"].transfer.ask_save, ".png")
    found["prediction"] = (lambda path: first(numbers(path, kinds)), ".csv")
    found["picture"] = (
        lambda path: window.findChild(PictureTools).ask_path(path, "PDF (*.pdf)"),
        ".pdf",
    )
    found["figure"] = (lambda path: figure_tools(lab).ask_path(path, "SVG (*.svg)"), ".svg")
    found["census report"] = (
        lambda path: census_reporter(lab).ask_path(path, "HTML (*.html);;PDF (*.pdf)"),
        ".html",
    )
    menus = {
        "results": (panes["experiments"].results.export_menu, results.TARGETS[0]),
        "census": (panes["inspector"].findChild(figure_export.FigureExport), None),
        "scan": (studies["scan"].export_menu, CSV),
        "map": (studies["map"].export_menu, SPREADSHEET),
        "study": (
            studies["ablation"].study.findChild(ablation_result.ResultView).export_menu,
            None,
        ),
    }
    for name, (menu, target) in menus.items():
        kind = target.file_filter if target is not None else "CSV, exact (*.csv)"
        found[name] = (lambda path, menu=menu, kind=kind: menu.ask_path(path, kind), ".csv")
    units = studies["ablation"].units
    found["ablation"] = (lambda path: units.ask_path(path, "Ablation (*.json)"), ".json")
    return found


NAMES = (
    "document", "pixels", "prediction", "picture", "figure", "census report", "results", "census",
    "scan", "map", "study", "ablation",
)  # fmt: skip


def test_r59_one_function_asks_for_files_to_write() -> None:
    others = [
        f"{path}:{node.lineno}"
        for path, tree in trees("gui")
        for node in ast.walk(tree)
        if called(node) in ("getSaveFileName", "getSaveFileUrl", "saveFileContent")
        or (called(node) in ("QFileDialog", "setAcceptMode") and path != HERE)
    ]
    assert not others


def test_r59_the_walk_below_knows_every_place_that_asks(window: MainWindow) -> None:
    places = {
        path
        for path, tree in trees("gui")
        for node in ast.walk(tree)
        if called(node) in ("ask_file", "choose_file") and path != HERE
    }
    assert len(places) == 7
    assert set(askers(window)) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_r59_no_file_is_replaced_without_a_question_that_names_it(
    window: MainWindow, name: str, tmp_path: Path
) -> None:
    ask, ending = askers(window)[name]
    for typed in ("study", "pilot 0.5", "colors v1.2"):
        there = tmp_path / f"{typed}{ending}"
        there.write_text("mine", "utf-8")
        with Person([typed], replace=False).there() as person:
            assert ask(tmp_path / f"suggested{ending}") is None
        assert len(person.asked) == 1 and there.name in person.asked[0]
        with Person([typed], replace=True).there() as person:
            assert ask(tmp_path / f"suggested{ending}") == there
        assert len(person.asked) == 1 and there.name in person.asked[0]
        there.unlink()
        with Person([typed], replace=False).there() as person:
            assert ask(tmp_path / f"suggested{ending}") == there
        assert person.asked == []


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("prediction", "hue.csv.provenance.json"),
        ("results", "hue.csv.provenance.json"),
        ("census", "hue.provenance.json"),
        ("scan", "hue.csv.provenance.json"),
        ("map", "hue.csv.provenance.json"),
        ("study", "hue.provenance.json"),
    ],
)
def test_r59_one_question_names_every_file_that_would_be_replaced(
    window: MainWindow, name: str, second: str, tmp_path: Path
) -> None:
    ask, _ending = askers(window)[name]
    mine = tmp_path / second
    mine.write_text("mine", "utf-8")
    with Person(["hue"], replace=False).there() as person:
        assert ask(tmp_path / "suggested.csv") is None
    assert person.asked == [f"“{second}” exists already. Replace it?"]
    (tmp_path / "hue.csv").write_text("mine", "utf-8")
    with Person(["hue"], replace=True).there() as person:
        assert ask(tmp_path / "suggested.csv") == tmp_path / "hue.csv"
    assert person.asked == [f"“hue.csv” and “{second}” exist already. Replace them?"]


def test_r59_thresholds_beside_a_scan_are_asked_about(window: MainWindow, tmp_path: Path) -> None:
    shown = SimpleNamespace(thresholds=("one",)), 0
    menu = scan_export(window.lab, lambda: shown, "Scan", window)
    (tmp_path / "hue thresholds.csv").write_text("mine", "utf-8")
    with Person(["hue"], replace=False).there() as person:
        assert menu.ask_path(tmp_path / "suggested.csv", CSV.file_filter) is None
    assert person.asked == ["“hue thresholds.csv” exists already. Replace it?"]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("study", "study.csv"),
        ("study.csv", "study.csv"),
        ("study.CSV", "study.CSV"),
        ("study.json", "study.json"),
        ("pilot 0.5", "pilot 0.5.csv"),
        ("picture.png", "picture.png.csv"),
        ("dot.", "dot.csv"),
        (".csv", ".csv.csv"),
        ("שלום 0.5", "שלום 0.5.csv"),
    ],
)
def test_r59_names_keep_their_dots_and_get_the_ending(typed: str, written: str) -> None:
    kinds = "CSV (*.csv);;JSON (*.json)"
    assert complete(Path("here") / typed, "CSV (*.csv)", kinds) == Path("here") / written


def test_r59_the_ending_follows_the_kind_that_is_chosen(qapp, tmp_path: Path) -> None:
    (tmp_path / "answers 0.5.json").write_text("mine", "utf-8")
    kinds = "CSV (*.csv);;JSON (*.json)"
    for typed, files, asked in (
        ("answers", "answers.json", 0),
        ("answers 0.5", "answers 0.5.json", 1),
        ("answers.csv", "answers.csv", 0),
    ):
        with Person([typed], replace=True, kind="JSON (*.json)").there() as person:
            choice = choose_file(None, "Export", tmp_path / "suggested.csv", kinds)
        assert choice == (tmp_path / files, "JSON (*.json)")
        assert len(person.asked) == asked


def test_r59_after_a_no_another_name_can_be_typed(qapp, tmp_path: Path) -> None:
    (tmp_path / "pilot 0.5.png").write_text("mine", "utf-8")
    with Person(["pilot 0.5", "pilot 0.6"], replace=False).there() as person:
        choice = choose_file(None, "Save", tmp_path / "suggested.png", "PNG (*.png)")
    assert choice is not None and choice.path == tmp_path / "pilot 0.6.png"
    assert len(person.asked) == 1


def test_r59_a_document_with_a_dot_in_its_name_is_saved_and_opened_again(
    window: MainWindow, tmp_path: Path
) -> None:
    window.lab.document.change("seed", seed=5)
    with Person([str(tmp_path / "pilot 0.5")], replace=False).there():
        assert window.files.save_as()
    assert [path.name for path in tmp_path.iterdir()] == ["pilot 0.5.colorlab"]
    assert window.lab.document.name == "pilot 0.5"
    window.files.new()
    window.files.open(tmp_path / "pilot 0.5.colorlab")
    assert window.lab.document.state.seed == 5
