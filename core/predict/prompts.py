"""Templates, labels and the prompts made of them.

A template has one slot, written ``{}``. A prompt is the template with the slot replaced by a
label, literally: braces, percent signs or backslashes in either mean nothing, and a ``{}`` inside
a label stays as it is (R15). Text in any language may be used (R16).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Hashable, Iterable
from typing import Literal

import msgspec

from core.base.errors import PromptError
from core.base.paths import resources_dir
from core.base.text import is_blank, valid_text
from core.base.typed import from_values
from core.color.terms import COLOR_TERMS, spelled

SLOT = "{}"
MAX_TEXT_LENGTH = 2000
"""Longest template or label in characters; far over any model's token limit."""
_SHOWN_CHARACTERS = 80

Part = Literal["template", "label"]
Reason = Literal["blank", "no-slot", "several-slots", "duplicate", "too-long", "one-prompt"]
_REMEDY = f"Write the one slot {SLOT} where the label goes."


class _Row(msgspec.Struct, frozen=True):
    text: str
    """Half characters are replaced by U+FFFD."""
    enabled: bool = True
    """False for a row that is kept but not used."""

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "text", valid_text(self.text))


class Template(_Row, frozen=True):
    """One template row: text with the slot ``{}``."""


class Label(_Row, frozen=True):
    """One label row: what is put into the slot."""


_SKIPPED = re.compile(r"( and( is)?|; it is) skipped")


class Problem(msgspec.Struct, frozen=True):
    """Why one row is not used."""

    part: Part
    row: int
    """Index into `PromptSet.templates` or `PromptSet.labels`."""
    reason: Reason
    sentence: str
    """What is wrong and what helps, to show beside the row."""
    same_as: int | None = None
    """The earlier row that this one repeats; None for other reasons."""

    @property
    def fact(self) -> str:
        """The sentence for where such a row is refused, not skipped."""
        return _SKIPPED.sub("", self.sentence)


class PromptSet(msgspec.Struct, frozen=True):
    """The rows of templates and labels, in the user's order.

    Any rows can be held, also ones that cannot be used: `problems` says which and why.
    """

    templates: tuple[Template, ...]
    labels: tuple[Label, ...]

    def active_templates(self) -> tuple[str, ...]:
        """Texts of the templates to use: enabled and without a problem, in order."""
        return tuple(self.templates[row].text for row in self.active_template_rows())

    def active_labels(self) -> tuple[str, ...]:
        """Texts of the labels to use: enabled and without a problem, in order."""
        return tuple(self.labels[row].text for row in self.active_label_rows())

    def active_template_rows(self) -> tuple[int, ...]:
        """Indices of the templates to use."""
        return _active(self.templates, self.template_problems())

    def active_label_rows(self) -> tuple[int, ...]:
        """Indices of the labels to use."""
        return _active(self.labels, self.label_problems())

    def problems(self) -> tuple[Problem, ...]:
        """Every enabled row that is not used: templates first, then labels."""
        return (*self.template_problems().values(), *self.label_problems().values())

    def template_problems(self) -> dict[int, Problem]:
        """Problems of enabled templates by row."""
        return _problems("template", self.templates)

    def label_problems(self) -> dict[int, Problem]:
        """Problems of enabled labels by row.

        Two labels are duplicates if they differ at most in spaces at their ends.
        """
        return _problems("label", self.labels)

    def without(self, problems: Iterable[Problem]) -> PromptSet:
        """The same rows with those that have a problem disabled."""
        out = {(problem.part, problem.row) for problem in problems}

        def kept(part: str, rows: tuple[_Row, ...]) -> tuple[_Row, ...]:
            return tuple(
                msgspec.structs.replace(row, enabled=False) if (part, place) in out else row
                for place, row in enumerate(rows)
            )

        return msgspec.structs.replace(
            self, templates=kept("template", self.templates), labels=kept("label", self.labels)
        )

    def blocking_reason(self) -> str | None:
        """Why nothing can be predicted from these rows, as a sentence; None if something can."""
        if not self.active_templates():
            return _nothing_left("template", self.templates, self.template_problems())
        if not self.active_labels():
            return _nothing_left("label", self.labels, self.label_problems())
        return None


def one_prompt_problems(prompts: PromptSet, read: Callable[[str], Hashable]) -> tuple[Problem, ...]:
    """Rows that a model reads as an earlier row, by what its tokenizer makes of them.

    Two labels that are one prompt would halve their share and tie exactly, whatever the picture
    shows. So a label counts as repeated if any active template makes the same tokens of it and of
    an earlier label, and a template if it makes the same tokens as an earlier one of every label.

    Parameters
    ----------
    read : callable
        What the model reads of a prompt, e.g. its tokens; equal for prompts that are one.

    Returns
    -------
    tuple of Problem
        Labels first, then templates; `Problem.same_as` is the row that stands for both.
    """
    templates = [(row, prompts.templates[row].text) for row in prompts.active_template_rows()]
    labels = [(row, prompts.labels[row].text) for row in prompts.active_label_rows()]
    found: list[Problem] = []
    first_labels: dict[Hashable, int] = {}
    kept: list[str] = []
    for row, label in labels:
        keys = [(template, read(fill(text, label))) for template, text in templates]
        first = min((first_labels[key] for key in keys if key in first_labels), default=None)
        if first is None:
            first_labels.update(dict.fromkeys(keys, row))
            kept.append(label)
        else:
            found.append(_one_prompt("label", row, first, prompts.labels[first].text))
    first_templates: dict[Hashable, int] = {}
    for row, template in templates:
        key = tuple(read(fill(template, label)) for label in kept)
        first = first_templates.setdefault(key, row)
        if first != row and kept:
            found.append(_one_prompt("template", row, first, prompts.templates[first].text))
    return tuple(found)


def fill(template: str, label: str) -> str:
    """The prompt: `template` with its slot replaced by `label`, literally.

    Raises
    ------
    PromptError
        If the template has no slot or several.
    """
    slots = template.count(SLOT)
    if slots != 1:
        raise PromptError(_slot_sentence(slots), _REMEDY)
    before, after = template.split(SLOT)
    return before + label + after


class PromptPreset(msgspec.Struct, frozen=True):
    """Templates to load with one click; `title` names their experiment in the paper."""

    id: str
    title: str
    templates: tuple[str, ...]


class LabelPreset(msgspec.Struct, frozen=True):
    """Labels to load with one click."""

    id: str
    title: str
    labels: tuple[str, ...]


def color_labels(gray: str = "gray") -> tuple[str, ...]:
    """The eleven color terms as labels, with gray spelled ``"gray"`` or ``"grey"``."""
    return tuple(spelled(term, gray) for term in COLOR_TERMS)


def prompt_set(templates: tuple[str, ...], labels: tuple[str, ...]) -> PromptSet:
    """A `PromptSet` of enabled rows."""
    return PromptSet(
        tuple(Template(text) for text in templates), tuple(Label(text) for text in labels)
    )


def cut(text: str) -> str:
    """A template, label or prompt as it is quoted in a sentence."""
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


def _problems(part: Part, rows: tuple[_Row, ...]) -> dict[int, Problem]:
    found: dict[int, Problem] = {}
    first_rows: dict[str, int] = {}
    for row, line in enumerate(rows):
        if not line.enabled:
            continue
        problem = _problem(part, line.text)
        if problem is None:
            first = first_rows.setdefault(line.text.strip() if part == "label" else line.text, row)
            if first != row:
                problem = "duplicate", f"This {part} repeats row {first + 1} and is skipped."
        if problem is not None:
            found[row] = Problem(part, row, *problem)
    return found


def _problem(part: Part, text: str) -> tuple[Reason, str] | None:
    if is_blank(text):
        return "blank", f"This {part} is blank and skipped."
    if len(text) > MAX_TEXT_LENGTH:
        return "too-long", (
            f"This {part} has {len(text):,} characters and is skipped. "
            f"Write at most {MAX_TEXT_LENGTH:,}."
        )
    slots = text.count(SLOT)
    if part == "label" or slots == 1:
        return None
    return "several-slots" if slots else "no-slot", f"{_slot_sentence(slots)} {_REMEDY}"


def _one_prompt(part: Part, row: int, first: int, text: str) -> Problem:
    sentence = f"The model reads this {part} as row {first + 1}, “{cut(text)}”; it is skipped."
    return Problem(part, row, "one-prompt", sentence, first)


def _slot_sentence(slots: int) -> str:
    if slots == 0:
        return f"The template has no slot {SLOT}."
    return f"The template has {slots} slots {SLOT}."


def _active(rows: tuple[_Row, ...], problems: dict[int, Problem]) -> tuple[int, ...]:
    return tuple(i for i, row in enumerate(rows) if row.enabled and i not in problems)


def _nothing_left(part: str, rows: tuple[_Row, ...], problems: dict[int, Problem]) -> str:
    if not rows:
        return f"There is no {part}. Add one to predict."
    if not problems:
        return f"Every {part} is disabled. Enable one to predict."
    kinds = {problem.reason for problem in problems.values()}
    if kinds == {"blank"}:
        return f"Every enabled {part} is blank. Fill one in to predict."
    first = min(problems)
    return f"No {part} can be used. Row {first + 1}: {problems[first].sentence}"


class _PresetFile(msgspec.Struct, forbid_unknown_fields=True):
    prompts: tuple[PromptPreset, ...]
    labels: tuple[LabelPreset, ...]


def _load_presets() -> _PresetFile:
    path = resources_dir() / "presets" / "prompts.toml"
    try:
        with path.open("rb") as file:
            return from_values(tomllib.load(file), _PresetFile)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise PromptError(
            f"The prompt presets in {path} cannot be read: {error}.", "Install the app again."
        ) from error


_PRESETS = _load_presets()
PROMPT_PRESETS: tuple[PromptPreset, ...] = _PRESETS.prompts
LABEL_PRESETS: tuple[LabelPreset, ...] = _PRESETS.labels
