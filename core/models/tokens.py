"""Text to tokens: the model's own cleaning and vocabulary, counted before anything is cut off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import torch
from open_clip.tokenizer import SimpleTokenizer

from core.errors import ModelError, PromptError
from core.models.info import TokenCount


class TextTokenizer:
    """The byte-pair tokenizer of CLIP, with counting.

    Parameters
    ----------
    context_length : int
        Tokens the text tower takes, start and end included.
    clean : str
        Cleaning rule: ``"lower"``, ``"whitespace"`` or ``"canonicalize"``.
    """

    def __init__(self, context_length: int, clean: str = "lower") -> None:
        self.context_length = context_length
        self._tokenizer = _vocabulary(clean)

    @property
    def vocabulary_size(self) -> int:
        """Number of entries, start and end included."""
        return int(self._tokenizer.vocab_size)

    def count(self, text: str) -> TokenCount:
        """Count the tokens of a text and say what a cut at the limit would lose."""
        tokenizer = self._tokenizer
        cleaned = str(tokenizer.clean_fn(text))
        room = self.context_length - 2
        used = 0
        lost_from: int | None = None
        for match in tokenizer.pat.finditer(cleaned):
            pieces = _pieces(tokenizer, match.group())
            if lost_from is None and used + len(pieces) > room:
                kept = "".join(pieces[: room - used])
                kept_bytes = bytes(tokenizer.byte_decoder[char] for char in kept)
                lost_from = match.start() + len(kept_bytes.decode("utf-8", errors="ignore"))
            used += len(pieces)
        lost = "" if lost_from is None else cleaned[lost_from:]
        return TokenCount(tokens=used + 2, limit=self.context_length, cleaned=cleaned, lost=lost)

    def encode(self, texts: Sequence[str]) -> torch.Tensor:
        """Tokens of the texts, int64, shape (N, context_length), zero-padded.

        Raises
        ------
        PromptError
            If a text does not fit; nothing is ever cut off silently.
        """
        tokenizer = self._tokenizer
        result = torch.zeros(len(texts), self.context_length, dtype=torch.long)
        for row, text in enumerate(texts):
            tokens = [tokenizer.sot_token_id, *tokenizer.encode(text), tokenizer.eot_token_id]
            if len(tokens) > self.context_length:
                count = self.count(text)
                raise PromptError(
                    f"A prompt has {count.tokens} tokens and the model takes {count.limit}; "
                    f"“{count.lost}” would be lost.",
                    "Shorten it.",
                )
            result[row, : len(tokens)] = torch.tensor(tokens)
        return result


def tokenizer_for(text_config: Mapping[str, Any], name: str) -> TextTokenizer:
    """The tokenizer that belongs to a text tower; never reaches for the network.

    Parameters
    ----------
    text_config : mapping
        The ``text_cfg`` of an open_clip configuration.
    name : str
        Architecture, for messages.

    Raises
    ------
    ModelError
        If the model was trained with another vocabulary, which this program does not carry.
    """
    foreign = text_config.get("hf_tokenizer_name") or text_config.get("hf_model_name")
    options = dict(text_config.get("tokenizer_kwargs") or {})
    clean = str(options.pop("clean", "lower"))
    options.pop("reduction_mask", None)  # a training-time shortening, never applied here
    if foreign or options:
        raise ModelError(
            f"{name} reads text with the tokenizer {foreign or options}, which is not installed.",
            "Use a model with CLIP's own vocabulary, such as RN50 or ViT-B-32.",
        )
    tokenizer = TextTokenizer(int(text_config.get("context_length", 77)), clean)
    if int(text_config.get("vocab_size", 49408)) != tokenizer.vocabulary_size:
        raise ModelError(
            f"{name} has a vocabulary of {text_config.get('vocab_size')} tokens, "
            f"CLIP's own has {tokenizer.vocabulary_size}.",
            "Use a model with CLIP's own vocabulary, such as RN50 or ViT-B-32.",
        )
    return tokenizer


def _pieces(tokenizer: Any, word: str) -> list[str]:
    """Byte-pair pieces of one word, in the byte alphabet, without the end-of-word mark."""
    encoded = "".join(tokenizer.byte_encoder[byte] for byte in word.encode("utf-8"))
    return [piece.removesuffix("</w>") for piece in tokenizer.bpe(encoded).split(" ")]


@lru_cache(maxsize=4)
def _vocabulary(clean: str) -> Any:
    return SimpleTokenizer(clean=clean)
