"""A small SigLIP with random weights, and a vocabulary of the same kind as the real ones."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path

import open_clip
import pytest
from open_clip.pretrained import _PRETRAINED, _slpcfg
from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from core.models.construction.architecture import Architecture, build_model
from core.models.construction.random_weights import draw_the_rest
from core.models.files.catalog import CatalogEntry, PublishedVocabulary

NAME, REPOSITORY = "Small-SigLIP", "owner/small-siglip"
ENTRIES, CONTEXT = 160, 32
CONFIG = {
    "embed_dim": 64,
    "init_logit_bias": -10,
    "custom_text": True,
    "vision_cfg": {
        "image_size": 32,
        "timm_model_name": "test_vit",
        "timm_model_pretrained": False,
        "timm_pool": "map",
        "timm_proj": "none",
    },
    "text_cfg": {
        "context_length": CONTEXT,
        "vocab_size": ENTRIES,
        "hf_tokenizer_name": REPOSITORY,
        "tokenizer_kwargs": {"clean": "canonicalize"},
        "width": 64,
        "heads": 2,
        "layers": 2,
        "no_causal_mask": True,
        "proj_bias": True,
        "pool_type": "last",
        "norm_kwargs": {"eps": 1e-6},
    },
}
"""As open_clip's configurations of SigLIP are, but for the sizes."""

ENTRY = CatalogEntry(
    id=f"{NAME}:webli",
    title="Small SigLIP (WebLI)",
    family="SigLIP",
    quick_gelu=False,
    source="tests",
    file_name=f"{NAME}-webli.safetensors",
    hub_repository="owner/small-siglip-weights",
    vocabulary=PublishedVocabulary(REPOSITORY, ENTRIES),
)

_MARKS = ("<pad>", "</s>", "<unk>")
_SENTENCES = [
    "the color of the object is red",
    "a photo of a blue square on a green background",
    "the word yellow written in purple",
    "colors are words and pictures of words",
    "pink orange brown gray black and white",
]


def vocabulary(entries: int = ENTRIES, *, in_use: bool = False, end_first: bool = False) -> bytes:
    """A ``tokenizer.json``: trained on a few sentences, then filled up with made-up pieces.

    Parameters
    ----------
    entries : int
    in_use : bool
        Leave the padding and truncation of an earlier use in the file, as exports do.
    end_first : bool
        Give the mark of the end another place than SigLIP's.
    """
    marks = ["</s>", "<pad>", "<unk>"] if end_first else list(_MARKS)
    pieces = [[mark, 0.0] for mark in marks] + _trained()
    pieces += [[f"▁filler{number}", -20.0 - number] for number in range(entries - len(pieces))]
    made = _blank(models.Unigram([(piece, score) for piece, score in pieces], unk_id=2))
    made.add_special_tokens(marks)
    end = made.token_to_id("</s>")
    made.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", end)]
    )
    if in_use:
        made.enable_truncation(4)
        made.enable_padding(length=4)
    return made.to_str().encode()


@cache
def _trained() -> list[list[object]]:
    """Pieces and scores; once, because no two trainings give quite the same."""
    tokenizer = _blank(models.Unigram())
    trainer = trainers.UnigramTrainer(
        vocab_size=120, special_tokens=list(_MARKS), unk_token=_MARKS[2], show_progress=False
    )
    tokenizer.train_from_iterator(_SENTENCES * 4, trainer)
    return json.loads(tokenizer.to_str())["model"]["vocab"][len(_MARKS) :]


def _blank(model: models.Model) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    return tokenizer


def best_pieces(content: bytes, words: str) -> list[int]:
    """Ids of the split of greatest sum of scores, word by word, by dynamic programming."""
    pieces = json.loads(content)["model"]["vocab"]
    scores = {piece: (score, number) for number, (piece, score) in enumerate(pieces)}
    found = []
    for word in words.split():
        text = f"▁{word}"
        best: list[tuple[float, list[int]]] = [(0.0, [])]
        for end in range(1, len(text) + 1):
            ways = [(-math.inf, [])]
            for start in range(end):
                if text[start:end] in scores:
                    score, number = scores[text[start:end]]
                    ways.append((best[start][0] + score, [*best[start][1], number]))
            best.append(max(ways, key=lambda way: way[0]))
        found += best[-1][1]
    return found


def small_siglip(seed: int = 0) -> dict[str, object]:
    """The tensors of a small SigLIP under which every part counts."""
    model = build_model(Architecture(NAME, CONFIG, False), seed=seed)
    draw_the_rest(model, seed)
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def write_config(folder: Path) -> None:
    preprocess = {"size": 32, "mean": [0.5] * 3, "std": [0.5] * 3, "resize_mode": "squash"}
    content = {"model_cfg": CONFIG, "preprocess_cfg": preprocess}
    (folder / "open_clip_config.json").write_text(json.dumps(content), encoding="utf-8")


def add_to_open_clip(patch: pytest.MonkeyPatch) -> None:
    """Let open_clip know the small SigLIP and its weights, as it knows the real ones."""
    patch.setitem(open_clip.factory._MODEL_CONFIGS, NAME, CONFIG)
    patch.setitem(_PRETRAINED, NAME, {"webli": _slpcfg(hf_hub=f"{REPOSITORY}/")})
