"""What is known about a loaded model: shown in the model panel and written into every export.

Imports no torch, so that the window can name these types before any model is loaded.
"""

from __future__ import annotations

import msgspec

from core.models.preprocessing import Preprocessing


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Provenance of a loaded model (R02, R04, R07).

    Attributes
    ----------
    name : str
        Name to show, e.g. ``"RN50 (OpenAI)"``.
    architecture : str
        Catalog name such as ``"RN50"``, or a short description of the shape.
    tower : str
        Kind of image tower: ``"resnet"``, ``"vit"`` or ``"other"``.
    source : str
        File the weights came from, or what else they are.
    form : str
        Form of the weights file, e.g. ``"TorchScript archive"``; empty without a file.
    sha256 : str
        SHA-256 of the weights file, hexadecimal; empty without a file.
    activation : str
        Activation of the transformers, ``"QuickGELU"`` or ``"GELU"``.
    activation_reason : str
        Why this activation runs, e.g. ``"OpenAI weights"``.
    preprocessing : Preprocessing
        How a picture becomes the model's input.
    context_length : int
        Most tokens of a prompt, marks of its start and end included.
    embed_dim : int
        Dimension of the embeddings.
    tensors_matched, tensors_total : int
        Tensors of the model found in the file, and tensors the model has. Counters of seen
        training batches are left out of both: they play no part in what the model computes.
    parameters : int
        Number of parameters.
    logit_scale : float
        Factor of the cosines before the softmax.
    logit_bias : float or None
        Offset of the logits, of models trained with a sigmoid loss.
    device, precision : str
        What the model runs on and in.
    notice : str
        What to bear in mind when reading its numbers; may be empty.
    versions : dict of str to str
        Versions of the libraries that take part.
    vocabulary_sha256 : str
        SHA-256 of the file of the vocabulary, hexadecimal; empty for CLIP's own, which is part of
        open_clip.
    """

    name: str
    architecture: str
    tower: str
    source: str
    form: str
    sha256: str
    activation: str
    activation_reason: str
    preprocessing: Preprocessing
    context_length: int
    embed_dim: int
    tensors_matched: int
    tensors_total: int
    parameters: int
    logit_scale: float
    logit_bias: float | None
    device: str
    precision: str
    notice: str
    versions: dict[str, str]
    vocabulary_sha256: str = ""


class TokenCount(msgspec.Struct, frozen=True):
    """A prompt as the text tower sees it (R13, R16).

    Attributes
    ----------
    tokens : int
        Tokens of the whole text, marks of its start and end included.
    limit : int
        Most tokens the model takes.
    cleaned : str
        The text after the tokenizer's own cleaning.
    lost : str
        The part of `cleaned` that a cut at the limit would lose; empty if all fits.
    ids : tuple of int
        The tokens themselves, without marks of start and end and before any cut.
    """

    tokens: int
    limit: int
    cleaned: str
    lost: str
    ids: tuple[int, ...]

    @property
    def fits(self) -> bool:
        """True if nothing would be lost."""
        return self.tokens <= self.limit
