"""Layouts that follow the width."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from gui.widgets.flow import FlowLayout


def test_there_is_no_item_before_the_first_and_after_the_last(qapp) -> None:
    page = QWidget()
    flow = FlowLayout(page)
    for text in ("one", "two"):
        flow.addWidget(QLabel(text))
    assert [flow.itemAt(place) is None for place in (-1, 0, 1, 2)] == [True, False, False, True]
    assert flow.takeAt(-1) is None and flow.takeAt(2) is None and flow.count() == 2
    taken = flow.takeAt(1)
    assert taken is not None and taken.widget().text() == "two" and flow.count() == 1
