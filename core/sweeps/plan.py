"""What a sweep is: which images, which prompts, which model; nothing about how far it has come.

Two plans with equal content hashes ask for the very same numbers. Imports no torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from core.base.errors import InvalidInput, PromptError
from core.base.text import valid_text
from core.base.version import VERSION
from core.models.info import ModelInfo
from core.models.preprocessing import Preprocessing
from core.network.ablation import Ablation
from core.predict.prompts import prompt_set
from core.predict.provenance import library_versions
from core.stimuli.factorial import FactorialSet, ShapeSet
from core.stimuli.fonts import font_face

ANSWERS = "answers"
"""The observer that records what the model answers to each image."""

_VERSIONS = ("torch", "open_clip_torch", "numpy", "uharfbuzz")
"""Libraries whose version may move the last bits of a pixel or an answer."""

_SETTING_NAMES = {
    "palette": "the palette",
    "rules": "the geometry's distribution",
    "samples": "the samples per combination",
    "seed": "the seed",
    "side": "the side of the pictures",
    "geometry": "the geometry, crossed or independent",
    "gray": "the spelling of gray",
    "white_backgrounds": "the use of white backgrounds",
    "white_word": "the use of the word “white”",
}
_MODEL_NAMES = {
    "sha256": "the weights",
    "vocabulary_sha256": "the vocabulary",
    "source": "the weights",
    "architecture": "the architecture",
    "activation": "the activation function",
    "precision": "the precision",
    "preprocessing": "the preprocessing",
    "logit_scale": "the logit scale",
    "embed_dim": "the size of the embedding",
}


class ModelIdentity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of a model its answers depend on; attributes as for `ModelInfo`."""

    name: str
    architecture: str
    sha256: str
    """Hash of the weights file; empty for weights that come from no file."""
    source: str
    """Where such weights come from, e.g. an architecture and a seed; empty with a file, whose
    name and place do not matter."""
    activation: str
    precision: str
    preprocessing: Preprocessing
    logit_scale: float
    embed_dim: int
    vocabulary_sha256: str = ""
    """Hash of the file of a vocabulary of the model's own. Left out where it is empty, so that
    plans keep the hash that they had before there were such models."""


def identity(info: ModelInfo) -> ModelIdentity:
    """What of a loaded model its answers depend on."""
    return ModelIdentity(
        name=info.name,
        architecture=info.architecture,
        sha256=info.sha256,
        source="" if info.sha256 else info.source,
        activation=info.activation,
        precision=info.precision,
        preprocessing=info.preprocessing,
        logit_scale=info.logit_scale,
        embed_dim=info.embed_dim,
        vocabulary_sha256=info.vocabulary_sha256,
    )


class SweepPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A sweep over a factorial set; make one with `make_plan`."""

    title: str
    """What to call it; no part of the content."""
    stimuli: FactorialSet
    templates: tuple[str, ...]
    labels: tuple[str, ...]
    """All are used, in this order."""
    model: ModelIdentity
    fonts: dict[str, str]
    """SHA-256 of the face files of the words, by face id; empty for shapes."""
    versions: dict[str, str | None]
    """Of the app and the libraries that draw and compute; no part of the content, but compared
    before a run is resumed."""
    observers: tuple[str, ...] = (ANSWERS,)
    """What is recorded."""
    ablation: Ablation | None = None
    """Units that are silenced; None for the intact model."""

    def __len__(self) -> int:
        return len(self.stimuli)

    @property
    def rows(self) -> int:
        """Number of answers: images × templates."""
        return len(self.stimuli) * len(self.templates)

    def content_hash(self) -> str:
        """SHA-256, hexadecimal, of everything but titles, model name and versions."""
        model = msgspec.structs.replace(self.model, name="")
        content = msgspec.structs.replace(self, title="", versions={}, model=model)
        fields = {name: getattr(content, name) for name in content.__struct_fields__}
        # Plans without an ablation keep the hash that they had before there were any.
        ablation = fields.pop("ablation")
        if ablation is not None:
            fields["ablation"] = ablation.content_hash()
        # The fields in their own order, what lies within them in a fixed one.
        encoded = {
            name: msgspec.Raw(msgspec.json.encode(value, order="deterministic"))
            for name, value in fields.items()
        }
        return sha256(msgspec.json.encode(encoded)).hexdigest()


def make_plan(
    title: str,
    stimuli: FactorialSet,
    templates: Sequence[str],
    labels: Sequence[str],
    info: ModelInfo,
    ablation: Ablation | None = None,
) -> SweepPlan:
    """Plan a sweep for a loaded model.

    Parameters
    ----------
    stimuli : FactorialSet
        At the model's own side.
    templates, labels : sequence of str
        Each template with one slot; none blank, none twice.
    ablation : Ablation, optional
        Units to silence; one without units is as good as none.

    Raises
    ------
    PromptError
        If a template or label cannot be used, naming the first.
    InvalidInput
        If the set is drawn at another side than the model's.
    """
    rows = prompt_set(tuple(templates), tuple(labels))
    for problem in rows.problems():
        text = (templates if problem.part == "template" else labels)[problem.row]
        raise PromptError(f"The {problem.part} “{text}” cannot be used: {problem.fact}")
    reason = rows.blocking_reason()
    if reason:
        raise PromptError(reason)
    side = info.preprocessing.side
    if stimuli.side != side:
        raise InvalidInput(
            f"The pictures are planned at {stimuli.side} pixels and {info.name} takes {side}.",
            f"Plan them at {side} pixels.",
        )
    return SweepPlan(
        title=valid_text(title),
        stimuli=stimuli,
        templates=rows.active_templates(),
        labels=rows.active_labels(),
        model=identity(info),
        fonts=font_hashes(stimuli),
        versions=drawing_versions(),
        ablation=ablation if ablation is not None and len(ablation) else None,
    )


def drawing_versions() -> dict[str, str | None]:
    """Versions of the app and of the libraries that draw and compute, as installed now."""
    found = library_versions()
    return {"app": VERSION, **{name: found[name] for name in _VERSIONS}}


def differences(ours: SweepPlan, theirs: SweepPlan) -> list[str]:
    """What differs between two plans, in words such as “the palette”; versions last.

    Titles and the models' names are not compared.
    """
    found = set_differences(ours.stimuli, theirs.stimuli)
    for name in ("templates", "labels", "fonts", "observers"):
        if getattr(ours, name) != getattr(theirs, name):
            found.append(f"the {name}")
    if _ablation_hash(ours) != _ablation_hash(theirs):
        found.append("the ablation")
    found += model_differences(ours.model, theirs.model)
    return [*found, *version_differences(ours, theirs)]


def set_differences(ours: FactorialSet, theirs: FactorialSet) -> list[str]:
    """What differs between two sets of stimuli, in words."""
    if type(ours) is not type(theirs):
        return ["the set of stimuli"]
    return _differing(ours, theirs, _SETTING_NAMES)


def model_differences(ours: ModelIdentity, theirs: ModelIdentity) -> list[str]:
    """What differs between two models, in words; their names are not compared."""
    return list(dict.fromkeys(_differing(ours, theirs, _MODEL_NAMES)))


def version_differences(ours: SweepPlan, theirs: SweepPlan) -> list[str]:
    """Which versions differ, in words."""
    return versions_that_differ(ours.versions, theirs.versions)


def versions_that_differ(ours: dict[str, str | None], theirs: dict[str, str | None]) -> list[str]:
    """As `version_differences`, from the versions themselves."""
    return [
        f"the version of {'the app' if name == 'app' else name} "
        f"({ours.get(name)} and {theirs.get(name)})"
        for name in sorted({*ours, *theirs})
        if ours.get(name) != theirs.get(name)
    ]


def _differing(ours: msgspec.Struct, theirs: msgspec.Struct, names: dict[str, str]) -> list[str]:
    return [
        text
        for field, text in names.items()
        if getattr(ours, field, None) != getattr(theirs, field, None)
    ]


def _ablation_hash(plan: SweepPlan) -> str:
    return "" if plan.ablation is None else plan.ablation.content_hash()


def font_hashes(stimuli: FactorialSet) -> dict[str, str]:
    """SHA-256 of the face files of a set's words, by face id; empty for shapes."""
    if isinstance(stimuli, ShapeSet):
        return {}
    return {font: font_face(font).sha256 for font in sorted(stimuli.rules.fonts)}
