"""What the window's code must keep to lest Qt's objects fail in its hands (R57).

An attribute of the name of one of Qt's methods hides it from everybody, and a painter that outlives
what it paints on takes the program down.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator

import pytest
from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QGuiApplication, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.app.crash import CrashGuard
from gui.charts.view import ChartView
from gui.export import layers
from gui.export.options import PictureOptions
from gui.export.painting import Subject, draw_file, draw_image
from gui.export.tools import PictureTools
from gui.window.main_window import MainWindow
from tests.gui.conftest import WAIT
from tests.support.window_code import called, classes, own_classes, qt_names, trees

OVERRIDDEN = frozenset(
    """
    accept addItem boundingRect changeEvent childEvent closeEvent columnCount contextMenuEvent
    count createEditor data done
    dragEnterEvent dragLeaveEvent dragMoveEvent drawForeground dropEvent dropMimeData event
    eventFilter
    expandingDirections fixup flags focusInEvent focusNextPrevChild focusOutEvent hasHeightForWidth
    headerData heightForWidth hideEvent horizontalOffset id indexAt initStyleOption isIndexHidden
    itemAt keyPressEvent keyReleaseEvent leaveEvent loadResource mergeWith metric mimeData mimeTypes
    minimumSize minimumSizeHint mouseDoubleClickEvent mouseMoveEvent mousePressEvent
    mouseReleaseEvent moveCursor nextCheckState paint paintEvent redo resizeEvent rowCount run
    scrollContentsBy scrollTo setData setGeometry setModel setSelection showEvent sizeHint
    stepBy stepEnabled supportedDropActions takeAt textFromValue undo updateGeometries validate
    valueFromText verticalOffset viewportEvent visualRect visualRegionForSelection wheelEvent
    """.split()  # noqa: SIM905 - a list of words is read more easily so
)
"""Methods that Qt calls by itself and so lets others write. Before adding a name, look it up: it
must be virtual in Qt's documentation, or Qt's code goes on using its own."""
PAINTERS = ("QPainter", "QStylePainter")
TABS = {
    "studies": ("scan", "map", "compare", "ablation"),
    "inspector": ("live", "types", "selectivity", "hue", "neurons"),
}


def stored(kind: type) -> Iterator[str]:
    """Names that the methods of a class give to attributes of its objects."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id == "self":
                yield node.attr


# ---- names ----


def test_r57_no_attribute_hides_a_method_of_qt() -> None:
    hidden = {
        f"{kind.__module__}.{kind.__name__}.{name}"
        for kind in classes()
        for own in own_classes(kind)
        for name in stored(own)
        if name in qt_names(kind)
    }
    assert len(classes()) > 200
    assert not hidden


def test_r57_only_methods_that_qt_lets_override_are_overridden() -> None:
    other = {
        f"{kind.__module__}.{kind.__name__}.{name}"
        for kind in classes()
        for own in own_classes(kind)
        for name, value in vars(own).items()
        if name in qt_names(kind)
        and not name.startswith("__")
        and not (name in OVERRIDDEN and inspect.isfunction(value))
        and (own, name) != (ChartView, "close")  # given back: pyqtgraph's views hide it
    }
    assert not other


def test_r57_no_object_of_the_window_hides_a_method_of_qt(window: MainWindow) -> None:
    for pane, tabs in TABS.items():
        for name in tabs:
            window.docks[pane].pane.show_tab(name)
    hidden = {
        f"{type(widget).__name__}.{name}"
        for widget in [window, *window.findChildren(QWidget)]
        for name, value in getattr(widget, "__dict__", {}).items()
        if name in qt_names(type(widget)) and not isinstance(value, SignalInstance)
    }
    assert not hidden


# ---- painters ----


def test_r57_every_painter_is_ended_by_the_block_that_made_it() -> None:
    found, loose = 0, []
    for path, tree in trees("gui", "tools", "core"):
        held = {
            id(item.context_expr)
            for node in ast.walk(tree)
            if isinstance(node, ast.With)
            for item in node.items
        }
        for node in ast.walk(tree):
            if called(node) == "save" and ast.unparse(node) == "painter.save()":
                loose.append(f"{path}:{node.lineno}")  # QPainterStateGuard puts it back whatever
            if called(node) in PAINTERS:
                found += 1
                if id(node) not in held:
                    loose.append(f"{path}:{node.lineno}")
    assert found > 15
    assert not loose


class Failing(QWidget):
    """Breaks down in the middle of being painted, as long as it shall."""

    def __init__(self) -> None:
        super().__init__()
        self.broken, self.painted = True, 0

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), self.palette().window())
            if self.broken:
                raise ZeroDivisionError("while painting")
            self.painted += 1


def painters_of(error: BaseException) -> list[QPainter]:
    """The painters that an exception keeps alive by its traceback."""
    found, trace = [], error.__traceback__
    while trace is not None:
        values = trace.tb_frame.f_locals.values()
        found += [value for value in values if isinstance(value, QPainter)]
        trace = trace.tb_next
    return found


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_r57_a_picture_that_fails_leaves_no_painter_and_the_window_as_it_was(
    window: MainWindow, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pane = window.docks["prediction"].pane
    subject, options = Subject("Prediction", pane), PictureOptions(form=form, extent="slide")
    before = pane.size(), window.grab().toImage()

    def fail(_widget: QWidget, painter: QPainter) -> None:
        assert painter.isActive()
        raise ZeroDivisionError("while painting")

    monkeypatch.setattr(layers, "_draw_alone", fail)
    errors = []
    for _ in range(3):
        with pytest.raises(ZeroDivisionError) as caught:
            draw_file(window.lab.theme, subject, options, "note")
        errors.append(caught.value)
    # The tracebacks are still there, as they are while a report is shown.
    painters = [painter for error in errors for painter in painters_of(error)]
    assert painters and not any(painter.isActive() for painter in painters)
    monkeypatch.undo()
    assert window.updatesEnabled()
    assert (pane.size(), window.grab().toImage()) == before
    assert draw_file(window.lab.theme, subject, options, "note").content()


def test_r57_a_stage_that_cannot_be_measured_is_put_back(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError("no size")

    monkeypatch.setattr("gui.export.painting.extents_of", fail)
    pane = window.docks["prediction"].pane
    before = pane.size()
    options = PictureOptions(extent="slide")
    with pytest.raises(ZeroDivisionError) as caught:
        draw_image(window.lab.theme, Subject("Prediction", pane), options, "note")
    assert caught.tb is not None  # a traceback that is kept, as in a report
    assert window.updatesEnabled() and pane.size() == before


@pytest.mark.logs("ZeroDivisionError: while painting")
def test_r57_what_fails_while_painting_is_reported_and_the_program_lives_on(
    qapp, qtbot: QtBot
) -> None:
    widget = Failing()
    qtbot.addWidget(widget)
    with qtbot.captureExceptions():
        guard = CrashGuard(qapp)
        guard.attach(widget, lambda: None, lambda _error: None)
        guard.install()
        try:
            widget.show()
            qtbot.waitUntil(lambda: guard.dialog is not None, timeout=WAIT)
            assert "while painting" in guard.dialog.report
            for reports in range(2, 6):
                widget.update()
                qtbot.waitUntil(lambda: guard.reports >= reports, timeout=WAIT)  # noqa: B023
            widget.broken = False
            widget.update()
            qtbot.waitUntil(lambda: widget.painted > 0, timeout=WAIT)
        finally:
            guard.uninstall()
            guard.dialog.close()
            guard.deleteLater()
    assert not widget.grab().isNull()


@pytest.mark.parametrize(
    ("pane", "tab"),
    [("designer", ""), ("prediction", ""), ("experiments", "")]
    + [(pane, tab) for pane, tabs in TABS.items() for tab in tabs],
)
def test_r57_each_pane_is_copied_and_saved_whatever_is_in_front(
    window: MainWindow, pane: str, tab: str
) -> None:
    dock = window.docks[pane]
    dock.show()
    dock.raise_()
    if tab:
        dock.pane.show_tab(tab)
        assert dock.pane.tab == tab
    tools = window.findChild(PictureTools)
    QGuiApplication.clipboard().setImage(QImage())
    tools.copy(dock)
    copied = QGuiApplication.clipboard().image()
    assert copied.width() == 2 * dock.pane.width()
    for subject in tools.subjects(dock):
        for form in ("png", "svg", "pdf"):
            options = PictureOptions(form=form)
            assert draw_file(window.lab.theme, subject, options, tools.note(subject)).content()
