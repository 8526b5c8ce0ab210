"""Text to tokens: the model's own cleaning and vocabulary, counted before anything is cut off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import torch
from open_clip.tokenizer import SimpleTokenizer, get_clean_fn

from core.base.errors import ModelError, PromptError
from core.models.files.catalog import CatalogEntry, find_vocabulary, vocabulary_place
from core.models.info import TokenCount
from core.models.text.vocabulary import END_ID, MissingVocabulary, VocabularyFile, read_vocabulary

CLEANINGS = ("lower", "whitespace", "canonicalize")
"""The rules of open_clip by which a text is made ready to be split."""


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


class TextTokenizer:
    """The byte-pair tokenizer of CLIP, with counting.

    The cleaning rule is ``"lower"``, ``"whitespace"`` or ``"canonicalize"``.
    """

    def __init__(self, context_length: int, clean: str = "lower") -> None:
        self.context_length = context_length
        self._tokenizer = _vocabulary(clean)

    @property
    def vocabulary_size(self) -> int:
        """Number of entries, start and end included."""
        return int(self._tokenizer.vocab_size)

    @property
    def vocabulary_sha256(self) -> str:
        """Empty: the vocabulary is open_clip's, whose version stands beside it."""
        return ""

    def count(self, text: str) -> TokenCount:
        """Count the tokens of a text and say what a cut at the limit would lose."""
        tokenizer = self._tokenizer
        cleaned = str(tokenizer.clean_fn(text))
        room = self.context_length - 2
        ids: list[int] = []
        lost_from: int | None = None
        for match in tokenizer.pat.finditer(cleaned):
            pieces = _pieces(tokenizer, match.group())
            if lost_from is None and len(ids) + len(pieces) > room:
                kept = "".join(pieces[: room - len(ids)])
                kept_bytes = bytes(tokenizer.byte_decoder[char] for char in kept)
                lost_from = match.start() + len(kept_bytes.decode("utf-8", errors="ignore"))
            ids += (tokenizer.encoder[piece] for piece in pieces)
        lost = "" if lost_from is None else cleaned[lost_from:]
        return TokenCount(len(ids) + 2, self.context_length, cleaned, lost, tuple(ids))

    def encode(self, texts: Sequence[str]) -> torch.Tensor:
        """As `Tokenizer.encode`, zero-padded."""
        tokenizer = self._tokenizer
        result = torch.zeros(len(texts), self.context_length, dtype=torch.long)
        for row, text in enumerate(texts):
            tokens = [tokenizer.sot_token_id, *tokenizer.encode(text), tokenizer.eot_token_id]
            if len(tokens) > self.context_length:
                raise too_long(self.count(text))
            result[row, : len(tokens)] = torch.tensor(tokens)
        return result


class PieceTokenizer:
    """The tokenizer of SigLIP, with counting.

    A text has no mark of its start, one at its end, and is padded with the mark of its end. SigLIP
    attends to the padding and reads its embedding at the last place, so that texts are always
    padded to the full length. The cleaning rule is one of open_clip's: ``"canonicalize"`` (lower
    case, no punctuation), ``"whitespace"`` or ``"lower"``.
    """

    def __init__(self, vocabulary: VocabularyFile, context_length: int, clean: str) -> None:
        self.context_length = context_length
        self._vocabulary = vocabulary
        self._clean = get_clean_fn(clean)

    @property
    def vocabulary_size(self) -> int:
        """Number of entries, the end included."""
        return self._vocabulary.entries

    @property
    def vocabulary_sha256(self) -> str:
        """SHA-256 of the file of the vocabulary, hexadecimal."""
        return self._vocabulary.sha256

    def count(self, text: str) -> TokenCount:
        """Count the tokens of a text and say what a cut at the limit would lose."""
        cleaned = str(self._clean(text))
        pieces = self._vocabulary.tokenizer.encode(cleaned, add_special_tokens=False)
        room = self.context_length - 1
        lost = ""
        if len(pieces.ids) > room:
            lost = cleaned[pieces.offsets[room][0] :].lstrip()
        return TokenCount(
            len(pieces.ids) + 1, self.context_length, cleaned, lost, tuple(pieces.ids)
        )

    def encode(self, texts: Sequence[str]) -> torch.Tensor:
        """As `Tokenizer.encode`, padded with the end.

        Equals open_clip's ``HFTokenizer`` on the same ``tokenizer.json`` for all texts that fit.
        Marks that the model has no embedding for are refused, too.
        """
        result = torch.full((len(texts), self.context_length), END_ID, dtype=torch.long)
        for row, text in enumerate(texts):
            cleaned = str(self._clean(text))
            # One by one: encoding in batches starts threads of the library's own.
            pieces = self._vocabulary.tokenizer.encode(cleaned, add_special_tokens=False).ids
            if len(pieces) + 1 > self.context_length:
                raise too_long(self.count(text))
            if max(pieces, default=0) >= self._vocabulary.entries:
                raise PromptError(
                    f"“{cleaned}” has a mark that the model has no entry for.",
                    "Write it otherwise.",
                )
            result[row, : len(pieces)] = torch.tensor(pieces, dtype=torch.long)
        return result


def too_long(count: TokenCount) -> PromptError:
    """What to tell about a text that does not fit."""
    return PromptError(
        f"A prompt has {count.tokens} tokens and the model takes {count.limit}; "
        f"“{count.lost}” would be lost.",
        "Shorten it.",
    )


def tokenizer_for(
    text_config: Mapping[str, Any],
    name: str,
    weights: Path | None = None,
    entry: CatalogEntry | None = None,
) -> Tokenizer:
    """The tokenizer that belongs to a text tower; never reaches for the network.

    Parameters
    ----------
    text_config : mapping
        The ``text_cfg`` of an open_clip configuration.
    name : str
        Architecture, for messages.
    weights, entry
        A vocabulary of the model's own lies beside the weights, or where the catalog says.

    Raises
    ------
    MissingVocabulary
        If the model reads text with a vocabulary of its own and its file is not here.
    """
    context_length = int(text_config.get("context_length", 77))
    entries = int(text_config.get("vocab_size", 49408))
    foreign = str(text_config.get("hf_tokenizer_name") or text_config.get("hf_model_name") or "")
    options = dict(text_config.get("tokenizer_kwargs") or {})
    options.pop("reduction_mask", None)  # a training-time shortening, never applied here
    # open_clip's two kinds of tokenizers differ in what they clean where nothing is said.
    clean = str(options.pop("clean", "whitespace" if foreign else "lower"))
    if clean not in CLEANINGS:
        raise ModelError(f"{name} cleans its texts by the rule “{clean}”, which is not known.")
    if reads_own_vocabulary(text_config):
        path = find_vocabulary(weights, entry, foreign)
        if path is None:
            raise MissingVocabulary(
                f"The vocabulary of {name}, its tokenizer.json, is not on this computer.",
                f"Put it into place as {vocabulary_place(weights, entry, name)}.",
            )
        return PieceTokenizer(read_vocabulary(path, entries, name), context_length, clean)
    if foreign or options:
        raise ModelError(
            f"{name} reads text with the tokenizer {foreign or options}, which is not installed.",
            "Use a model with CLIP's own vocabulary, such as RN50 or ViT-B-32, or a SigLIP.",
        )
    tokenizer = TextTokenizer(context_length, clean)
    if entries != tokenizer.vocabulary_size:
        raise ModelError(
            f"{name} has a vocabulary of {entries} tokens, "
            f"CLIP's own has {tokenizer.vocabulary_size}.",
            "Use a model with CLIP's own vocabulary, such as RN50 or ViT-B-32.",
        )
    return tokenizer


_GEMMA_ENTRIES = 256_000
"""SigLIP 2 reads Gemma's vocabulary, which is of another kind and is padded otherwise."""


def reads_own_vocabulary(text_config: Mapping[str, Any]) -> bool:
    """True for the text tower of SigLIP, whose vocabulary lies in a file beside the weights.

    It has no causal mask and is read at the last place. Other models with a tokenizer of their own
    are padded or marked otherwise, and are not read by `PieceTokenizer`.
    """
    return (
        bool(text_config.get("hf_tokenizer_name"))
        and not text_config.get("hf_model_name")
        and not text_config.get("tokenizer_mode")
        and set(text_config.get("tokenizer_kwargs") or {}) <= {"clean", "reduction_mask"}
        and text_config.get("pool_type") == "last"
        and bool(text_config.get("no_causal_mask"))
        and text_config.get("vocab_size") != _GEMMA_ENTRIES
    )


def _pieces(tokenizer: Any, word: str) -> list[str]:
    """Byte-pair pieces of one word, in the byte alphabet; the last with the end-of-word mark."""
    encoded = "".join(tokenizer.byte_encoder[byte] for byte in word.encode("utf-8"))
    return str(tokenizer.bpe(encoded)).split(" ")


@lru_cache(maxsize=4)
def _vocabulary(clean: str) -> Any:
    return SimpleTokenizer(clean=clean)
