"""What the units of one layer do with the stimulus on the canvas, in the inference thread.

Hooks sit on the model for the length of one forward pass, under the session's lock, and are gone
afterwards whatever happened (R36). The latest request wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError, ModelError
from core.models.info import ModelInfo
from core.network.layer import Layer
from gui.jobs.inference import Inference

if TYPE_CHECKING:  # they import torch
    from torch import Tensor

    from core.models.session import ModelSession
    from core.network.maps import Peaks


@dataclass(frozen=True, eq=False)
class LayerMaps:
    """One layer's answer to one picture.

    Attributes
    ----------
    layer : Layer
    maps : ndarray of float32, shape (U, h, w)
    values : ndarray of float32, shape (U,)
        The value of each unit for the picture, summed up in the way that was asked for.
    positions : ndarray of int32, shape (U,)
        Where each map is largest, the first such place: row × columns + column.
    """

    layer: Layer
    maps: NDArray[np.float32]
    values: NDArray[np.float32]
    positions: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class LiveMaps:
    """What came of a request.

    Attributes
    ----------
    info : ModelInfo
        The model that was looked at.
    pixels : ndarray of uint8, shape (side, side, 3), sRGB
        The very array that was given.
    summary : str
    layers : dict of str to LayerMaps
        By name, as asked for.
    """

    info: ModelInfo
    pixels: NDArray[np.uint8]
    summary: str
    layers: dict[str, LayerMaps]


@dataclass(frozen=True, eq=False)
class _Survey:
    """Find the layers of a model."""

    def __call__(self, session: ModelSession) -> tuple[ModelInfo, tuple[Layer, ...]]:
        from core.network.layers import discover

        return session.info, discover(session)


@dataclass(frozen=True, eq=False)
class _Watch:
    """Record some layers for a picture."""

    info: ModelInfo
    pixels: NDArray[np.uint8]
    layers: tuple[Layer, ...]
    summary: str

    def __call__(self, session: ModelSession) -> LiveMaps | None:
        if session.info is not self.info:
            return None  # another model has been loaded since; its layers are not known yet
        return look_at(session, self.pixels, self.layers, self.summary)

    def is_about(self, pixels: NDArray[np.uint8], layers: tuple[Layer, ...], summary: str) -> bool:
        """True if it asks for the same."""
        return self.pixels is pixels and (self.layers, self.summary) == (layers, summary)

    def riding(self, session: ModelSession) -> AbstractContextManager[Callable[[], LiveMaps]]:
        """Record during forward passes that are made for the predictions."""
        if session.info is not self.info:
            raise ModelError("The layers are those of an earlier model.")
        return watching(session, self.pixels, self.layers, self.summary)


@contextmanager
def watching(
    session: ModelSession, pixels: NDArray[np.uint8], layers: tuple[Layer, ...], summary: str
) -> Iterator[Callable[[], LiveMaps]]:
    """Record layers during the next forward pass, which the caller has to make.

    Parameters
    ----------
    session : ModelSession
        Its lock is held while this is open.
    pixels : ndarray of uint8, shape (side, side, 3), sRGB
        What the forward pass will be about.
    layers : tuple of Layer
    summary : str
        How a map becomes one value, see `core.network.layer.Summary`.

    Yields
    ------
    callable
        Tells what was recorded, after the forward pass.

    Raises
    ------
    ModelError
        If a layer cannot be observed, with the reason, or gives values that are not finite.
    InvalidInput
        If a layer has no such summary.
    """
    from core.network.layers import image_tower
    from core.network.recording import MapRecorder, Recorder

    tower = image_tower(session)
    with (
        session.lock,
        MapRecorder(tower, layers) as maps,
        Recorder(tower, layers, summary) as peaks,
    ):
        yield lambda: _recorded(session.info, pixels, summary, layers, maps.take(), peaks.take())


def look_at(
    session: ModelSession, pixels: NDArray[np.uint8], layers: tuple[Layer, ...], summary: str
) -> LiveMaps:
    """Record layers for one picture in a forward pass of its own; see `watching`."""
    with watching(session, pixels, layers, summary) as seen:
        session.encode_images(pixels[None])
        return seen()


def _recorded(
    info: ModelInfo,
    pixels: NDArray[np.uint8],
    summary: str,
    layers: tuple[Layer, ...],
    maps: dict[str, Tensor],
    peaks: dict[str, Peaks],
) -> LiveMaps:
    from core.network.maps import first_maximum

    found = {}
    for layer in layers:
        values = peaks[layer.name].values[0].cpu().numpy()
        if not np.isfinite(values).all():
            raise ModelError(
                f"The layer {layer.name} gives values that are not finite numbers.",
                "The model's weights are damaged or the chosen precision is too low; try fp32.",
            )
        places = first_maximum(maps[layer.name]).positions[0].cpu().numpy()
        found[layer.name] = LayerMaps(layer, maps[layer.name][0].cpu().numpy(), values, places)
    return LiveMaps(info, pixels, summary, found)


class LiveWatch(QObject):
    """Asks the inference thread for layers and maps; a request that waits gives way to a newer one.

    While a figure is dragged answers may come after the next request. They are passed on all the
    same, in order: they carry the picture they belong to, and the last one is to the last request.

    Signals
    -------
    surveyed(info, layers)
        The layers of the model in use, a tuple of `Layer`.
    shown(maps)
        `LiveMaps` for a request that was not withdrawn.
    failed(error)
        A `LabError` in place of the latest of them.
    """

    surveyed = Signal(object, object)
    shown = Signal(object)
    failed = Signal(object)

    def __init__(self, inference: Inference, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._inference = inference
        # Those that may still be answered, in order; the latest is the last.
        self._asked: list[_Survey | _Watch] = []
        self._info: ModelInfo | None = None
        self.layers: tuple[Layer, ...] = ()
        inference.looked.connect(self._on_looked)
        inference.look_failed.connect(self._on_failed)

    @property
    def info(self) -> ModelInfo | None:
        """The model whose `layers` are known."""
        return self._info

    @property
    def busy(self) -> bool:
        """True while an answer is awaited."""
        return bool(self._asked)

    def survey(self) -> None:
        """Find the layers of the model in use."""
        if not isinstance(self._latest, _Survey):
            self._ask(_Survey())

    def watch(
        self, pixels: NDArray[np.uint8], layers: tuple[Layer, ...], summary: str = "max"
    ) -> None:
        """Record layers for a picture; takes the place of what was asked before, if that differs.

        Parameters
        ----------
        pixels : ndarray of uint8, shape (side, side, 3), sRGB
            At the model's own side; not copied, so it must not be changed later.
        layers : tuple of Layer
            Of the model whose layers are known, `info`.
        summary : str
        """
        asked = self._latest
        if self._info is None or isinstance(asked, _Survey):
            return
        if asked is None or not asked.is_about(pixels, layers, summary):
            self._ask(_Watch(self._info, pixels, layers, summary))

    def withdraw(self) -> None:
        """Ask for nothing; what is under way is dropped when it comes."""
        if self._asked:
            self._asked.clear()
            self._inference.look(None)

    def forget(self) -> None:
        """The model is another one: its layers have to be found first."""
        self._info, self.layers = None, ()
        self.withdraw()

    @property
    def _latest(self) -> _Survey | _Watch | None:
        return self._asked[-1] if self._asked else None

    def _ask(self, look: _Survey | _Watch) -> None:
        self._asked.append(look)
        self._inference.look(look)

    def _on_looked(self, look: object, result: object) -> None:
        if look not in self._asked:
            return
        del self._asked[: self._asked.index(look) + 1]  # those before it were overtaken
        if isinstance(look, _Survey):
            assert isinstance(result, tuple)
            self._info, self.layers = result
            self.surveyed.emit(self._info, self.layers)
        elif isinstance(result, LiveMaps):
            self.shown.emit(result)

    def _on_failed(self, look: object, error: LabError) -> None:
        if look is self._latest:
            self._asked.clear()
            self.failed.emit(error)
