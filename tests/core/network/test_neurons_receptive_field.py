"""Where in the picture a unit looks: the closed form against the table and against gradients."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from open_clip.modified_resnet import ModifiedResNet
from open_clip.timm_model import TimmModel
from torch import nn

from core.models.construction.architecture import build_model, named_architecture
from core.models.construction.random_weights import draw_the_rest
from core.network.layer import Layer
from core.network.layers import survey
from core.network.receptive_field import (
    Box,
    Field,
    box,
    crop_side,
    field_boxes,
    field_words,
    sees_whole_image,
)

ROOT = Path(__file__).resolve().parents[3]
RN50_FIELDS = {  # stage: stride, fields of its blocks, in pixels
    "layer1": (4, (21, 29, 37)),
    "layer2": (8, (49, 65, 81, 97)),
    "layer3": (16, (121, 153, 185, 217, 249, 281)),
    "layer4": (32, (329, 393, 457)),
}


@pytest.fixture(scope="module")
def rn50() -> dict[str, Layer]:
    tower = build_model(named_architecture("RN50"), meta=True).visual.eval()
    with torch.inference_mode():
        found = survey(tower, torch.empty(2, 3, 224, 224, device="meta"))
    return {layer.name: layer for layer in found}


# The table ------------------------------------------------------------------------------------


def test_the_receptive_fields_of_rn50(rn50: dict[str, Layer]) -> None:
    assert (rn50["stem.conv3"].receptive_field, rn50["stem.conv3"].stride) == (11, 2)
    for stage, (stride, sizes) in RN50_FIELDS.items():
        for number, size in enumerate(sizes):
            layer = rn50[f"{stage}.{number}"]
            assert (layer.receptive_field, layer.stride) == (size, stride), layer.name
            assert layer.field_known
    assert rn50["attnpool"].receptive_field is None
    assert rn50["attnpool"].stride is None


def test_from_layer3_4_on_the_crop_is_the_whole_image(rn50: dict[str, Layer]) -> None:
    whole = [layer.name for layer in rn50.values() if sees_whole_image(layer, 224)]
    blocks = [name for name in whole if rn50[name].kind == "block"]
    assert blocks == ["layer3.4", "layer3.5", "layer4.0", "layer4.1", "layer4.2"]
    for name in whole:
        last = rn50[name].positions - 1
        assert box(rn50[name], 0, 224) == box(rn50[name], last, 224) == (0, 0, 224, 224, True)
        assert crop_side(rn50[name], 224) == 224
        assert "the whole image" in field_words(rn50[name], 224)
    assert field_words(rn50["layer3.4"], 224) == "249 px, more than the image: the whole image"
    assert field_words(rn50["layer3.3"], 224) == "217 px"


def test_a_vit_sees_the_whole_image_behind_its_patches() -> None:
    tower = build_model(named_architecture("ViT-B-32"), meta=True).visual.eval()
    with torch.inference_mode():
        layers = survey(tower, torch.empty(2, 3, 224, 224, device="meta"))
    patches, *others = layers
    assert (patches.receptive_field, patches.stride, patches.field_start) == (32, 32, 0)
    assert box(patches, 48, 224) == (192, 192, 224, 224, False)
    assert {field_words(layer, 224) for layer in others} == {"the whole image"}


# Boxes ----------------------------------------------------------------------------------------


def a_layer(**changes: object) -> Layer:
    fields = {"name": "layer2.0", "group": "layer2", "module": "layer2.0", "kind": "block"}
    geometry = {"map_size": (4, 6), "stride": 8.0, "receptive_field": 20, "field_start": -7}
    return Layer(**fields, values="after ReLU", units=3, **(geometry | changes))


def test_a_box_is_the_field_clipped_to_the_picture() -> None:
    layer = a_layer()
    assert box(layer, 0, 48) == Box(0, 0, 13, 13, False)
    assert box(layer, 2 * 6 + 3, 48) == Box(17, 9, 37, 29, False)  # row 2, column 3
    assert box(layer, 23, 48) == Box(33, 17, 48, 37, False)


def test_boxes_of_many_positions_all_have_the_fields_size() -> None:
    layer = a_layer()
    boxes = field_boxes(layer, np.arange(24, dtype=np.int32), 48)
    assert boxes.shape == (24, 4)
    assert (boxes[:, 2:] - boxes[:, :2] == 20).all()
    assert boxes[0].tolist() == [-7, -7, 13, 13]
    assert boxes[15].tolist() == [17, 9, 37, 29]
    assert field_boxes(layer, [], 48).shape == (0, 4)
    whole = field_boxes(a_layer(receptive_field=None), [0, 23], 48)
    assert whole.tolist() == [[0, 0, 48, 48]] * 2
    # A field exactly as large as the picture still lies where its position is.
    assert field_boxes(layer, [15], 20).tolist() == [[17, 9, 37, 29]]
    assert field_boxes(layer, [15], 19).tolist() == [[0, 0, 19, 19]]


def test_positions_outside_the_map_are_refused() -> None:
    for position in (-1, 24):
        with pytest.raises(ValueError, match="positions 0 to 23"):
            box(a_layer(), position, 48)


def test_a_field_without_closed_form_says_so() -> None:
    layer = a_layer(receptive_field=None, field_known=False)
    assert field_words(layer, 48) == "not known, shown as the whole image"
    assert box(layer, 3, 48).is_whole


def test_maps_of_different_strides_have_no_common_field() -> None:
    assert Field(3, 2, -1).joined(Field(4, 2, 0)) == Field(5, 2, -1)
    with pytest.raises(ValueError, match="same size"):
        Field(3, 2).joined(Field(3, 4))


def test_layers_and_boxes_are_known_without_torch() -> None:
    """The window draws boxes before any model is loaded."""
    code = "import sys, core.network.receptive_field; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


# Gradients ------------------------------------------------------------------------------------


def depends_on(tower: nn.Module, layer: Layer, position: int, inputs: torch.Tensor) -> list[int]:
    """Left, top, right, bottom of the pixels that the units at a position really depend on."""
    seen = []
    module = tower.get_submodule(layer.module)
    handle = module.register_forward_hook(lambda _m, _i, output: seen.append(output.clone()))
    try:
        inputs = inputs.clone().requires_grad_()
        tower(inputs)
    finally:
        handle.remove()
    row, column = divmod(position, layer.map_size[1])
    (gradient,) = torch.autograd.grad(seen[0][0, :, row, column].sum(), inputs)
    rows, columns = (gradient[0] != 0).any(0).nonzero().T
    return [int(edge) for edge in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)]


def spatial(layers: tuple[Layer, ...]) -> list[Layer]:
    return [layer for layer in layers if layer.receptive_field is not None]


def test_the_closed_form_of_a_resnet_equals_a_gradient_probe() -> None:
    """With positive weights every pixel of the field has a positive gradient."""
    side = 512  # so that even the field of layer4.2 lies inside
    tower = ModifiedResNet([3, 4, 6, 3], output_dim=4, heads=1, image_size=side, width=2).eval()
    tower = tower.double()
    for name, parameter in tower.named_parameters():
        if "bias" not in name:
            nn.init.constant_(parameter, 1 / max(parameter[0].numel(), 1))
    inputs = torch.rand(1, 3, side, side, dtype=torch.float64) + 0.1
    layers = survey(tower, inputs.expand(2, -1, -1, -1))
    assert len(spatial(layers)) == 3 + 4 * 16
    for layer in spatial(layers):
        if layer.kind != "block" and not layer.name.startswith(("stem", "layer2.0", "layer4.2")):
            continue
        middle = (layer.map_size[0] // 2) * layer.map_size[1] + layer.map_size[1] // 2 - 1
        found = depends_on(tower, layer, middle, inputs)
        assert found == field_boxes(layer, [middle], side)[0].tolist(), layer.name
        assert found[2] - found[0] == layer.receptive_field
    layer = layers[3]
    corner = layer.positions - 1
    assert depends_on(tower, layer, corner, inputs) == list(box(layer, corner, side)[:4])
    assert depends_on(tower, layer, 0, inputs) == list(box(layer, 0, side)[:4])


def test_the_closed_form_of_a_convnext_equals_a_gradient_probe() -> None:
    side = 256
    tower = TimmModel("test_convnext", 8, side, pool="avg", proj="linear").eval()
    draw_the_rest(tower, 0)
    tower = tower.double()
    inputs = torch.rand(1, 3, side, side, dtype=torch.float64)
    layers = survey(tower, inputs.expand(2, -1, -1, -1))
    assert len(spatial(layers)) == 1 + 1 + 2 + 4 + 2
    inside = 0
    for layer in spatial(layers):
        row = layer.map_size[0] // 2
        start = layer.field_start + row * int(layer.stride)
        stop = start + layer.receptive_field
        found = depends_on(tower, layer, row * layer.map_size[1] + row, inputs)
        assert found == [max(start, 0)] * 2 + [min(stop, side)] * 2, layer.name
        inside += start >= 0 and stop <= side
    assert inside >= 4
