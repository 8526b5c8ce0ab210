"""The one stylesheet of the application, written over the theme's tokens.

Widgets opt into variants by a dynamic property ``role``: ``primary`` (the main button), ``flat``
(a button without a frame), ``heading``, ``muted``, ``number``, ``problem``, ``badge`` (labels),
``card`` (a framed panel), ``segment`` (one of a row of exclusive buttons), ``tool`` (toolbar).
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from core.base.atomic import write_atomic
from core.base.paths import cache_dir, resources_dir

if TYPE_CHECKING:
    from gui.look.theme import Tokens

_SHEET = Template(
    """
* { outline: none; }
QMainWindow, QDialog, QMessageBox { background: $background; }
QMainWindow::separator { background: $background; width: 5px; height: 5px; }
QMainWindow::separator:hover { background: $accent; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 4px 6px; }

QMenuBar { background: $background; padding: 1px 4px; }
QMenuBar::item { padding: 4px 9px; border-radius: 5px; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $surface; border: 1px solid $border; padding: 5px; }
QMenu::item { padding: 5px 28px 5px 26px; border-radius: 4px; }
QMenu::item:selected { background: $accent; color: $on_accent; }
QMenu::item:disabled { color: $border_strong; background: transparent; }
QMenu::separator { height: 1px; background: $border; margin: 5px 8px; }
QMenu::icon { padding-left: 6px; }
QMenu::indicator { width: 14px; height: 14px; left: 6px; }
QMenu::indicator:checked { image: url($check_text); }
QMenu::indicator:checked:selected { image: url($check_accent); }

QToolBar { background: $background; border: none; border-bottom: 1px solid $border;
           padding: 4px 8px 6px 8px; spacing: 6px; }
QToolBar::separator { background: $border; width: 1px; margin: 5px 3px; }
QStatusBar { background: $background; border-top: 1px solid $border; min-height: 26px; }
QStatusBar::item { border: none; }

QDockWidget { color: $text; }
QDockWidget > QWidget { background: $surface; }
QWidget#pane-title { background: $raised; border: 1px solid $border; border-bottom: none;
                     border-top-left-radius: 7px; border-top-right-radius: 7px; }
QFrame#pane-frame { background: $surface; border: 1px solid $border;
                    border-bottom-left-radius: 7px; border-bottom-right-radius: 7px; }
QLabel[role="heading"] { font-weight: 600; }
QLabel[role="title"] { font-weight: 600; font-size: 15pt; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="number"] { color: $muted; }
QLabel[role="problem"] { color: $danger; }
QLabel[role="warning"] { color: $warning; }
QLabel[role="ok"] { color: $ok; }
QLabel[role="badge"] { color: $text; background: $raised; border: 1px solid $border;
                       border-radius: 9px; padding: 1px 8px; }
QFrame[role="card"] { background: $surface; border: 1px solid $border; border-radius: 7px; }
QFrame[role="line"] { background: $border; border: none; max-height: 1px; min-height: 1px; }

QPushButton, QToolButton[role="tool"] {
    background: $raised; color: $text; border: 1px solid $border; border-radius: 6px;
    padding: 4px 11px; min-height: 18px; }
QPushButton:hover, QToolButton[role="tool"]:hover { background: $hover;
    border-color: $border_strong; }
QPushButton:pressed, QToolButton[role="tool"]:pressed { background: $pressed; }
QPushButton:focus, QToolButton[role="tool"]:focus { border: 2px solid $accent;
    padding: 3px 10px; }
QPushButton:disabled, QToolButton[role="tool"]:disabled { color: $border_strong;
    background: $background; border-color: $border; }
QPushButton:checked { background: $accent_soft; border-color: $accent; }
QPushButton[role="primary"], QPushButton:default { background: $accent; color: $on_accent;
    border-color: $accent; font-weight: 600; }
QPushButton[role="primary"]:hover, QPushButton:default:hover { background: $accent_hover;
    border-color: $accent_hover; }
QPushButton[role="primary"]:focus, QPushButton:default:focus { border: 2px solid $text; }
QPushButton[role="primary"]:disabled { background: $pressed; color: $muted;
    border-color: $pressed; }
QPushButton::menu-indicator { image: url($down_text); subcontrol-position: right center;
    right: 7px; width: 10px; height: 10px; }
QPushButton[role="menu"] { padding-right: 24px; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 5px;
    padding: 3px; }
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:checked { background: $pressed; }
QToolButton:focus { border-color: $accent; }
QToolButton[role="tool"][popupMode="1"] { padding-right: 20px; }
QToolButton[role="tool"]::menu-button { border: none; width: 16px; }
QToolButton::menu-indicator { image: none; }
QPushButton[role="flat"] { background: transparent; border-color: transparent; }
QPushButton[role="flat"]:hover { background: $hover; }
QPushButton[role="flat"]:focus { border: 2px solid $accent; }
QPushButton[role="segment"] { background: transparent; border: none; border-radius: 0;
    border-bottom: 2px solid transparent; padding: 6px 10px; color: $text; }
QPushButton[role="segment"]:hover { background: $hover; }
QPushButton[role="segment"]:checked { color: $accent; border-bottom: 2px solid $accent;
    font-weight: 600; }
QPushButton[role="segment"]:focus { background: $accent_soft; }
QPushButton[role="search"] { text-align: left; color: $muted; background: $surface;
    padding-left: 9px; }
QPushButton[role="search"]:hover { color: $text; }

QLineEdit, QComboBox, QAbstractSpinBox, QPlainTextEdit, QTextEdit {
    background: $surface; color: $text; border: 1px solid $border; border-radius: 6px;
    padding: 4px 8px; min-height: 18px; selection-background-color: $accent;
    selection-color: $on_accent; }
QLineEdit:hover, QComboBox:hover, QAbstractSpinBox:hover { border-color: $border_strong; }
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus, QPlainTextEdit:focus,
QTextEdit:focus { border: 2px solid $accent; padding: 3px 7px; }
QLineEdit[problem="true"], QAbstractSpinBox[problem="true"], QComboBox[problem="true"] {
    border: 2px solid $danger; padding: 3px 7px; }
QLabel#fieldReason { background: $surface; color: $danger; border: 1px solid $danger;
    border-radius: 6px; padding: 4px 8px; }
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled { color: $border_strong;
    background: $background; }
QComboBox { padding-right: 26px; }
QComboBox:on { border-color: $accent; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url($down_text); width: 10px; height: 10px; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $border; padding: 4px;
    selection-background-color: $accent; selection-color: $on_accent; }
QAbstractSpinBox { padding-right: 20px; }
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus { background: transparent;
    border: none; border-radius: 0; padding: 0 5px; min-height: 0; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { background: transparent;
    border: none; width: 18px; subcontrol-origin: border; margin-right: 2px; }
QAbstractSpinBox::up-button { subcontrol-position: top right; margin-top: 2px; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin-bottom: 2px; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $hover;
    border-radius: 3px; }
QAbstractSpinBox::up-arrow { image: url($up_text); width: 9px; height: 9px; }
QAbstractSpinBox::down-arrow { image: url($down_text); width: 9px; height: 9px; }
QAbstractSpinBox::up-arrow:off { image: url($up_muted); }
QAbstractSpinBox::down-arrow:off { image: url($down_muted); }

QCheckBox, QRadioButton { spacing: 7px; padding: 2px; border: 1px solid transparent;
    border-radius: 4px; }
QCheckBox:focus, QRadioButton:focus { border-color: $accent; }
QCheckBox::indicator, QListView::indicator, QTreeView::indicator, QTableView::indicator {
    width: 15px; height: 15px; border: 1px solid $border_strong; border-radius: 4px;
    background: $surface; }
QCheckBox::indicator:hover { border-color: $accent; }
QCheckBox::indicator:checked, QListView::indicator:checked, QTreeView::indicator:checked,
QTableView::indicator:checked { background: $accent; border-color: $accent;
    image: url($check_accent); }
QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid $border_strong;
    border-radius: 8px; background: $surface; }
QRadioButton::indicator:checked { border: 4px solid $accent; width: 8px; height: 8px; }

QListView, QTreeView, QTableView { background: $surface; color: $text;
    border: 1px solid $border; border-radius: 6px; alternate-background-color: $raised;
    selection-background-color: $accent; selection-color: $on_accent; }
QListView:focus, QTreeView:focus, QTableView:focus { border-color: $accent; }
QTableView#resultTable { selection-background-color: $accent_soft; selection-color: $text; }
QListView::item { padding: 4px 6px; border-radius: 4px; }
QListView::item:hover:!selected { background: $hover; }
QListView::item:selected { background: $accent; color: $on_accent; }
QHeaderView::section { background: $raised; color: $text; border: none;
    border-bottom: 1px solid $border; padding: 5px 8px; font-weight: 600; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }

QTabBar { background: transparent; }
QTabBar::tab { background: transparent; padding: 6px 14px; color: $muted;
    border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $text; background: $hover; }
QTabBar::tab:selected { color: $accent; border-bottom: 2px solid $accent; font-weight: 600; }
QTabBar::tab:focus { background: $accent_soft; }
QTabWidget::pane { border: 1px solid $border; border-radius: 6px; background: $surface; }

QSlider:horizontal { min-height: 22px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $pressed; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: $accent; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -6px 0; border-radius: 8px;
    background: $surface; border: 1px solid $border_strong; }
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {
    border: 2px solid $accent; width: 12px; height: 12px; }
QProgressBar { background: $pressed; border: none; border-radius: 3px; min-height: 6px;
    max-height: 6px; text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QScrollBar:vertical { background: transparent; width: 11px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 2px; }
QScrollBar::handle { background: $border; border-radius: 3px; min-height: 28px;
    min-width: 28px; }
QScrollBar::handle:hover { background: $border_strong; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: $accent; }
QGroupBox { border: 1px solid $border; border-radius: 7px; margin-top: 9px;
    padding: 10px 8px 8px 8px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 10px; padding: 0 4px; }
"""
)


def stylesheet(tokens: Tokens) -> str:
    """The stylesheet in the colors of `tokens`.

    Qt reads the small marks in check boxes and arrows from files only, so they are written in the
    theme's colors to a folder of the user's.
    """
    folder = cache_dir() / "marks"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    colors = {name: getattr(tokens, name) for name in tokens.__dataclass_fields__}
    marks = {
        f"{mark}_{use}": _mark(folder, mark, color)
        for mark in ("check", "down", "up")
        for use, color in (
            ("text", tokens.text),
            ("muted", tokens.border_strong),
            ("accent", tokens.on_accent),
        )
    }
    return _SHEET.substitute(colors, **marks)


def _mark(folder: Path, mark: str, color: str) -> str:
    source = (resources_dir() / "icons" / f"mark-{mark}.svg").read_text(encoding="utf-8")
    target = folder / f"mark-{mark}-{color.lstrip('#')}.svg"
    content = source.replace("currentColor", color)
    if not target.is_file() or target.read_text(encoding="utf-8") != content:
        with contextlib.suppress(OSError):  # a full disk: arrows without marks can still be used
            write_atomic(target, content.encode())
    return f'"{target.as_posix()}"'
