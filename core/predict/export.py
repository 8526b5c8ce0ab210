"""A live prediction as a table or as JSON, with its settings and provenance.

The table has one row for each label of each template, and one for each template that was blocked,
with the reason. Its provenance does not fit a table, so `write_prediction_csv` puts it beside the
CSV file as ``<name>.provenance.json``. The JSON form holds everything in one file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from core.base.tables import Cell, Column, Region, Table, columns, write_csv, write_export
from core.base.text import valid_text
from core.color.spaces import to_hex
from core.color.terms import Palette
from core.models.info import ModelInfo
from core.predict.attribution import ROLES, attribute_all
from core.predict.prediction import BlockedTemplate, Outcome, TemplatePrediction
from core.predict.provenance import provenance
from core.stimuli.stimulus import PictureStimulus, ShapeStimulus, Stimulus, WordStimulus, plain

FORMAT = "clip-color-lab prediction"
SCHEMA = 1
PROVENANCE_SUFFIX = ".provenance.json"

_STIMULUS_COLUMNS = columns(
    "image_file kind shape word font picture picture_sha256 figure_color background_color "
    "center_x:float center_y:float size:float rotation_degrees:float side:int"
)
_MODEL_COLUMNS = columns("model weights_sha256 activation logit_scale:float precision")
_ANSWER_COLUMNS = (
    *columns(
        "template blocked label prompt probability:float cosine:float winner:bool margin:float "
        "ties:int close:bool"
    ),
    *(Column(f"is_{role}", "bool") for role in ROLES),
)
PREDICTION_COLUMNS: tuple[Column, ...] = _STIMULUS_COLUMNS + _MODEL_COLUMNS + _ANSWER_COLUMNS
"""Columns of a prediction table; give them to `core.base.tables.read_csv`.

Colors are ``#rrggbb``. Margin, ties and close belong to the template and stand in each of its
rows. Roles are undefined for pictures.
"""


class PredictionRecord(msgspec.Struct, frozen=True):
    """Everything an export of a live prediction tells."""

    stimulus: Stimulus
    palette: Palette
    seed: int
    info: ModelInfo
    outcomes: tuple[Outcome, ...]
    """Of one picture; see `core.predict.prediction.Predictor.predict`."""
    image_file: str | None = None
    """Name of the picture file saved along, if any."""


def prediction_table(record: PredictionRecord) -> Table:
    """The table of a prediction, under `PREDICTION_COLUMNS`."""
    common = _stimulus_cells(record) + _model_cells(record.info)
    rows: list[tuple[Cell, ...]] = []
    for outcome in record.outcomes:
        if isinstance(outcome, BlockedTemplate):
            filled: tuple[Cell, ...] = (outcome.template, outcome.reason)
            rows.append(common + filled + (None,) * (len(_ANSWER_COLUMNS) - len(filled)))
        else:
            rows += [common + cells for cells in _answer_rows(outcome, record)]
    return Table(PREDICTION_COLUMNS, tuple(rows))


def prediction_json(record: PredictionRecord) -> dict[str, Any]:
    """The JSON form of a prediction, for `to_json`."""
    return {
        "format": FORMAT,
        "schema": SCHEMA,
        "provenance": provenance(record.info, record.palette, record.seed),
        "image_file": record.image_file,
        "stimulus": plain(record.stimulus),
        "predictions": [
            {
                "template": outcome.template,
                "blocked": {"reason": outcome.reason, "lost": outcome.lost or None},
            }
            if isinstance(outcome, BlockedTemplate)
            else _prediction_json(outcome, record)
            for outcome in record.outcomes
        ],
    }


def write_prediction_csv(
    path: Path, record: PredictionRecord, region: Region | None = None
) -> tuple[Path, ...]:
    """`write_described_csv` of the table."""
    made = provenance(record.info, record.palette, record.seed)
    return write_described_csv(path, prediction_table(record), made, region)


def write_described_csv(
    path: Path,
    table: Table,
    made: Mapping[str, Any],
    region: Region | None = None,
    *,
    shared: bool = False,
) -> tuple[Path, Path]:
    """Write a table, and beside it how its numbers were made; the two files.

    Parameters
    ----------
    region : Region, optional
        For spreadsheets of that region; the exact form by default, see `core.base.tables`.
    shared : bool
        A figure of the same name is told about by the same file.

    Raises
    ------
    ExportError
        If a file cannot be written.
    """
    beside = shared_provenance_path(path) if shared else provenance_path(path)
    write_export(beside, to_json(made), chosen=path)
    write_csv(path, table, region)
    return path, beside


def provenance_path(path: Path) -> Path:
    """Where a table says how its numbers were made: ``x.csv.provenance.json``."""
    return path.with_name(path.name + PROVENANCE_SUFFIX)


def shared_provenance_path(path: Path) -> Path:
    """The same for a table and a figure of one name: ``x.provenance.json``."""
    return path.with_name(path.stem + PROVENANCE_SUFFIX)


def write_prediction_json(path: Path, record: PredictionRecord) -> None:
    """Write the JSON form; errors as for tables."""
    write_export(path, to_json(prediction_json(record)))


def to_json(value: Any) -> bytes:
    """Strictly valid JSON, UTF-8, indented; undefined values are null (R49).

    Parameters
    ----------
    value : object
        Mappings with text keys, sequences, arrays, numbers, text, bool and None. Floats keep all
        their digits; those that are not finite become null.

    Raises
    ------
    TypeError
        If it holds anything else.
    """
    text = json.dumps(_strict(value), ensure_ascii=False, allow_nan=False, indent=1)
    return text.encode("utf-8") + b"\n"


def _strict(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {valid_text(key): _strict(entry) for key, entry in value.items()}
    if isinstance(value, str):
        return valid_text(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_strict(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _stimulus_cells(record: PredictionRecord) -> tuple[Cell, ...]:
    stimulus = record.stimulus
    kind = str(type(stimulus).__struct_config__.tag)
    if isinstance(stimulus, PictureStimulus):
        return (
            *(record.image_file, kind, None, None, None, stimulus.name, stimulus.sha256),
            *(None, to_hex(stimulus.background_color), None, None, None, None, stimulus.side),
        )
    shape = stimulus.shape if isinstance(stimulus, ShapeStimulus) else None
    word = stimulus.word if isinstance(stimulus, WordStimulus) else None
    font = stimulus.font if isinstance(stimulus, WordStimulus) else None
    return (
        *(record.image_file, kind, shape, word, font, None, None),
        *(to_hex(stimulus.figure_color), to_hex(stimulus.background_color)),
        *(float(stimulus.center_x), float(stimulus.center_y)),
        *(float(stimulus.size), float(stimulus.rotation), stimulus.side),
    )


def _model_cells(info: ModelInfo) -> tuple[Cell, ...]:
    return (
        *(info.name, info.sha256 or None, info.activation),
        *(float(info.logit_scale), info.precision),
    )


def _answer_rows(
    prediction: TemplatePrediction, record: PredictionRecord
) -> list[tuple[Cell, ...]]:
    known = not isinstance(record.stimulus, PictureStimulus)
    all_roles = attribute_all(prediction.labels, record.stimulus, record.palette)
    return [
        (
            *(prediction.template, None, prediction.labels[i], prediction.prompts[i]),
            *(float(prediction.probabilities[i]), float(prediction.cosines[i])),
            *(i == prediction.winner, prediction.margin, prediction.ties, prediction.close),
            *((role in roles) if known else None for role in ROLES),
        )
        for i, roles in enumerate(all_roles)
    ]


def _prediction_json(prediction: TemplatePrediction, record: PredictionRecord) -> dict[str, Any]:
    known = not isinstance(record.stimulus, PictureStimulus)
    all_roles = attribute_all(prediction.labels, record.stimulus, record.palette)
    labels = prediction.labels
    return {
        "template": prediction.template,
        "blocked": None,
        "winner": labels[prediction.winner],
        "runner_up": None if prediction.runner_up is None else labels[prediction.runner_up],
        "margin": prediction.margin,
        "ties": prediction.ties,
        "close": prediction.close,
        "read_as_same_text": [list(group) for group in prediction.same_text],
        "labels": [
            {
                "label": label,
                "prompt": prediction.prompts[i],
                "probability": prediction.probabilities[i],
                "cosine": prediction.cosines[i],
                "roles": [role for role in ROLES if role in all_roles[i]] if known else None,
            }
            for i, label in enumerate(labels)
        ],
    }
