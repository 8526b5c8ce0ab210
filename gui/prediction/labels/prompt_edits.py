"""Every edit of templates and labels, as named undo steps of the document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec
from PySide6.QtCore import QObject

from core.base.errors import LabError
from core.base.text import without_invisible
from core.predict.prompts import Label, PromptSet, Template
from gui.context.document import Document

Item = TypeVar("Item")


class PromptEdits(QObject):
    """What the pane's fields, buttons and menus do to the prompts.

    `report` takes a `LabError` if the document refuses an edit.
    """

    def __init__(
        self,
        document: Document,
        report: Callable[[LabError], object],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._report = report

    @property
    def prompts(self) -> PromptSet:
        """The prompts of the document."""
        return self._document.prompts

    def end_typing(self) -> None:
        """A field was left: what is typed next is another undo step."""
        self._document.end_merge()

    def undo(self) -> None:
        self._document.undo()

    def redo(self) -> None:
        self._document.redo()

    # --- templates ---

    def set_templates(self, name: str, templates: tuple[Template, ...]) -> None:
        """Replace all templates, e.g. by a preset."""
        self._change(name, templates=templates)

    def type_template(self, index: int, text: str) -> None:
        """The text of a template while it is being typed; merges until `end_typing`."""
        template = msgspec.structs.replace(self.prompts.templates[index], text=text)
        templates = replaced(self.prompts.templates, index, template)
        self._change("edit template", merge=f"template {index}", templates=templates)

    def clean_template(self, index: int) -> None:
        """Take the invisible characters out of a template."""
        template = self.prompts.templates[index]
        clean = msgspec.structs.replace(template, text=without_invisible(template.text))
        self._change(
            "remove invisible characters", templates=replaced(self.prompts.templates, index, clean)
        )

    def enable_template(self, index: int, enabled: bool) -> None:
        template = msgspec.structs.replace(self.prompts.templates[index], enabled=enabled)
        name = "switch template on" if enabled else "switch template off"
        self._change(name, templates=replaced(self.prompts.templates, index, template))

    def add_template(self, text: str = "", at: int | None = None) -> int:
        """Add a template, at the end by default, and return its index."""
        templates = self.prompts.templates
        index = len(templates) if at is None else at
        self._change("add template", templates=inserted(templates, index, Template(text=text)))
        return index

    def duplicate_template(self, index: int) -> None:
        templates = self.prompts.templates
        self._change(
            "duplicate template", templates=inserted(templates, index + 1, templates[index])
        )

    def remove_template(self, index: int) -> None:
        self._change("remove template", templates=removed(self.prompts.templates, [index]))

    def move_template(self, index: int, target: int) -> None:
        """Move a template so that its index becomes `target`; beyond the ends does nothing."""
        templates = self.prompts.templates
        if index == target or not 0 <= target < len(templates):
            return
        self._change("move template", templates=moved(templates, index, target))

    # --- labels ---

    def rename_label(self, index: int, text: str) -> None:
        label = msgspec.structs.replace(self.prompts.labels[index], text=text)
        self._change("edit label", labels=replaced(self.prompts.labels, index, label))

    def clean_labels(self) -> None:
        """Take the invisible characters out of all labels."""
        labels = tuple(
            msgspec.structs.replace(label, text=without_invisible(label.text))
            for label in self.prompts.labels
        )
        self._change("remove invisible characters", labels=labels)

    def enable_labels(self, indices: Sequence[int], enabled: bool) -> None:
        chosen = set(indices)
        labels = tuple(
            msgspec.structs.replace(label, enabled=enabled) if index in chosen else label
            for index, label in enumerate(self.prompts.labels)
        )
        noun = "label" if len(chosen) == 1 else "labels"
        self._change(f"switch {noun} {'on' if enabled else 'off'}", labels=labels)

    def add_label(self, text: str, at: int | None = None) -> int:
        """Add a label, at the end by default, and return its index."""
        labels = self.prompts.labels
        index = len(labels) if at is None else at
        self._change("add label", labels=inserted(labels, index, Label(text=text)))
        return index

    def add_labels(self, texts: Sequence[str]) -> None:
        """Add those of `texts` that are not labels yet."""
        present = {label.text for label in self.prompts.labels}
        new = tuple(Label(text=text) for text in texts if text not in present)
        self._change("paste labels", labels=(*self.prompts.labels, *new))

    def set_labels(self, texts: Sequence[str], name: str = "replace labels") -> None:
        self._change(name, labels=tuple(Label(text=text) for text in texts))

    def remove_labels(self, indices: Sequence[int]) -> None:
        name = "remove label" if len(indices) == 1 else "remove labels"
        self._change(name, labels=removed(self.prompts.labels, indices))

    def move_labels(self, indices: Sequence[int], gap: int) -> int:
        """Move labels into the gap before index `gap`; returns where they begin now."""
        labels, start = moved_before(self.prompts.labels, indices, gap)
        name = "move label" if len(indices) == 1 else "move labels"
        self._change(name, labels=labels)
        return start

    def _change(self, name: str, merge: str | None = None, **parts: object) -> None:
        try:
            prompts = msgspec.structs.replace(self.prompts, **parts)
            self._document.change(name, merge, prompts=prompts)
        except LabError as error:
            self._report(error)


def replaced(items: Sequence[Item], index: int, item: Item) -> tuple[Item, ...]:
    """`items` with another item at `index`."""
    return (*items[:index], item, *items[index + 1 :])


def inserted(items: Sequence[Item], index: int, item: Item) -> tuple[Item, ...]:
    """`items` with one more item, at `index`."""
    return (*items[:index], item, *items[index:])


def removed(items: Sequence[Item], indices: Sequence[int]) -> tuple[Item, ...]:
    """`items` without those at `indices`."""
    gone = set(indices)
    return tuple(item for index, item in enumerate(items) if index not in gone)


def moved(items: Sequence[Item], source: int, target: int) -> tuple[Item, ...]:
    """`items` with the one at `source` taken out and put where its new index is `target`."""
    rest = [*items[:source], *items[source + 1 :]]
    rest.insert(target, items[source])
    return tuple(rest)


def moved_before(
    items: Sequence[Item], sources: Sequence[int], gap: int
) -> tuple[tuple[Item, ...], int]:
    """Move several items, in their order, into the gap before index `gap`.

    Returns the new order, and the index at which the moved items now begin.
    """
    taken = sorted(set(sources))
    before = [item for index, item in enumerate(items[:gap]) if index not in taken]
    after = [item for index, item in enumerate(items) if index >= gap and index not in taken]
    return (*before, *(items[index] for index in taken), *after), len(before)
