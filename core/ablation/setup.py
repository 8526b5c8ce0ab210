"""What a document says about an ablation: named selections of units, each on or off.

Which constant a unit takes is settled when the selections become an `Ablation`. Imports no torch.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.models.info import ModelInfo
from core.network.ablation import Ablation, Constant, make_ablation

_TITLE_LENGTH = 60


class LayerNumbers(msgspec.Struct, frozen=True):
    """Units of a layer by number, rising."""

    layer: str
    units: tuple[int, ...]


class UnitSelection(msgspec.Struct, frozen=True, kw_only=True):
    """Units chosen together."""

    title: str
    """How they were chosen, e.g. ``"any word"`` or ``"layer4.1 #17"``."""
    parts: tuple[LayerNumbers, ...]
    on: bool = True
    """False leaves them alone."""

    def __len__(self) -> int:
        """Number of units."""
        return sum(len(part.units) for part in self.parts)


class AblationSetup(msgspec.Struct, frozen=True, kw_only=True):
    """The ablation of a document."""

    model: str = ""
    weights: str = ""
    """Name and SHA-256 of the model whose units are selected."""
    selections: tuple[UnitSelection, ...] = ()
    to: Constant = "zero"
    on: bool = True
    """False lets the model be intact for now."""

    def fits(self, info: ModelInfo | None) -> bool:
        """True if the selected units are those of a model."""
        return info is not None and (self.model, self.weights) == (info.name, info.sha256)

    def with_selection(
        self, title: str, units: Mapping[str, tuple[int, ...]], info: ModelInfo
    ) -> AblationSetup:
        """One more selection; those of another model are given up."""
        parts = tuple(
            LayerNumbers(layer, tuple(sorted(set(numbers)))) for layer, numbers in units.items()
        )
        chosen = UnitSelection(title=title, parts=tuple(part for part in parts if part.units))
        kept = self.selections if self.fits(info) else ()
        return msgspec.structs.replace(
            self, model=info.name, weights=info.sha256, selections=(*kept, chosen)
        )

    def without(self, place: int) -> AblationSetup:
        """Without one of the selections."""
        kept = self.selections[:place] + self.selections[place + 1 :]
        return msgspec.structs.replace(self, selections=kept)

    def switched(self, place: int, on: bool) -> AblationSetup:
        """With one of the selections on or off."""
        changed = list(self.selections)
        changed[place] = msgspec.structs.replace(changed[place], on=on)
        return msgspec.structs.replace(self, selections=tuple(changed))

    def units(self) -> dict[str, tuple[int, ...]]:
        """All units of the selections that are on, each once, by layer."""
        found: dict[str, set[int]] = {}
        for selection in self.selections:
            if selection.on:
                for part in selection.parts:
                    found.setdefault(part.layer, set()).update(part.units)
        return {layer: tuple(sorted(numbers)) for layer, numbers in found.items()}

    @property
    def title(self) -> str:
        """The selections that are on, in words."""
        titles = (selection.title for selection in self.selections if selection.on)
        text = " + ".join(dict.fromkeys(titles))
        return text if len(text) <= _TITLE_LENGTH else f"{text[: _TITLE_LENGTH - 1]}…"

    def ablation(self, means: Mapping[str, NDArray[np.floating]] | None = None) -> Ablation:
        """The ablation that the selections make, whether the whole is on or off."""
        return make_ablation(self.title, self.units(), self.to, means)


INTACT = AblationSetup()
"""Nothing is silenced: the default of documents, which files leave out."""
