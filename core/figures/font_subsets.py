"""The interface's faces prepared for files: cut down to what occurs, digits of equal width.

Done with fontTools, which comes with matplotlib; imported when the first such file is written.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

_CONTROLS = (0x00, 0x09, 0x0A, 0x0D, 0xA0)


def subset_face(data: bytes, text: str) -> bytes:
    """A TrueType or OpenType file with only the characters of `text`, in the format it came in."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp"]
    options.name_IDs = [0, 1, 2, 3, 4, 6, 13, 14]  # the copyright and license stay
    options.drop_tables = [*options.drop_tables, "FFTM"]  # when it was made, by FontForge
    options.notdef_outline = True
    options.hinting = False
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=sorted({ord(c) for c in text if c.isprintable()} | {0x20}))
    font = TTFont(io.BytesIO(data), recalcTimestamp=False)
    subsetter.subset(font)
    return _saved(font)


@lru_cache(maxsize=8)
def plain_face(path: Path, family: str) -> bytes:
    """A face under another family's name whose every glyph stands for one character.

    Alternative forms that a feature of the font puts in by itself are left out, and the digits are
    those of equal width: what is written into a file can then be read back as it was typed.
    """
    from fontTools.ttLib import TTFont

    font = TTFont(path, recalcTimestamp=False)
    tabular = _single(font, "tnum")
    for table in font["cmap"].tables:
        for code, glyph in list(table.cmap.items()):
            if code in _CONTROLS:  # the first code of a glyph is what is read back
                del table.cmap[code]
            elif chr(code).isdecimal():
                table.cmap[code] = tabular.get(glyph, glyph)
    for tag in ("GSUB", "DSIG"):
        if tag in font:
            del font[tag]
    names = font["name"]
    style = names.getBestSubFamilyName() or "Regular"
    plain = family.replace(" ", "")
    full = f"{plain}-{style.replace(' ', '')}"
    for record, value in ((1, family), (4, f"{family} {style}"), (6, full)):
        names.setName(value, record, 3, 1, 0x409)
    for record in (16, 21, 25):
        names.removeNames(nameID=record)
    names.setName(family, 16, 3, 1, 0x409)
    if "CFF " in font:
        top = font["CFF "].cff
        top.fontNames[0] = full
    return _saved(font)


def _single(font: TTFont, feature: str) -> dict[str, str]:
    """What a feature puts in for what, one glyph for one."""
    if "GSUB" not in font:
        return {}
    layout: Any = font["GSUB"].table
    numbers: set[int] = {
        lookup
        for record in layout.FeatureList.FeatureRecord
        if record.FeatureTag == feature
        for lookup in record.Feature.LookupListIndex
    }
    found: dict[str, str] = {}
    for number in sorted(numbers):
        for table in _subtables(layout.LookupList.Lookup[number]):
            found.update(getattr(table, "mapping", {}))
    return found


def _subtables(lookup: Any) -> Iterable[Any]:
    for table in lookup.SubTable:
        yield table.ExtSubTable if lookup.LookupType == 7 else table


def _saved(font: TTFont) -> bytes:
    buffer = io.BytesIO()
    font.save(buffer, reorderTables=False)
    return buffer.getvalue()
