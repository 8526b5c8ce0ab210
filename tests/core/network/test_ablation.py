"""Silenced units give their constant and nothing else changes."""

from __future__ import annotations

import copy

import msgspec
import numpy as np
import pytest
import torch
from torch import nn

from core.base.errors import InvalidInput, ModelError
from core.models.fast_tower import FastTower
from core.models.session import unit_rows
from core.network.ablated_tower import AblatedTower
from core.network.ablation import (
    Ablation,
    SilencedUnits,
    make_ablation,
    random_control,
    units_by_layer,
)
from core.network.layers import discover, image_tower
from core.network.recording import MapRecorder, Recorder
from tests.core.small_towers import noise_pictures, small_session


@pytest.fixture(scope="module", params=("resnet", "vit", "convnext", "siglip"))
def session(request):
    return small_session(request.param)


def ablation(layer, units, values):
    return Ablation(title="Test", to="mean", parts=(SilencedUnits(layer, units, values),))


def hooks_of(tower):
    return sum(
        len(module._forward_hooks) + len(module._forward_pre_hooks) for module in tower.modules()
    )


def embedded_by(tower, session, pictures):
    with session.inference():
        return unit_rows(tower(session.to_input(pictures)))


def constant_norm(norm, unit, value):
    """A norm's weight and bias such that one channel is the constant whatever comes in."""
    with torch.no_grad():
        norm.weight[unit] = 0.0
        norm.bias[unit] = value


# --- against a model whose weights say the same ---


@pytest.mark.parametrize("value", [0.0, 0.75])
@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_r35_an_inner_convolution_equals_a_model_with_its_norm_set(number, fast, value):
    session = small_session("resnet")
    pictures = noise_pictures(session, 5)
    reference = copy.deepcopy(image_tower(session)).eval()
    constant_norm(reference.layer2[0].get_submodule(f"bn{number}"), 3, value)
    wanted = embedded_by(reference, session, pictures)
    silenced = ablation(f"layer2.0.conv{number}", (3,), (value,))
    with AblatedTower(session, silenced, fast=fast) as tower:
        found = tower.encode_images(pictures)
    assert np.abs(found - session.encode_images(pictures)).max() > 1e-4, "nothing was silenced"
    np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("value", [0.0, 1.25])
@pytest.mark.parametrize("fast", [False, True])
def test_r35_a_block_output_equals_a_model_with_last_norm_and_shortcut_set(fast, value):
    session = small_session("resnet")
    pictures = noise_pictures(session, 5)
    reference = copy.deepcopy(image_tower(session)).eval()
    block = reference.layer3[0]
    constant_norm(block.bn3, 5, value)
    norm = next(part for part in block.downsample if isinstance(part, nn.BatchNorm2d))
    constant_norm(norm, 5, 0.0)
    wanted = embedded_by(reference, session, pictures)
    with AblatedTower(session, ablation("layer3.0", (5,), (value,)), fast=fast) as tower:
        found = tower.encode_images(pictures)
    assert np.abs(found - session.encode_images(pictures)).max() > 1e-4
    np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("fast", [False, True])
def test_r35_a_block_output_without_a_norm_in_its_shortcut_equals_a_forward_written_out(fast):
    session = small_session("resnet")
    pictures = noise_pictures(session, 4)
    tower = copy.deepcopy(image_tower(session)).eval()
    assert tower.layer1[1].downsample is None
    with torch.inference_mode():
        x = session.to_input(pictures)
        for number in (1, 2, 3):
            norm = tower.get_submodule(f"bn{number}")
            x = torch.relu(norm(tower.get_submodule(f"conv{number}")(x)))
        x = tower.layer1(tower.avgpool(x))
        x = x.clone()
        x[:, [0, 7]] = torch.tensor([0.5, 2.0])[None, :, None, None]
        for stage in (tower.layer2, tower.layer3, tower.layer4):
            x = stage(x)
        wanted = unit_rows(tower.attnpool(x))
    with AblatedTower(session, ablation("layer1.1", (0, 7), (0.5, 2.0)), fast=fast) as silenced:
        found = silenced.encode_images(pictures)
    assert np.abs(found - session.encode_images(pictures)).max() > 1e-4
    np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("value", [0.0, -0.8])
@pytest.mark.parametrize("fast", [False, True])
def test_r35_units_of_a_vit_mlp_equal_a_model_with_weights_and_bias_set(fast, value):
    session = small_session("vit")
    pictures = noise_pictures(session, 5)
    reference = copy.deepcopy(image_tower(session)).eval()
    linear = reference.transformer.resblocks[0].mlp.c_proj
    with torch.no_grad():
        linear.weight[11] = 0.0
        linear.bias[11] = value
    wanted = embedded_by(reference, session, pictures)
    with AblatedTower(session, ablation("blocks.0.mlp", (11,), (value,)), fast=fast) as tower:
        found = tower.encode_images(pictures)
    assert np.abs(found - session.encode_images(pictures)).max() > 1e-4
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_r35_every_layer_shows_the_constant_and_its_other_units_are_untouched(session):
    pictures = noise_pictures(session, 2)
    with AblatedTower(session) as tower:
        layers = [layer for layer in tower.layers if layer.observable]
        for layer in layers:
            # The other units of the layer itself are computed from what lies before it.
            with MapRecorder(tower.module, [layer]) as recorder:
                tower.encode_images(pictures)
                intact = recorder.take()[layer.name]
            tower.set_ablation(ablation(layer.name, (1, 2), (0.25, -1.5)))
            with MapRecorder(tower.module, [layer]) as recorder:
                tower.encode_images(pictures)
                found = recorder.take()[layer.name]
            assert (found[:, 1] == 0.25).all(), layer.name
            assert (found[:, 2] == -1.5).all(), layer.name
            others = [unit for unit in range(layer.units) if unit not in (1, 2)]
            assert torch.equal(found[:, others], intact[:, others]), layer.name
            tower.set_ablation(None)
    assert len(layers) >= 3


# --- nothing silenced, nothing changed ---


def test_r11_without_a_unit_single_pictures_are_the_sessions_own_bit_for_bit(session):
    pictures = noise_pictures(session, 3)
    wanted = session.encode_images(pictures)
    for nothing in (None, Ablation(title="Nothing")):
        with AblatedTower(session, nothing) as tower:
            assert np.array_equal(tower.encode_images(pictures), wanted)


def test_r11_without_a_unit_long_runs_are_those_of_the_fast_tower_bit_for_bit(session):
    inputs = session.to_input(noise_pictures(session, 4))
    wanted = FastTower(session)(inputs)
    with AblatedTower(session, Ablation(title="Nothing"), fast=True) as tower:
        assert np.array_equal(tower(inputs), wanted)


# --- others ---


def test_r36_the_session_and_other_towers_are_never_affected(session):
    pictures = noise_pictures(session, 2)
    before = session.encode_images(pictures)
    layer = next(layer for layer in discover(session) if layer.observable and layer.units > 8)
    hooks = hooks_of(session.model)
    with (
        AblatedTower(session) as other,
        AblatedTower(session, ablation(layer.name, tuple(range(8)), (3.0,) * 8)) as tower,
    ):
        changed = tower.encode_images(pictures)
        assert not np.array_equal(changed, before)
        assert hooks_of(session.model) == hooks
        assert np.array_equal(session.encode_images(pictures), before)
        assert np.array_equal(other.encode_images(pictures), before)
        # A recorder of somebody else on the session sees the intact model.
        with session.lock, Recorder(image_tower(session), [layer]) as recorder:
            session.encode_images(pictures)
            seen = recorder.take()[layer.name].values
        assert not (seen[:, :8] == 3.0).all()


def test_r36_hooks_are_gone_after_closing_and_after_errors(session):
    pictures = noise_pictures(session, 2)
    layer = next(layer for layer in discover(session) if layer.observable)
    tower = AblatedTower(session, ablation(layer.name, (0,), (9.0,)))
    assert hooks_of(tower.module) == 1
    with pytest.raises(RuntimeError, match="stop"), tower:
        raise RuntimeError("stop")
    assert hooks_of(tower.module) == 0
    assert np.array_equal(tower.encode_images(pictures), session.encode_images(pictures))
    with pytest.raises(ModelError, match="no layer nowhere"):
        tower.set_ablation(
            Ablation(
                title="",
                parts=(
                    SilencedUnits(layer.name, (0,), (0.0,)),
                    SilencedUnits("nowhere", (0,), (0.0,)),
                ),
            )
        )
    assert hooks_of(tower.module) == 0
    assert tower.ablation is None


def test_a_unit_that_there_is_not_is_named(session):
    layer = next(layer for layer in discover(session) if layer.observable)
    with pytest.raises(ModelError, match=f"has no neuron {layer.units}; it has {layer.units}"):
        AblatedTower(session, ablation(layer.name, (layer.units,), (0.0,)))


# --- the data ---


def test_units_are_sorted_and_means_stored():
    found = make_ablation("Some", {"b": [3, 1, 3], "a": []}, "mean", {"b": np.arange(4) / 4})
    assert found.parts == (SilencedUnits("b", (1, 3), (0.25, 0.75)),)
    assert len(found) == 2
    assert found.counts == {"b": 2}
    assert found.in_words() == "2 neurons of b, to their mean over natural pictures"
    with pytest.raises(InvalidInput, match="means of the neurons of b"):
        make_ablation("Some", {"b": [4]}, "mean", {"b": np.arange(4) / 4})


def test_the_hash_is_of_the_content_alone():
    one = make_ablation("One", {"a": [1], "b": [2, 3]})
    assert one.content_hash() == make_ablation("Two", {"b": [3, 2], "a": [1]}).content_hash()
    others = [
        make_ablation("One", {"a": [1], "b": [2]}),
        make_ablation("One", {"a": [1], "c": [2, 3]}),
        make_ablation("One", {"a": [1], "b": [2, 3]}, "mean", {"a": np.zeros(2), "b": np.ones(4)}),
    ]
    assert len({one.content_hash(), *(other.content_hash() for other in others)}) == 4


@pytest.mark.parametrize(
    "part",
    [
        {"layer": "a", "units": [2, 1], "values": [0, 0]},
        {"layer": "a", "units": [1, 1], "values": [0, 0]},
        {"layer": "a", "units": [-1], "values": [0]},
        {"layer": "a", "units": [1], "values": [0, 0]},
        {"layer": "a", "units": [], "values": []},
    ],
)
def test_damaged_parts_are_refused(part):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"title": "", "parts": [part]}, Ablation)


def test_units_by_layer_of_a_mask():
    mask = np.array([True, False, False, True, True])
    found = units_by_layer(
        ("a", "b", "c"), np.array([0, 0, 1, 2, 2]), np.array([0, 1, 0, 0, 1]), mask
    )
    assert found == {"a": (0,), "c": (0, 1)}


def test_random_controls_are_as_many_units_of_the_same_layers_and_never_the_silenced():
    chosen = make_ablation("Chosen", {"a": range(0, 20, 2), "b": [5]})
    sizes = {"a": 40, "b": 8}
    drawn = [random_control(chosen, sizes, seed) for seed in range(30)]
    for control in drawn:
        assert control.counts == chosen.counts
        for part, own in zip(control.parts, chosen.parts, strict=True):
            assert not set(part.units) & set(own.units)
            assert max(part.units) < sizes[part.layer]
    assert len({control.content_hash() for control in drawn}) == 30
    assert drawn[7] == random_control(chosen, sizes, 7)
    # Every unit that may be drawn is drawn now and then.
    seen = {unit for control in drawn for unit in control.parts[0].units}
    assert seen == set(range(40)) - set(range(0, 20, 2))


def test_a_layer_silenced_by_more_than_half_has_controls_only_by_drawing_again():
    chosen = make_ablation("Most", {"a": range(6)})
    with pytest.raises(InvalidInput, match="6 of the 8 neurons of a are silenced, and only 2"):
        random_control(chosen, {"a": 8}, 1)
    again = random_control(chosen, {"a": 8}, 1, redraw=True)
    assert again.counts == {"a": 6}


def test_controls_take_the_means_of_their_own_units():
    means = {"a": np.arange(10, dtype=np.float64)}
    chosen = make_ablation("Some", {"a": [0, 1, 2]}, "mean", means)
    (part,) = random_control(chosen, {"a": 10}, 3, means).parts
    assert part.values == tuple(map(float, part.units))
