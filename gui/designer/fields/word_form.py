"""What is written, and in which face."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget

from core.base.errors import LabError
from core.base.text import invisible_places, without_invisible
from core.color.terms import COLOR_TERMS, spelled
from core.stimuli.lettering import word_outline
from core.stimuli.stimulus import MAX_WORD_LENGTH, WordStimulus, check_word
from gui.designer.fields.field_note import FieldNote
from gui.designer.fields.font_combo import FontCombo
from gui.widgets.build import column, row
from gui.widgets.flow import FlowLayout
from gui.widgets.plain_text import InvisibleNote, OneLine


class WordForm(QWidget):
    """The word, its font, and the eleven color words at a click.

    What cannot be drawn is explained beside the field; the stimulus stays as it was, and the field
    goes back to it when it is left. Where only invisible characters are in the way, a click removes
    them.

    Signals
    -------
    word_edited(word, merge)
    font_chosen(id)
    finished
        The field was left.
    """

    word_edited = Signal(str, str)
    font_chosen = Signal(str)
    finished = Signal()

    def __init__(self, gray: str = "gray", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._word, self._face, self._refused = "", "", ""
        self.word = QLineEdit(self)
        self.word.setMaxLength(MAX_WORD_LENGTH)
        OneLine(self.word)
        self.word.setAccessibleName("Word")
        self.word.setToolTip(f"What is written, up to {MAX_WORD_LENGTH} characters in any script")
        self.font_list = FontCombo(self)
        self.note = FieldNote(self)
        self.invisible = InvisibleNote(self)
        self.invisible.removal_wanted.connect(self._remove_invisible)
        words = QWidget(self)
        flow = FlowLayout(words, gap=3)
        self.quick: dict[str, QPushButton] = {}
        for term in COLOR_TERMS:
            button = QPushButton(spelled(term, gray), words)
            button.setStyleSheet("QPushButton { padding: 0px 4px; }")
            button.clicked.connect(lambda _=False, term=term: self._write(self.quick[term].text()))
            flow.addWidget(button)
            self.quick[term] = button
            _name(button)
        line = row(spacing=8)
        for text, field, stretch in (("&Word", self.word, 4), ("&Font", self.font_list, 5)):
            label = QLabel(text, self)
            label.setBuddy(field)
            line.addWidget(label)
            line.addWidget(field, stretch)
        column(line, self.note, self.invisible, words, spacing=5, on=self)
        self.word.textEdited.connect(self._type)
        self.word.editingFinished.connect(self._leave)
        self.font_list.chosen.connect(self._take_face)

    def show_word(self, stimulus: WordStimulus) -> None:
        """Show a word that was set elsewhere."""
        if (stimulus.word, stimulus.font) == (self._word, self._face):
            return
        self._word, self._face = stimulus.word, stimulus.font
        if self.word.text() != stimulus.word:
            self.word.setText(stimulus.word)
        self.font_list.show_face(stimulus.font)
        self._clear_notes()

    def set_gray(self, gray: str) -> None:
        """Follow the spelling of gray."""
        button = self.quick["gray"]
        button.setText(gray)
        _name(button)

    def _type(self, text: str) -> None:
        if self._accepts(text, self._face):
            self._word = text
            self.word_edited.emit(text, "word typing")

    def _write(self, word: str) -> None:
        self.word.setText(word)
        if self._accepts(word, self._face):
            self._word = word
            self.word_edited.emit(word, "")

    def _take_face(self, face: str) -> None:
        if self._accepts(self._word, face):
            self._face = face
            self.font_chosen.emit(face)
        else:
            self.font_list.show_face(self._face)

    def _leave(self) -> None:
        if self.word.text() != self._word:  # refused: go back to what is drawn, keep the reason
            self.word.setText(self._word)
        self.finished.emit()

    def _remove_invisible(self) -> None:
        self.word.setFocus()  # the button goes; and what is refused for another reason can be left
        self._write(without_invisible(self._refused))

    def _accepts(self, word: str, face: str) -> bool:
        self._clear_notes()
        try:
            check_word(word)
            word_outline(word, face)
        except LabError as error:
            self._refused = word
            if invisible_places(word):
                self.invisible.show_refused(word, str(error))
            else:
                self.note.show_error(error)
            return False
        return True

    def _clear_notes(self) -> None:
        self.note.clear_error()
        self.invisible.show_texts([])


def _name(button: QPushButton) -> None:
    button.setToolTip(f"Write “{button.text()}”")
    button.setAccessibleName(f"Write {button.text()}")
