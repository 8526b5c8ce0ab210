"""What every tokenizer of the lab can do, whatever its vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch

from core.base.errors import PromptError
from core.models.info import TokenCount


class Tokenizer(Protocol):
    """Text to tokens, with counting; `context_length` of them, marks of start and end included."""

    context_length: int

    @property
    def vocabulary_size(self) -> int:
        """Number of entries, marks included."""

    @property
    def vocabulary_sha256(self) -> str:
        """SHA-256 of the file of the vocabulary; empty for CLIP's own, which is built in."""

    def count(self, text: str) -> TokenCount:
        """Count the tokens of a text and say what a cut at the limit would lose."""

    def encode(self, texts: Sequence[str]) -> torch.Tensor:
        """Tokens of the texts, int64, shape (N, context_length).

        A text that does not fit is a `PromptError`: nothing is ever cut off silently.
        """


def too_long(count: TokenCount) -> PromptError:
    """What to tell about a text that does not fit."""
    return PromptError(
        f"A prompt has {count.tokens} tokens and the model takes {count.limit}; "
        f"“{count.lost}” would be lost.",
        "Shorten it.",
    )
