"""A model of the window's tests: answers at once, loads no torch, and shows what it was asked.

Its answers depend on the picture and the prompt alone, and differ between models of another seed.
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.base.errors import ModelError
from core.models.info import ModelInfo, TokenCount
from core.models.preprocessing import Preprocessing
from gui.jobs.inference import ModelRequest

DIMENSIONS = 16
LIMIT = 77


class QuickModel:
    """Has the members of a `ModelSession` that predictions need.

    Attributes
    ----------
    pictures : list of ndarray
        The pictures it was asked about, in order.
    before_images : callable
        Called in the inference thread before each picture is embedded.
    """

    def __init__(self, name: str = "Quick", side: int = 32, seed: int = 0) -> None:
        self.info = ModelInfo(
            name=name,
            architecture="Quick",
            tower="other",
            source="tests",
            form="",
            sha256="ab" * 32,
            activation="QuickGELU",
            activation_reason="the architecture's own",
            preprocessing=Preprocessing(side=side),
            context_length=LIMIT,
            embed_dim=DIMENSIONS,
            tensors_matched=7,
            tensors_total=7,
            parameters=1234,
            logit_scale=20.0,
            logit_bias=None,
            device="cpu",
            precision="fp32",
            notice="A model of the tests",
            versions={"quick": "1"},
        )
        self._projection = np.random.default_rng(seed).normal(size=(side * side * 3, DIMENSIONS))
        self._seed = seed
        self.pictures: list[NDArray[np.uint8]] = []
        self.before_images: Callable[[], None] = lambda: None
        self.lock = threading.RLock()
        self.model: object = None

    def encode_images(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.before_images()
        self.pictures.extend(images)
        flat = images.reshape(len(images), -1).astype(np.float64) / 255.0 - 0.5
        return _unit(flat @ self._projection)

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return _unit(np.stack([self._text(text) for text in texts]))

    def tokenize_info(self, text: str) -> TokenCount:
        words = text.lower().split()
        kept, lost = words[: LIMIT - 2], words[LIMIT - 2 :]
        ids = tuple(zlib.crc32(word.encode()) for word in words)
        return TokenCount(len(words) + 2, LIMIT, " ".join(kept + lost), " ".join(lost), ids)

    def _text(self, text: str) -> NDArray[np.float64]:
        digest = hashlib.sha256(f"{self._seed} {text}".encode()).digest()
        return np.random.default_rng(list(digest)).normal(size=DIMENSIONS)


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    rows = rows + 1e-6  # a gray picture has no direction of its own
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


class QuickLoader:
    """Stands in for `core.models.loading.load_session`; any other reference is refused."""

    def __init__(self) -> None:
        self.models = {
            "embedded": QuickModel(),
            "other": QuickModel("Other", side=32, seed=1),
            "larger": QuickModel("Larger", side=48, seed=2),
        }
        self.before_load: Callable[[ModelRequest], None] = lambda request: None

    def __call__(self, request: ModelRequest) -> QuickModel:
        self.before_load(request)
        try:
            return self.models[request.reference]
        except KeyError:
            raise ModelError(
                f"“{request.reference}” is no model.", "Choose another file."
            ) from None
