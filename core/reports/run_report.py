"""The report of a run: its tables beside the paper's numbers, and how they came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from core.base.console import command_text
from core.base.paths import APP_NAME
from core.base.version import VERSION
from core.color.terms import PALETTES
from core.experiments.presets import EXPERIMENTS, stimuli_for
from core.figures.result_figures import can_draw, result_figure
from core.models.info import ModelInfo
from core.predict.prediction import COSINE_TOLERANCE
from core.predict.prompts import color_labels
from core.reports.content import Command, Report, Section
from core.reports.plan_source import plan_element
from core.results.export import Results, results_of_run, results_provenance
from core.results.facts import RunFacts
from core.results.published import published_source
from core.results.result_types import ResultTable
from core.results.results import outlines, result_tables
from core.results.text.cell_text import table_rows
from core.runs.manifest import WorkSession
from core.stimuli.factorial import ShapeSet, StroopSet, WhiteStroop
from core.sweeps.counts import AnswerCounts
from core.sweeps.plan import SweepPlan
from core.sweeps.run_folder import RunFolder

REPORT_FILE = "REPORT.html"
"""What the command in a report calls the report's own file."""

_KINDS = {ShapeSet: "shapes", StroopSet: "words on colors", WhiteStroop: "words on white"}


def run_report(
    run: RunFolder,
    *,
    every: bool = False,
    counts: AnswerCounts | None = None,
    now: datetime | None = None,
) -> Report:
    """The report of a run, whole or not; `every` takes the matrices of colors, too.

    The counts may be those of a run at work; what is stored by default.

    Raises
    ------
    RunError
        If a file of the run is damaged.
    """
    plan = run.plan
    wanted = [
        outline.id
        for outline in outlines(plan)
        if every or not outline.kind.startswith(("matrix-", "answers-"))
    ]
    counted = counts if counts is not None else run.counts()
    tables = result_tables(plan, counted, wanted)
    results = results_of_run(run, tables, counted.images)
    facts = results.runs[0]
    weights = facts.info.source if facts.info is not None else ""
    stimuli = plan.stimuli
    return Report(
        title=facts.title,
        summary=_summary(facts),
        cautions=_cautions(facts),
        facts=_facts(facts),
        sections=tuple(_section(table, results, now) for table in tables),
        commands=commands_of(plan, weights),
        prompts=plan.templates,
        labels=plan.labels,
        palette=stimuli.palette,
        sources=(f"Published numbers: {published_source().citation()}.",),
        provenance=results_provenance(results, now),
        element=plan_element(plan, weights),
    )


def commands_of(plan: SweepPlan, weights: str = "") -> tuple[Command, ...]:
    """The commands that run a plan again; the first works for any plan."""
    always = Command(
        command_text("repeat", REPORT_FILE),
        f"Runs the same plan again from the HTML form of this report: put its name for "
        f"{REPORT_FILE}. "
        "--model FILE says where the weights are, if they were moved.",
    )
    plain = _preset_command(plan, weights)
    if plain is None:
        return (always,)
    return (always, Command(plain, "The same, written out."))


def _preset_command(plan: SweepPlan, weights: str) -> str | None:
    """The plan as a variant of one of the paper's experiments; None if it is none."""
    stimuli = plan.stimuli
    if PALETTES.get(stimuli.palette.name) != stimuli.palette:
        return None
    gray = "gray" if isinstance(stimuli, ShapeSet) else stimuli.gray
    if isinstance(stimuli, ShapeSet) and plan.labels == color_labels("grey"):
        gray = "grey"
    for preset in EXPERIMENTS:
        if preset.set != type(stimuli).__struct_config__.tag or preset.templates != plan.templates:
            continue
        model = "embedded" if weights == "built-in" else weights or plan.model.name
        words = ["run", preset.id, "--model", model]
        words += ["--samples", str(stimuli.samples), "--seed", str(stimuli.seed)]
        words += ["--geometry", stimuli.geometry, "--palette", stimuli.palette.name]
        words += ["--gray", gray, "--precision", plan.model.precision]
        white = isinstance(stimuli, StroopSet) and not stimuli.white_backgrounds
        word = isinstance(stimuli, WhiteStroop) and stimuli.white_word
        again = stimuli_for(
            preset,
            samples=stimuli.samples,
            seed=stimuli.seed,
            palette=stimuli.palette,
            side=stimuli.side,
            geometry=stimuli.geometry,
            gray="gray" if isinstance(stimuli, ShapeSet) else stimuli.gray,
            white_backgrounds=not white,
            white_word=word,
        )
        if again != stimuli:  # it has rules of its own, which no option tells
            return None
        words += ["--without-white"] if white else []
        words += ["--white-word"] if word else []
        if plan.labels != color_labels("grey" if gray == "grey" else "gray"):
            words += ["--labels", *plan.labels]
        return command_text(*words)
    return None


def _summary(facts: RunFacts) -> tuple[str, ...]:
    plan = facts.plan
    stimuli = plan.stimuli
    kind = _KINDS[type(stimuli)]
    sentence = (
        f"{plan.model.name} was shown {facts.done:,} images of {kind} and asked "
        f"{len(plan.templates)} {'prompt' if len(plan.templates) == 1 else 'prompts'} about each, "
        f"with {len(plan.labels)} labels to choose from."
    )
    return (sentence,)


def _cautions(facts: RunFacts) -> tuple[str, ...]:
    found = []
    if facts.partial:
        found.append(
            f"The run is not finished: {facts.done:,} of {facts.total:,} images. "
            "All numbers are about those only."
        )
    if facts.info is not None and facts.info.notice:
        found.append(facts.info.notice)
    return (*found, *facts.notes)


def _facts(facts: RunFacts) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    plan, info = facts.plan, facts.info
    stimuli = plan.stimuli
    model = [
        ("Model", plan.model.name),
        ("Weights, SHA-256", plan.model.sha256 or plan.model.source),
        ("Precision", plan.model.precision),
    ]
    if plan.model.vocabulary_sha256:
        model.insert(2, ("Vocabulary, SHA-256", plan.model.vocabulary_sha256))
    model += model_facts(info) if info is not None else []
    images = [
        ("Stimuli", _KINDS[type(stimuli)]),
        ("Images", f"{facts.total:,}"),
        ("Combinations", f"{len(stimuli.combinations):,}"),
        ("Samples of each", f"{stimuli.samples:,}"),
        ("Seed", str(stimuli.seed)),
        ("Geometry", stimuli.geometry),
        ("Side", f"{stimuli.side} pixels"),
    ]
    if not isinstance(stimuli, ShapeSet):
        images += [("Fonts", ", ".join(sorted(plan.fonts))), ("Gray is written", stimuli.gray)]
    limits = [
        ("Answer", "the label of the largest cosine, the first in the list of equal ones"),
        ("Too close to call", f"cosines within {COSINE_TOLERANCE.get(plan.model.precision, 0):g}"),
        ("Intervals", "Wilson, 95 %"),
    ]
    run = [
        ("Started", facts.created),
        ("State", facts.state),
        ("Plan, SHA-256", plan.content_hash()),
        *session_facts(facts.sessions),
    ]
    return (
        ("Model", tuple(model)),
        ("Images", tuple(images)),
        ("Thresholds and definitions", tuple(limits)),
        ("Run", tuple(run)),
        ("Software", version_facts(plan.versions)),
    )


def model_facts(info: ModelInfo) -> list[tuple[str, str]]:
    """What a model is, as names and values."""
    shown = info.preprocessing
    return [
        ("Activation", info.activation),
        ("Input", f"{shown.side} × {shown.side} pixels, {shown.interpolation}"),
        ("Mean", ", ".join(f"{value:.6g}" for value in shown.mean)),
        ("Std", ", ".join(f"{value:.6g}" for value in shown.std)),
        ("Logit scale", f"{info.logit_scale:.4g}"),
    ]


def version_facts(versions: Mapping[str, str | None]) -> tuple[tuple[str, str], ...]:
    """What made the numbers: the program and its libraries, as names and versions."""
    others = ((name, text) for name, text in sorted(versions.items()) if text and name != "app")
    return ("app", f"{APP_NAME} {versions.get('app') or VERSION}"), *others


def session_facts(sessions: Sequence[WorkSession]) -> list[tuple[str, str]]:
    """Where and how long was computed, as names and values; empty where nothing was noted."""
    if not sessions:
        return []
    seconds = sum(session.seconds for session in sessions)
    images = sum(session.images for session in sessions)
    devices = ", ".join(dict.fromkeys(session.device for session in sessions))
    rows = [("Device", devices), ("Computing time", f"{seconds:,.0f} s")]
    if seconds > 0 and images:
        rows.append(("Speed", f"{images / seconds:,.0f} images/s"))
    return rows


def _section(table: ResultTable, results: Results, now: datetime | None) -> Section:
    header, body = table_rows(table)
    return Section(
        title=table.title,
        header=tuple(header),
        body=tuple(map(tuple, body)),
        names=len(table.row_headers),
        totals=tuple(row.total for row in table.rows),
        notes=table.notes,
        figure=result_figure(table, results, now) if can_draw(table) else None,
    )
