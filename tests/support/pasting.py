"""Texts that are pasted by accident, and a paste as the user does it."""

from __future__ import annotations

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QClipboard
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

ODD_TEXTS = {
    "line-breaks": "red\nblue\r\ngreen\u2028pink\u2029",
    "tabs": "red\tblue\t",
    "long": "red " * 2500,
    "directions": "\u202ered\u202c \u2066blue\u2069 \u200fgreen\u200e",
    "nul": "red\x00blue\x07\x1b",
    "half-emoji": "x" * 59 + "😀",
    "emoji": "👩\u200d🚀 🏴\U000e0067\U000e0062\U000e007f ❤\ufe0f 👍🏽 🇨🇭",
    "hebrew": "אדום (17) red",
    "marks": "re\u0301\u0316\u0300d" + "\u0301" * 50,
    "invisible": "\u200b\u2060\ufeff",
    "spaces": " \u00a0\u3000 ",
    "braces": "{red} {} {{}} {0!r}",
    "markup": "<b>red</b>&amp;<img src=x>\\u0041",
    "private": "\ue000\ufdd0\uffff\U0010ffff",
}
"""What a text holds: the text. A field for 60 units of UTF-16 cuts the emoji of one in half."""


def paste(field: QWidget, text: str) -> None:
    """Replace what a field holds by the clipboard, with the keys for it."""
    clipboard: QClipboard = QApplication.clipboard()
    data = QMimeData()
    data.setText(text)
    clipboard.setMimeData(data)
    field.setFocus()
    QTest.keySequence(field, "Ctrl+A")
    QTest.keySequence(field, "Ctrl+V")
