"""From outputs to values and positions: exact for every memory layout, also for ties."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.base.errors import ModelError
from core.network.layer import Layer
from core.network.maps import Points, as_maps, at_positions, first_maximum, summarized

SIZES = [(1, 1), (2, 2), (3, 3), (2, 5), (4, 4), (7, 7), (5, 9), (12, 12)]


def tied_maps(size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Maps of few different values, negative ones among them, some maps all alike."""
    generator = np.random.default_rng(seed)
    maps = generator.integers(-3, 4, (5, 6, *size)).astype(np.float32)
    maps[:, 0] = -2
    maps[0, 1] = 0
    maps[1] -= 10
    return maps


def layouts(maps: np.ndarray) -> dict[str, torch.Tensor]:
    """The same maps as views of memory in every order that a tower may use."""
    n, units, height, width = maps.shape
    plain = torch.from_numpy(maps.copy())
    tokens = plain.flatten(2).transpose(1, 2)
    special = torch.full((n, 2, units), 99.0)
    with_special = torch.cat([special, tokens], dim=1).contiguous()
    sequence_first = with_special.transpose(0, 1).contiguous()
    return {
        "NCHW": plain,
        "channels last": plain.contiguous(memory_format=torch.channels_last),
        "NLC": as_maps(a_layer((height, width), "NLC", 2), with_special),
        "LNC": as_maps(a_layer((height, width), "LNC", 2), sequence_first),
        "NHWC": as_maps(a_layer((height, width), "NHWC"), plain.permute(0, 2, 3, 1).contiguous()),
    }


def a_layer(size: tuple[int, int], layout: str, special: int = 0) -> Layer:
    return Layer(
        name="part",
        group="part",
        module="part",
        kind="block",
        values="output",
        units=6,
        map_size=size,
        layout=layout,
        special_tokens=special,
        class_token=special > 0,
    )


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_first_of_equal_maxima_in_every_layout(size: tuple[int, int]) -> None:
    maps = tied_maps(size)
    flat = maps.reshape(5, 6, -1)
    found = {name: first_maximum(view) for name, view in layouts(maps).items()}
    assert len(found) == 5
    for name, peaks in found.items():
        np.testing.assert_array_equal(peaks.values, flat.max(-1), err_msg=name)
        np.testing.assert_array_equal(peaks.positions, flat.argmax(-1), err_msg=name)
        assert (peaks.values.dtype, peaks.positions.dtype) == (torch.float32, torch.int32)


@pytest.mark.parametrize("size", [(3, 3), (7, 7)], ids=str)
def test_infinite_values_and_not_a_number(size: tuple[int, int]) -> None:
    maps = tied_maps(size)
    maps[0, 0] = -np.inf
    maps[1, 1, 1, 2] = np.inf
    maps[2, 2, 2, 1] = np.nan
    maps[2, 2, 2, 2] = np.inf
    place = 2 * size[1] + 1
    for name, view in layouts(maps).items():
        values, positions = first_maximum(view)
        assert (values[0, 0], positions[0, 0]) == (-np.inf, 0), name
        assert (values[1, 1], positions[1, 1]) == (np.inf, size[1] + 2), name
        assert torch.isnan(values[2, 2]) and positions[2, 2] == place, name
        assert torch.isnan(values).sum() == 1, name


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_loses_nothing_more(dtype: torch.dtype) -> None:
    maps = torch.randn(2, 6, 7, 7, generator=torch.Generator().manual_seed(0)).to(dtype)
    wanted = first_maximum(maps.float())
    for form in (torch.contiguous_format, torch.channels_last):
        found = first_maximum(maps.contiguous(memory_format=form))
        assert torch.equal(found.values, wanted.values)
        assert torch.equal(found.positions, wanted.positions)
        assert found.values.dtype == torch.float32


def test_no_images_give_no_values() -> None:
    peaks = first_maximum(torch.zeros(0, 6, 7, 7).contiguous(memory_format=torch.channels_last))
    assert peaks.values.shape == peaks.positions.shape == (0, 6)


def test_special_tokens_are_no_part_of_the_map() -> None:
    maps = tied_maps((4, 4))
    tokens = torch.from_numpy(maps).flatten(2).transpose(1, 2)
    special = torch.stack([torch.full((5, 6), 50.0), torch.full((5, 6), 60.0)], dim=1)
    output = torch.cat([special, tokens], dim=1)
    for layout, given in (("NLC", output), ("LNC", output.transpose(0, 1))):
        layer = a_layer((4, 4), layout, 2)
        assert summarized(layer, given, "max").values.max() == maps.max() < 50
        mean = summarized(layer, given, "mean")
        torch.testing.assert_close(mean.values, torch.from_numpy(maps.mean((2, 3))))
        token = summarized(layer, given, "cls")
        assert (token.values == 50).all()
        assert not mean.positions.any() and not token.positions.any()


def test_a_vectors_values_are_copies() -> None:
    layer = a_layer((1, 1), "NC")
    vector = torch.arange(12, dtype=torch.float32).reshape(2, 6)
    for summary in ("max", "mean"):
        peaks = summarized(layer, vector, summary)
        vector.add_(1)
        assert torch.equal(peaks.values, vector - 1)
        assert peaks.values.data_ptr() != vector.data_ptr()


def test_an_output_of_another_shape_is_refused_by_name() -> None:
    wrong = {
        "NCHW": [(2, 6, 4, 5), (2, 5, 4, 4), (2, 6, 16)],
        "NLC": [(2, 16, 6), (2, 18, 5), (2, 6, 4, 4)],
        "LNC": [(16, 2, 6)],
        "NC": [(2, 5), (2, 6, 1, 1)],
    }
    for layout, shapes in wrong.items():
        size = (1, 1) if layout == "NC" else (4, 4)
        layer = a_layer(size, layout, 2 if "L" in layout else 0)
        for shape in shapes:
            with pytest.raises(ModelError, match="The layer part gave an output of the shape"):
                as_maps(layer, torch.zeros(shape))


def test_values_at_given_places() -> None:
    maps = tied_maps((5, 9))
    generator = np.random.default_rng(1)
    rows, units = generator.integers(0, 5, 40), generator.integers(0, 6, 40)
    positions = generator.integers(0, 45, 40).astype(np.int32)
    wanted = maps.reshape(5, 6, 45)[rows, units, positions]
    for name, view in layouts(maps).items():
        found = at_positions(view, Points(rows, units, positions))
        np.testing.assert_array_equal(found, wanted, err_msg=name)
    tensors = Points(*(torch.from_numpy(part) for part in (rows, units, positions)))
    np.testing.assert_array_equal(at_positions(torch.from_numpy(maps), tensors), wanted)
