"""Going on with what lies in a folder: with the model it was begun with, and the same options."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base.errors import InvalidInput, RunError
from core.base.reading import MOST_DATA_BYTES, read_bytes
from core.models.files.catalog import EMBEDDED_ID, entry_of
from core.sweeps.plan import ModelIdentity, identity, model_differences

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
    known : str
        Where its weights were when it began; empty if that is not known.
    reference : str or None
        Where its weights are now; None for where they were.
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


def model_sentence(session: ModelSession) -> str:
    """Which model answers, on what, and what to bear in mind."""
    info = session.info
    sentence = f"Model: {info.name}, {info.precision} on {info.device}."
    return f"{sentence} {info.notice.rstrip('.')}." if info.notice else sentence


def refuse_other_options(
    arguments: argparse.Namespace, there: Mapping[str, Any], asked: Mapping[str, Any]
) -> None:
    """Refuse options that are given and differ from what a folder was begun with.

    Parameters
    ----------
    arguments : Namespace
        As parsed by `core.commands.arguments`: its ``given`` names what the user typed.
    there : mapping
        What the folder was begun with, by name of argument.
    asked : mapping
        What the arguments ask for where that is not their own value, e.g. the content of a file.
    """
    differing = []
    for name, value in there.items():
        if name not in arguments.given:
            continue
        wanted = asked.get(name, getattr(arguments, name))
        if wanted != value:
            option = name if name == "experiment" else f"--{name.replace('_', '-')}"
            differing.append(f"{option} is {_shown(value)} there, not {_shown(wanted)}")
    if differing:
        raise InvalidInput(
            f"What lies in {arguments.out} was started otherwise: {'; '.join(differing)}.",
            "Leave such options out to resume it, or name a new folder.",
        )


def refuse_other_model(what: str, model: ModelIdentity, session: ModelSession) -> None:
    """Refuse a model that is not the one a folder was begun with, wherever its weights lie.

    Parameters
    ----------
    what : str
        What goes on, e.g. ``"study"``.
    model : ModelIdentity
        What it was begun with.
    session : ModelSession
        What would go on with it.
    """
    differing = model_differences(model, identity(session.info))
    if differing:
        raise RunError(
            f"The {what} of {model.name} cannot be resumed with {session.info.name}: "
            f"what differs is {', '.join(differing)}.",
            f"Load {model.name} as it was, or begin a new {what}.",
        )


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple | list):
        return " ".join(f"“{entry}”" for entry in value)
    if value is None or value == "":
        return "not given"
    if isinstance(value, str | int | float | Path):
        return str(value)
    return f"“{getattr(value, 'title', None) or getattr(value, 'name', value)}”"
