"""How a module of torch changes the receptive field of a map, and the layers that have one."""

from __future__ import annotations

from torch import nn

from core.network.layer import Layer
from core.network.receptive_field import Field

POINTWISE = (
    nn.BatchNorm2d,
    nn.Dropout,
    nn.GELU,
    nn.Identity,
    nn.LayerNorm,  # over the channels of a position
    nn.ReLU,
    nn.SiLU,
)


def through(field: Field, module: nn.Module) -> Field:
    """The field after a module.

    Raises
    ------
    TypeError
        If it is not known how the module mixes positions.
    """
    # A subclass may pad by itself, so that nothing but the very class can be relied on.
    if type(module) is nn.Conv2d:
        return field.through(
            _side(module.kernel_size),
            _side(module.stride),
            _side(module.padding),
            _side(module.dilation),
        )
    if type(module) is nn.AvgPool2d:
        return field.through(_side(module.kernel_size), _side(module.stride), _side(module.padding))
    if isinstance(module, POINTWISE):
        return field
    raise TypeError(f"no closed form for {type(module).__name__}")


def map_layer(
    name: str, module: str, kind: str, values: str, field: Field | None, group: str = ""
) -> Layer:
    """A layer that gives a map, of the tower's part `group`, by default the first of its name.

    Without a field it is not known.
    """
    return Layer(
        name=name,
        group=group or name.partition(".")[0],
        module=module,
        kind=kind,
        values=values,
        layout="NCHW",
        stride=None if field is None else float(field.stride),
        receptive_field=None if field is None else field.size,
        field_start=0 if field is None else field.start,
        field_known=field is not None,
        is_default=kind == "block",
    )


def _side(value: object) -> int:
    """The one number of a parameter that may be given for each axis."""
    sides = set(value) if isinstance(value, tuple) else {value}
    if len(sides) != 1 or not isinstance(side := sides.pop(), int):
        raise TypeError(f"no closed form for {value!r}")
    return side
