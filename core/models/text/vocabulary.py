"""Vocabularies in a file of their own, in the format of Hugging Face's ``tokenizers``.

SigLIP reads text in pieces of a SentencePiece model of the kind “Unigram”. Its ``tokenizer.json``
holds all of it: the normalization of characters, the pieces and their scores.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import msgspec

from core.base.errors import ModelError
from core.base.reading import read_bytes
from core.base.typed import from_json
from core.models.files.start import START_BYTES, foreign_start

END_TOKEN = "</s>"  # noqa: S105 - a mark in texts
END_ID = 1
"""SigLIP ends a text with this entry and pads with it, too (open_clip 3.3.0, big_vision)."""

MAX_BYTES = 64_000_000
"""More than any vocabulary has: such a file is something else and is not read into memory."""

_KIND = "Unigram"
_MOST_RULES = 1000
_MOST_PATTERN = 200
_TRIED = ("", " ", "a", "Red, blue.", "\u05d0\u0301\u4e2d\U0001f534  \t" * 20)
"""Texts that every vocabulary has to split."""


class MissingVocabulary(ModelError):
    """The file of a vocabulary is not where it has to be."""


class WrongVocabulary(ModelError):
    """A file is not the vocabulary that a model needs; `clause` says why, after the file's name."""

    def __init__(self, path: Path, clause: str) -> None:
        super().__init__(
            f"{path.name} {clause}.", "Get the tokenizer.json from where the weights came."
        )
        self.clause = clause


class VocabularyFile(msgspec.Struct, frozen=True):
    """A vocabulary that was read and checked.

    The model has an embedding for all its `entries`; marks that the file adds may lie behind them.
    The tokenizer cuts nothing off and pads nothing, whatever the file says.
    """

    path: Path
    sha256: str
    entries: int
    tokenizer: Any


def read_vocabulary(path: Path, entries: int, title: str = "") -> VocabularyFile:
    """Read a vocabulary; nothing in it is ever run, and nothing is downloaded.

    Parameters
    ----------
    entries : int
        How many it has to have: the rows of the model's token embedding.
    title : str
        What needs it, for messages; by default “the model”.

    Raises
    ------
    WrongVocabulary
        If it is something else, or not SigLIP's kind of vocabulary.
    ModelError
        If it cannot be read.
    """
    from tokenizers import Tokenizer  # only models with such a vocabulary need it

    try:
        content = read_bytes(path, MAX_BYTES)
    except OSError as error:
        raise ModelError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    clause = foreign_start(content[:START_BYTES], "a vocabulary")
    if clause:
        raise WrongVocabulary(path, clause)
    damaged = WrongVocabulary(path, f"({len(content):,} bytes) is not a vocabulary, or is damaged")
    try:
        rules = from_json(content, _Rules)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise damaged from error
    fault = _fault_of_rules(rules)
    if fault:
        raise WrongVocabulary(path, f"is not the right vocabulary: {fault}")
    try:
        tokenizer = Tokenizer.from_str(content.decode("utf-8"))
        tokenizer.no_truncation()  # both may be left over in the file from its last use
        tokenizer.no_padding()
        fault = _fault(tokenizer, entries, title or "the model")
        for text in _TRIED:
            tokenizer.encode(text)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # the library raises no narrower class, and panics with its own
        raise damaged from error
    if fault:
        raise WrongVocabulary(path, f"is not the right vocabulary: {fault}")
    return VocabularyFile(path, hashlib.sha256(content).hexdigest(), entries, tokenizer)


class _Model(msgspec.Struct):
    type: str = _KIND


class _Rules(msgspec.Struct):
    """Of the file's own form, what says how a text is made ready and split."""

    model: _Model
    normalizer: Any = None
    pre_tokenizer: Any = None


def _fault_of_rules(rules: _Rules) -> str:
    """What of the rules could keep a text waiting for ever, as a clause; empty if nothing.

    A search pattern with nested repetitions takes exponential time on some texts. Those of SigLIP
    repeat at most one set of characters.
    """
    if rules.model.type != _KIND:
        return f"it is of the kind {rules.model.type[:20]}, and SigLIP's is of the kind {_KIND}"
    waiting = [rules.normalizer, rules.pre_tokenizer]
    for _ in range(_MOST_RULES):
        if not waiting:
            return ""
        rule = waiting.pop()
        if isinstance(rule, dict):
            pattern = rule.get("Regex")
            if isinstance(pattern, str) and not _is_simple(pattern):
                return f"it searches for “{pattern[:40]}”, which is too entangled"
            waiting += rule.values()
        elif isinstance(rule, list):
            waiting += rule
    return "it has more rules than any vocabulary"


def _is_simple(pattern: str) -> bool:
    """True for a pattern without groups and with at most two repetitions."""
    bare = re.sub(r"\\.", "x", pattern, flags=re.DOTALL)
    bare = re.sub(r"\[\^?\]?[^\]]*\]", "x", bare)
    repeated = sum(bare.count(mark) for mark in "*+{?")
    return len(pattern) <= _MOST_PATTERN and "(" not in bare and repeated <= 2


def _fault(tokenizer: Any, entries: int, title: str) -> str:
    """Why a vocabulary is not one of SigLIP's, as a clause; empty if it is."""
    kind = type(tokenizer.model).__name__
    if kind != _KIND:
        return f"it is of the kind {kind}, and SigLIP's is of the kind {_KIND}"
    # Files made for T5 add marks of its own behind the pieces; no text is ever read as those.
    sizes = [tokenizer.get_vocab_size(with_added_tokens=added) for added in (True, False)]
    if entries not in sizes:
        return f"it has {sizes[0]:,} entries, and {title} has {entries:,}"
    if tokenizer.token_to_id(END_TOKEN) != END_ID:
        return f"its entry {END_ID} is not {END_TOKEN}, the end of a text"
    plain = tokenizer.encode("a", add_special_tokens=False).ids
    if tokenizer.encode("a").ids not in (plain, [*plain, END_ID]):
        return f"it adds other marks to a text than {END_TOKEN} at its end"
    return ""
