"""Works out the hues of units and pictures beside the window.

Neuron features take their time: what is known so far comes back several times a second, and is
kept on the disk at the end.
"""

from __future__ import annotations

from PySide6.QtCore import QObject

from core.units.features.hue_work import HueMeasurement
from core.units.neuron_indices import NeuronIndices
from gui.jobs.faults import surface
from gui.jobs.latest_worker import LatestWorker

NICENESS = 12
_HUES = "hues"


class HueWork(LatestWorker):
    """Its reports are figure 3 in ever better versions.

    Each is a `HueFigure`, and each unit's hue as far as it is known (ndarray of float64, NaN for
    none). The figure is `complete` when nothing more will come.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_HUES, NICENESS, closing="the hues are put away", parent=parent)
        self.crashed.connect(surface)
        self._working = HueMeasurement()

    def measure(self, indices: NeuronIndices) -> None:
        """Work out the hues of the units that are color selective under these indices."""
        census, chosen, top = indices.census, indices.selective, indices.thresholds.top
        # Closing the generator keeps what is known.
        self.ask(_HUES, lambda _request: self._working.figures(census, chosen, top), "the hues")

    def rest(self) -> None:
        """Nobody looks any more."""
        self.withdraw(_HUES)
