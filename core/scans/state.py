"""What a document keeps of scans: what is asked, not the answers, which take seconds to get again.

Imports neither torch nor Qt.
"""

from __future__ import annotations

import msgspec

from core.predict.prompts import PromptSet
from core.scans.plan import ScanSetup
from core.stimuli.stimulus import ObjectStimulus


class PinnedModel(msgspec.Struct, frozen=True):
    """A model to compare with."""

    reference: str
    """Id of a catalog entry or path of a weights file."""
    title: str
    architecture: str | None = None
    """For files that do not tell it themselves."""


class Pin(msgspec.Struct, frozen=True, omit_defaults=True):
    """One column of a comparison; what is None follows the document."""

    title: str
    stimulus: ObjectStimulus | None = None
    prompts: PromptSet | None = None
    model: PinnedModel | None = None


class ScanState(msgspec.Struct, frozen=True, omit_defaults=True):
    """The settings of the tabs."""

    curve: ScanSetup | None = None
    map: ScanSetup | None = None
    """`curve` and `map`: None before anything was chosen."""
    template: int = 0
    """The template whose map is shown, counted among those that are used."""
    pins: tuple[Pin, ...] = ()


NO_SCANS = ScanState()
"""Nothing is set up. Documents share it, so that it is left out where nothing was chosen."""
