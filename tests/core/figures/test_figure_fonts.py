"""Figures are drawn with whatever kind of font file has a character (R77)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pypdf
import pytest
from fontTools.ttLib import TTCollection, TTFont
from PIL import Image

from core.base.paths import resources_dir
from core.figures import style
from core.figures.style import FALLBACK, FAMILY, MISSING, drawable, styled

HAN = "漢"
OUTLINES = {"cff": "jura/Jura-Regular.otf", "truetype": "roboto/Roboto-Bold.ttf"}


def font_with(character: str, outlines: str, family: str) -> TTFont:
    """A font whose letter H stands for a character, and which has no other."""
    font = TTFont(resources_dir() / "fonts" / OUTLINES[outlines])
    letter = font.getBestCmap()[ord("H")]
    for table in font["cmap"].tables:
        table.cmap = {ord(character): letter}
    for record in (1, 16):
        font["name"].setName(family, record, 3, 1, 0x409)
        font["name"].setName(family, record, 1, 0, 0)
    return font


@pytest.fixture
def only_usual_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with styled(""):
        pass  # registers the usual ones
    from matplotlib import font_manager

    manager = font_manager.fontManager
    usual = [entry for entry in manager.ttflist if entry.name in (FAMILY, FALLBACK)]
    monkeypatch.setattr(manager, "ttflist", usual)
    style._others.cache_clear()
    yield
    style._others.cache_clear()


def install(folder: Path, suffix: str, outlines: str) -> None:
    from matplotlib import font_manager

    family = f"Only {suffix} {outlines}"
    path = folder / f"only{suffix}"
    if suffix == ".ttc":
        collection = TTCollection()
        # The second face is wanted: the file's name alone does not tell which.
        collection.fonts = [
            font_with(mark, outlines, f"{family} {ord(mark)}") for mark in ("ꙮ", HAN)
        ]
        collection.save(path)
    else:
        font_with(HAN, outlines, family).save(path)
    font_manager.fontManager.addfont(path)


def drawn(text: str, form: str) -> bytes:
    from matplotlib.figure import Figure

    with styled(text):
        figure = Figure(figsize=(1, 1))
        figure.text(0.2, 0.4, drawable(text), fontsize=30)
        buffer = io.BytesIO()
        figure.savefig(buffer, format=form, dpi=100)
    return buffer.getvalue()


@pytest.mark.usefixtures("only_usual_fonts")
def test_r77_without_a_font_there_is_a_box() -> None:
    with styled(HAN):
        assert drawable(f"a{HAN}") == f"a{MISSING}"


@pytest.mark.usefixtures("only_usual_fonts")
@pytest.mark.parametrize(
    ("suffix", "outlines"),
    [
        (".otf", "cff"),
        (".otf", "truetype"),
        (".ttf", "truetype"),
        (".ttc", "truetype"),
        (".ttc", "cff"),
    ],
)
def test_r77_a_character_that_only_one_font_has_is_drawn(
    tmp_path: Path, suffix: str, outlines: str
) -> None:
    install(tmp_path, suffix, outlines)
    with styled(HAN):
        assert drawable(f"a{HAN}\n") == f"a{HAN}\n"
    pixels = np.asarray(Image.open(io.BytesIO(drawn(HAN, "png"))).convert("L"))
    ink = pixels[np.ix_(np.any(pixels < 128, axis=1), np.any(pixels < 128, axis=0))]
    middle = len(ink) // 2
    assert (ink[middle] < 128).all()  # the bar of the H
    assert ink[0, ink.shape[1] // 2] > 128  # and nothing above it, where a box has its edge
    assert HAN in pypdf.PdfReader(io.BytesIO(drawn(HAN, "pdf"))).pages[0].extract_text()


@pytest.mark.usefixtures("only_usual_fonts")
@pytest.mark.parametrize("suffix", [".otf", ".ttc"])
def test_r77_outlines_that_are_not_truetype_are_never_called_so_in_pdf(
    tmp_path: Path, suffix: str
) -> None:
    install(tmp_path, suffix, "cff")
    data = drawn(f"a{HAN}", "pdf")
    assert b"/FontFile2" not in data
    assert b"/Type3" in data
    assert b"/Type3" not in drawn("a", "pdf")


@pytest.mark.usefixtures("only_usual_fonts")
def test_r77_a_font_that_was_removed_is_passed_over(tmp_path: Path) -> None:
    install(tmp_path, ".otf", "cff")
    (tmp_path / "only.otf").unlink()
    style._characters_in.cache_clear()
    with styled(HAN):
        assert drawable(HAN) == MISSING
