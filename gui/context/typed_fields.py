"""What is typed counts when a command reads it: it is taken first, or the command is not done."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDockWidget,
    QLineEdit,
    QScrollArea,
    QWidget,
)


def finish_typing() -> None:
    """Take what is being typed in the field with the focus, as if the field were left."""
    field = QApplication.focusWidget()
    if isinstance(field, QComboBox):
        field = field.lineEdit()  # None if nothing can be typed into it
    if isinstance(field, QLineEdit | QAbstractSpinBox):
        _finish(field)


class TypedFields:
    """The fields that a command reads.

    Parameters
    ----------
    *parts : QWidget
        All fields in them count, but those that do not matter now and are therefore hidden in
        their part or disabled.
    say : callable, optional
        Shows a sentence, e.g. in the status bar.
    reveal : callable, optional
        Takes a field that lies on a page which may not be the one in front, and brings it there.
    """

    def __init__(
        self,
        *parts: QWidget,
        say: Callable[[str], object] = lambda _text: None,
        reveal: Callable[[QWidget], object] = lambda _field: None,
    ) -> None:
        self._parts, self._say, self._reveal = parts, say, reveal

    def ready(self, refusal: str = "Not done") -> bool:
        """Take what is typed; False if the command must not go on with what the fields show.

        The first field that cannot be used then has the focus and its reason is seen; the sentence
        that is said begins with `refusal`, e.g. ``"Not saved"``.
        """
        finish_typing()
        for part in self._parts:
            for line in part.findChildren(QLineEdit):
                if line.isModified():
                    _finish(line)
        field = next(self._refused(), None)
        if field is None:
            return True
        self._reveal(field)
        _bring_into_sight(field)
        name, text = field.accessibleName(), _text_of(field)
        self._say(f"{refusal}: “{text}” in the field “{name}” cannot be used.")
        return False

    def _refused(self) -> Iterator[QWidget]:
        for part in self._parts:
            for field in part.findChildren(QWidget):
                if field.property("problem") and field.isEnabled() and field.isVisibleTo(part):
                    yield field


def _finish(field: QLineEdit | QAbstractSpinBox) -> None:
    around = field.parentWidget()
    view = around.parentWidget() if around is not None else None
    if isinstance(view, QAbstractItemView) and view.viewport() is around:
        view.itemDelegate().commitData.emit(field)  # the editor of a row
    elif isinstance(around, QAbstractSpinBox):
        around.editingFinished.emit()  # what holds the line tells of its end
    else:
        field.editingFinished.emit()


def _bring_into_sight(field: QWidget) -> None:
    around = field.parentWidget()
    while around is not None:
        if isinstance(around, QScrollArea):
            around.ensureWidgetVisible(field)
        elif isinstance(around, QDockWidget):
            around.show()
            around.raise_()
        around = None if around.isWindow() else around.parentWidget()
    field.setFocus()


def _text_of(field: QWidget) -> str:
    if isinstance(field, QComboBox):
        return field.currentText()
    return field.text() if isinstance(field, QLineEdit | QAbstractSpinBox) else ""
