"""Commands without a window: ``python main.py run experiment-5 --model embedded``, and others.

They drive the very sweeps that the window drives, need no Qt, and can be used over a remote
terminal or from the queue of a cluster. Results go to stdout; progress, notes and failures to
stderr.
"""

from __future__ import annotations

from collections.abc import Sequence

COMMANDS = {
    "run": ("runs", "run one of the paper's experiments on a model"),
    "resume": ("runs", "resume a run that was stopped or cut off"),
    "tables": ("results", "print the tables of a run"),
    "merge": ("runs", "bring the parts of a run or a census together"),
    "runs": ("results", "list the runs of a folder"),
    "report": ("figures", "write a report of a run"),
    "repeat": ("runs", "start the run of a report again"),
    "stimuli": ("experiments", "write the images of an experiment as PNG files"),
    "census": ("census", "keep for every neuron of a model the images that move it most"),
    "figures": ("figures", "draw the figures of a census"),
    "ablation": ("ablation", "choose neurons of a census to silence"),
    "study": ("ablation", "compare a run with all neurons, without some, and with random controls"),
}
"""Module of each command, and what it does. A document of such a name is opened as ``./run``."""

HELP = {name: text for name, (_module, text) in COMMANDS.items()}
PROFILE = "--profile"
DONE, FAILED, STOPPED = 0, 2, 130
"""Exit statuses: all done; an expected failure; stopped by the user, with the work kept."""


def asked_for(arguments: Sequence[str]) -> bool:
    """True if the program's arguments ask for a command, not for the window."""
    rest = list(arguments)
    while rest and rest[0].partition("=")[0] == PROFILE:
        del rest[: 1 if "=" in rest[0] else 2]
    return bool(rest) and rest[0] in HELP


def main(arguments: Sequence[str]) -> int:
    """Run a command; the result is the exit status."""
    from core.commands.arguments import main as run  # costs the window nothing at its start

    return run(arguments)
