"""The model of a run that goes on: from where the run remembers it, or from where it is now."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from core.base.errors import RunError
from core.base.reading import MOST_DATA_BYTES, read_bytes
from core.models.files.catalog import EMBEDDED_ID, entry_of
from core.sweeps.plan import ModelIdentity

if TYPE_CHECKING:  # it imports torch
    from core.models.session import ModelSession


def lasting(reference: str) -> str:
    """A reference that means the same file from any folder, so that a run finds it again."""
    path = Path(reference).expanduser()
    known = entry_of(reference) is not None
    return str(path.absolute()) if path.exists() and not known else reference


def load_again(
    model: ModelIdentity, known: str, reference: str | None, device: str
) -> ModelSession:
    """Load the model of a run or census, at its own precision.

    Parameters
    ----------
    model : ModelIdentity
    known : str
        Where its weights were when it began; empty if that is not known.
    reference : str or None
        Where its weights are now; None for where they were.
    device : str

    Raises
    ------
    RunError
        If the weights are no longer where they were.
    ModelError
        If the model cannot be loaded.
    """
    from core.models.loading import load_session
    from core.models.references import RANDOM_PREFIX

    if reference is None:
        # The source of random weights means the very same ones, however old the run is.
        is_random = model.source.startswith(RANDOM_PREFIX)
        reference = model.source if is_random else _remembered(model, known)
    return load_session(reference, device, model.precision, activation=model.activation)


def _remembered(model: ModelIdentity, known: str) -> str:
    """Where the weights are, as far as is known."""
    if model.sha256 == _embedded_sha256():
        return EMBEDDED_ID
    hint = "Name their file with --model; one goes on only with the very same weights."
    if not known:
        raise RunError(f"Where the weights of {model.name} are is no longer known.", hint)
    if not Path(known).exists():
        raise RunError(f"The weights of {model.name} are no longer at {known}.", hint)
    return known


def _embedded_sha256() -> str | None:
    entry = entry_of(EMBEDDED_ID)
    path = entry.path() if entry else None
    return sha256(read_bytes(path, MOST_DATA_BYTES)).hexdigest() if path else None
