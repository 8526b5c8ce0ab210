"""All settings of the indices and types of units; they move without another sweep."""

from __future__ import annotations

import msgspec

from core.base.errors import InvalidInput
from core.census.tops import DEFAULT_TOP
from core.units.selectivity import GrayMethod, check_gray_method


class TypeThresholds(msgspec.Struct, frozen=True, kw_only=True):
    """Where one type ends and another begins."""

    top: int = DEFAULT_TOP
    """Images that every index looks at."""
    activated: float = 0.5
    """A unit whose Stroop maximum is less than this times its maximum on natural images is not
    activated.
    """
    multimodal: float = 0.50
    """Least sum of a label's word, font and background index."""
    multimodal_slot: float = 0.15
    """Least value of each of the three."""
    word: float = 0.50
    """Least word index."""
    color: float = 0.50
    """Least sum of a label's font and background index."""
    any_word: float = 2.0
    """A unit of any word has a Stroop maximum of at least this times its maximum on shapes."""
    population: float = 0.20
    """Least index of a label that counts in the population code."""
    color_selective: float = 0.25
    strongly_selective: float = 0.40
    """`color_selective` and `strongly_selective`: cut-offs of the color selectivity α: for the hue
    of color-selective units, and a second mark to show. Neither is from a publication, so the whole
    histogram is always shown.
    """
    gray_method: GrayMethod = "ratio"
    """How α is worked out, see `core.units.selectivity`."""
    slot_share: float = 0.0
    """Least share of the crop that a slot's part of the picture must cover for its label to count;
    0 counts labels of the whole image.
    """

    def __post_init__(self) -> None:
        if self.top < 1:
            raise InvalidInput(
                f"An index cannot look at {self.top} images.", "Ask for at least one."
            )
        check_gray_method(self.gray_method)
        for name, title in _SHARES.items():
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise InvalidInput(f"{title} is {value:g}.", "It must lie between 0 and 1.")
        for name, title in _FACTORS.items():
            value = getattr(self, name)
            if not 0 <= value < float("inf"):
                raise InvalidInput(f"{title} is {value:g}.", "It must be 0 or more.")

    def in_words(self) -> str:
        """One line for a figure: everything that decided it."""
        labels = (
            "labels of the whole image"
            if not self.slot_share
            else f"labels that cover {self.slot_share:.0%} of the crop"
        )
        return (
            f"top {self.top} images; not activated below {self.activated:g} × natural maximum; "
            f"multimodal ≥ {self.multimodal:g} with each slot ≥ {self.multimodal_slot:g}; "
            f"color word ≥ {self.word:g}; color ≥ {self.color:g}; "
            f"any word ≥ {self.any_word:g} × maximum on shapes; "
            f"population code ≥ {self.population:g}; "
            f"color selective ≥ {self.color_selective:g} and {self.strongly_selective:g} "
            f"({self.gray_method}); {labels}"
        )

    def notes(self) -> tuple[str, ...]:
        """What these settings make impossible, or meaningless, as sentences."""
        notes = []
        if self.multimodal_slot > 1 / 3:
            notes.append(
                "No neuron can be multimodal: a label's three indices add up to 1 at most, so that "
                "they cannot all be above 1/3."
            )
        if self.word <= 1 / 11:
            notes.append("A color word’s cut-off lies at or below chance (0.091).")
        if self.color <= 2 / 11:
            notes.append("A color’s cut-off lies at or below chance (0.182).")
        return tuple(notes)


_SHARES = {
    "multimodal": "The sum for multimodal neurons",
    "multimodal_slot": "The least index of each slot",
    "word": "The cut-off for color words",
    "color": "The cut-off for colors",
    "population": "The cut-off of the population code",
    "color_selective": "The cut-off for color-selective neurons",
    "strongly_selective": "The second cut-off for color-selective neurons",
    "slot_share": "The share of a crop that a slot must cover",
}
_FACTORS = {
    "activated": "The share of the natural maximum",
    "any_word": "The factor for neurons of any word",
}
