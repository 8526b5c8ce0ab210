"""What a document keeps of scans: what is asked, not the answers, which take seconds to get again.

Imports neither torch nor Qt.
"""

from __future__ import annotations

import msgspec

from core.predict.prompts import PromptSet
from core.scans.plan import ScanSetup
from core.stimuli.stimulus import Figure


class PinnedModel(msgspec.Struct, frozen=True):
    """A model to compare with.

    Attributes
    ----------
    reference : str
        Id of a catalog entry or path of a weights file.
    title : str
    architecture : str or None
        For files that do not tell it themselves.
    """

    reference: str
    title: str
    architecture: str | None = None


class Pin(msgspec.Struct, frozen=True, omit_defaults=True):
    """One column of a comparison; what is None follows the document.

    Attributes
    ----------
    title : str
    stimulus : ShapeStimulus or WordStimulus or None
    prompts : PromptSet or None
    model : PinnedModel or None
    """

    title: str
    stimulus: Figure | None = None
    prompts: PromptSet | None = None
    model: PinnedModel | None = None


class ScanState(msgspec.Struct, frozen=True, omit_defaults=True):
    """The settings of the tabs.

    Attributes
    ----------
    curve, map : ScanSetup or None
        None before anything was chosen.
    template : int
        The template whose map is shown, counted among those that are used.
    pins : tuple of Pin
    """

    curve: ScanSetup | None = None
    map: ScanSetup | None = None
    template: int = 0
    pins: tuple[Pin, ...] = ()


NO_SCANS = ScanState()
"""Nothing is set up. Documents share it, so that it is left out where nothing was chosen."""
