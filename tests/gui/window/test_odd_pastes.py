"""Odd texts pasted into every field of the panes: no fault, and nothing is stored unseen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from gui.widgets.numbers import NumberEntry
from gui.window.main_window import MainWindow
from tests.support.pages import pages
from tests.support.pasting import ODD_TEXTS, paste
from tests.support.waiting import let_events_pass

UNSEEN = set("\n\r\t\u2028\u2029")
"""What no text of one line holds. Other control characters may stand in labels, which mark them."""


def every_page(window: MainWindow, qtbot: QtBot) -> Iterator[QWidget]:
    prediction = window.docks["prediction"]
    prediction.show()
    prediction.raise_()
    prediction.pane.open_labels()
    yield prediction.pane
    yield from pages(window, qtbot)


def text_fields(page: QWidget) -> list[QLineEdit | QPlainTextEdit]:
    """Where words can be typed now; numbers have tests of their own."""
    found = [*page.findChildren(QLineEdit), *page.findChildren(QPlainTextEdit)]
    free = [f for f in found if f.isVisible() and f.isEnabled() and not f.isReadOnly()]
    return [field for field in free if not field.findChildren(NumberEntry)]


def stored_texts(window: MainWindow) -> list[str]:
    """Texts of one line that the document and the drafts hold."""
    document, panes = window.lab.document.state, window.docks
    prompts = [part.text for part in (*document.prompts.templates, *document.prompts.labels)]
    planning = panes["inspector"].pane.controller.planning
    draft = panes["experiments"].pane.controller.draft
    return [*prompts, document.palette.name, planning.draft.title, draft.title]


@pytest.mark.slow
def test_every_field_takes_any_paste(window: MainWindow, qtbot: QtBot) -> None:
    tried: set[int] = set()
    for page in every_page(window, qtbot):
        for field in text_fields(page):
            if id(field) in tried or not field.isVisible():
                continue
            tried.add(id(field))
            for text in ODD_TEXTS.values():
                paste(field, text)
                if isinstance(field, QLineEdit):
                    QTest.keyClick(field, Qt.Key.Key_Return)
                QTest.keyClick(field, Qt.Key.Key_Tab)
                QApplication.processEvents()
                held = UNSEEN & set("".join(stored_texts(window)))
                assert not held, (field.accessibleName(), text)
    assert len(tried) > 8


@pytest.mark.parametrize("name", ["line-breaks", "tabs", "nul"])
def test_prompts_of_the_document_are_single_lines(
    window: MainWindow, qtbot: QtBot, name: str
) -> None:
    pane = next(every_page(window, qtbot))
    labels = window.lab.document.prompts.labels
    field = next(f for f in text_fields(pane) if f.accessibleName().startswith("Template"))
    paste(field, ODD_TEXTS[name])
    assert window.lab.document.prompts.templates[0].text == field.text()
    pane.panel.list.edit(pane.panel.model.index(0, 0))
    editor = pane.panel.list.findChild(QLineEdit)
    paste(editor, ODD_TEXTS[name])
    seen = editor.text()
    QTest.keyClick(editor, Qt.Key.Key_Return)
    let_events_pass()
    assert window.lab.document.prompts.labels[0].text == seen
    assert len(window.lab.document.prompts.labels) == len(labels)
    assert not UNSEEN & set("".join(stored_texts(window)))
