"""Pictures of stimuli as PNG files: the exact pixels, and what they show.

The file is 8-bit RGB without any chunk that would make a program alter the colors (gAMA, cHRM,
iCCP, sRGB) or the size (pHYs). An iTXt chunk holds the specification as JSON, so that the file
brings its stimulus back. What a screen's scaling does plays no part: pixels go in, pixels come
out (R27, R51).
"""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from core.base.errors import LabError
from core.base.paths import APP_NAME
from core.base.reading import open_regular
from core.base.tables import write_export
from core.base.text import valid_text
from core.base.typed import from_json
from core.base.version import VERSION
from core.color.terms import Palette
from core.stimuli.imported.formats import DAMAGE
from core.stimuli.stimulus import PictureStimulus, Stimulus

CHUNK_KEY = "clip-color-lab stimulus"
SCHEMA = 1

_UNREADABLE = (
    *(*DAMAGE, Image.DecompressionBombError, Image.DecompressionBombWarning),
    *(msgspec.MsgspecError, LabError),
)


class PngNotes(msgspec.Struct, frozen=True):
    """What a PNG file of the lab says about itself."""

    stimulus: Stimulus
    palette: Palette
    seed: int = 0
    schema: int = SCHEMA


def encode_png(pixels: NDArray[np.uint8], notes: PngNotes | None = None) -> bytes:
    """The bytes of a PNG file of pixels (H, W, 3), uint8, sRGB; of others a `ValueError`."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise ValueError(f"Expected uint8 (H, W, 3), got {pixels.dtype} {pixels.shape}.")
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Software", f"{APP_NAME} {VERSION}")
    if notes is not None:
        chunks.add_itxt(CHUNK_KEY, msgspec.json.encode(_writable(notes)).decode("utf-8"))
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG", pnginfo=chunks)
    return buffer.getvalue()


def save_png(path: Path, pixels: NDArray[np.uint8], notes: PngNotes | None = None) -> None:
    """Write a PNG file in one step; see `encode_png`."""
    write_export(path, encode_png(pixels, notes))


def read_png_notes(source: Path | bytes) -> PngNotes | None:
    """The specification in a PNG file of the lab.

    None for any other picture, for damaged notes and for those of a newer version. The stimulus of
    an imported picture names that picture's hash but does not bring its bytes.
    """
    try:
        with (
            io.BytesIO(source) if isinstance(source, bytes) else open_regular(source) as stream,
            Image.open(stream, formats=["PNG"]) as image,
        ):
            text = image.info.get(CHUNK_KEY)
        if not isinstance(text, str):
            return None
        notes = from_json(text.encode("utf-8"), PngNotes)
    except _UNREADABLE:
        return None
    return notes if notes.schema <= SCHEMA else None


def _writable(notes: PngNotes) -> PngNotes:
    stimulus = notes.stimulus
    if isinstance(stimulus, PictureStimulus):
        stimulus = msgspec.structs.replace(stimulus, name=valid_text(stimulus.name))
        return msgspec.structs.replace(notes, stimulus=stimulus)
    return notes
