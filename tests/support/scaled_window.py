"""A process that shows the window at a scale and tells what is cut off.

``QT_SCALE_FACTOR=1.5 python -m tests.support.scaled_window FOLDER WIDTH HEIGHT`` writes a picture
of each pane and ``seen.json``. Sizes are in widget units.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QToolButton, QWidget

from core.base.settings import Settings
from gui.app.start import build_lab, build_window, make_application
from gui.dialogs.preferences import PreferencesDialog
from gui.help.tools import HelpTools
from gui.widgets.elided_label import ElidedLabel
from gui.window.main_window import MainWindow
from tests.support.quick_model import QuickLoader
from tests.support.waiting import let_events_pass

SLACK = 2
"""Widget units by which a text may be wider than its place: the space around its letters."""


def clipped(root: QWidget) -> list[str]:
    """Texts that have less room than they need."""
    found = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        if isinstance(widget, QLabel) and not isinstance(widget, ElidedLabel):
            found += clipped_label(widget)
        elif isinstance(widget, QPushButton | QToolButton) and widget.text():
            wanted = widget.sizeHint().width() - margins(widget)
            if widget.width() < wanted - SLACK and not is_icon_only(widget):
                found.append(f"{type(widget).__name__} “{widget.text()}”: {widget.width()}")
    return found


def clipped_label(label: QLabel) -> list[str]:
    text = label.text().replace("&", "") if label.buddy() is not None else label.text()
    if not text or label.pixmap().width() or "<" in text:
        return []
    room = label.contentsRect()
    if label.wordWrap():
        needed = label.heightForWidth(label.width())
        cut = label.height() + SLACK < needed
    else:
        lines = text.splitlines() or [""]
        needed = max(label.fontMetrics().horizontalAdvance(line) for line in lines)
        cut = room.width() + SLACK < needed
    return [f"QLabel “{text}”: {room.width()} × {room.height()}, needs {needed}"] if cut else []


def margins(button: QAbstractButton) -> int:
    """Padding that a button may give up before its text is cut."""
    return 10 if isinstance(button, QPushButton) else 6


def is_icon_only(button: QAbstractButton) -> bool:
    icon_only = Qt.ToolButtonStyle.ToolButtonIconOnly
    return (
        isinstance(button, QToolButton)
        and not button.icon().isNull()
        and button.toolButtonStyle() == icon_only
    )


def outside(window: MainWindow) -> list[str]:
    """Panes of which a part lies outside the window."""
    whole = window.rect()
    found = []
    for name, dock in window.docks.items():
        if dock.visibleRegion().isEmpty():
            continue
        place = QRect(dock.mapTo(window, QPoint(0, 0)), dock.size())
        if not whole.contains(place):
            found.append(f"{name}: {place}")
    return found


def main(folder: Path, width: int, height: int) -> None:
    """Show every pane, the preferences and the tour."""
    app = make_application()
    lab = build_lab(app, Settings(), QuickLoader())
    window = build_window(lab)
    window.resize(width, height)
    window.show()
    lab.inference.start()
    with_answer: list[object] = []
    lab.inference.answered.connect(with_answer.append)
    lab.use_model("embedded")
    for _turn in range(600):
        if with_answer:
            break
        QTest.qWait(100)
    window.reset_layout()
    seen: dict[str, object] = {"scale": window.devicePixelRatioF(), "clipped": {}, "outside": {}}

    def look(name: str, shown: QWidget) -> None:
        for _turn in range(600):  # until it is laid out
            let_events_pass()
            app.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
            seen["clipped"][name] = clipped(shown)
            if not seen["clipped"][name]:
                break
            QTest.qWait(50)
        picture = shown.grab().toImage()
        picture.save(str(folder / f"{name}.png"))

    for name, dock in window.docks.items():
        lab.actions.trigger(f"view.show-{name}")
        look(name, window)
        seen["outside"][name] = outside(window)
        del dock
    tools = window.findChild(HelpTools)
    tools.show_tour()
    look("tour", tools.tour)
    tools.tour.end()
    dialog = PreferencesDialog(lab, window)
    dialog.show()
    for row in range(dialog.list.count()):
        dialog.list.setCurrentRow(row)
        look(f"preferences-{row}", dialog)
    dialog.reject()
    (folder / "seen.json").write_text(json.dumps(seen, indent=1), encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    os._exit(0)  # closing would wait for torch, which is still being imported for the maps
