"""Copy and export of what is shown: table, files, pictures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from core.base.tables import read_csv
from core.color.terms import CSS
from core.predict.export import PREDICTION_COLUMNS
from gui.context.lab_context import LabContext
from gui.prediction.cards.chart_picture import SCALE, WIDTH
from gui.prediction.pane import PredictionPane
from tests.support.prediction import LABELS, card, make_pane


@pytest.fixture
def pane(ready_lab: LabContext, qtbot: QtBot) -> PredictionPane:
    return make_pane(ready_lab, qtbot, labels=(*LABELS, "=1+1"))


def choose(pane: PredictionPane, path: Path, form: int = 0) -> list[Path]:
    """Answer the next file dialog with a path and the filter at a place of the list."""
    suggested: list[Path] = []

    def ask(suggestion: Path, filters: list[str]) -> tuple[Path, str]:
        suggested.append(suggestion)
        return path, filters[form]

    pane.export_menu.ask_path = ask
    return suggested


def trigger(pane: PredictionPane, text: str) -> None:
    (action,) = [a for a in pane.export_menu.actions() if a.text() == text]
    assert action.isEnabled()
    action.trigger()


def test_r47_copied_table_is_safe_and_full(pane: PredictionPane) -> None:
    trigger(pane, "Copy table")
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t") == ["template", "label", "probability", "cosine", "names"]
    assert len(lines) == 1 + 2 * 5
    cells = {line.split("\t")[1]: line.split("\t") for line in lines[1:6]}
    assert "'=1+1" in cells and "=1+1" not in cells
    shown = {row.label: row for row in card(pane).chart.rows}
    assert float(cells["pink"][2]) == shown["pink"].probability
    assert cells["pink"][4] == "background"


def test_copied_table_follows_the_region(pane: PredictionPane, ready_lab: LabContext) -> None:
    ready_lab.change_settings(csv_region="comma")
    trigger(pane, "Copy table")
    value = QGuiApplication.clipboard().text().splitlines()[1].split("\t")[2]
    assert "," in value and "." not in value


def test_r48_csv_reads_back_exactly(pane: PredictionPane, tmp_path: Path) -> None:
    suggested = choose(pane, tmp_path / "färbe 色.csv")
    trigger(pane, "Save as CSV…")
    assert suggested[0].name == "Untitled prediction.csv"
    table = read_csv(tmp_path / "färbe 色.csv", PREDICTION_COLUMNS)
    names = [column.name for column in PREDICTION_COLUMNS]
    outcome = pane.shown.predictions[0]
    values = [row[names.index("probability")] for row in table.rows[:5]]
    assert values == list(outcome.probabilities)
    assert (tmp_path / "färbe 色.csv.provenance.json").exists()


def test_r48_spreadsheet_csv_suits_the_region(
    pane: PredictionPane, ready_lab: LabContext, tmp_path: Path
) -> None:
    ready_lab.change_settings(csv_region="comma")
    choose(pane, tmp_path / "table.csv")
    trigger(pane, "Save as CSV for spreadsheets…")
    text = (tmp_path / "table.csv").read_bytes().decode("utf-8-sig")
    assert ";" in text.splitlines()[0]


def test_r49_json_is_strict_and_says_how(pane: PredictionPane, tmp_path: Path) -> None:
    choose(pane, tmp_path / "answer.json")
    trigger(pane, "Save as JSON…")
    found = json.loads(
        (tmp_path / "answer.json").read_text(encoding="utf-8"), parse_constant=lambda _c: 1 / 0
    )
    assert found["provenance"]["model"]["activation"] == "QuickGELU"
    assert found["stimulus"]["word"] == "purple"
    labels = {row["label"]: row for row in found["predictions"][0]["labels"]}
    assert labels["green"]["roles"] == ["font"]


@pytest.mark.logs("cannot be written: Not a directory")
def test_file_that_cannot_be_written_is_reported(
    pane: PredictionPane, ready_lab: LabContext, tmp_path: Path
) -> None:
    errors: list[object] = []
    ready_lab.error.connect(lambda error, _retry: errors.append(error))
    choose(pane, tmp_path / "missing" / "x.csv")
    (tmp_path / "missing").write_text("a file where a folder should be")
    trigger(pane, "Save as CSV…")
    assert len(errors) == 1 and "cannot be written" in str(errors[0])


def test_canceled_dialog_writes_nothing(pane: PredictionPane, tmp_path: Path) -> None:
    pane.export_menu.ask_path = lambda _path, _filters: None
    trigger(pane, "Save as CSV…")
    assert list(tmp_path.iterdir()) == []


def test_r51_picture_has_the_same_pixels_in_both_themes(
    pane: PredictionPane, ready_lab: LabContext
) -> None:
    pictures = []
    for mode in ("light", "dark"):
        ready_lab.theme.set_mode(mode)
        trigger(pane, "Copy charts as picture")
        pictures.append(QGuiApplication.clipboard().image())
    ready_lab.theme.set_mode("system")
    assert pictures[0] == pictures[1]
    image = pictures[0]
    assert image.width() == WIDTH * SCALE
    found = {
        image.pixelColor(x, y).getRgb()[:3]
        for x in range(0, image.width(), 3)
        for y in range(0, image.height(), 3)
    }
    assert {CSS["purple"], CSS["pink"], CSS["green"], (255, 255, 255)} <= found


def test_one_chart_is_copied_from_its_card(pane: PredictionPane) -> None:
    trigger(pane, "Copy charts as picture")
    both = QGuiApplication.clipboard().image().height()
    actions = {a.text(): a for a in card(pane, 1).row.more.menu().actions()}
    actions["Copy chart as picture"].trigger()
    assert QGuiApplication.clipboard().image().height() < both * 0.7


def test_nothing_shown_is_nothing_exported(pane: PredictionPane) -> None:
    pane.edits.set_labels(())
    pane.export_menu.aboutToShow.emit()
    assert not any(a.isEnabled() for a in pane.export_menu.actions() if not a.isSeparator())
    QGuiApplication.clipboard().setText("before")
    pane.export_menu.copy_picture()
    pane.export_menu.save()
    assert QGuiApplication.clipboard().text() == "before"
