"""The layers of timm's towers, before a forward pass has shown which of them can be observed."""

from __future__ import annotations

from collections.abc import Iterator

from timm.layers.mlp import GlobalResponseNormMlp
from timm.models.convnext import ConvNeXt, ConvNeXtBlock, ConvNeXtStage
from torch import nn

from core.network.layer import Layer
from core.network.module_fields import map_layer, through
from core.network.receptive_field import Field

_RESIDUAL = "after the residual add"


def convnext_layers(trunk: ConvNeXt, path: str) -> Iterator[Layer]:
    """Stem and blocks of a ConvNeXt that lies at a dotted path in the image tower."""
    field = _through_all(Field(), trunk.get_submodule("stem"))
    yield map_layer("stem", f"{path}.stem", "stem", "after the first norm", field)
    for stage_number, stage in enumerate(trunk.get_submodule("stages").children()):
        assert isinstance(stage, ConvNeXtStage)
        field = _through_all(field, stage.downsample)
        for number, block in enumerate(stage.blocks):
            assert isinstance(block, ConvNeXtBlock)
            field = _through_block(field, block)
            group = f"stages.{stage_number}"
            name = f"{group}.blocks.{number}"
            yield map_layer(name, f"{path}.{name}", "block", _RESIDUAL, field, group)


def _through_all(field: Field | None, part: nn.Module) -> Field | None:
    """The field after modules in a row; None if it has no closed form."""
    for module in part if isinstance(part, nn.Sequential) else (part,):
        try:
            field = None if field is None else through(field, module)
        except TypeError:
            return None
    return field


def _through_block(field: Field | None, block: ConvNeXtBlock) -> Field | None:
    # Such an MLP weighs a position by all others.
    mixes_all = isinstance(block.mlp, GlobalResponseNormMlp)
    if field is None or mixes_all or not isinstance(block.shortcut, nn.Identity):
        return None
    inside = _through_all(field, block.conv_dw)
    return None if inside is None else inside.joined(field)


def named_layers(trunk: nn.Module, path: str) -> Iterator[Layer]:
    """The named parts of any tower, and the numbered blocks inside them.

    Parameters
    ----------
    path : str
        Dotted path of `trunk` in the image tower; empty for the tower itself.
    """
    prefix = f"{path}." if path else ""
    special = int(getattr(trunk, "num_prefix_tokens", 0))
    has_class_token = special > 0 and getattr(trunk, "cls_token", None) is not None
    for name, part, kind in _parts(trunk):
        yield Layer(
            name=name,
            group=_group(name),
            module=prefix + part,
            kind=kind,
            values=f"output of {part}",
            special_tokens=special,
            class_token=has_class_token,
            field_known=False,
            is_default=kind == "block",
        )


def _parts(trunk: nn.Module) -> Iterator[tuple[str, str, str]]:
    """Names, paths and kinds of the parts to observe."""
    for name, child in trunk.named_children():
        if next(child.parameters(), None) is None:
            continue
        is_stem = "stem" in name or "embed" in name
        blocks = tuple(_blocks(name, child))
        if not blocks:
            yield name, name, "stem" if is_stem else "other"
        for block_name, block in blocks:
            for part, kind in (("attn", "attention"), ("mlp", "mlp")):
                if isinstance(getattr(block, part, None), nn.Module):
                    yield f"{block_name}.{kind}", f"{block_name}.{part}", kind
            yield block_name, block_name, "stem" if is_stem else "block"


def _blocks(name: str, module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The numbered blocks inside a part, however deep."""
    inner = getattr(module, "blocks", module)
    if not isinstance(inner, nn.Sequential | nn.ModuleList):
        return
    path = name if inner is module else f"{name}.blocks"
    for number, child in inner.named_children():
        deeper = tuple(_blocks(f"{path}.{number}", child))
        if deeper:
            yield from deeper
        # A convolution or a norm is a step of its part, and no block.
        elif number.isdecimal() and next(child.children(), None) is not None:
            yield f"{path}.{number}", child


def _group(name: str) -> str:
    """The part of the tower that a name like ``"stages.2.blocks.3.mlp"`` belongs to."""
    words = name.split(".")
    while len(words) > 1 and not words[-1].isdecimal():
        words.pop()
    if len(words) > 1:
        words.pop()
    if len(words) > 1 and words[-1] == "blocks":
        words.pop()
    return ".".join(words)
