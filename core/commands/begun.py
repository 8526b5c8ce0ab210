"""Going on with what lies in a folder: options that ask for something else are refused."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base.errors import InvalidInput, RunError
from core.sweeps.plan import ModelIdentity, identity, model_differences

if TYPE_CHECKING:  # it imports torch
    from core.models.session import ModelSession


def refuse_other_options(
    arguments: argparse.Namespace, there: Mapping[str, Any], asked: Mapping[str, Any]
) -> None:
    """Refuse options that are given and differ from what a folder was begun with.

    Parameters
    ----------
    arguments : Namespace
        As parsed by `core.commands.parser`: its ``given`` names what the user typed.
    there : mapping
        What the folder was begun with, by name of argument.
    asked : mapping
        What the arguments ask for where that is not their own value, e.g. the content of a file.

    Raises
    ------
    InvalidInput
        Naming each option that differs.
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
            f"What lies in {arguments.out} was begun otherwise: {'; '.join(differing)}.",
            "Leave such options out to go on with it, or name a new folder.",
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

    Raises
    ------
    RunError
        Naming what differs.
    """
    differing = model_differences(model, identity(session.info))
    if differing:
        raise RunError(
            f"The {what} of {model.name} cannot go on with {session.info.name}: "
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
