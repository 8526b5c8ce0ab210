"""Loading a model by reference: all or nothing, and never over the network (R03, R04, R06)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
from open_clip.pretrained import get_pretrained_cfg

from core.base.errors import ModelError
from core.models.construction.activation import Activation, choose_activation
from core.models.construction.architecture import (
    Architecture,
    build_model,
    configured_architecture,
    describe,
    detect_architecture,
    named_architecture,
)
from core.models.construction.assembly import Origin, assemble, model_side, tensor_count
from core.models.construction.configuration import (
    CONFIG_NAME,
    neighbor_configuration,
    preprocessing_from,
    published_preprocessing,
)
from core.models.construction.matching import fits, load_into_new_model
from core.models.construction.random_weights import draw_the_rest
from core.models.files.budget import Budget
from core.models.files.catalog import CATALOG, EMBEDDED_ID, CatalogEntry, entry_of_sha256
from core.models.files.weight_files import WeightsFile, read_weights
from core.models.preprocessing import Preprocessing
from core.models.references import RECIPE, Located, locate, random_reference
from core.models.session import ModelSession
from core.models.text.tokens import tokenizer_for


def load_session(
    reference: str | Path,
    device: str = "cpu",
    precision: str = "fp32",
    architecture: str | None = None,
    activation: str | None = None,
    *,
    cancelled: Callable[[], bool] | None = None,
) -> ModelSession:
    """Load a model that is on this computer, whole or not at all; earlier sessions are not touched.

    Parameters
    ----------
    reference : str or Path
        ``"embedded"``; a file (``.safetensors``, ``.pt``, ``.pth``, ``.bin``) or a folder that
        holds one, or the index of split weights; ``"RN50:openai"``, an architecture and a tag of
        open_clip whose file is already on this computer; ``"random:RN50"`` for random weights, or
        ``"random:RN50, seed 3, recipe 2"``, as their source is noted.
    device : str
        ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``.
    precision : str
        ``"fp32"``, ``"fp16"`` or ``"bf16"``.
    architecture : str, optional
        Name of the architecture of a file, e.g. ``"RN50"``; where it is not given it comes from a
        configuration file beside the weights, or from the shapes of the tensors.
    activation : str, optional
        ``"QuickGELU"`` or ``"GELU"``, where it is known better than the rules of
        `core.models.construction.activation`.
    cancelled : callable, optional
        Whether the model is not wanted any more; asked again and again, from this thread, to raise
        `core.models.files.budget.Cancelled`.
    """
    budget = Budget(cancelled)
    located = locate(reference)
    if located.random_architecture:
        return random_session(
            located.random_architecture,
            located.random_seed,
            device,
            precision,
            located.random_recipe,
        )
    assert located.file is not None
    weights = read_weights(located.file, budget=budget)
    entry = located.entry or entry_of_sha256(weights.sha256)
    _check_published_hash(weights, located)
    plan = plan_for(weights, located, entry, architecture, activation)
    return session_of(weights, plan, entry, device, precision, budget)


def session_of(
    weights: WeightsFile,
    plan: Plan,
    entry: CatalogEntry | None,
    device: str = "cpu",
    precision: str = "fp32",
    budget: Budget | None = None,
) -> ModelSession:
    """A session of weights that were read; what an import has to pass as well (R76)."""
    text_config = plan.architecture.config["text_cfg"]
    tokenizer = tokenizer_for(text_config, plan.architecture.name, weights.path, entry)
    model, matched = load_into_new_model(weights, plan.architecture, budget)
    preprocessing = preprocessing_from(plan.preprocess, model_side(model, plan.architecture.name))
    origin = Origin(
        name=entry.title if entry else plan.name,
        source="built-in" if entry and entry.id == EMBEDDED_ID else str(weights.path),
        form=weights.form,
        sha256=weights.sha256,
        activation_reason=plan.activation.reason,
        notice=". ".join(plan.notices),
        tensors_matched=matched,
    )
    return assemble(model, plan.architecture, preprocessing, origin, device, precision, tokenizer)


def random_session(
    name: str,
    seed: int = 0,
    device: str = "cpu",
    precision: str = "fp32",
    recipe: int = RECIPE,
) -> ModelSession:
    """A model of a known architecture with random weights: for trying the mechanics only.

    Parameters
    ----------
    name : str
        ``"embedded"``, or a catalog name such as ``"RN50"`` or ``"ViT-B-32-quickgelu"``. A
        vocabulary of its own has to be on this computer.
    seed : int
        The same seed gives the same weights. The global generator is left as it was.
    recipe : int
        See `core.models.construction.random_weights`; an earlier one gives the weights that old
        runs began with.
    """
    if not 1 <= recipe <= RECIPE:
        raise ModelError(
            f"Random weights of recipe {recipe} cannot be drawn.",
            f"This version knows the recipes 1 to {RECIPE}.",
        )
    architecture = named_architecture(name)
    entry = next((entry for entry in CATALOG if entry.architecture == architecture.name), None)
    tokenizer = tokenizer_for(architecture.config["text_cfg"], architecture.name, entry=entry)
    model = build_model(architecture, seed=seed)
    if recipe > 1:
        draw_the_rest(model, seed)
    origin = Origin(
        name=f"{architecture.name} (random weights{f', recipe {recipe}' if recipe > 1 else ''})",
        source=random_reference(architecture.name, seed, recipe),
        activation_reason="the architecture's own",
        notice="Random weights: for trying the mechanics only",
        tensors_matched=tensor_count(model),
    )
    side = model_side(model, architecture.name)
    preprocessing = Preprocessing(side=side)
    return assemble(model, architecture, preprocessing, origin, device, precision, tokenizer)


class Plan(msgspec.Struct, frozen=True):
    """Everything decided before a model is built."""

    architecture: Architecture
    name: str
    preprocess: dict[str, object]
    activation: Activation
    notices: list[str]


def plan_for(
    weights: WeightsFile,
    located: Located,
    entry: CatalogEntry | None,
    asked_architecture: str | None = None,
    asked_activation: str | None = None,
) -> Plan:
    """Decide what to build for weights, and how it has to run."""
    notices = [entry.notice] if entry and entry.notice else []
    found, stated, stated_by, preprocess = _architecture(weights, located, asked_architecture)
    from_openai = entry is not None and ":openai" in entry.id
    activation = choose_activation(
        weights,
        published_by_openai=from_openai,
        asked=asked_activation,
        stated=stated,
        stated_by=stated_by,
    )
    config = {**found.config, "quick_gelu": activation.quick}
    if "logit_bias" in weights.tensors:
        config.setdefault("init_logit_bias", 0.0)
    if activation.assumed:
        notices.append(f"{activation.name} {activation.reason}")
    if preprocess is None:
        preprocess, agreed = published_preprocessing(found.name) if not from_openai else ({}, True)
        if not agreed:
            notices.append("Preprocessing assumed to be OpenAI's, because the file does not tell")
    name = f"{found.name} ({weights.path.name})"
    if located.tag:
        name = f"{found.name} ({located.tag})"
    return Plan(
        Architecture(found.name, config, found.in_catalog), name, preprocess, activation, notices
    )


def _architecture(
    weights: WeightsFile, located: Located, asked: str | None
) -> tuple[Architecture, bool | None, str, dict[str, object] | None]:
    """The architecture, whether QuickGELU is stated, by what, and the stated preprocessing."""
    if asked or located.architecture:
        name = asked or located.architecture
        found = named_architecture(name)
        options: dict[str, object] | None = None
        stated = bool(found.config.get("quick_gelu", False))
        stated_by = f"the architecture {name}"
        if located.tag:
            options = dict(get_pretrained_cfg(located.architecture, located.tag))
            stated = bool(options.get("quick_gelu", stated))
            stated_by = f"published with {located.architecture}:{located.tag}"
        return found, stated, stated_by, options
    beside = neighbor_configuration(weights.path)
    if beside is not None:
        found = configured_architecture(beside.model, describe(beside.model))
        # A folder of downloads may hold the configuration of another model.
        if located.is_folder or fits(weights.tensors, found):
            stated = bool(beside.model.get("quick_gelu", False))
            return found, stated, CONFIG_NAME, beside.preprocess
    try:
        return detect_architecture(weights.shapes()), None, "", None
    except ModelError as error:
        raise ModelError(
            f"{weights.path.name} ({weights.size:,} bytes, SHA-256 {weights.sha256}) cannot be "
            f"loaded: {error.message[0].lower()}{error.message[1:]}",
            error.hint or "Name its architecture, if it is a CLIP.",
        ) from error


def _check_published_hash(weights: WeightsFile, located: Located) -> None:
    """Refuse a file under a published name that is not the published file (R05)."""
    entry = located.entry
    if entry is None or not entry.sha256 or weights.path.name != entry.file_name:
        return
    if weights.sha256 != entry.sha256:
        raise ModelError(
            f"{weights.path.name} ({weights.size:,} bytes, SHA-256 {weights.sha256}) is not the "
            f"file that was published (SHA-256 {entry.sha256}).",
            "Get it again, or load it as a file if you trust it.",
        )


def check_weights(
    path: Path, entry: CatalogEntry | None, sha256: str = "", budget: Budget | None = None
) -> Architecture:
    """Make sure that a file can be loaded, by loading it on the CPU as `load_session` does.

    Nothing in the file is run, and nothing of it is kept in memory. A vocabulary of its own has to
    be where `core.models.files.catalog.find_vocabulary` finds it. Without an entry, any CLIP that
    the program can load will do; `sha256` is that of the file, if it is known already.

    Raises
    ------
    MissingVocabulary
        If it needs a vocabulary of its own, which is not here.
    ModelError
        Saying what the file is instead.
    """
    weights = read_weights(path, sha256=sha256, budget=budget)
    located = Located(file=path)
    if entry is not None:
        if not fits(weights.tensors, named_architecture(entry.architecture)):
            raise ModelError(
                f"{path.name} is not {entry.title}: it {_holds(weights)}.",
                f"Choose the file of {entry.title}, or import it without naming a model.",
            )
        located = Located(file=path, entry=entry, architecture=entry.architecture, tag=entry.tag)
    plan = plan_for(weights, located, entry)
    session_of(weights, plan, entry, budget=budget)
    return plan.architecture


def _holds(weights: WeightsFile) -> str:
    try:
        return f"holds {detect_architecture(weights.shapes()).name}"
    except ModelError:
        return f"holds {len(weights.tensors)} tensors of another model"
