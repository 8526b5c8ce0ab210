"""Censuses for tests of the window: made up from random numbers, with every kind of oddity.

They lie in memory alone. Images are real: drawn from small sets, or picture files.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from core.census.data import CensusData, SetData
from core.census.pictures import PicturePaths
from core.census.plan import CensusSet, PictureSet, make_census_plan
from core.census.sets import CensusRecord
from core.census.tops import TopImages
from core.models.info import ModelInfo
from core.models.preprocessing import Preprocessing
from core.network.layer import Layer
from core.stimuli.factorial import FactorialSet, ShapeSet, StroopSet
from core.units.features.crop_shares import measure_shares

SIDE = 32
DEAD, CONSTANT, NEGATIVE = 0, 1, 2
"""Units of every census: one that nothing activates, one that is the same for all, one below 0."""

_STEPS = (37, 41, 43, 47, 53, 59, 61, 67, 71, 73)

MODEL = ModelInfo(
    name="Quick",
    architecture="Quick",
    tower="other",
    source="tests",
    form="",
    sha256="ab" * 32,
    activation="QuickGELU",
    activation_reason="the architecture's own",
    preprocessing=Preprocessing(side=SIDE),
    context_length=77,
    embed_dim=16,
    tensors_matched=7,
    tensors_total=7,
    parameters=1234,
    logit_scale=20.0,
    logit_bias=None,
    device="cpu",
    precision="fp32",
    notice="A model of the tests",
    versions={"quick": "1"},
)


def figure_shares(stimuli: FactorialSet, images: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Share of each crop that the figure covers; see `measure_shares`."""
    shares = np.empty(len(images), dtype=np.float32)
    for _ in measure_shares(stimuli, images, boxes, shares):
        pass
    return shares


def made_layer(name: str, units: int, cells: int = 4, field: int | None = 11) -> Layer:
    """A layer of square maps; a field of None sees the whole picture."""
    stride = SIDE // cells
    return Layer(
        name=name,
        group=name.split(".")[0],
        module=name,
        kind="block",
        values="after ReLU",
        units=units,
        map_size=(cells, cells),
        layout="NCHW",
        stride=float(stride),
        receptive_field=field,
        field_start=-3,
        is_default=True,
    )


LAYERS = (
    made_layer("stem.conv1", 8, cells=8, field=3),
    made_layer("layer1.0", 12, field=11),
    made_layer("layer2.0", 20, field=None),
)


def made_census(
    path: Path,
    layers: tuple[Layer, ...] = LAYERS,
    *,
    kinds: tuple[str, ...] = ("stroop", "shapes", "pictures"),
    kept: int = 12,
    pictures: int = 15,
    gray: bool = True,
    seed: int = 0,
    model: ModelInfo = MODEL,
    side: int = SIDE,
) -> CensusData:
    """A census of some layers.

    Parameters
    ----------
    path : Path
        Folder to write picture files to.
    layers : tuple of Layer
    kinds : tuple of str
        The sets it has seen.
    kept : int
        Images kept of each unit.
    pictures : int
        Number of picture files; the last of them is damaged.
    gray : bool
        Whether the top images were seen in gray.
    seed : int
    model : ModelInfo
    side : int
    """
    generator = np.random.default_rng(seed)
    units = [layer.units for layer in layers]
    names = tuple((layer.name, layer.units) for layer in layers)
    sets = {}
    for kind in kinds:
        images, paths = _set(kind, path, pictures, side)
        plan = make_census_plan(f"Made up: {kind}", images, names, model, capacity=kept)
        tops = _tops(generator, layers, kept, len(images))
        values = np.where(np.isnan(tops.values), 0, tops.values)
        dimmed = (values * generator.uniform(0.2, 1.1, values.shape)).astype(np.float32)
        sets[kind] = SetData(
            plan=plan,
            tops=tops,
            gray=dimmed if gray else None,
            done=len(images),
            total=len(images),
            pictures=paths,
            refused={},
        )
    record = CensusRecord(
        title="Made up",
        created="2025-01-01T00:00:00+00:00",
        model=model,
        layers=layers,
        summary="max",
    )
    return CensusData(
        path=path,
        record=record,
        sets=sets,
        layer_numbers=np.repeat(np.arange(len(layers)), units).astype(np.int32),
        unit_numbers=np.concatenate([np.arange(count) for count in units]).astype(np.int32),
    )


def _set(kind: str, path: Path, pictures: int, side: int) -> tuple[CensusSet, PicturePaths | None]:
    if kind == "stroop":
        return StroopSet(samples=1, side=side), None
    if kind == "shapes":
        return ShapeSet(samples=1, side=side), None
    path.mkdir(parents=True, exist_ok=True)
    names = []
    for number in range(pictures):
        name = f"picture {number:03}.png"
        if number == pictures - 1:
            (path / name).write_bytes(b"no picture at all")
        elif not (path / name).exists():
            generator = np.random.default_rng(number)
            noise = generator.integers(0, 256, (side, side, 3), dtype=np.uint8)
            Image.fromarray(noise).save(path / name)
        names.append(name)
    images = PictureSet(title=path.name, count=pictures, sha256="cd" * 32, side=side)
    return images, PicturePaths(folder=str(path), names=tuple(names))


def _tops(
    generator: np.random.Generator, layers: tuple[Layer, ...], kept: int, total: int
) -> TopImages:
    count = sum(layer.units for layer in layers)
    kept = min(kept, total)
    values = -np.sort(-generator.gamma(2.0, 1.0, (count, kept)).astype(np.float32), axis=1)
    # Steps through the set that share no factor with its size: no image comes twice.
    start, step = generator.integers(0, total, (count, 1)), generator.choice(_STEPS, (count, 1))
    images = (start + step * np.arange(kept)) % total
    places = np.concatenate(
        [generator.integers(0, layer.positions, (layer.units, kept)) for layer in layers]
    )
    excess = np.zeros(count, np.int64)
    values[DEAD] = 0.0
    values[CONSTANT], excess[CONSTANT] = 1.5, total - kept
    values[NEGATIVE] = -np.sort(np.abs(values[NEGATIVE])) - 0.1
    excess[DEAD] = total - kept
    return TopImages(
        values=values,
        images=images.astype(np.int64),
        positions=places.astype(np.int32),
        maximum=values[:, 0].copy(),
        mean=values.mean(axis=1).astype(np.float64),
        excess=excess,
        total=total,
    )
