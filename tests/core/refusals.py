"""What a command says of arguments that it cannot read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core import commands
from core.commands import FAILED


def refused_line(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line with which a command is refused while its arguments are read."""
    with pytest.raises(SystemExit) as caught:
        commands.main(arguments)
    assert caught.value.code == FAILED
    written = capsys.readouterr()
    (line,) = written.err.splitlines()
    assert written.out == ""
    return line
