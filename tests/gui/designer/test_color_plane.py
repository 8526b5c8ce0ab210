"""The strip of hues by keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui.designer.colors.color_plane import HueStrip


def test_arrows_change_the_hue_by_a_degree_and_other_keys_do_not(qapp) -> None:
    strip, picked = HueStrip(), []
    strip.show_hue(0.5)
    strip.picked.connect(picked.append)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_A):
        QTest.keyClick(strip, key)
    assert not picked
    QTest.keyClick(strip, Qt.Key.Key_Right)
    QTest.keyClick(strip, Qt.Key.Key_Right)
    QTest.keyClick(strip, Qt.Key.Key_Left)
    assert picked == pytest.approx([0.5 + 1 / 360, 0.5 + 2 / 360, 0.5 + 1 / 360])
    strip.show_hue(0.0)
    QTest.keyClick(strip, Qt.Key.Key_Left)  # the circle is unrolled: its end is an end
    assert picked[-1] == 0.0
