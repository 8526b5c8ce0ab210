"""Captions as tokens."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from open_clip.tokenizer import SimpleTokenizer
from torch import Tensor


class CaptionTokens:
    """Tokens of captions, each tokenized once and cut to the longest of the batch."""

    def __init__(self) -> None:
        self._tokenizer = SimpleTokenizer()
        self._known: dict[str, Tensor] = {}

    def __call__(self, captions: Sequence[str]) -> Tensor:
        """Tokens, int64, shape (len(captions), longest)."""
        rows = [self._row(caption) for caption in captions]
        longest = max(int(row.argmax()) for row in rows) + 1  # the end token has the highest id
        return torch.stack([row[:longest] for row in rows])

    def _row(self, caption: str) -> Tensor:
        row = self._known.get(caption)
        if row is None:
            row = self._tokenizer([caption])[0]
            if len(self._known) < 50_000:
                self._known[caption] = row
        return row
