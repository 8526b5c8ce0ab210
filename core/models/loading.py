"""Loading a model by reference: all or nothing, and never over the network (R03, R04, R06)."""

from __future__ import annotations

from core.models.architecture import build_model, named_architecture
from core.models.assembly import Origin, assemble, model_side, tensor_count
from core.models.preprocessing import Preprocessing
from core.models.session import ModelSession


def random_session(
    name: str, seed: int = 0, device: str = "cpu", precision: str = "fp32"
) -> ModelSession:
    """A model of a known architecture with random weights: for trying the mechanics only.

    Parameters
    ----------
    name : str
        ``"embedded"``, or a catalog name such as ``"RN50"`` or ``"ViT-B-32-quickgelu"``.
    seed : int
        The same seed gives the same weights. The global generator is left as it was.
    device, precision : str

    Raises
    ------
    ModelError
        If there is no such architecture or device.
    """
    architecture = named_architecture(name)
    model = build_model(architecture, seed=seed)
    origin = Origin(
        name=f"{architecture.name} (random weights)",
        source=f"random weights, seed {seed}",
        activation_reason="the architecture's own",
        notice="Random weights: for trying the mechanics only.",
        tensors_matched=tensor_count(model),
    )
    side = model_side(model, architecture.name)
    return assemble(model, architecture, Preprocessing(side=side), origin, device, precision)
