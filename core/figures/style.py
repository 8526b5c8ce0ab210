"""How figures look: fonts, sizes, grays; and matplotlib, imported late and left as it was."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from core.base.paths import cache_dir, resources_dir
from core.base.reading import open_regular, read_bytes
from core.figures.font_subsets import subset_face

# TrueType: the outlines of Inter, the interface's font, are of the kind that matplotlib writes
# into PDF files wrongly.
_FACES = ("open-sans/OpenSans-Regular.ttf", "open-sans/OpenSans-Bold.ttf")
FAMILY = "Open Sans"
FALLBACK = "DejaVu Sans"  # comes with matplotlib
MISSING = "□"

INK = "#1a1a1a"
QUIET = "#5f6368"
LINE = "#d0d0d0"
BAR = "#c3c9d0"
TOTAL_BAR = "#8b949e"
SOFT = "#9fb7d9"

FONT_SIZE = 8.0
SMALL_SIZE = 6.5
HEADER_SIZE = 7.5
TITLE_SIZE = 9.5

_lock = threading.Lock()


@contextmanager
def styled(text: str) -> Iterator[None]:
    """Set matplotlib up for one figure, and put everything back afterwards.

    Fonts are looked for that have the characters of `text`, which is all that the figure says.
    """
    with _lock:
        _import_matplotlib()
        import matplotlib as mpl

        with mpl.rc_context():
            mpl.rcdefaults()  # whatever the user has set for scripts
            others = _others(frozenset(text))
            mpl.rcParams.update(_settings([FAMILY, FALLBACK, *others]))
            if not all(map(_is_truetype, others)):
                mpl.rcParams["pdf.fonttype"] = 3  # the outlines as drawings, of any kind of font
            yield


def drawable(text: str) -> str:
    """`text` with each character that no font has replaced by `MISSING`; within `styled` only."""
    known = _known((FAMILY, FALLBACK, *_others(frozenset(text))))
    return "".join(character if character in known else MISSING for character in text)


def faces_for(text: str, *, bold: bool = False) -> list[tuple[str, bytes]]:
    """Families with the faces that have a text's characters, each cut down to those.

    Only of the fonts that come with the program; within `styled` only.
    """
    from matplotlib import font_manager

    found = []
    left = set(text)
    for family in (FAMILY, FALLBACK):
        letters = left & _characters(family)
        if letters:
            weight = "bold" if bold else "normal"
            wanted = font_manager.FontProperties(family=[family], weight=weight)
            face = read_bytes(Path(font_manager.findfont(wanted)))
            found.append((family, subset_face(face, "".join(letters))))
            left -= letters
    return found


def _settings(families: list[str]) -> dict[Any, Any]:
    return {
        "font.family": families,
        "font.size": FONT_SIZE,
        "svg.fonttype": "none",  # text stays text
        "svg.hashsalt": FAMILY,  # the same file for the same figure
        "pdf.fonttype": 42,  # TrueType
        "text.parse_math": False,  # a dollar sign in a prompt is a dollar sign
        "text.hinting": "no_hinting",  # letters keep their widths at every resolution
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": LINE,
        "axes.linewidth": 0.6,
        "xtick.color": QUIET,
        "ytick.color": LINE,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.labelsize": SMALL_SIZE,
        "ytick.labelsize": SMALL_SIZE,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "hatch.linewidth": 0.5,
        "image.composite_image": False,  # each picture stays one
        "axes.unicode_minus": True,
    }


def _import_matplotlib() -> None:
    # Its cache of fonts belongs to the program's other caches.
    os.environ.setdefault("MPLCONFIGDIR", str(cache_dir() / "matplotlib"))
    # A family that lacks the wanted weight is drawn in another; it would be told for each text.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    _register()


@cache
def _register() -> None:
    from matplotlib import font_manager

    for face in _FACES:
        font_manager.fontManager.addfont(resources_dir() / "fonts" / face)


@cache
def _known(families: tuple[str, ...]) -> frozenset[str]:
    return frozenset("\n").union(*map(_characters, families))


@cache
def _characters(family: str) -> frozenset[str]:
    from matplotlib import font_manager

    # Not the bare name, which might be taken for a pattern.
    found = font_manager.findfont(font_manager.FontProperties(family=[family]))
    return _characters_in(found.path, found.face_index)


@cache
def _characters_in(path: str, number: int) -> frozenset[str]:
    """What a face has, the one of that number in its file; nothing if it has no outlines."""
    from matplotlib.ft2font import FT2Font

    face = FT2Font(path, face_index=number)
    return frozenset(map(chr, face.get_charmap())) if face.scalable else frozenset()


@cache
def _is_truetype(family: str) -> bool:
    """True if a family's outlines are those of TrueType, which PDF holds as they are."""
    from matplotlib import font_manager

    found = font_manager.findfont(font_manager.FontProperties(family=[family]))
    with open_regular(Path(found.path)) as file:
        if file.read(4) == b"ttcf":  # several faces: after the header, where each begins
            file.seek(12 + 4 * found.face_index)
            file.seek(int.from_bytes(file.read(4), "big"))
        else:
            file.seek(0)
        return file.read(4) != b"OTTO"


@cache
def _others(characters: frozenset[str]) -> tuple[str, ...]:
    """Families of this computer that have what the usual two lack."""
    from matplotlib import font_manager

    missing = characters - _characters(FAMILY) - _characters(FALLBACK) - {"\n"}
    found: list[str] = []
    for entry in sorted(font_manager.fontManager.ttflist, key=lambda entry: entry.name):
        if not missing:
            break
        if "Last Resort" in entry.name or entry.name in found:
            continue
        try:
            helped = missing & _characters_in(entry.fname, entry.index)
        except (OSError, RuntimeError):  # removed since it was listed, or damaged
            continue
        # The face that is taken for the family may be another one.
        if helped and helped <= _characters(entry.name):
            found.append(entry.name)
            missing -= helped
    return tuple(found)
