"""Which layers of a tower are found, with which units: R34, R35."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pytest
import torch
from torch import nn

from core.base.errors import InvalidInput, ModelError
from core.models.construction.architecture import build_model, named_architecture
from core.network.layer import (
    Layer,
    block_outputs,
    checked_summary,
    main_convolutions,
    summary_words,
)
from core.network.layers import discover, survey
from core.network.recording import Recorder
from tests.core.small_towers import noise_pictures, record, small_session

RN50_BLOCKS = {"layer1": 3, "layer2": 4, "layer3": 6, "layer4": 3}


def layers_of(name: str) -> dict[str, Layer]:
    """The layers of an architecture, found without memory for its weights."""
    tower = build_model(named_architecture(name), meta=True).visual.eval()
    side = tower.image_size if isinstance(tower.image_size, int) else tower.image_size[0]
    with torch.inference_mode():
        found = survey(tower, torch.empty(2, 3, side, side, device="meta"))
    layers = {layer.name: layer for layer in found}
    assert len(layers) == len(found)
    return layers


# Counts ---------------------------------------------------------------------------------------


def test_r35_the_units_of_rn50_are_those_of_the_architecture() -> None:
    layers = layers_of("RN50")
    assert all(layer.observable for layer in layers.values())
    blocks = block_outputs(layers.values())
    assert [layer.name for layer in blocks] == [
        f"{stage}.{number}" for stage, count in RN50_BLOCKS.items() for number in range(count)
    ]
    assert sum(layer.units for layer in blocks) == 15_104
    assert {layer.name for layer in layers.values() if layer.is_default} == {
        layer.name for layer in blocks
    }
    convolutions = main_convolutions(layers.values())
    assert len(convolutions) == 3 + 3 * 16
    assert sum(layer.units for layer in convolutions) == 22_784
    assert len(layers) == 3 + 4 * 16 + 1
    assert list(layers)[:7] == [
        *("stem.conv1", "stem.conv2", "stem.conv3"),
        *("layer1.0.conv1", "layer1.0.conv2", "layer1.0.conv3", "layer1.0"),
    ]
    expected = {
        "stem.conv1": (32, (112, 112), "stem"),
        "stem.conv3": (64, (112, 112), "stem"),
        "layer2.0.conv2": (128, (56, 56), "layer2"),  # before its pooling
        "layer2.0.conv3": (512, (28, 28), "layer2"),
        "layer4.2": (2048, (7, 7), "layer4"),
        "attnpool": (1024, (1, 1), "attnpool"),
    }
    for name, (units, size, group) in expected.items():
        layer = layers[name]
        assert (layer.units, layer.map_size, layer.group) == (units, size, group)


def test_r35_the_units_of_vit_b_32() -> None:
    layers = layers_of("ViT-B-32")
    blocks = block_outputs(layers.values())
    assert [layer.name for layer in blocks] == [f"blocks.{number}" for number in range(12)]
    assert len(layers) == 1 + 3 * 12
    for layer in layers.values():
        assert (layer.units, layer.map_size, layer.stride) == (768, (7, 7), 32)
        assert layer.class_token == (layer.special_tokens == 1) == (layer.name != "stem")
    kinds = [layers[f"blocks.3{part}"].kind for part in ("", ".attention", ".mlp")]
    assert kinds == ["block", "attention", "mlp"]


def test_the_units_of_convnext_base() -> None:
    layers = layers_of("convnext_base")
    blocks = block_outputs(layers.values())
    assert len(blocks) == 3 + 3 + 27 + 3
    assert sum(layer.units for layer in blocks) == 3 * 128 + 3 * 256 + 27 * 512 + 3 * 1024
    assert layers["stem"].units == 128
    assert layers["stages.2.blocks.26"].map_size == (14, 14)
    assert layers["stages.2.blocks.26"].group == "stages.2"


def test_a_timm_tower_of_another_kind_is_read_by_its_named_parts() -> None:
    layers = layers_of("ViT-B-16-SigLIP")
    assert len(block_outputs(layers.values())) == 12
    block = layers["blocks.3"]
    assert (block.units, block.map_size, block.layout) == (768, (14, 14), "NLC")
    assert (block.special_tokens, block.class_token, block.stride) == (0, False, 16)
    assert layers["blocks.3.attention"].module == "trunk.blocks.3.attn"
    assert layers["attn_pool"].layout == "NC"
    assert not block.field_known


def test_r34_what_a_windowed_attention_gives_is_not_observable() -> None:
    layers = layers_of("swin_base_patch4_window7_224")
    block, attention = layers["layers.0.blocks.0"], layers["layers.0.blocks.0.attention"]
    assert block.observable and block.layout == "NHWC"
    assert (block.units, block.map_size) == (128, (56, 56))
    assert not attention.observable and attention.layout is None
    assert "128 × 49 × 128" in attention.reason
    assert attention not in block_outputs([attention])


def test_maps_with_as_many_units_as_rows_are_read_like_the_others() -> None:
    layer = layers_of("MobileCLIP2-S0")["stages.0.blocks.0"]
    assert (layer.units, layer.map_size, layer.layout) == (64, (64, 64), "NCHW")


def test_a_session_lists_the_layers_of_its_tower() -> None:
    session = small_session("resnet")
    layers = {layer.name: layer for layer in discover(session)}
    assert all(layer.observable for layer in layers.values())
    assert (layers["layer3.1"].units, layers["layer3.1"].map_size) == (128, (4, 4))
    assert not any(module._forward_hooks for module in session.model.modules())
    saved = msgspec.json.encode(tuple(layers.values()))
    assert msgspec.json.decode(saved, type=tuple[Layer, ...]) == tuple(layers.values())


def test_r34_a_model_without_an_image_tower_says_so() -> None:
    session = small_session("vit")
    session.model.visual = None
    with pytest.raises(ModelError, match="Small vit has no image tower"):
        discover(session)


# What cannot be observed ----------------------------------------------------------------------


@dataclass
class Wrapped:
    values: torch.Tensor


class Part(nn.Module):
    """Gives whatever `give` makes of its input."""

    def __init__(self, give) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.give = give

    def forward(self, x):
        return self.give(x)


class OddTower(nn.Module):
    """A tower whose parts behave in every way that a layer to observe must not."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 5, 2, stride=2)
        self.never = nn.Linear(2, 2)
        self.twice = nn.Conv2d(5, 5, 1)
        self.wrapped = Part(Wrapped)
        self.codes = Part(lambda x: x.argmax(1))
        self.oblong = Part(lambda x: x[:, :, :2])
        self.hollow = Part(lambda x: x[:, :0])
        self.windows = Part(lambda x: x.flatten(2).transpose(1, 2).reshape(-1, 4, 5))
        self.grid = Part(lambda x: x.flatten(2).transpose(1, 2))
        self.pair = Part(lambda x: (x.mean((2, 3)), None))
        self.silent = nn.Dropout()

    def forward(self, x):
        x = self.stem(x)
        x = self.twice(self.twice(x))
        for part in (self.wrapped, self.codes, self.oblong, self.hollow, self.windows, self.grid):
            part(x)
        return self.pair(self.silent(x))[0]


def test_r34_a_layer_that_cannot_be_observed_is_listed_with_the_reason() -> None:
    layers = {layer.name: layer for layer in survey(OddTower().eval(), torch.zeros(2, 3, 8, 8))}
    reasons = {layer.name: layer.reason for layer in layers.values() if not layer.observable}
    assert list(reasons) == ["never", "twice", "wrapped", "codes", "oblong", "hollow", "windows"]
    for name, words in {
        "never": "It takes no part in a forward pass.",
        "twice": "It runs 2 times in a forward pass",
        "wrapped": "It gives no tensor.",
        "codes": "not real numbers",
        "oblong": "the shape 2 × 5 × 2 × 4",
        "hollow": "the shape 2 × 0 × 4 × 4",
        "windows": "the shape 8 × 4 × 5",
    }.items():
        assert words in reasons[name]
    assert [layers[name].units for name in ("stem", "grid", "pair")] == [5, 5, 5]
    assert [layers[name].map_size for name in ("stem", "grid", "pair")] == [(4, 4), (4, 4), (1, 1)]
    assert "silent" not in layers  # it has nothing of its own to show


def test_r34_a_layer_that_cannot_be_observed_is_refused_not_shown_as_zeros() -> None:
    tower = OddTower().eval()
    layers = {layer.name: layer for layer in survey(tower, torch.zeros(2, 3, 8, 8))}
    with pytest.raises(ModelError, match=r"never cannot be observed\. It takes no part"):
        Recorder(tower, [layers["stem"], layers["never"]])


def test_r34_a_layer_that_falls_silent_later_is_named() -> None:
    session = small_session("resnet")
    layers = {layer.name: layer for layer in discover(session)}
    chosen = [layers["stem.conv1"], layers["layer1.1"]]
    assert record(session, noise_pictures(session, 1), chosen)
    stage = session.model.visual.layer1
    stage.forward = lambda x: stage[0](x)  # its second block takes no part any more
    with pytest.raises(ModelError, match=r"layer1\.1 took no part in the forward pass"):
        record(session, noise_pictures(session, 1), chosen)


# Summaries ------------------------------------------------------------------------------------


def test_r35_the_spatial_summary_is_named() -> None:
    vit = {layer.name: layer for layer in discover(small_session("vit"))}
    resnet = {layer.name: layer for layer in discover(small_session("resnet"))}
    block = vit["blocks.1"]
    assert block.summaries == ("max", "mean", "cls")
    assert summary_words(block, "max") == "maximum over the 16 patch tokens"
    assert summary_words(block, "cls") == "value of the class token"
    assert summary_words(vit["stem"], "mean") == "mean over the 16 positions of the map"
    assert summary_words(resnet["layer1.0"], "max") == "maximum over the 256 positions of the map"
    assert summary_words(resnet["attnpool"], "max") == "value"
    for layer in [*vit.values(), *resnet.values()]:
        assert layer.values


def test_a_summary_that_a_layer_lacks_is_refused_by_name() -> None:
    layers = discover(small_session("vit"))
    assert checked_summary(layers[1:], "cls") == "cls"
    with pytest.raises(InvalidInput, match="The layer stem has no class token"):
        checked_summary(layers, "cls")
    with pytest.raises(
        InvalidInput, match=r"“median” is no way to sum up a map\. Choose max, mean"
    ):
        checked_summary(layers, "median")
