"""Which activation weights must run with (R02).

A file of tensors does not tell. OpenAI trained with QuickGELU, x · sigmoid(1.702 x), most others
with GELU; the wrong one gives wrong numbers without any error. So the choice is always stated.
"""

from __future__ import annotations

import msgspec

from core.base.errors import ModelError
from core.models.files.weight_files import WeightsFile

QUICK_GELU = "QuickGELU"
GELU = "GELU"


class Activation(msgspec.Struct, frozen=True):
    """A choice and its reason; `assumed` where nothing told, and the user should know."""

    quick: bool
    reason: str
    assumed: bool = False

    @property
    def name(self) -> str:
        return QUICK_GELU if self.quick else GELU


def choose_activation(
    weights: WeightsFile,
    *,
    published_by_openai: bool,
    asked: str | None,
    stated: bool | None,
    stated_by: str,
) -> Activation:
    """Decide the activation of the weights of a file.

    Parameters
    ----------
    published_by_openai : bool
        True if the file is known by its hash or its place in the catalog.
    asked : str, optional
        ``"QuickGELU"`` or ``"GELU"``, the user's own choice; a `ModelError` if it is unknown, or
        another than QuickGELU for OpenAI's weights.
    stated : bool, optional
        Whether a configuration or the name of the architecture, `stated_by`, says QuickGELU.
    """
    wanted = None if asked is None else _parse(asked)
    if published_by_openai or weights.has_openai_scalars:
        if wanted is False:
            raise ModelError(
                f"{weights.path.name} holds OpenAI weights, which run with QuickGELU only.",
                "Leave the choice of the activation out.",
            )
        return Activation(True, "OpenAI weights")
    if wanted is not None:
        return Activation(wanted, "chosen by the user")
    if stated is not None:
        return Activation(stated, stated_by)
    if weights.form == "TorchScript archive":
        return Activation(True, "assumed, because OpenAI publishes such archives", assumed=True)
    return Activation(False, "assumed, because the file does not tell", assumed=True)


def _parse(asked: str) -> bool:
    normal = asked.lower().replace("-", "").replace("_", "")
    if normal not in ("quickgelu", "gelu"):
        raise ModelError(f"“{asked}” is not an activation.", "Use QuickGELU or GELU.")
    return normal == "quickgelu"
