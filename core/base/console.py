"""The standard streams, and what commands write: results to stdout, words to the user to stderr.

A windowed program may have neither stream, and a stream may be in any encoding. Numbers never
follow the locale, so that what one computer writes another reads.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import subprocess
import sys

from core.base.errors import LabError
from core.base.text import valid_text


def fill_empty_places() -> int:
    """Put nothing into the places of stdin, stdout and stderr that are empty; how many were.

    A program without a console may find them empty. A file that is opened into such a place would
    get what a library writes to stderr into its middle.
    """
    if os.name == "nt":  # has no such places where a windowed program has no console
        return 0
    filled = 0
    for place in (0, 1, 2):
        try:
            os.fstat(place)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # takes the lowest empty place
            if opened != place:
                os.dup2(opened, place)
                os.close(opened)
            filled += 1
    return filled


def prepare_streams() -> None:
    """Make writing any text safe: UTF-8 into files and pipes, what a terminal can show on it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            # File names may hold bytes that are no text; they go out as they came in.
            errors = "surrogateescape" if encoding.lower() == "utf-8" else "replace"
            stream.reconfigure(encoding=encoding, errors=errors)


def result(text: str) -> None:
    """Write a result and a line break to stdout."""
    if sys.stdout is not None:
        sys.stdout.write(_writable(text) + "\n")
        sys.stdout.flush()


def result_bytes(data: bytes) -> None:
    """Write a result to stdout as it is: no line ending and no encoding is changed."""
    if sys.stdout is None:
        return
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:  # a stand-in without bytes, as in a notebook
        sys.stdout.write(data.decode("utf-8"))
    else:
        sys.stdout.flush()
        raw.write(data)
    sys.stdout.flush()


def say(text: str) -> None:
    """Write a line to stderr; a stderr that is gone is no reason to stop a run."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(_writable(text) + "\n")
            sys.stderr.flush()


def say_failure(error: LabError) -> None:
    """Write an expected failure in one line: the sentence and what helps."""
    say(" ".join(str(error).split()))


def _writable(text: str) -> str:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return valid_text(text)
    return text


def drop_stdout() -> None:
    """Send what is still to be written nowhere: the reader of a pipe has gone."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, sys.stdout.fileno())
        finally:
            os.close(nowhere)


def command_text(*arguments: str) -> str:
    """A command to copy into a terminal, quoted as that needs: ``python main.py info 'a run'``."""
    program = [sys.executable] if getattr(sys, "frozen", False) else ["python", "main.py"]
    words = [*program, *arguments]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
