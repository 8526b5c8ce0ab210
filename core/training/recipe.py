"""A training recipe: architecture, schedule, pictures and captions, read from a TOML file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import msgspec

from core.base.errors import InvalidInput
from core.base.paths import resources_dir
from core.base.reading import read_bytes
from core.base.typed import from_toml
from core.color.terms import COLOR_TERMS, Rgb


class Architecture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A small CLIP: ModifiedResNet visual tower, transformer text tower, QuickGELU."""

    embed_dim: int
    image_side: int
    vision_width: int
    vision_layers: tuple[int, int, int, int]
    text_width: int
    text_heads: int
    text_layers: int

    def model_config(self) -> dict[str, object]:
        """The model's configuration in open_clip's own form."""
        return {
            "embed_dim": self.embed_dim,
            "quick_gelu": True,
            "vision_cfg": {
                "image_size": self.image_side,
                "layers": list(self.vision_layers),
                "width": self.vision_width,
                "patch_size": None,
            },
            "text_cfg": {
                "context_length": 77,
                "vocab_size": 49408,
                "width": self.text_width,
                "heads": self.text_heads,
                "layers": self.text_layers,
            },
        }


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Optimization; see the comments in the recipe file."""

    steps: int
    batch: int
    learning_rate: float
    warmup_steps: int
    weight_decay: float
    betas: tuple[float, float]
    gradient_clip: float
    initial_logit_scale: float
    maximum_logit_scale: float
    identity_weight: float
    noise_share: float
    noise_sigma: float


class Mix(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shares of the kinds of picture in a batch; they sum to 1."""

    shape: float
    word: float
    patch: float

    def __post_init__(self) -> None:
        if abs(self.shape + self.word + self.patch - 1.0) > 1e-9:
            raise InvalidInput("The shares of shapes, words and patches do not sum to 1.")


class Pool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The coverage masks drawn once, and how they are used."""

    per_shape: int
    per_color_word: int
    per_other_word: int
    shape_extent: tuple[float, float]
    word_height: tuple[float, float]
    word_max_width: float
    word_tilt: float
    case: dict[Literal["lower", "title", "upper"], float]
    color_word_share: float
    congruent_share: float
    other_words: tuple[str, ...]


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is put around every caption."""

    prefix_share: float
    suffix_share: float
    filler_share: float
    filler_words: tuple[int, int]
    prefixes: tuple[str, ...]
    suffixes: tuple[str, ...]


Uses = Literal["none", "figure", "background", "area"]


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sentences of one kind, and which color they name."""

    share: float
    uses: Uses
    texts: tuple[str, ...]


class FigureCaptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Captions of shapes or of words."""

    plain: tuple[str, ...]
    forms: tuple[Form, ...]


class PatchCaptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Captions of color patches."""

    plain: tuple[str, ...]
    two_color_share: float
    two_color: tuple[str, ...]


class Captions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All caption forms; chances with which achromatic colors are named at all."""

    keep_achromatic_figure: float
    keep_achromatic_background: float
    shape: FigureCaptions
    word: FigureCaptions
    patch: PatchCaptions


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a trained model depends on, next to the code and the fonts.

    The colors are ``jitter_sigma`` (gray levels), ``keep_out`` (largest channel distance to an
    evaluation color that is refused) and, for each of the eleven terms, its sRGB prototypes.
    """

    name: str
    seed: int
    architecture: Architecture
    schedule: Schedule
    mix: Mix
    pool: Pool
    colors: dict[str, float | tuple[Rgb, ...]]
    text: Text
    captions: Captions

    def prototypes(self, term: str) -> tuple[Rgb, ...]:
        value = self.colors.get(term)
        if not isinstance(value, tuple) or not value:
            raise InvalidInput(f"The recipe “{self.name}” has no prototypes for {term}.")
        return value

    def color_setting(self, key: str) -> float:
        value = self.colors.get(key)
        if not isinstance(value, int | float):
            raise InvalidInput(f"The recipe “{self.name}” lacks the color setting {key}.")
        return float(value)

    def digest(self) -> str:
        """SHA-256 of the recipe's content, whatever the layout of its file."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


def load_recipe(source: str | Path = "web-like") -> Recipe:
    """Read a recipe by name (from ``resources/training``) or by path."""
    path = Path(source)
    if path.suffix != ".toml":
        path = resources_dir() / "training" / f"{source}.toml"
    try:
        recipe = from_toml(read_bytes(path), Recipe)
    except OSError as error:
        raise InvalidInput(f"The recipe {path.name} cannot be read ({error.strerror}).") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"The recipe {path.name} is not valid: {error}.") from error
    for term in COLOR_TERMS:
        recipe.prototypes(term)
    return recipe
