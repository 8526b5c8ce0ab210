"""Text that can always be written to a file, and characters in it that show nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters that show nothing though Unicode counts them as letters, marks or symbols."""
_JOINERS = frozenset("\u200c\u200d")
_SELECTORS = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
_TAGS = range(0xE0020, 0xE0080)
_PLAIN_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "CJK", "DIGIT")
"""Scripts whose letters are the same with and without a joiner."""


def valid_text(text: str) -> str:
    """`text` with every lone surrogate replaced by U+FFFD, so that it can be encoded as UTF-8.

    Half characters reach the lab through damaged clipboards and through file names that are no
    valid UTF-8. Two halves that belong together are joined.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def short_text(text: str, most: int = 120) -> str:
    """`text` as it is, or its two ends: a path that is too long for the system is so for people."""
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-most // 2 :]}"


def is_blank(text: str) -> bool:
    """True if `text` shows nothing: empty, or only spaces, control and format characters."""
    return all(
        character.isspace() or unicodedata.category(character) in ("Cc", "Cf") for character in text
    )


def invisible_places(text: str) -> tuple[int, ...]:
    """Indices of the characters of `text` that show nothing, though a model may read them.

    These are control and format characters such as the soft hyphen, the zero-width space and the
    marks of writing direction, fillers, and variation selectors. Where such a character has a
    visible effect it does not count: joiners and selectors in emoji, joiners between letters of
    Arabic or an Indic script. White space and line ends do not count.
    """
    if text.isascii() and text.isprintable():  # nearly all are: words, prompts, labels
        return ()
    return tuple(
        place
        for place, character in enumerate(text)
        if _shows_nothing(character) and not _has_an_effect(text, place)
    )


def without_invisible(text: str) -> str:
    """`text` without the characters at `invisible_places`."""
    out = set(invisible_places(text))
    if not out:
        return text
    return "".join(character for place, character in enumerate(text) if place not in out)


def marked(text: str) -> str:
    """`text` with its invisible characters written as their code: ``pur⟨U+00AD⟩ple``."""
    out = set(invisible_places(text))
    return "".join(
        f"⟨U+{ord(character):04X}⟩" if place in out else character
        for place, character in enumerate(text)
    )


def invisible_sentence(text: str) -> str:
    """What invisible characters a text holds, in words; empty if none."""
    places = invisible_places(text)
    if not places:
        return ""
    listed = character_names(text[place] for place in places)
    if len(places) == 1:
        return f"It holds an invisible character ({listed}) that a model may read."
    return f"It holds {len(places)} invisible characters ({listed}) that a model may read."


def character_names(characters: Iterable[str]) -> str:
    """Names and codes of characters, each once: ``soft hyphen, U+00AD, word joiner, U+2060``."""
    return ", ".join(dict.fromkeys(_name(character) for character in characters))


def one_line(text: str) -> str:
    """Text without line breaks and other control characters, and without half characters."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", valid_text(text))


def _shows_nothing(character: str) -> bool:
    category = unicodedata.category(character)
    return (
        category == "Cf"
        or (category == "Cc" and not character.isspace())
        or character in _FILLERS
        or ord(character) in _SELECTORS
    )


def _has_an_effect(text: str, place: int) -> bool:
    character = text[place]
    before = next((found for found in reversed(text[:place]) if not _shows_nothing(found)), " ")
    category = unicodedata.category(before)
    if ord(character) in _SELECTORS:  # letters look the same with one
        return category[0] not in "LMZ"
    if character in _JOINERS and category[0] in "LM":
        return unicodedata.name(before, "").split(" ")[0] not in _PLAIN_SCRIPTS
    # Parts of an emoji that are joined, and the letters behind a flag.
    return category in ("So", "Sk") and (character in _JOINERS or ord(character) in _TAGS)


def _name(character: str) -> str:
    name = unicodedata.name(character, "control character").lower()
    return f"{name}, U+{ord(character):04X}"
