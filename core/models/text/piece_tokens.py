"""Text to tokens for SigLIP: pieces of words, counted before anything is cut off."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from open_clip.tokenizer import get_clean_fn

from core.base.errors import PromptError
from core.models.info import TokenCount
from core.models.text.tokenizer import too_long
from core.models.text.vocabulary import END_ID, VocabularyFile


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
