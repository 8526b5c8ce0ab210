"""A stimulus set as a folder of PNG files with a table of what each shows, for other software.

    DIR/set.json                          what was asked for, and what drew it
    DIR/manifest.csv                      one row an image, in the order of the set
    DIR/images/0000/red-in-green-on-blue-0000.png
    DIR/rows/0000.csv                     the manifest's rows of a sample: the sample is done

The samples of the combinations are written one after another. A folder of a sample gets its name
only when all its images are in it, and its rows follow: so a kill at any moment costs at most the
work on one sample, and going on gives the same bytes as an uninterrupted export. The same set with
more samples goes on in the same folder, because no image depends on how many there are (R33).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.base.atomic import patiently, remove_tree, replace, write_atomic
from core.base.checksums import decode_json, encode_json
from core.base.errors import ExportError
from core.base.locks import Busy, Lock, is_lock_file
from core.base.reading import open_regular, read_bytes
from core.base.tables import Cell, Column, Table, columns, from_csv, to_csv
from core.color.spaces import to_hex
from core.color.terms import is_chromatic
from core.stimuli.factorial import FactorialSet, Item
from core.stimuli.png import PngNotes, encode_png
from core.stimuli.render import area_fraction, composite, render_coverage
from core.stimuli.stimulus import WordStimulus
from core.sweeps.plan import drawing_versions, font_hashes

FORMAT = "clip-color-lab stimulus set"
SCHEMA = 1
SET_NAME = "set.json"
MANIFEST_NAME = "manifest.csv"
IMAGES_NAME = "images"
ROWS_NAME = "rows"
_LOCK_NAME = ".lock"
_WRITING = ".writing"
_PROBES = 24
_STEP = 32
"""Images from one event to the next."""
_BLOCK = 4096
"""Files take whole blocks of a disk; this is the usual size."""
_SPARE = 1.1

COLUMNS: tuple[Column, ...] = columns(
    "file index:int combination:int sample:int kind subject figure background figure_rgb "
    "background_rgb figure_is_chromatic:bool background_is_chromatic:bool word font "
    "center_x:float center_y:float size:float rotation_degrees:float side:int area:float "
    "geometry:int sample_seed pixels_sha256"
)
"""Columns of a manifest; give them to `core.base.tables.read_csv`.

`subject`, `figure` and `background` are names, `figure_rgb` and `background_rgb` the sRGB values as
``#rrggbb``. Lengths are fractions of the side, `area` is the share of the picture that is covered.
Images with the same number in `geometry` have the same mask. `sample_seed` names the set's seed and
what else the geometry was drawn from. `pixels_sha256` is the hash of the raw pixels, row by row.
"""


@dataclass(frozen=True)
class Written:
    """So many of the images are on the disk."""

    done: int
    total: int


class _SetFile(msgspec.Struct, frozen=True):
    format: str
    schema: int
    stimuli: FactorialSet
    fonts: dict[str, str]
    versions: dict[str, str | None]


def file_name(item: Item) -> str:
    """Where an image lies below the folder; the same however many samples there are.

    Examples
    --------
    ``images/0004/red-in-green-on-blue-0004.png``
    """
    sample = f"{item.sample:04d}"
    shown = item.condition
    name = f"{shown.subject}-in-{shown.figure}-on-{shown.background}-{sample}.png"
    return f"{IMAGES_NAME}/{sample}/{name}"


def estimate_bytes(stimuli: FactorialSet) -> int:
    """About how much room the folder of a set takes on a disk, from a few of its images."""
    chosen = np.linspace(0, len(stimuli) - 1, min(_PROBES, len(stimuli))).astype(int)
    sizes = [len(_png(stimuli, stimuli.spec(int(i)), None)[0]) for i in chosen]
    blocks = sum(-(-size // _BLOCK) * _BLOCK for size in sizes) / len(sizes)
    return round(len(stimuli) * (blocks + 400) * _SPARE)


def export_set(
    folder: Path,
    stimuli: FactorialSet,
    *,
    free_bytes: Callable[[Path], int] | None = None,
) -> Generator[Written, None, None]:
    """Write a set; one event after each of a few images, so that it can be stopped at any.

    Closing the generator stops it. What is whole is kept, and the same call goes on from there.

    Parameters
    ----------
    folder : Path
        New, empty, or begun by an export of the same set, perhaps with fewer samples.
    free_bytes : callable, optional
        Free room on the disk of a folder; asked of the system by default.

    Raises
    ------
    ExportError
        If the folder holds something else, there is no room, another program is writing there, or
        a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _begin(folder, stimuli)  # nothing is put into a folder that holds something else
        with Lock(folder / _LOCK_NAME):
            _begin(folder, stimuli)
            yield from _export(folder, stimuli, free_bytes or _free)
    except Busy as error:
        raise ExportError(
            f"Another program is writing stimuli into {folder}.", "Wait until it is done."
        ) from error
    except OSError as error:
        raise ExportError(
            f"The stimuli cannot be written into {folder}: {error.strerror or error}.",
            "What is written is kept. Make space or allow writing there, then do the same again.",
        ) from error


def _export(
    folder: Path,
    stimuli: FactorialSet,
    free_bytes: Callable[[Path], int],
) -> Iterator[Written]:
    combinations = len(stimuli.combinations)
    whole = {k for k in _listed(folder, stimuli.samples) if _is_whole(folder, stimuli, k)}
    _check_room(folder, stimuli, stimuli.samples - len(whole), free_bytes)
    write_atomic(folder / SET_NAME, _set_bytes(stimuli))
    (folder / ROWS_NAME).mkdir(exist_ok=True)
    (folder / IMAGES_NAME).mkdir(exist_ok=True)
    done = len(whole) * combinations
    yield Written(done, len(stimuli))
    for sample in range(stimuli.samples):
        if sample in whole:
            continue
        with closing(_write_sample(folder, stimuli, sample)) as images:
            for _ in images:
                done += 1
                if done % _STEP == 0:
                    yield Written(done, len(stimuli))
    parts = [
        read_bytes(folder / ROWS_NAME / f"{sample:04d}.csv") for sample in range(stimuli.samples)
    ]
    write_atomic(folder / MANIFEST_NAME, b"".join([_header(), *parts]))
    yield Written(len(stimuli), len(stimuli))


def _write_sample(folder: Path, stimuli: FactorialSet, sample: int) -> Generator[None, None, None]:
    images = folder / IMAGES_NAME
    # Beside the images, not among them: other programs read all that they find there.
    writing, whole = folder / f"{_WRITING}-{sample:04d}", images / f"{sample:04d}"
    for old in (writing, images / writing.name, whole):
        remove_tree(old)
    writing.mkdir()
    first = sample * len(stimuli.combinations)
    rows: list[_Row] = []
    mask: tuple[int, NDArray[np.uint8]] | None = None
    try:
        for index in range(first, first + len(stimuli.combinations)):
            item, number = stimuli.spec(index), stimuli.geometry_index(index)
            if mask is None or mask[0] != number:  # images of one mask follow each other
                mask = (number, render_coverage(item.stimulus))
            data, pixels = _png(stimuli, item, mask[1])
            name = file_name(item)
            path = writing / Path(name).name
            patiently(partial(path.write_bytes, data), path)
            rows.append(_Row(name, item, stimuli, mask[1], sha256(pixels.tobytes()).hexdigest()))
            yield
    except BaseException:
        shutil.rmtree(writing, ignore_errors=True)
        raise
    replace(writing, whole)
    write_atomic(folder / ROWS_NAME / f"{sample:04d}.csv", _lines(rows))


def _png(
    stimuli: FactorialSet, item: Item, mask: NDArray[np.uint8] | None
) -> tuple[bytes, NDArray[np.uint8]]:
    figure = item.stimulus
    coverage = render_coverage(figure) if mask is None else mask
    pixels = composite(coverage, figure.figure_color, figure.background_color)
    return encode_png(pixels, PngNotes(figure, stimuli.palette, stimuli.seed)), pixels


def _begin(folder: Path, stimuli: FactorialSet) -> None:
    """Refuse a folder that holds anything but the beginning of the set."""
    path = folder / SET_NAME
    if not path.exists():
        if any(not is_lock_file(entry.name, _LOCK_NAME) for entry in folder.iterdir()):
            raise ExportError(
                f"The folder {folder} is not empty.",
                "Choose a new folder, or one that holds the start of the same set.",
            )
        return
    try:
        before = decode_json(read_bytes(path), _SetFile)
    except (OSError, ValueError) as error:
        raise ExportError(
            f"“{path}” is damaged, so what lies there is unknown.", "Choose a new folder."
        ) from error
    if before.format != FORMAT or before.schema > SCHEMA:
        raise ExportError(
            f"{folder} was written by another version of the app.", "Choose a new folder."
        )
    same = msgspec.structs.replace(before.stimuli, samples=stimuli.samples) == stimuli
    if not same:
        raise ExportError(f"The folder {folder} holds another set.", "Choose a new folder.")
    if before.stimuli.samples > stimuli.samples:
        raise ExportError(
            f"The folder {folder} already holds {before.stimuli.samples} samples of each "
            "combination.",
            "Ask for as many or more, or choose a new folder.",
        )
    if (before.versions, before.fonts) != (drawing_versions(), font_hashes(stimuli)):
        raise ExportError(
            f"The images in {folder} were drawn with other versions of the app's libraries.",
            "Choose a new folder, so that one set is drawn by one version.",
        )


def _listed(folder: Path, samples: int) -> Iterator[int]:
    """The samples of a set whose rows are there."""
    for path in (folder / ROWS_NAME).glob("*.csv"):
        if path.stem.isdecimal() and path.name == f"{int(path.stem):04d}.csv":
            if int(path.stem) < samples:
                yield int(path.stem)


def _is_whole(folder: Path, stimuli: FactorialSet, sample: int) -> bool:
    """True if all images of a sample are there, as its rows say."""
    try:
        rows = from_csv(
            _header() + read_bytes(folder / ROWS_NAME / f"{sample:04d}.csv"), COLUMNS, "The rows"
        ).rows
    except (OSError, ExportError):
        return False
    return len(rows) == len(stimuli.combinations) and all(
        _has_pixels(folder / str(row[0])) for row in rows
    )


def _has_pixels(path: Path) -> bool:
    """True if a file is there to its last chunk; a power cut may leave a cut one."""
    try:
        with open_regular(path) as file:
            file.seek(-12, 2)
            return file.read().endswith(b"IEND\xaeB`\x82")
    except OSError:
        return False


def _check_room(
    folder: Path, stimuli: FactorialSet, missing: int, free_bytes: Callable[[Path], int]
) -> None:
    if not missing:
        return
    needed = round(estimate_bytes(stimuli) * missing / stimuli.samples)
    free = free_bytes(folder)
    if needed > free:
        raise ExportError(
            f"The stimuli take about {size_text(needed)}, and the disk of {folder} has only "
            f"{size_text(free)} left.",
            "Choose another disk or fewer samples.",
        )


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _set_bytes(stimuli: FactorialSet) -> bytes:
    content = _SetFile(FORMAT, SCHEMA, stimuli, font_hashes(stimuli), drawing_versions())
    return encode_json(content)


def size_text(size: float) -> str:
    """A number of bytes as people say it, e.g. ``"1.2 GB"``."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.3g} TB"


# --- the table: one row an image, with all that was varied and drawn ---


class _Row(NamedTuple):
    """What a row is made of."""

    file: str
    item: Item
    stimuli: FactorialSet
    coverage: NDArray[np.uint8]
    pixels_sha256: str


def _header() -> bytes:
    """The first line of a manifest."""
    return to_csv(Table(COLUMNS, ()))


def _lines(rows: Sequence[_Row]) -> bytes:
    """The lines of some rows, without the first line."""
    return to_csv(Table(COLUMNS, tuple(map(_cells, rows))))[len(_header()) :]


def _cells(row: _Row) -> tuple[Cell, ...]:
    item, stimuli = row.item, row.stimuli
    shown, figure = item.condition, item.stimulus
    word = figure.word if isinstance(figure, WordStimulus) else None
    return (
        *(row.file, item.index, item.combination, item.sample),
        "shape" if word is None else "word",
        *(shown.subject, shown.figure, shown.background),
        *(to_hex(figure.figure_color), to_hex(figure.background_color)),
        *(is_chromatic(shown.figure), is_chromatic(shown.background)),
        *(word, figure.font if isinstance(figure, WordStimulus) else None),
        *(float(figure.center_x), float(figure.center_y)),
        *(float(figure.size), float(figure.rotation), figure.side),
        *(area_fraction(row.coverage), stimuli.geometry_index(item.index)),
        _seed_text(item, stimuli),
        row.pixels_sha256,
    )


def _seed_text(item: Item, stimuli: FactorialSet) -> str:
    """Everything that the geometry depends on, to draw it again; see `core.stimuli.sampling`."""
    parts = [str(stimuli.seed), item.condition.subject, str(item.sample)]
    if stimuli.geometry == "independent":
        parts[2:2] = [item.condition.figure, item.condition.background]
    return "/".join(parts)
