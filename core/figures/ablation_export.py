"""The results of a study as files: tables, a figure, and how they came about.

study.csv, study-spreadsheet.csv   every measure of every run, with its interval
study.svg, .png or .pdf            a measure with its controls
study.json                         sentences, tables and the whole provenance
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from core.ablation.study_folder import INTACT, StudyFolder
from core.ablation.study_result import MemberResult, StudyResult
from core.ablation.study_words import caution, damage_sentence, result_sentence
from core.base.tables import (
    REGIONS,
    Region,
    Table,
    columns,
    made_folder,
    write_csv,
    write_export,
)
from core.figures.ablation_figure import ablation_figure
from core.figures.file import FigureForm, figure_bytes
from core.predict.export import to_json, write_described_csv
from core.results.facts import RunFacts, run_facts, run_provenance

COLUMNS = columns(
    "prompt answers_naming run role silenced_units:int images:int count:int share:float "
    "difference:float low:float high:float counted_in_both:int answers_changed:int "
    "patches_right:int patches_asked:int"
)


def study_table(result: StudyResult) -> Table:
    """Every measure of every finished run; the intact one without a difference."""
    rows = []
    for number, measure in enumerate(result.measures):
        prompt = result.plan.templates[measure.template]
        first = result.ablated.effects[number].first
        patches = (
            (None, None)
            if result.intact is None
            else (result.intact.correct[measure.template], result.intact.patches)
        )
        rows.append(
            (
                prompt,
                measure.what,
                INTACT,
                "intact",
                0,
                first.total,
                first.count,
                first.share,
                None,
                None,
                None,
                None,
                None,
                *patches,
            )
        )
        for run in (result.ablated, *result.controls):
            rows.append((prompt, measure.what, *_run_cells(run, number, measure.template)))
    return Table(COLUMNS, tuple(rows))


def study_provenance(
    study: StudyFolder, result: StudyResult, now: datetime | None = None
) -> dict[str, Any]:
    """Everything about a study, as JSON knows it; undefined is None."""
    record = study.record
    intact = study.run(study.members[0])
    facts = (
        run_facts(intact)
        if intact is not None
        else RunFacts(
            title=record.title, state="", created=record.created, plan=record.plan, done=0
        )
    )
    return {
        **run_provenance(facts, now),
        "study": {
            "title": record.title,
            "created": record.created,
            "ablation": msgspec.to_builtins(record.ablation),
            "units_of_layers": record.sizes,
            "controls": msgspec.to_builtins(record.controls),
            "controls_may_hold_units_of_the_ablation": record.redraw,
            "first_control_seed": record.seed,
            "controls_finished": len(result.controls),
        },
    }


def study_json(study: StudyFolder, result: StudyResult) -> dict[str, Any]:
    """Sentences, numbers and provenance, for `core.predict.export.to_json`."""
    table = study_table(result)
    names = [column.name for column in table.columns]
    return {
        "sentences": [result_sentence(result, number) for number in range(len(result.measures))],
        "damage": damage_sentence(result),
        "caution": caution(result),
        "rows": [dict(zip(names, row, strict=True)) for row in table.rows],
        "provenance": study_provenance(study, result),
    }


def write_study_json(path: Path, study: StudyFolder, result: StudyResult) -> None:
    """Write `study_json`; errors as for tables."""
    write_export(path, to_json(study_json(study, result)))


def write_study_csv(
    path: Path, study: StudyFolder, result: StudyResult, region: Region | None = None
) -> tuple[Path, Path]:
    """Write the table, and beside it `study_json`; errors as for tables."""
    made = study_json(study, result)
    return write_described_csv(path, study_table(result), made, region, shared=True)


def export_study(
    folder: Path, study: StudyFolder, result: StudyResult, form: FigureForm = "svg"
) -> list[Path]:
    """Write everything into a folder.

    Raises
    ------
    ExportError
        If it cannot be written.
    """
    made_folder(folder)
    paths = [folder / f"study{end}" for end in (".csv", "-spreadsheet.csv", ".json", f".{form}")]
    write_csv(paths[0], study_table(result))
    write_csv(paths[1], study_table(result), REGIONS["point"])
    write_study_json(paths[2], study, result)
    drawn = ablation_figure(result, 0, study_provenance(study, result))
    write_export(paths[3], figure_bytes(drawn, form))
    return paths


def _run_cells(run: MemberResult, number: int, template: int) -> tuple[Any, ...]:
    effect, member = run.effects[number], run.member
    damage = run.damage
    return (
        member.title,
        member.role,
        0 if member.ablation is None else len(member.ablation),
        effect.second.total,
        effect.second.count,
        effect.second.share,
        effect.difference,
        effect.low,
        effect.high,
        effect.both,
        run.changed[template],
        None if damage is None else damage.correct[template],
        None if damage is None else damage.patches,
    )
