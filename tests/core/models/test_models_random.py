"""Random weights are a whole network: R87."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from open_clip.modified_resnet import Bottleneck

from core.base.errors import ModelError
from core.commands.begun import load_again
from core.models.construction.architecture import build_model, named_architecture
from core.models.construction.random_weights import draw_the_rest, is_constant
from core.models.loading import load_session, random_session
from core.network.layer import block_outputs
from core.network.layers import discover
from core.sweeps.plan import differences, identity
from tests.core.small_towers import noise_pictures, record, small_session
from tests.core.sweep_runs import small_plan


def state(session) -> dict[str, torch.Tensor]:
    return session.model.state_dict()


def test_r87_nothing_stays_as_the_network_is_built() -> None:
    for model in (
        random_session("RN50").model,
        random_session("embedded", seed=3).model,
        *(small_session(kind).model for kind in ("vit", "convnext", "siglip")),
    ):
        tensors = [*model.named_parameters(), *model.named_buffers()]
        drawn = {n: t for n, t in tensors if t.numel() > 1 and not n.endswith("attn_mask")}
        assert len(drawn) > 20
        assert not [name for name, tensor in drawn.items() if is_constant(tensor)]


def test_r87_every_block_of_rn50_adds_something_and_all_stays_in_range() -> None:
    session = random_session("RN50")
    changes = {}

    def note(name: str):
        def hook(_module, received, output) -> None:
            given = received[0]
            if given.shape == output.shape:
                changes[name] = float((output - given).norm() / output.norm())
            assert output.isfinite().all() and 0.05 < float(output.std()) < 100, name

        return hook

    for name, module in session.model.visual.named_modules():
        if isinstance(module, Bottleneck):
            module.register_forward_hook(note(name))
    session.encode_images(noise_pictures(session, 2))
    assert len(changes) == 12  # the others change the size
    assert min(changes.values()) > 0.2


def test_r87_neighboring_blocks_of_random_rn50_differ_in_what_their_units_do() -> None:
    session = random_session("RN50")
    layers = [layer for layer in block_outputs(discover(session)) if layer.group == "layer1"]
    assert len(layers) == 3
    peaks = record(session, noise_pictures(session, 4), layers)
    best = [peaks[layer.name].values.argmax(dim=0) for layer in layers]
    for first, second in ((0, 1), (1, 2), (0, 2)):
        assert (best[first] != best[second]).float().mean() > 0.1


def test_r87_the_recipe_is_a_part_of_what_the_weights_are() -> None:
    now, before = random_session("embedded", seed=3), random_session("embedded", 3, recipe=1)
    assert "recipe 2" in now.info.name and "recipe 2" in now.info.source
    assert before.info.source == "random:ColorLab-Tiny, seed 3"  # as runs have noted it
    assert differences(small_plan(now), small_plan(before)) == ["the weights"]
    assert small_plan(now).content_hash() != small_plan(before).content_hash()
    with pytest.raises(ModelError, match="recipe 3"):
        random_session("embedded", recipe=3)


def test_r87_runs_on_the_first_recipe_go_on_with_its_weights() -> None:
    built = build_model(named_architecture("embedded"), seed=3).state_dict()
    before = random_session("embedded", 3, recipe=1)
    again = load_again(identity(before.info), before.info.source, None, "cpu")
    assert again.info == before.info
    for name, tensor in state(again).items():
        assert torch.equal(tensor, built[name]), name
    now = random_session("embedded", 3)
    again = load_again(identity(now.info), now.info.source, None, "cpu")
    assert again.info == now.info
    assert all(torch.equal(tensor, state(now)[name]) for name, tensor in state(again).items())


def test_r87_a_noted_source_is_a_reference() -> None:
    session = load_session("random:ColorLab-Tiny, seed 3, recipe 2")
    assert session.info == random_session("embedded", 3).info
    for name in ("random:embedded", "random:embedded, seed 0, recipe 2"):
        assert load_session(name).info == random_session("embedded").info


def test_the_draw_follows_the_seed_and_leaves_the_global_generator_alone() -> None:
    def drawn(seed: int) -> np.ndarray:
        model = build_model(named_architecture("embedded"), seed=0)
        draw_the_rest(model, seed)
        return torch.cat([value.flatten() for value in model.buffers() if value.ndim]).numpy()

    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first = drawn(1)
    assert torch.equal(torch.rand(3), expected)
    assert np.array_equal(first, drawn(1), equal_nan=True)
    assert not np.array_equal(first, drawn(2), equal_nan=True)
