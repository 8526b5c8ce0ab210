"""Ground for the window's tests: offscreen, a fast model, and nothing may be left behind."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QThread, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from core.base.settings import Settings
from core.census.data import CensusData
from gui.app.start import build_lab, build_window
from gui.context.lab_context import LabContext
from gui.inspector.census.shown_census import ShownCensus
from gui.inspector.neurons.units_tab import UnitsTab
from gui.jobs import priority
from gui.look.theme import Theme
from gui.window.main_window import MainWindow
from tests.support.log_watch import HARMLESS_QT
from tests.support.quick_model import QuickLoader
from tests.support.unit_census import made_census
from tests.support.unit_tab import TOP, take
from tests.support.waiting import WAIT

if TYPE_CHECKING:  # it imports torch
    from core.models.session import ModelSession


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let pass what the offscreen platform says about itself."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore(HARMLESS_QT.pattern, extend=True))


@pytest.fixture(autouse=True)
def jobs_do_not_starve(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other work on this computer must not keep threads from ending in time."""
    monkeypatch.setattr(priority, "lower_priority", lambda _niceness: None)


@pytest.fixture(autouse=True)
def nothing_left_behind(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a running thread, an active timer or a window."""
    # What is left by now stays, as modules do: it need not be searched through again and again.
    gc.collect()
    gc.freeze()
    before = {id(widget) for widget in qapp.topLevelWidgets()}
    timers_before = {id(timer) for timer in _active_timers()}
    themes_before = qapp.findChildren(Theme)
    yield
    # A program has one theme; those of former tests would go on dressing every window in turn.
    for theme in qapp.findChildren(Theme):
        if theme not in themes_before:
            theme.deleteLater()
    # What Python put there would be there when Qt ends, and crash it.
    QApplication.clipboard().clear()
    _delete_deferred()
    gc.collect()
    _delete_deferred()
    threads = [thread for thread in _instances(QThread) if thread.isRunning()]
    pools = [pool for pool in _instances(QThreadPool) if pool.activeThreadCount()]
    windows = [widget for widget in qapp.topLevelWidgets() if id(widget) not in before]
    timers = [timer for timer in _active_timers() if id(timer) not in timers_before]
    for thread in threads:
        if hasattr(thread, "request_stop"):
            thread.request_stop()
        thread.wait(5000)
    for widget in windows:
        widget.close()
        widget.deleteLater()
    left = [*map(repr, threads), *map(repr, pools), *map(repr, windows), *map(repr, timers)]
    if left:
        pytest.fail("left behind: " + "; ".join(left), pytrace=False)


def _instances(kind: type) -> list:
    # By type: asking an object for its class may run code of a lazy module.
    found = (thing for thing in gc.get_objects() if issubclass(type(thing), kind))
    return [thing for thing in found if isValid(thing)]


def _active_timers() -> list[QTimer]:
    return [timer for timer in _instances(QTimer) if timer.isActive()]


def _delete_deferred() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QCoreApplication.processEvents()


@pytest.fixture
def loader() -> QuickLoader:
    """Loads models that answer at once; see `tests.support.quick_model`."""
    return QuickLoader()


@pytest.fixture
def make_lab(qapp: QApplication, loader: QuickLoader) -> Iterator[Callable[..., LabContext]]:
    """Make labs whose inference thread is started; they are closed at the end."""
    labs: list[LabContext] = []

    def make(settings: Settings | None = None, start: bool = True) -> LabContext:
        lab = build_lab(qapp, settings or Settings(), loader)
        qapp.setStyleSheet(lab.theme.sheet)  # panes are tried without a window that dresses them
        labs.append(lab)
        if start:
            lab.inference.start()
        return lab

    yield make
    for lab in labs:
        if isValid(lab):  # otherwise its window took it along
            lab.close()
            lab.deleteLater()


@pytest.fixture
def lab(make_lab: Callable[..., LabContext]) -> LabContext:
    """A lab without a window; its model is not loaded yet."""
    return make_lab()


@pytest.fixture
def ready_lab(lab: LabContext, qtbot: QtBot) -> LabContext:
    """A lab that has answered once."""
    with qtbot.waitSignal(lab.inference.answered, timeout=WAIT):
        lab.use_model("embedded")
    return lab


@pytest.fixture
def make_window(qapp: QApplication) -> Iterator[Callable[[LabContext], MainWindow]]:
    """Make windows that are shown, and closed without a question at the end."""
    windows: list[MainWindow] = []

    def make(lab: LabContext) -> MainWindow:
        qapp.setStyleSheet("")
        window = build_window(lab)
        windows.append(window)
        window.show()
        return window

    yield make
    for window in windows:
        window.close_without_asking()
        window.deleteLater()
    windows.clear()
    _delete_deferred()


@pytest.fixture
def window(
    lab: LabContext, make_window: Callable[[LabContext], MainWindow], qtbot: QtBot
) -> MainWindow:
    """The whole window on a lab that has answered once."""
    window = make_window(lab)
    window.resize(1280, 720)
    with qtbot.waitSignal(lab.inference.answered, timeout=WAIT):
        lab.use_model("embedded")
    return window


@pytest.fixture(scope="session")
def tiny_model() -> ModelSession:
    """The embedded model's architecture with random weights, on torch."""
    from core.models.loading import random_session

    return random_session("embedded", seed=0)


@pytest.fixture
def census(tmp_path: Path) -> CensusData:
    return made_census(tmp_path / "pictures")


@pytest.fixture
def shown_census(lab: LabContext) -> Iterator[ShownCensus]:
    shown_census = ShownCensus()
    shown_census.set_thresholds(top=TOP)
    yield shown_census
    shown_census.stop()
    shown_census.deleteLater()


@pytest.fixture
def show(lab: LabContext) -> Iterator[Callable[[QWidget], QWidget]]:
    """Show widgets; the lab is closed before they go."""
    widgets: list[QWidget] = []

    def show(widget: QWidget) -> QWidget:
        widgets.append(widget)
        widget.resize(480, 700)
        widget.show()
        return widget

    yield show
    lab.close()
    for widget in widgets:
        widget.close()
        widget.deleteLater()


@pytest.fixture
def tab(
    lab: LabContext, shown_census: ShownCensus, census: CensusData, show, qtbot: QtBot
) -> UnitsTab:
    """All units of a small census."""
    tab = show(UnitsTab(lab, shown_census))
    take(shown_census, census, qtbot)
    return tab
