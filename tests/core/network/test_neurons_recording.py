"""What is recorded is what the layers compute, and nothing stays behind: R11, R34, R35, R36."""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from torch import nn

from core.base.errors import InvalidInput, ModelError
from core.models.fast_tower import FastTower
from core.models.loading import random_session
from core.models.session import MAX_BATCH, ModelSession
from core.network.layer import Layer
from core.network.layers import discover
from core.network.maps import Peaks, Points
from core.network.recording import MapRecorder, PointRecorder, Recorder
from tests.core.small_towers import (
    noise_pictures,
    record,
    record_maps,
    reference,
    small_session,
)

KINDS = ("resnet", "vit", "convnext")
OWN_TOLERANCE = 1e-6
FAST_TOLERANCE = 1e-5

Maps = dict[str, torch.Tensor]


@pytest.fixture(scope="module", params=KINDS)
def case(request: pytest.FixtureRequest) -> tuple[ModelSession, np.ndarray, Maps]:
    """A session, pictures, and the maps that its layers have for them."""
    session = small_session(request.param)
    pictures = noise_pictures(session, 3)
    return session, pictures, reference(session, pictures)


def named(session: ModelSession) -> dict[str, Layer]:
    return {layer.name: layer for layer in discover(session)}


def hooks(module: nn.Module) -> int:
    return sum(
        len(part._forward_hooks) + len(part._forward_pre_hooks) + len(part._backward_hooks)
        for part in module.modules()
    )


# Values ---------------------------------------------------------------------------------------


def test_r35_recorded_values_equal_those_of_a_tower_that_is_not_in_place(case) -> None:
    session, pictures, maps = case
    layers = discover(session)
    assert {layer.name for layer in layers} == {name for name in maps if " " not in name}
    peaks = record(session, pictures, layers)
    means = record(session, pictures, layers, "mean")
    copies = record_maps(session, pictures, layers)
    for layer in layers:
        wanted = maps[layer.name]
        assert tuple(wanted.shape) == (3, layer.units, *layer.map_size)
        assert wanted.std() > 0.1  # else anything would do
        flat = wanted.flatten(2)
        values, positions = peaks[layer.name]
        assert (values - flat.amax(2)).abs().max() <= OWN_TOLERANCE, layer.name
        assert torch.equal(positions.long(), flat.argmax(2)), layer.name
        assert (means[layer.name].values - flat.mean(2)).abs().max() <= OWN_TOLERANCE, layer.name
        assert (copies[layer.name] - wanted).abs().max() <= OWN_TOLERANCE, layer.name
        assert values.dtype == copies[layer.name].dtype == torch.float32


def test_r35_recorded_values_of_the_fast_copy(case) -> None:
    """The copy for long runs has folded batch norms and its channels last."""
    session, pictures, maps = case
    tower = FastTower(session)
    assert tower.memory_format == torch.channels_last
    assert (tower.folded > 20) == (session.info.architecture == "Small resnet")
    inputs = session.to_input(pictures).contiguous(memory_format=tower.memory_format)
    layers = discover(session)
    with Recorder(tower.module, layers) as recorder, MapRecorder(tower.module, layers) as whole:
        tower(inputs)
        peaks, copies = recorder.take(), whole.take()
    assert hooks(tower.module) == 0
    for layer in layers:
        wanted = maps[layer.name].flatten(2)
        values, positions = peaks[layer.name]
        assert (values - wanted.amax(2)).abs().max() <= FAST_TOLERANCE, layer.name
        # Rounding may choose another of nearly equal maxima, but no other place.
        there = wanted.gather(2, positions.long()[:, :, None])[:, :, 0]
        assert (there - values).abs().max() <= FAST_TOLERANCE, layer.name
        assert (copies[layer.name].flatten(2) - wanted).abs().max() <= FAST_TOLERANCE, layer.name
        own = copies[layer.name].flatten(2)
        assert torch.equal(values, own.amax(2))
        assert torch.equal(positions.long(), own.argmax(2))


def test_a_tower_that_cannot_be_copied_is_recorded_where_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = small_session("resnet")
    pictures = noise_pictures(session, 2)
    layers = discover(session)
    wanted = record(session, pictures, layers)
    plain = session.model.encode_image
    # A model that does more with a picture than its tower.
    monkeypatch.setattr(session.model, "encode_image", lambda inputs: plain(inputs) + 1)
    tower = FastTower(session)
    assert tower.shared
    with session.lock, Recorder(tower.module, layers) as recorder:
        tower(session.to_input(pictures))
        found = recorder.take()
    for name, peaks in found.items():
        assert torch.equal(peaks.values, wanted[name].values)


def test_a_kept_reference_would_have_been_overwritten() -> None:
    """The guard of the tests above: in this tower, keeping outputs gives wrong values."""
    session = small_session("resnet")
    pictures = noise_pictures(session, 2)
    maps = reference(session, pictures)
    kept = {}
    handles = [
        session.model.visual.get_submodule(layer.module).register_forward_hook(
            lambda _m, _i, output, name=layer.name: kept.update({name: output})
        )
        for layer in discover(session)
    ]
    session.encode_images(pictures)
    for handle in handles:
        handle.remove()
    wrong = {name for name, output in kept.items() if not torch.equal(output, maps[name])} - {
        "attnpool"
    }
    assert wrong == {name for name in kept if name.endswith("conv3") and "stem" not in name}


def test_r35_the_class_token_of_a_vit() -> None:
    session = small_session("vit")
    pictures = noise_pictures(session, 3)
    maps = reference(session, pictures)
    layers = [layer for layer in discover(session) if layer.class_token]
    assert len(layers) == 6
    for name, peaks in record(session, pictures, layers, "cls").items():
        assert (peaks.values - maps[f"{name} cls"]).abs().max() <= OWN_TOLERANCE
        assert not peaks.positions.any()


def test_a_vit_that_runs_its_tokens_first_gives_the_same() -> None:
    session = small_session("vit")
    pictures = noise_pictures(session, 3)
    layers = discover(session)
    wanted = {summary: record(session, pictures, layers[1:], summary) for summary in ("max", "cls")}
    transformer = session.model.visual.transformer
    transformer.batch_first = False
    for block in transformer.resblocks:
        block.attn.batch_first = False
    turned = discover(session)
    assert [layer.layout for layer in turned] == ["NCHW"] + ["LNC"] * 6
    for summary, values in wanted.items():
        for name, peaks in record(session, pictures, turned[1:], summary).items():
            torch.testing.assert_close(peaks.values, values[name].values, atol=1e-5, rtol=0)
            assert torch.equal(peaks.positions, values[name].positions)


def test_a_timm_vit_gives_what_timm_says_its_blocks_give() -> None:
    session = small_session("siglip")
    pictures = noise_pictures(session, 2)
    blocks = [layer for layer in discover(session) if layer.kind == "block"]
    assert len(blocks) == 6
    maps = record_maps(session, pictures, blocks)
    with torch.inference_mode():
        wanted = session.model.visual.trunk.forward_intermediates(
            session.to_input(pictures), output_fmt="NCHW", intermediates_only=True
        )
    for layer, expected in zip(blocks, wanted, strict=True):
        torch.testing.assert_close(maps[layer.name], expected, atol=1e-6, rtol=0)


def test_values_do_not_depend_on_the_rest_of_the_batch_beyond_rounding() -> None:
    session = small_session("resnet")
    pictures = noise_pictures(session, 4)
    layers = discover(session)
    together = record(session, pictures, layers)
    for number in range(4):
        for name, peaks in record(session, pictures[number : number + 1], layers).items():
            torch.testing.assert_close(
                peaks.values[0], together[name].values[number], atol=1e-5, rtol=0
            )


# Passes ---------------------------------------------------------------------------------------


def test_two_images_two_thousand_units_and_all_layers_take_one_forward_pass() -> None:
    session = random_session("embedded")
    layers = discover(session)
    passes = []
    tower = session.model.visual
    handles = [
        module.register_forward_hook(lambda module, _i, _o: passes.append(module))
        for module in (tower, tower.conv1, tower.layer4[-1].conv3, tower.attnpool)
    ]
    peaks = record(session, noise_pictures(session, 2), layers)
    for handle in handles:
        handle.remove()
    assert passes == [tower.conv1, tower.layer4[-1].conv3, tower.attnpool, tower]
    assert list(peaks) == [layer.name for layer in layers]
    assert sum(layer.units for layer in layers) > 2_000
    for layer in layers:
        assert peaks[layer.name].values.shape == (2, layer.units)


def test_several_passes_are_joined_in_order() -> None:
    session = small_session("vit")
    pictures = noise_pictures(session, MAX_BATCH + 3)  # more than a session runs at once
    layers = discover(session)
    peaks, maps = record(session, pictures, layers), record_maps(session, pictures, layers)
    last = record(session, pictures[-3:], layers)
    for layer in layers:
        assert peaks[layer.name].values.shape == (MAX_BATCH + 3, layer.units)
        assert torch.equal(peaks[layer.name].values[-3:], last[layer.name].values)
        assert torch.equal(maps[layer.name].flatten(2).amax(2), peaks[layer.name].values)


def test_what_is_taken_is_gone() -> None:
    session = small_session("vit")
    with Recorder(session.model.visual, discover(session)[:1]) as recorder:
        with pytest.raises(ModelError, match="the image tower has not been run"):
            recorder.take()
        session.encode_images(noise_pictures(session, 2))
        assert recorder.take()["stem"].values.shape == (2, 48)
        with pytest.raises(ModelError, match="the image tower has not been run"):
            recorder.take()


def test_a_part_of_the_tower_run_by_itself_is_not_recorded() -> None:
    session = small_session("resnet")
    layer = named(session)["stem.conv1"]
    with Recorder(session.model.visual, [layer]) as recorder:
        session.encode_images(noise_pictures(session, 1))
        with torch.inference_mode():
            session.model.visual.stem(session.to_input(noise_pictures(session, 2, seed=1)))
        values = recorder.take()["stem.conv1"].values
    assert torch.equal(values, record(session, noise_pictures(session, 1), [layer])[layer.name][0])


def test_a_failed_pass_leaves_no_values() -> None:
    session = small_session("resnet")
    layers = named(session)
    chosen = [layers["stem.conv1"], layers["layer4.0"]]
    pictures = noise_pictures(session, 4)
    with Recorder(session.model.visual, chosen) as recorder:
        session.encode_images(pictures[:1])
        failing = session.model.visual.layer3.register_forward_pre_hook(fail)
        with pytest.raises(OSError, match="in between"):
            session.encode_images(pictures[1:3])
        failing.remove()
        session.encode_images(pictures[3:])
        peaks = recorder.take()
    wanted = [record(session, pictures[n : n + 1], chosen) for n in (0, 3)]
    for name, found in peaks.items():
        assert torch.equal(found.values, torch.cat([part[name].values for part in wanted]))


def fail(_module: nn.Module, _inputs: object) -> None:
    raise OSError("in between")


def test_r11_recording_does_not_change_what_the_model_answers(case) -> None:
    session, pictures, _maps = case
    before = session.encode_images(pictures)
    layers = discover(session)
    with Recorder(session.model.visual, layers), MapRecorder(session.model.visual, layers):
        during = session.encode_images(pictures)
    np.testing.assert_array_equal(during, before)
    np.testing.assert_array_equal(session.encode_images(pictures), before)


def test_recorded_values_hold_no_gradients() -> None:
    session = small_session("convnext")
    inputs = session.to_input(noise_pictures(session, 1)).requires_grad_()
    with Recorder(session.model.visual, discover(session)) as recorder:
        session.model.visual(inputs)
        peaks = recorder.take()
    assert not any(part.values.requires_grad for part in peaks.values())


# Points ---------------------------------------------------------------------------------------


def test_values_at_stored_positions_are_not_maximized_again(case) -> None:
    session, pictures, _maps = case
    layers = discover(session)
    stored = record(session, pictures, layers)
    gray = np.repeat(pictures.mean(-1, keepdims=True).astype(np.uint8), 3, axis=-1)
    gray_maps = reference(session, gray)
    points = {name: every_point(peaks) for name, peaks in stored.items()}
    with PointRecorder(session.model.visual, layers) as recorder:
        recorder.points = points
        session.encode_images(pictures)
        same = recorder.take()
        session.encode_images(gray)
        changed = recorder.take()
    below = 0
    for layer in layers:
        assert torch.equal(same[layer.name], stored[layer.name].values.flatten())
        flat = gray_maps[layer.name].flatten(2)
        wanted = flat.gather(2, stored[layer.name].positions.long()[:, :, None]).flatten()
        assert (changed[layer.name] - wanted).abs().max() <= OWN_TOLERANCE
        below += int((wanted < flat.amax(2).flatten()).sum())
    assert below > 100  # places where the gray picture has its maximum elsewhere


def every_point(peaks: Peaks) -> Points:
    rows, units = (part.flatten() for part in torch.ones_like(peaks.values).nonzero().T)
    return Points(rows, units, peaks.positions.flatten())


def test_points_of_other_summaries_are_those_of_the_image() -> None:
    session = small_session("vit")
    pictures = noise_pictures(session, 2)
    layers = discover(session)[1:]
    points = Points(np.array([1, 0, 1]), np.array([5, 5, 47]), np.array([3, 9, 0]))
    for summary in ("mean", "cls"):
        values = record(session, pictures, layers, summary)
        with PointRecorder(session.model.visual, layers, summary) as recorder:
            recorder.points = {"blocks.1": points}
            session.encode_images(pictures)
            found = recorder.take()
        wanted = values["blocks.1"].values[[1, 0, 1], [5, 5, 47]]
        assert torch.equal(found.pop("blocks.1"), wanted)
        assert all(part.shape == (0,) for part in found.values())


# Nothing stays behind -------------------------------------------------------------------------


def refuse(action: Callable[[], object], *errors: type[Exception]) -> None:
    """Run something that must fail; keeps no traceback, as `pytest.raises` would."""
    try:
        action()
    except errors:
        return
    pytest.fail("no error", pytrace=False)


def live_tensors() -> tuple[int, int]:
    """Number and bytes of the tensors that exist."""
    gc.collect()
    # By type: some objects of torch warn when asked for their class.
    found = [thing for thing in gc.get_objects() if issubclass(type(thing), torch.Tensor)]
    return len(found), sum(tensor.untyped_storage().nbytes() for tensor in found)


def resident_bytes() -> int:
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * 4096 if status.exists() else 0


@pytest.mark.parametrize("kind", KINDS)
def test_r36_two_hundred_inspections_leave_nothing_behind_even_with_errors(kind: str) -> None:
    session = small_session(kind)
    tower = session.model.visual
    layers = discover(session)
    pictures = noise_pictures(session, 2)
    wrong = msgspec.structs.replace(layers[-1], units=layers[-1].units + 1)
    absent = msgspec.structs.replace(layers[-1], module="layer9.3")

    def all_is_well() -> None:
        record(session, pictures, layers)
        record_maps(session, pictures, layers)

    def body_fails() -> None:
        with MapRecorder(tower, layers):
            session.encode_images(pictures)
            raise OSError

    def forward_fails() -> None:
        last = tower.get_submodule(layers[-1].module).register_forward_pre_hook(fail)
        try:
            record(session, pictures, layers)
        finally:
            last.remove()

    def entering_fails() -> None:
        with Recorder(tower, [*layers[:-1], absent]):
            pytest.fail("entered", pytrace=False)

    def nothing_is_taken() -> None:
        with Recorder(tower, layers) as recorder:
            session.encode_images(pictures)
        refuse(recorder.take, ModelError)

    cycles = [
        all_is_well,
        lambda: refuse(body_fails, OSError),
        lambda: refuse(forward_fails, OSError),
        lambda: refuse(lambda: record(session, pictures, [*layers[:-1], wrong]), ModelError),
        lambda: refuse(entering_fails, ModelError),
        nothing_is_taken,
        lambda: refuse(lambda: Recorder(tower, layers, "median"), InvalidInput),
        lambda: discover(session),
    ]
    for cycle in cycles * 2:
        cycle()
    tensors, memory = live_tensors(), resident_bytes()
    for number in range(200):
        cycles[number % len(cycles)]()
        assert hooks(session.model) == 0
    assert live_tensors() == tensors
    assert resident_bytes() <= 1.05 * memory
    copied = copy.deepcopy(tower)
    assert hooks(copied) == 0


def test_r36_a_closed_recorder_records_nothing() -> None:
    session = small_session("vit")
    recorder = Recorder(session.model.visual, discover(session))
    with recorder:
        pass
    session.encode_images(noise_pictures(session, 1))
    with pytest.raises(ModelError, match="the image tower has not been run"):
        recorder.take()
    recorder.close()  # once more does no harm


def test_layers_of_another_model_are_refused_by_name() -> None:
    layers = discover(small_session("resnet"))
    session = small_session("vit")
    with pytest.raises(ModelError, match=r"The model has no layer stem\.conv1"):
        record(session, noise_pictures(session, 1), layers[:1])
    assert hooks(session.model) == 0


def test_a_layer_named_twice_is_a_mistake() -> None:
    session = small_session("vit")
    with pytest.raises(ValueError, match="named twice"):
        Recorder(session.model.visual, [discover(session)[0]] * 2)
