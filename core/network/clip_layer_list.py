"""The layers of open_clip's own image towers, before a forward pass has shown their shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from open_clip.modified_resnet import Bottleneck, ModifiedResNet
from open_clip.transformer import VisionTransformer
from torch import nn

from core.network.layer import Layer, Layout
from core.network.module_fields import map_layer, through
from core.network.receptive_field import Field

AFTER_RELU = "after ReLU"
AFTER_NORM = "after batch norm, before the residual add"


def resnet_layers(tower: ModifiedResNet) -> Iterator[Layer]:
    """Stem convolutions, main-path convolutions and outputs of all blocks, attention pool."""
    field = Field()
    for number in (1, 2, 3):
        field = through(field, getattr(tower, f"conv{number}"))
        yield map_layer(f"stem.conv{number}", f"act{number}", "convolution", AFTER_RELU, field)
    field = through(field, tower.avgpool)
    for stage in ("layer1", "layer2", "layer3", "layer4"):
        for number, block in enumerate(getattr(tower, stage)):
            layers = tuple(_bottleneck_layers(f"{stage}.{number}", block, field))
            yield from layers
            last = layers[-1]
            assert last.receptive_field is not None and last.stride is not None
            field = Field(last.receptive_field, int(last.stride), last.field_start)
    yield Layer(
        name="attnpool",
        group="attnpool",
        module="attnpool",
        kind="attention pool",
        values="the embedding, not normalized",
        layout="NC",
    )


def _bottleneck_layers(name: str, block: Bottleneck, inputs: Field) -> Iterator[Layer]:
    field = inputs
    # The first two convolutions are named for what the next one takes: their ReLU's output.
    for number in (1, 2):
        field = through(field, getattr(block, f"conv{number}"))
        module = f"{name}.act{number}"
        yield map_layer(f"{name}.conv{number}", module, "convolution", AFTER_RELU, field)
    field = through(through(field, block.avgpool), block.conv3)
    yield map_layer(f"{name}.conv3", f"{name}.bn3", "convolution", AFTER_NORM, field)
    shortcut = inputs
    for part in block.downsample or ():
        shortcut = through(shortcut, part)
    yield map_layer(name, name, "block", AFTER_RELU, field.joined(shortcut))


def transformer_layers(tower: VisionTransformer) -> Iterator[Layer]:
    """Patch embedding; attention, MLP and output of every block.

    From the first attention on, every token depends on the whole image.
    """
    patch = through(Field(), tower.conv1)
    embedded = "patch embedding, before the positions are added"
    yield map_layer("stem", "conv1", "stem", embedded, patch)
    blocks = cast(nn.ModuleList, tower.transformer.resblocks)
    layout: Layout = "NLC" if tower.transformer.batch_first else "LNC"
    for number in range(len(blocks)):
        path = f"transformer.resblocks.{number}"
        # The layer scales, or what stands in their place, give what is added to the tokens.
        for name, module, kind, values in (
            (f"blocks.{number}.attention", f"{path}.ls_1", "attention", "what the attention adds"),
            (f"blocks.{number}.mlp", f"{path}.ls_2", "mlp", "what the MLP adds"),
            (f"blocks.{number}", path, "block", "after both residual adds"),
        ):
            yield Layer(
                name=name,
                group="blocks",
                module=module,
                kind=kind,
                values=values,
                layout=layout,
                special_tokens=1,
                class_token=True,
                stride=float(patch.stride),
                is_default=kind == "block",
            )
