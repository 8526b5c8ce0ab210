"""Texts to tokens with a vocabulary in a file of its own: R13, R16."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models

from core.base.errors import ModelError, PromptError
from core.models.text.tokens import PieceTokenizer, reads_own_vocabulary, tokenizer_for
from core.models.text.vocabulary import MissingVocabulary, WrongVocabulary, read_vocabulary
from tests.core.hostile_files import mutated
from tests.core.siglip_files import CONFIG, CONTEXT, ENTRIES, NAME, best_pieces, vocabulary

TEXTS = [
    "red",
    "The color of the object is red.",
    "  A_photo, of: a (blue)\tSQUARE! ",
    "",
    "words-words don't",
]
CLEANED = [
    "red",
    "the color of the object is red",
    "a photo of a blue square",
    "",
    "wordswords dont",
]


@pytest.fixture(scope="module")
def content() -> bytes:
    return vocabulary(in_use=True)


@pytest.fixture
def file(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "tokenizer.json"
    path.write_bytes(content)
    return path


@pytest.fixture
def tokenizer(file: Path) -> PieceTokenizer:
    return PieceTokenizer(read_vocabulary(file, ENTRIES), CONTEXT, "canonicalize")


def test_texts_are_split_as_the_scores_say_and_padded_with_the_end(
    tokenizer: PieceTokenizer, content: bytes
) -> None:
    found = tokenizer.encode(TEXTS)
    assert (found.dtype, tuple(found.shape)) == (torch.int64, (len(TEXTS), CONTEXT))
    for row, text in zip(found.tolist(), CLEANED, strict=True):
        pieces = best_pieces(content, text)
        assert row == pieces + [1] * (CONTEXT - len(pieces))
    assert len(set(map(tuple, found.tolist()))) == len(TEXTS)
    assert [tokenizer.count(text).cleaned for text in TEXTS] == CLEANED


def test_what_the_file_was_last_used_with_plays_no_part(
    tokenizer: PieceTokenizer, tmp_path: Path, content: bytes
) -> None:
    assert json.loads(content)["truncation"] and json.loads(content)["padding"]
    plain = tmp_path / "plain.json"
    plain.write_bytes(vocabulary())
    other = PieceTokenizer(read_vocabulary(plain, ENTRIES), CONTEXT, "canonicalize")
    assert torch.equal(other.encode(TEXTS), tokenizer.encode(TEXTS))
    bare = json.loads(content)
    bare["post_processor"] = None  # some files leave the end to whoever reads them
    plain.write_text(json.dumps(bare))
    other = PieceTokenizer(read_vocabulary(plain, ENTRIES), CONTEXT, "canonicalize")
    assert torch.equal(other.encode(TEXTS), tokenizer.encode(TEXTS))


def test_a_text_that_is_too_long_is_counted_and_never_cut(tokenizer: PieceTokenizer) -> None:
    fitting = " ".join(["red"] * 3)
    pieces = tokenizer.count(fitting).tokens - 1
    whole = " ".join(["red"] * (3 * (CONTEXT - 1) // pieces))
    assert tokenizer.count(whole).fits
    assert tokenizer.encode([whole]).shape == (1, CONTEXT)
    count = tokenizer.count(f"{whole}, The color of WORDS")
    assert not count.fits
    assert count.cleaned == f"{whole} the color of words"
    assert count.cleaned.endswith(count.lost)
    assert count.lost.endswith("color of words")
    kept = count.cleaned.removesuffix(count.lost)
    assert tokenizer.count(kept).fits
    with pytest.raises(PromptError, match="would be lost") as caught:
        tokenizer.encode(["red", count.cleaned])
    assert f"{count.tokens} tokens and the model takes {CONTEXT}" in caught.value.message


def test_a_cut_inside_a_word_loses_only_what_does_not_fit(
    tokenizer: PieceTokenizer, content: bytes
) -> None:
    word = "thewordyellow" * 8
    count = tokenizer.count(word)
    assert not count.fits
    kept = word.removesuffix(count.lost)
    full = Tokenizer.from_str(content.decode())
    full.no_truncation()
    full.no_padding()
    offsets = full.encode(word, add_special_tokens=False).offsets
    assert len(kept) == offsets[CONTEXT - 1][0] == offsets[CONTEXT - 2][1]


def test_the_account_of_the_vocabulary(tokenizer: PieceTokenizer, content: bytes) -> None:
    assert tokenizer.vocabulary_size == ENTRIES
    assert tokenizer.vocabulary_sha256 == hashlib.sha256(content).hexdigest()


def refusal(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(WrongVocabulary) as caught:
        read_vocabulary(path, ENTRIES, "Small SigLIP")
    assert caught.value.message.startswith("v.json ")
    assert "where the weights came from" in caught.value.hint.replace(
        "weights came.", "weights came from"
    )
    return caught.value.message


def test_r05_wrong_vocabularies_are_refused_with_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "v.json"
    with pytest.raises(ModelError, match="cannot be read"):
        read_vocabulary(path, ENTRIES)
    assert "is a web page, not a vocabulary" in refusal(path, b"<!DOCTYPE html><html></html>")
    assert "pointer of Git LFS" in refusal(path, b"version https://git-lfs.github.com/spec/v1\n")
    for damaged in (b"", b"{}", b"{ not json", b"\xff\xfe{", vocabulary()[:-100]):
        assert "is not a vocabulary, or is damaged" in refusal(path, damaged)
    other = vocabulary(ENTRIES + 1)
    assert "it has 161 entries, and Small SigLIP has 160" in refusal(path, other)
    pairs = Tokenizer(models.BPE({f"p{number}": number for number in range(ENTRIES)}, []))
    assert "it is of the kind BPE" in refusal(path, pairs.to_str().encode())
    assert "its entry 1 is not </s>" in refusal(path, vocabulary(end_first=True))
    marked = json.loads(vocabulary())
    marked["post_processor"]["single"].insert(0, {"SpecialToken": {"id": "</s>", "type_id": 0}})
    assert "adds other marks" in refusal(path, json.dumps(marked).encode())


def test_marks_of_t5_behind_the_pieces_are_borne_but_never_read(tmp_path: Path) -> None:
    extended = Tokenizer.from_str(vocabulary().decode())
    extended.add_special_tokens(["<extra_id_0>", "<extra_id_1>"])
    path = tmp_path / "v.json"
    path.write_text(extended.to_str(), encoding="utf-8")
    read = read_vocabulary(path, ENTRIES)
    plain = PieceTokenizer(read, CONTEXT, "canonicalize")
    assert plain.vocabulary_size == ENTRIES
    assert int(plain.encode(["red <extra_id_0>"]).max()) < ENTRIES
    with pytest.raises(PromptError, match="no entry"):
        PieceTokenizer(read, CONTEXT, "whitespace").encode(["red <extra_id_0>"])


def test_a_missing_vocabulary_is_said_so_with_its_place(tmp_path: Path) -> None:
    weights = tmp_path / "my weights.safetensors"
    with pytest.raises(MissingVocabulary, match=f"The vocabulary of {NAME}") as caught:
        tokenizer_for(CONFIG["text_cfg"], NAME, weights)
    assert str(tmp_path / "my weights.tokenizer.json") in caught.value.hint
    (tmp_path / "tokenizer.json").write_bytes(vocabulary(ENTRIES + 1))
    with pytest.raises(WrongVocabulary, match="161 entries"):
        tokenizer_for(CONFIG["text_cfg"], NAME, weights)
    (tmp_path / "my weights.tokenizer.json").write_bytes(vocabulary())  # its own comes first
    assert tokenizer_for(CONFIG["text_cfg"], NAME, weights).context_length == CONTEXT


@pytest.mark.parametrize(
    "change",
    [
        {"pool_type": "eos"},
        {"no_causal_mask": False},
        {"hf_model_name": "xlm-roberta-base"},
        {"tokenizer_mode": "clips"},
        {"vocab_size": 256_000},
        {"tokenizer_kwargs": {"strip_sep_token": True}},
    ],
    ids=str,
)
def test_other_foreign_vocabularies_are_not_guessed_at(
    change: dict[str, object], tmp_path: Path, file: Path
) -> None:
    text = CONFIG["text_cfg"] | change
    assert not reads_own_vocabulary(text)
    with pytest.raises(ModelError, match="reads text with the tokenizer"):
        tokenizer_for(text, NAME, tmp_path / "m.safetensors")
    with pytest.raises(ModelError, match="rule “upper”"):
        tokenizer_for(
            CONFIG["text_cfg"] | {"tokenizer_kwargs": {"clean": "upper"}}, NAME, tmp_path / "m"
        )


def test_r06_the_library_is_imported_late_and_asks_nobody(file: Path) -> None:
    code = (
        "import sys, core.models.files.store, core.models.files.download;"
        "assert 'tokenizers' not in sys.modules;"
        "from core.models.text.vocabulary import read_vocabulary; from pathlib import Path;"
        f"read_vocabulary(Path({str(file)!r}), {ENTRIES});"
        "assert 'tokenizers' in sys.modules"
    )  # the guard of all tests refuses the network in it, and tells
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=800)
    assert done.returncode == 0, done.stderr


def changed(content: bytes, **parts: object) -> bytes:
    return json.dumps(json.loads(content) | parts).encode()


@pytest.mark.parametrize(
    "normalizer",
    [
        {"type": "Replace", "pattern": {"Regex": "(a+)+$"}, "content": ""},
        {"type": "Replace", "pattern": {"Regex": "a*a*a*a*a*a*b"}, "content": ""},
        {"type": "Replace", "pattern": {"Regex": "(a|a)*b"}, "content": ""},
        {"type": "Replace", "pattern": {"Regex": "[ab]" * 99}, "content": ""},
        {"type": "Sequence", "normalizers": [{"type": "NFC"}] * 2000},
        {"type": "Precompiled", "precompiled_charsmap": "AAAAAAAA"},  # the library panics at it
        {"type": "NoSuchKind"},
        7,
    ],
)
def test_r58_rules_that_could_keep_a_text_waiting_are_refused(
    normalizer: object, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "tokenizer.json"
    rules = [json.loads(content)["normalizer"], normalizer]
    both = {"type": "Sequence", "normalizers": rules}
    path.write_bytes(changed(content, normalizer=both))
    with pytest.raises(WrongVocabulary) as caught:
        read_vocabulary(path, ENTRIES)
    assert path.name in caught.value.message


@pytest.mark.parametrize(
    "pattern", [r"[!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~]", r"\s+", " {2,}", "[^a-z]+", r"\(x\)*"]
)
def test_r58_the_patterns_of_siglip_are_simple_enough(
    pattern: str, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "tokenizer.json"
    rule = {"type": "Replace", "pattern": {"Regex": pattern}, "content": " "}
    path.write_bytes(changed(content, normalizer=rule))
    assert read_vocabulary(path, ENTRIES).entries == ENTRIES


def test_r58_a_vocabulary_of_implausible_length_is_not_read(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.models.text.vocabulary.MAX_BYTES", 1000)
    path = tmp_path / "tokenizer.json"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="too large"):
        read_vocabulary(path, ENTRIES)


@pytest.mark.parametrize("seed", range(3))
def test_r79_no_damage_to_a_vocabulary_escapes_as_another_error(
    seed: int, tmp_path: Path, content: bytes
) -> None:
    random_ = random.Random(seed)  # noqa: S311 - not for secrets
    path = tmp_path / "tokenizer.json"
    for _ in range(150):
        path.write_bytes(mutated(content, random_))
        with contextlib.suppress(ModelError):
            PieceTokenizer(read_vocabulary(path, ENTRIES), CONTEXT, "canonicalize").encode(TEXTS)
