"""What is known about a loaded model: shown in the model panel and written into every export.

Imports no torch, so that the window can name these types before any model is loaded.
"""

from __future__ import annotations

import msgspec

from core.models.preprocessing import Preprocessing


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Provenance of a loaded model (R02, R04, R07).

    Counters of seen training batches are left out of the tensors: they play no part in what the
    model computes.
    """

    name: str  # to show, e.g. "RN50 (OpenAI)"
    architecture: str  # catalog name such as "RN50", or a short description of the shape
    tower: str  # kind of image tower: "resnet", "vit" or "other"
    source: str  # file the weights came from, or what else they are
    form: str  # of the weights file, e.g. "TorchScript archive"; empty without a file
    sha256: str  # of the weights file, hexadecimal; empty without a file
    activation: str  # of the transformers, "QuickGELU" or "GELU"
    activation_reason: str  # e.g. "OpenAI weights"
    preprocessing: Preprocessing
    context_length: int  # most tokens of a prompt, marks of its start and end included
    embed_dim: int
    tensors_matched: int  # those of the model that were found in the file
    tensors_total: int  # those the model has
    parameters: int
    logit_scale: float  # factor of the cosines before the softmax
    logit_bias: float | None  # offset of the logits, of models trained with a sigmoid loss
    device: str
    precision: str
    notice: str  # what to bear in mind when reading its numbers; may be empty
    versions: dict[str, str]  # of the libraries that take part
    vocabulary_sha256: str = ""  # of the vocabulary's file; empty for CLIP's own, part of open_clip


class TokenCount(msgspec.Struct, frozen=True):
    """A prompt as the text tower sees it (R13, R16)."""

    tokens: int  # of the whole text, marks of its start and end included
    limit: int  # most tokens the model takes
    cleaned: str  # the text after the tokenizer's own cleaning
    lost: str  # the part of `cleaned` that a cut at the limit would lose; empty if all fits
    ids: tuple[int, ...]  # the tokens themselves, without marks of start and end and before any cut

    @property
    def fits(self) -> bool:
        """True if nothing would be lost."""
        return self.tokens <= self.limit
