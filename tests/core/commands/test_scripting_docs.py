"""Every snippet of docs/scripting.md runs, alone, and prints what the page says it prints."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

PAGE = Path(__file__).resolve().parents[3] / "docs" / "scripting.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Snippet(NamedTuple):
    line: int
    code: str
    output: str | None


def snippets() -> list[Snippet]:
    text = PAGE.read_text(encoding="utf-8")
    blocks = list(FENCE.finditer(text))
    found = []
    for position, block in enumerate(blocks):
        if block[1] != "python":
            continue
        following = blocks[position + 1] if position + 1 < len(blocks) else None
        output = following[2] if following is not None and following[1] == "text" else None
        found.append(Snippet(text.count("\n", 0, block.start()) + 2, block[2], output))
    return found


@pytest.mark.parametrize("snippet", snippets(), ids=lambda snippet: f"line-{snippet.line}")
def test_snippet_runs(snippet: Snippet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    photo = np.zeros((90, 160, 3), np.uint8)
    photo[:, :80], photo[:, 80:] = (0, 0, 255), (255, 255, 0)
    Image.fromarray(photo).save("photo.png")
    printed = io.StringIO()
    # As many lines before the code as on the page, so that a traceback names the page's line.
    code = compile("\n" * (snippet.line - 1) + snippet.code, str(PAGE), "exec")
    with contextlib.redirect_stdout(printed):
        exec(code, {"__name__": "__main__"})  # noqa: S102 - running the page is the point
    if snippet.output is not None:
        assert printed.getvalue() == snippet.output


def test_the_page_covers_the_core() -> None:
    text = "".join(snippet.code for snippet in snippets())
    for name in (
        "decode_picture",
        "fit_picture",
        "to_input",
        "load_session",
        "StroopSet",
        ".spec(",
        "render(",
        "Predictor",
        "predict(",
        "prompt_set(",
    ):
        assert name in text, f"{name} is not shown in {PAGE.name}"
    assert len(snippets()) >= 6


def test_no_snippet_uses_the_window() -> None:
    for snippet in snippets():
        assert not re.search(r"^\s*(?:from|import) (?:gui|PySide6)", snippet.code, re.MULTILINE)
