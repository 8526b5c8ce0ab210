"""The present stimulus as pixels: one array for the canvas and for the model.

Figures are drawn at once (well under a millisecond). Pictures are read, decoded and fitted beside
the GUI thread; until they are ready there are no pixels, and nothing is predicted.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError
from core.color.terms import Rgb
from core.models.preprocessing import Preprocessing, fit_picture
from core.stimuli.imported.pictures import PictureStore, decode_picture, read_picture
from core.stimuli.render import area_fraction, composite, render_coverage
from core.stimuli.stimulus import ObjectStimulus, PictureStimulus
from gui.context.document import Document
from gui.jobs.background import Background

THUMBNAIL_SIDE = 320
_KEPT_PICTURES = 16

CLIP_PREPROCESSING = Preprocessing(
    side=224,
    mean=(0.48145466, 0.4578275, 0.40821073),
    std=(0.26862954, 0.26130258, 0.27577711),
    interpolation="bicubic",
    resize_mode="shortest",
    fill_color=0,
)
"""How CLIP prepares pictures; used for the canvas until the first model is ready."""


@dataclass(frozen=True, eq=False)
class PictureView:
    """An imported picture as the model sees it, and what it does not see of it.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (side, side, 3), sRGB
    crop_box : tuple of float
        Left, top, right, bottom of the part that is seen, in pixels of the picture.
    size : tuple of int
        Width and height of the picture in pixels, after its orientation is applied.
    thumbnail : ndarray of uint8, shape (h, w, 3), sRGB
        The whole picture, at most `THUMBNAIL_SIDE` pixels on its longer side.
    notes : tuple of str
        What was done on reading it, e.g. “rotated by its EXIF orientation”.
    """

    pixels: NDArray[np.uint8]
    crop_box: tuple[float, float, float, float]
    size: tuple[int, int]
    thumbnail: NDArray[np.uint8]
    notes: tuple[str, ...]


class StimulusView(QObject):
    """Yields the uint8 array of the present stimulus at the model's side.

    Attributes
    ----------
    stimulus : Stimulus
        The document's stimulus, or a preview, with its side set to the model's.
    pixels : ndarray of uint8, shape (side, side, 3), sRGB, or None
        The model's input, read-only. There is none while a picture is being read, and when `error`
        says why not.
    area : float or None
        Share of the picture that the figure covers, 0..1; None where no figure is drawn.
    picture : PictureView or None
        What was made of an imported picture; None for figures.
    error : LabError or None
        Why there are no pixels: a font or a picture is missing or damaged.

    Signals
    -------
    changed()
        `pixels`, `stimulus`, `error` or `reading` differ from before by something else than an
        edit of the document; see `LabContext.edited`.
    """

    changed = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._preprocessing: Preprocessing | None = None
        self._background = Background(self)
        self._pictures: OrderedDict[object, PictureView] = OrderedDict()
        self._wanted: object = None
        self._imports = 0
        self.stimulus = document.stimulus
        self.pixels: NDArray[np.uint8] | None = None
        self.area: float | None = None
        self.picture: PictureView | None = None
        self.error: LabError | None = None
        self._preview: ObjectStimulus | None = None
        document.replaced.connect(self._forget_imports)
        self._draw()

    @property
    def reading(self) -> bool:
        """True while a picture is being read."""
        return self.pixels is None and self.error is None

    @property
    def side(self) -> int:
        """Side of the picture in pixels."""
        return self.stimulus.side

    @property
    def preprocessing(self) -> Preprocessing:
        """How pictures are fitted to the model's side."""
        if self._preprocessing is not None:
            return self._preprocessing
        return msgspec.structs.replace(CLIP_PREPROCESSING, side=self._document.stimulus.side)

    def set_preprocessing(self, preprocessing: Preprocessing) -> bool:
        """Follow another model's side and preprocessing; True if that changed anything."""
        if preprocessing == self._preprocessing:
            return False
        self._preprocessing = preprocessing
        self._update()
        return True

    @property
    def previewing(self) -> bool:
        """True while another figure is shown than the document's."""
        return self._preview is not None

    def preview(self, figure: ObjectStimulus | None) -> None:
        """Show a figure for the moment; the document stays as it is.

        It is what the canvas shows and the model gets until None is given or the document's
        stimulus changes.
        """
        if figure != self._preview:
            self._preview = figure
            self._update()

    def import_picture(
        self,
        source: Path | bytes,
        name: str,
        use: Callable[[str], None],
        refuse: Callable[[LabError], None],
    ) -> None:
        """Read and check a picture beside the GUI thread, keep it, then `use` its hash.

        Only the latest import counts; `use` and `refuse` are called on the GUI thread.
        """
        self._imports += 1
        number = self._imports
        store, preprocessing = self._document.pictures, self.preprocessing
        background: Rgb = (255, 255, 255)

        def work() -> tuple[str, PictureView]:
            data = source if isinstance(source, bytes) else read_picture(source)
            view = _fit(data, background, preprocessing, name)
            return store.add(data, name), view

        def done(result: tuple[str, PictureView]) -> None:
            if number == self._imports:
                sha256, view = result
                self._keep((sha256, background, preprocessing), view)
                use(sha256)

        def failed(error: LabError) -> None:
            if number == self._imports:
                refuse(error)

        self._background.run(work, done, failed)

    def stop(self) -> None:
        """Wait for what is being read; nothing is called back afterwards."""
        self._background.stop()

    def _forget_imports(self) -> None:
        self._imports += 1
        self.preview(None)

    def take_document(self) -> None:
        """Show the document's stimulus, after an edit; `changed` is not emitted for it."""
        self._preview = None
        self._draw()

    def _update(self) -> None:
        self._draw()
        self.changed.emit()

    def _draw(self) -> None:
        shown = self._document.stimulus if self._preview is None else self._preview
        stimulus = msgspec.structs.replace(shown, side=self.preprocessing.side)
        self.stimulus = stimulus
        self.pixels, self.picture, self.error = None, None, None
        self.area, self._wanted = None, None
        if isinstance(stimulus, PictureStimulus):
            self._update_picture(stimulus)
        else:
            try:
                coverage = render_coverage(stimulus)
                colors = stimulus.figure_color, stimulus.background_color
                self.pixels = _frozen(composite(coverage, *colors))
                self.area = area_fraction(coverage)
            except LabError as error:
                self.error = error

    def _update_picture(self, stimulus: PictureStimulus) -> None:
        key = (stimulus.sha256, stimulus.background_color, self.preprocessing)
        known = self._pictures.get(key)
        if known is not None:
            self._pictures.move_to_end(key)
            self.picture, self.pixels = known, known.pixels
            return
        self._wanted = key
        store: PictureStore = self._document.pictures
        sha256, background, preprocessing = key

        def work() -> PictureView:
            return _fit(store.get(sha256), background, preprocessing, stimulus.name)

        def done(view: PictureView) -> None:
            self._keep(key, view)
            if key == self._wanted:
                self._update()

        def failed(error: LabError) -> None:
            if key == self._wanted:
                self.error = error
                self.changed.emit()

        self._background.run(work, done, failed)

    def _keep(self, key: object, view: PictureView) -> None:
        self._pictures[key] = view
        while len(self._pictures) > _KEPT_PICTURES:
            self._pictures.popitem(last=False)


def _fit(data: bytes, background: Rgb, preprocessing: Preprocessing, name: str = "") -> PictureView:
    decoded = decode_picture(data, background, name)
    fitted = fit_picture(decoded.pixels, preprocessing)
    height, width = decoded.pixels.shape[:2]
    step = max(1, -(-max(height, width) // THUMBNAIL_SIDE))
    left, top, right, bottom = fitted.crop_box
    return PictureView(
        pixels=_frozen(fitted.pixels),
        crop_box=(float(left), float(top), float(right), float(bottom)),
        size=(width, height),
        thumbnail=_frozen(np.ascontiguousarray(decoded.pixels[::step, ::step])),
        notes=tuple(decoded.notes),
    )


def _frozen(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    pixels = np.ascontiguousarray(pixels)
    pixels.flags.writeable = False
    return pixels
