"""The bundled faces, read from ``resources/fonts/fonts.toml``.

Words are only ever drawn with these faces, so that a stimulus looks the same on every computer. A
face that is not there is an error, never a silent substitute (R29).
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec
import uharfbuzz

from core.base.errors import FontError
from core.base.paths import resources_dir
from core.base.typed import from_toml

Role = Literal["stimulus", "held-out", "extra"]


class FontFace(msgspec.Struct, frozen=True):
    """One bundled face.

    The role ``stimulus`` is one of the default word set; ``held-out`` ones are never shown to the
    embedded model in training; ``extra`` ones are offered in the font list only.
    """

    id: str  # unique slug, stored in specifications
    family: str
    style: str
    file: str  # path below ``resources/fonts``
    sha256: str
    category: str  # "sans", "serif", "mono", "display" or "script"
    license: str  # SPDX identifier
    role: Role
    caps_only: bool = False

    @property
    def path(self) -> Path:
        return fonts_dir() / self.file

    @property
    def title(self) -> str:
        return self.family if self.style == "Regular" else f"{self.family} {self.style}"


class _Catalog(msgspec.Struct):
    face: list[FontFace]


def fonts_dir() -> Path:
    """The folder of the bundled faces."""
    return resources_dir() / "fonts"


@cache
def font_faces() -> dict[str, FontFace]:
    """All bundled faces by id, sorted by title."""
    try:
        text = (fonts_dir() / "fonts.toml").read_bytes()
    except OSError as error:
        raise FontError(
            f"The list of bundled fonts cannot be read ({error.strerror}).",
            "Install the program again.",
        ) from error
    try:
        faces = from_toml(text, _Catalog).face
    except msgspec.DecodeError as error:
        raise FontError(
            f"The list of bundled fonts is damaged ({error}).", "Install the program again."
        ) from error
    return {face.id: face for face in sorted(faces, key=lambda face: face.title.lower())}


def font_face(font_id: str) -> FontFace:
    """The face of that id; a `FontError` if no such face is bundled."""
    try:
        return font_faces()[font_id]
    except KeyError:
        raise FontError(
            f"The font “{font_id}” is not one of the bundled fonts.", "Choose another font."
        ) from None


def faces_with_role(*roles: Role) -> list[FontFace]:
    """The faces with one of these roles, by title."""
    return [face for face in font_faces().values() if face.role in roles]


def stimulus_fonts() -> tuple[str, ...]:
    """Ids of the default word set: for each of its families the boldest face, by title."""
    chosen: dict[str, FontFace] = {}
    for face in faces_with_role("stimulus"):
        current = chosen.get(face.family)
        if current is None or (face.style == "Bold" and current.style != "Bold"):
            chosen[face.family] = face
    return tuple(face.id for face in chosen.values())


@cache
def harfbuzz_font(font_id: str) -> uharfbuzz.Font:
    """The face opened for shaping, in font units; its file has to be the bundled one."""
    face = font_face(font_id)
    try:
        content = face.path.read_bytes()
    except OSError as error:
        raise FontError(
            f"The font file of {face.title} ({face.path.name}) cannot be read ({error.strerror}).",
            "Install the program again, or choose another font.",
        ) from error
    # Another version of a face would draw other stimuli under the same name.
    if sha256(content).hexdigest() != face.sha256:
        raise FontError(
            f"The font file of {face.title} ({face.path.name}) is damaged or of another version.",
            "Install the program again, or choose another font.",
        )
    return uharfbuzz.Font(uharfbuzz.Face(content))
