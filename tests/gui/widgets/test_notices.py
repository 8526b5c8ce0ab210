"""The notice over the panes lies where it is asked to."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.base.errors import InvalidInput
from gui.context.lab_context import LabContext
from gui.widgets.notices import Notice


def test_a_notice_lies_below_what_it_must_not_hide(lab: LabContext, show, qtbot: QtBot) -> None:
    window = show(QWidget())
    notice = Notice(lab.theme, window)
    for top in (0, 60):
        notice.show_error(InvalidInput("Nothing is there.", "Choose something."), top=top)
        assert notice.isVisible()
        place = notice.geometry()
        assert top < place.top() < top + 40
        assert window.rect().contains(place)
        assert abs(place.center().x() - window.rect().center().x()) <= 1
