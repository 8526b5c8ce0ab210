"""Tables of results in the window: numbers, intervals, published figures, tooltips, notes."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.color.terms import CSS
from core.results.comparison.compare import compare
from core.results.result_types import Difference, ResultTable, Share
from core.results.results import outlines, result_tables
from core.stimuli.sampling import MAX_SEED
from gui.experiments.results import table_delegate
from gui.experiments.results.cell_text import cell_sentence, is_clear
from gui.experiments.results.table_chooser import TableChooser
from gui.experiments.results.table_delegate import published_text, tint
from gui.experiments.results.table_model import ResultTableModel, selectable
from gui.experiments.results.table_view import ResultTableView
from gui.experiments.results.tables import TABLE, Made, TableMaker, TableRequest
from gui.look.theme import DARK, LIGHT, Theme
from tests.core.experiment_runs import model_info, plan_of
from tests.gui.conftest import WAIT
from tests.support.experiments import a_run

ROLE = Qt.ItemDataRole


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme(qapp, "light")
    yield made
    made.deleteLater()


@pytest.fixture
def view(theme: Theme, qtbot: QtBot) -> ResultTableView:
    made = ResultTableView(theme)
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.show()
    return made


def table_of(run, table: str = "") -> ResultTable:
    wanted = table or outlines(run.plan)[0].id
    return result_tables(run.plan, run.counts(), [wanted])[0]


def test_a_model_gives_names_shares_and_notes(theme: Theme) -> None:
    table = table_of(a_run(model_info()))
    model = ResultTableModel(theme.tokens)
    model.show(table, CSS)
    assert model.rowCount() == len(table.rows) + 1
    assert model.columnCount() == 1 + len(table.columns)
    assert model.index(0, 0).data() == "black"
    assert model.index(0, 0).data(ROLE.DecorationRole) is not None
    share = table.rows[0].cells[0]
    assert isinstance(share, Share)
    assert model.cell(model.index(0, 1)) is share
    assert model.index(0, 1).data() == f"{100 * share.share:.2f}\u00a0%"
    assert model.is_note(len(table.rows))
    assert model.index(len(table.rows), 0).data() == "\n".join(table.notes)
    assert model.is_total(len(table.rows) - 1)
    assert not model.flags(model.index(len(table.rows), 0)) & Qt.ItemFlag.ItemIsSelectable
    model.deleteLater()


def test_every_header_explains_itself(theme: Theme) -> None:
    for run in (a_run(model_info()), a_run(model_info(), "experiment-1", images=9, title="Shape")):
        for outline in outlines(run.plan):
            model = ResultTableModel(theme.tokens)
            model.show(table_of(run, outline.id), CSS)
            for column in range(model.columnCount()):
                tip = model.headerData(column, Qt.Orientation.Horizontal, ROLE.ToolTipRole)
                assert tip, (outline.id, column)
            model.deleteLater()


def test_a_cells_tooltip_tells_everything_about_it() -> None:
    table = table_of(a_run(model_info()))
    share = table.rows[-1].cells[1]
    assert isinstance(share, Share)
    text = cell_sentence(share, table.published_label)
    assert f"{share.count:,} of {share.total:,} images" in text
    assert "95 % interval" in text
    assert f"{share.published_text} %" in text
    assert "RN50" in text  # not the model of the paper, and it says so
    assert "Guessing" in text
    assert "Mean margin" in text


def test_published_figures_are_labeled_as_anothers() -> None:
    share = table_of(a_run(model_info())).rows[-1].cells[1]
    assert published_text(share, foreign=True) == f"paper, RN50 {share.published_text}"
    assert published_text(share, foreign=False) == f"paper {share.published_text}"


def test_only_a_share_that_counts_something_leads_to_images() -> None:
    run = a_run(model_info(), images=0, title="Empty")
    cells = [cell for row in table_of(run).rows for cell in row.cells]
    assert not any(map(selectable, cells))
    whole = table_of(a_run(model_info()))
    assert [selectable(cell) for cell in whole.rows[-1].cells] == [
        isinstance(cell, Share) and cell.count > 0 for cell in whole.rows[-1].cells
    ]
    assert "No image of these conditions" in cell_sentence(cells[0])


def test_numbers_alone_change_without_losing_the_place(view: ResultTableView) -> None:
    first = a_run(model_info(), images=40, title="First")
    second = a_run(model_info(), images=80, title="Second")
    view.show_table(table_of(first))
    view.setCurrentIndex(view.results.index(3, 2))
    resets: list[object] = []
    view.results.modelReset.connect(lambda: resets.append(True))
    view.show_table(table_of(second))
    assert not resets
    assert (view.currentIndex().row(), view.currentIndex().column()) == (3, 2)
    view.show_table(table_of(second, "ties"))
    assert resets == [True]


def test_a_click_or_enter_on_a_number_asks_for_its_images(
    view: ResultTableView, qtbot: QtBot
) -> None:
    table = table_of(a_run(model_info()))
    view.show_table(table)
    place = view.results.index(len(table.rows) - 1, 2)
    view.scrollTo(place)
    with qtbot.waitSignal(view.cell_chosen, timeout=WAIT) as chosen:
        spot = view.visualRect(place).center()
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert chosen.args == [table.rows[-1].cells[1], "all · Written"]
    with qtbot.waitSignal(view.cell_chosen, timeout=WAIT) as chosen:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert chosen.args[0] is table.rows[-1].cells[1]
    with qtbot.assertNotEmitted(view.cell_chosen):
        view.setCurrentIndex(view.results.index(0, 0))
        qtbot.keyClick(view, Qt.Key.Key_Return)


def test_no_column_is_cut_and_shares_take_the_room_there_is(view: ResultTableView) -> None:
    for outline, run in (
        ("", a_run(model_info())),
        ("prompts-white", a_run(model_info(), title="Prompts")),
        ("matrix-written-white-1", a_run(model_info(), title="Matrix")),
    ):
        table = table_of(run, outline)
        view.show_table(table)
        metrics = view.horizontalHeader().fontMetrics()
        for column in range(view.results.columnCount()):
            title = str(view.results.headerData(column, Qt.Orientation.Horizontal))
            assert view.columnWidth(column) >= metrics.horizontalAdvance(title) + 8
            least = min(view.cells.cell_width(view.results, column), 330)
            assert view.columnWidth(column) >= least
    view.show_table(table_of(a_run(model_info(), title="Wide")))
    assert view.horizontalHeader().length() <= view.viewport().width()
    assert view.horizontalHeader().length() >= 0.9 * view.viewport().width()


def test_table_3_is_read_whole_in_the_pane_of_a_small_window(view: ResultTableView) -> None:
    table = table_of(a_run(model_info(), "experiment-3", images=30, title="Table 3"))
    view.show_table(table)
    view.resize(670, 300)
    assert view.cells.compact
    assert view.horizontalHeader().length() <= view.viewport().width()
    high = view.rowHeight(0)
    view.resize(1500, 300)
    assert not view.cells.compact
    assert view.rowHeight(0) < high
    assert view.columnWidth(0) >= view.cells.cell_width(view.results, 0)


def test_the_notes_are_as_high_as_their_text(view: ResultTableView) -> None:
    table = table_of(a_run(model_info()))
    view.show_table(table)
    row = len(table.rows)
    wide = view.rowHeight(row)
    view.resize(500, 400)
    assert view.rowHeight(row) > wide
    assert view.columnSpan(row, 0) == view.results.columnCount()


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_tinted_cells_stay_readable(tokens) -> None:
    def light(color: QColor) -> float:
        parts = [channel / 255 for channel in color.getRgb()[:3]]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    ink = light(QColor(tokens.text))
    for share in (0.0, 0.5, 1.0):
        ground = light(tint(tokens, share))
        high, low = max(ink, ground), min(ink, ground)
        assert (high + 0.05) / (low + 0.05) >= 4.5


def test_differences_that_leave_zero_out_stand_out(tmp_path) -> None:
    first = a_run(model_info(), title="First", seed=1)
    second = a_run(model_info(), title="Second", seed=2)
    table = compare(first, second).tables[0]
    cells = [c for row in table.rows for c in row.cells if isinstance(c, Difference)]
    for cell in cells:
        assert is_clear(cell) == (not cell.low <= 0 <= cell.high)
        assert "Second minus first" in cell_sentence(cell)
    assert any(map(selectable, cells))


def test_a_difference_is_drawn_from_the_first_share_to_the_second_with_a_mark_at_each() -> None:
    run = a_run(model_info())
    table = compare(run, run).tables[0]
    cell = next(c for row in table.rows for c in row.cells if isinstance(c, Difference))
    replace = msgspec.structs.replace
    moved = replace(
        cell,
        first=replace(cell.first, count=1, total=4),
        second=replace(cell.second, count=3, total=4),
    )
    image = QImage(120, 30, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    with QPainter(image) as painter:
        table_delegate._paint_shift(painter, QRectF(10, 12, 100, 4), moved, LIGHT)
    blank, groove = QColor("white").rgb(), image.pixel(15, 14)
    between = image.pixel(60, 14)
    assert len({blank, groove, between}) == 3 and image.pixel(100, 14) == groove
    text = QColor(LIGHT.text).rgb()
    assert [y for y in range(30) if image.pixel(85, y) == text] == list(range(10, 18))
    assert [y for y in range(30) if image.pixel(35, y) not in (blank, between)] == list(
        range(11, 17)
    )
    assert {image.pixel(60, y) for y in (10, 11, 16, 17)} == {blank}


def test_tables_are_drawn_in_every_kind(view: ResultTableView) -> None:
    run = a_run(model_info())
    view.resize(1000, 600)
    for table in (*result_tables(run.plan, run.counts()), *compare(run, run).tables[:2]):
        view.show_table(table)
        picture = view.grab().toImage()
        assert picture.width() == 1000
        colors = {picture.pixel(x, y) for x in range(20, 980, 23) for y in range(40, 590, 13)}
        assert len(colors) > 4  # bars, tints and letters, not a blank


def test_the_chooser_parts_kinds_from_prompts(qtbot: QtBot) -> None:
    every = outlines(plan_of("experiments-3-5", 1))
    chooser = TableChooser()
    qtbot.addWidget(chooser)
    chooser.show()
    chooser.show_outlines(every, every[0])
    kinds = [chooser.kinds.itemText(row) for row in range(chooser.kinds.count())]
    assert len(kinds) == len({outline.kind for outline in every})
    assert kinds[0] == "Table 3. Answers by prompt, words on all backgrounds"
    assert not chooser.prompts.isVisible()
    chosen: list[str] = []
    chooser.chosen.connect(chosen.append)
    row = chooser.kinds.findData("fonts-all")
    chooser.kinds.setCurrentIndex(row)
    chooser.kinds.activated.emit(row)
    assert chosen == ["fonts-all-1"]
    assert chooser.prompts.isVisible()
    assert chooser.kinds.currentText().startswith("Table 5. ")
    chooser.prompts.setCurrentIndex(3)
    chooser.prompts.activated.emit(3)
    assert chosen[-1] == "fonts-all-4"
    chooser.show_outlines(every, chooser.current)
    assert chooser.kinds.currentText() == "Answers by font color, words on all backgrounds"


@pytest.fixture
def maker(qapp) -> Iterator[TableMaker]:
    made = TableMaker()
    yield made
    made.stop()
    made.deleteLater()


def test_r45_tables_are_made_beside_the_gui_thread_and_never_pile_up(
    maker: TableMaker, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = a_run(model_info())
    threads: list[object] = []
    gate = threading.Event()
    read = TableMaker._read

    def slow(self, path):
        threads.append(threading.current_thread())
        assert gate.wait(20)
        return read(self, path)

    monkeypatch.setattr(TableMaker, "_read", slow)
    made: list[Made] = []
    maker.reported.connect(lambda _request, one: made.append(one))
    names = [outline.id for outline in outlines(run.plan)][:4]
    for name in names:
        maker.make(TableRequest(run.path, name))
        qtbot.waitUntil(lambda: bool(threads), timeout=WAIT)  # the first has begun
    gate.set()
    qtbot.waitUntil(lambda: len(made) == 2, timeout=WAIT)
    # The first had begun; of those that waited only the last was still wanted.
    assert [one.table.id for one in made] == [names[0], names[-1]]
    assert threading.main_thread() not in threads
    qtbot.waitUntil(lambda: not maker.busy(TABLE), timeout=WAIT)


def test_a_run_that_cannot_be_read_is_told_and_the_next_is_shown(
    maker: TableMaker, qtbot: QtBot
) -> None:
    run = a_run(model_info())
    with qtbot.waitSignal(maker.failed, timeout=WAIT) as failed:
        maker.make(TableRequest(run.path / "none"))
    assert "There is no run" in str(failed.args[1])
    with qtbot.waitSignal(maker.reported, timeout=WAIT) as made:
        maker.make(TableRequest(run.path))
    assert made.args[1].images == 90


def test_r44_counts_beyond_32_bits_are_shown_whole(theme: Theme) -> None:
    run = a_run(model_info())
    counts = run.counts()
    counts.answers *= 2**33
    table = result_tables(run.plan, counts)[0]
    model = ResultTableModel(theme.tokens)
    model.show(table, CSS)
    images = model.index(len(table.rows) - 1, model.columnCount() - 1).data()
    assert images == f"{90 * 2**33:,}"
    assert MAX_SEED > 2**62  # seeds are typed as text, not counted by a spin box
    model.deleteLater()
