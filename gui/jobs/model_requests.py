"""What other parts of the window do with the model in the inference thread."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # it imports torch
    from core.models.session import ModelSession

Look = Callable[["ModelSession"], Any]
"""What to do with the model in the inference thread; must leave it as it was (R11, R36)."""


@runtime_checkable
class Passenger(Protocol):
    """A look that is content with a forward pass that somebody else needs.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (side, side, 3), sRGB
        The picture it is about.
    """

    pixels: NDArray[np.uint8]

    def riding(self, session: ModelSession) -> AbstractContextManager[Callable[[], Any]]:
        """Watch the forward passes while it is open; the function then tells what was seen."""
        ...
