"""Works out the hues of units and pictures beside the window; the latest request wins.

Neuron features take their time: what is known so far comes back several times a second, and is
kept on the disk at the end.
"""

from __future__ import annotations

from contextlib import closing

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError
from core.units.features.hue_work import HueMeasurement
from core.units.features.unit_hues import HueFigure
from core.units.neuron_indices import NeuronIndices
from gui.jobs.background import Background


class HueWork(QObject):
    """Asks for figure 3 and gets it in ever better versions.

    Signals
    -------
    found(figure, hues)
        A `HueFigure`, and each unit's hue as far as it is known (ndarray of float64, NaN for
        none). The figure is `complete` when nothing more will come.
    failed(error)
        A `LabError`.
    """

    found = Signal(object, object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._asked = 0
        self._working = HueMeasurement()

    def ask(self, indices: NeuronIndices) -> None:
        """Work out the hues of the units that are color selective under these indices."""
        self._asked += 1
        number = self._asked
        census, chosen, top = indices.census, indices.selective, indices.thresholds.top

        def tell(figure: HueFigure, hues: NDArray[np.float64]) -> None:
            if number == self._asked:
                self.found.emit(figure, hues)

        def work() -> None:
            # Closing keeps what is known.
            with closing(self._working.figures(census, chosen, top)) as figures:
                for figure, hues in figures:
                    if number != self._asked:
                        return
                    self._background.deliver(lambda figure=figure, hues=hues: tell(figure, hues))

        def failed(error: LabError) -> None:
            if number == self._asked:
                self.failed.emit(error)

        self._background.run(work, lambda _none: None, failed)

    def withdraw(self) -> None:
        """Stop; nothing comes back any more."""
        self._asked += 1

    def stop(self) -> None:
        """Stop, and wait for that."""
        self.withdraw()
        self._background.stop()
