"""Figures: what they show, that text is text, and that nothing global is touched."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import threading
import zlib
from datetime import UTC, datetime
from functools import cache
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from core.base.errors import ExportError, InvalidInput
from core.figures.file import FIGURE_FORMS
from core.figures.file import figure_bytes as bytes_of
from core.figures.result_figures import can_draw, result_figure, write_figure
from core.results.comparison.compare import compare
from core.results.export import results_of_comparison, results_of_run
from core.results.facts import settings_line
from core.results.result_types import Share
from core.results.results import result_tables
from core.results.text.percent import percent
from tests.core.base.test_no_qt import ROOT
from tests.core.experiment_runs import made_run, plan_of

FONT = "The word is written in {} font"
AWKWARD = "$\\frac{1}$ 50 % <b>&</b> _x_ {} →"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    plan = plan_of("experiment-5", 1, templates=(FONT, AWKWARD))
    return made_run(tmp_path_factory.mktemp("runs") / "run", plan, images=800)


@pytest.fixture(scope="module")
def results(run):
    return results_of_run(run, result_tables(run.plan, run.counts()))


@pytest.fixture(scope="module")
def compared(run):
    return results_of_comparison(run, run, compare(run, run, templates=[(0, 1)]))


def figure_bytes(table, results, form, *, now=None, **options) -> bytes:
    return bytes_of(result_figure(table, results, now), form, **options)


@pytest.fixture(scope="module")
def drawn(results):
    """Files of figures of `results`, made at `NOW`; each is drawn once for all tests."""

    @cache
    def draw(id: str, form: str) -> bytes:
        return figure_bytes(table_of(results, id), results, form, now=NOW)

    return draw


def table_of(results, id: str):
    (table,) = [table for table in results.tables if table.id == id]
    return table


def texts(svg: bytes) -> list[str]:
    tree = ElementTree.fromstring(svg)  # noqa: S314
    return ["".join(element.itertext()).strip() for element in tree.iter(f"{SVG}text")]


def test_text_in_svg_is_text_and_holds_every_number(results, drawn):
    table = table_of(results, "fonts-all-1")
    shown = texts(drawn("fonts-all-1", "svg"))
    for row in table.rows:
        assert row.names[0] in shown
        for cell in row.cells:
            if isinstance(cell, Share):
                assert percent(cell.share, unit=False) in shown
    for printed in ("2.35", "59.5", "38"):
        assert f"◇ {printed}" in shown, "the published figures, as printed"
    joined = " ".join(shown)
    assert table.title in joined
    assert "published (only for OpenAI RN50 weights)" in joined
    assert "Wilson's 95 % interval" in joined
    assert settings_line(results.runs[0]) in joined and "partial: 800 of 990" in joined


def test_bars_intervals_and_published_marks_lie_where_the_numbers_are(results, drawn):
    """The drawing itself: positions in the SVG against the shares of the table."""
    table = table_of(results, "prompts-all")
    tree = ElementTree.fromstring(drawn("prompts-all", "svg"))  # noqa: S314
    panel = next(group for group in tree.iter(f"{SVG}g") if group.get("id") == "axes_1")
    ticks = {}
    for group in panel.iter(f"{SVG}g"):
        if (group.get("id") or "").startswith("xtick"):
            use, text = next(group.iter(f"{SVG}use")), next(group.iter(f"{SVG}text"))
            ticks[float(text.text)] = float(use.get("x"))
    left, right = ticks[0], ticks[100]
    bars = []
    for group in panel.findall(f"{SVG}g"):
        path = group.find(f"{SVG}path")
        if (group.get("id") or "").startswith("patch") and path is not None:
            xs = [float(x) for x in re.findall(r"[ML] (\S+)", path.get("d"))]
            if xs and min(xs) == pytest.approx(left, abs=1e-3) and path.get("clip-path"):
                bars.append(100 * (max(xs) - left) / (right - left))
    expected = [100 * row.cells[0].share for row in table.rows]
    assert bars == pytest.approx(expected, abs=0.02)
    diamonds = [
        100 * (float(use.get("x")) - left) / (right - left)
        for group in panel.iter(f"{SVG}g")
        for use in group.findall(f"{SVG}g/{SVG}use")
        if (group.get("id") or "").startswith("line2d") and "fill: #ffffff" in use.get("style", "")
    ]
    published = [100 * row.cells[0].published for row in table.rows if row.cells[0].published]
    assert diamonds == pytest.approx(published, abs=0.02)


def test_pdf_text_is_set_in_embedded_truetype(drawn):
    data = drawn("prompts-all", "pdf")
    fonts = re.findall(rb"/FontFile2 (\d+) 0 R", data)
    assert fonts and b"/Type3" not in data
    assert re.search(rb"/BaseFont /\w+\+OpenSans", data)
    for number in fonts:
        start = data.index(b"stream\n", data.index(b"\n" + number + b" 0 obj")) + 7
        font = zlib.decompress(data[start : data.index(b"endstream", start)])
        assert font[:4] == b"\x00\x01\x00\x00", "outlines of TrueType"


def test_every_form_carries_its_provenance(run, results, drawn):
    table = table_of(results, "prompts-all")
    with Image.open(io.BytesIO(drawn("prompts-all", "png"))) as image:
        described = json.loads(image.text["Description"])
        assert image.text["Title"] == table.title
    assert described["runs"][0]["plan"]["sha256"] == run.plan.content_hash()
    assert described["runs"][0]["date"] == "2026-01-02T03:04:05Z"
    svg = drawn("prompts-all", "svg").decode()
    assert run.plan.content_hash() in svg and "2026-01-02T03:04:05" in svg
    pdf = drawn("prompts-all", "pdf")
    assert b"/Keywords" in pdf and b"D:20260102030405" in pdf


@pytest.mark.parametrize("form", FIGURE_FORMS)
@pytest.mark.parametrize("which", ["results", "compared"])
def test_every_kind_of_table_can_be_drawn(request, which, form):
    source = request.getfixturevalue(which)
    kinds = {table.outline.kind: table for table in source.tables}
    assert all(map(can_draw, kinds.values()))
    for kind in ("prompts-white", "fonts-white", "matrix-written-all", "ties"):
        assert len(figure_bytes(kinds[kind], source, form, dpi=50, now=NOW)) > 5000


def test_the_largest_matrix_can_be_drawn(results):
    table = table_of(results, "answers-all-1")
    shown = texts(figure_bytes(table, results, "svg", now=NOW))
    assert {"black / white", "purple / pink", "Written word / Font color", "Answer"} <= set(shown)


def test_a_comparison_shows_differences_and_both_shares(compared):
    table = compared.tables[0]
    shown = texts(figure_bytes(table, compared, "svg", now=NOW))
    cell = table.rows[0].cells[0]
    both = [percent(share.share, unit=False) for share in (cell.first, cell.second)]
    assert f"{both[0]} → {both[1]}" in shown
    assert any("Newcombe" in text for text in shown)


def test_prompts_are_drawn_as_they_stand(results):
    """No dollar sign starts mathematics."""
    shown = " ".join(texts(figure_bytes(table_of(results, "fonts-all-2"), results, "svg")))
    assert AWKWARD in shown


def test_characters_that_no_font_has_become_boxes(tmp_path):
    plan = plan_of("experiment-4", 1, templates=("\u0378 {}",))
    run = made_run(tmp_path / "run", plan)
    results = results_of_run(run, result_tables(run.plan, run.counts()))
    data = figure_bytes(table_of(results, "prompts-white"), results, "svg")
    assert "□ {}" in " ".join(texts(data))


def test_the_same_figure_is_the_same_file(results, drawn):
    table = table_of(results, "prompts-all")
    for form in FIGURE_FORMS:
        assert figure_bytes(table, results, form, now=NOW) == drawn("prompts-all", form), form


def test_the_resolution_of_a_png_can_be_chosen(results):
    table = table_of(results, "prompts-all")
    sizes = []
    for dpi in (60, 120):
        with Image.open(io.BytesIO(figure_bytes(table, results, "png", dpi=dpi))) as image:
            sizes.append(image.size)
            assert np.asarray(image.convert("L")).min() < 60
    assert sizes[1] == pytest.approx([2 * side for side in sizes[0]], abs=2)


def test_nothing_of_matplotlib_is_left_changed(results):
    before = dict(mpl.rcParams)
    figure_bytes(table_of(results, "prompts-all"), results, "svg")
    assert dict(mpl.rcParams) == before


def test_figures_can_be_drawn_in_several_threads(results, drawn):
    names = ("prompts-all", "fonts-all-1", "ties")
    tables = [table_of(results, name) for name in names]
    alone = [drawn(name, "svg") for name in names]
    together: dict[int, bytes] = {}

    def draw(number: int) -> None:
        together[number] = figure_bytes(tables[number], results, "svg", now=NOW)

    threads = [threading.Thread(target=draw, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[number] for number in range(3)] == alone


def test_matplotlib_is_not_imported_before_a_figure_is_drawn_and_pyplot_never(tmp_path):
    code = (
        "import sys\n"
        "import core.figures.result_figures as figures\n"
        "heavy = {'matplotlib', 'pyarrow', 'torch', 'open_clip', 'duckdb', 'pandas'}\n"
        "print(*(heavy & set(sys.modules)))\n"
        "from core.results.export import results_of_run\n"
        "from core.results.results import result_tables\n"
        "from tests.core.experiment_runs import made_run, plan_of\n"
        "from pathlib import Path\n"
        "run = made_run(Path(sys.argv[1]), plan_of('experiment-4', 1))\n"
        "results = results_of_run(run, result_tables(run.plan, run.counts()))\n"
        "out = Path(sys.argv[1]).with_suffix('.png')\n"
        "figures.write_figure(out, results.tables[0], results, 'png')\n"
        "print('matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path / "run")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["", "True False"]


def test_an_unknown_form_or_nothing_to_draw_is_refused(tmp_path, results, drawn):
    table = table_of(results, "prompts-all")
    with pytest.raises(InvalidInput, match="no form of figure"):
        figure_bytes(table, results, "bmp")
    empty = type(table)(outline=table.outline, row_headers=("Prompt",), columns=(), rows=())
    assert not can_draw(empty)
    with pytest.raises(InvalidInput, match="nothing to draw"):
        figure_bytes(empty, results, "png")
    with pytest.raises(ExportError, match="cannot be written"):
        write_figure(tmp_path / "missing" / "a.png", table, results, "png")
    write_figure(tmp_path / "a.svg", table, results, "svg", now=NOW)
    assert (tmp_path / "a.svg").read_bytes() == drawn("prompts-all", "svg")


def test_before_the_first_image_a_figure_is_empty_but_there(run):
    tables = result_tables(run.plan, run.empty_counts())
    results = results_of_run(run, tables, done=0)
    for table in (table_of(results, "prompts-all"), table_of(results, "matrix-written-all-1")):
        assert figure_bytes(table, results, "png", dpi=40)


@pytest.mark.parametrize("dpi", [72, 130, 300])
def test_nothing_is_cut_off_at_the_edges(compared, dpi):
    for table in (table_of(compared, "matrix-written-all-1-2"), compared.tables[0]):
        with Image.open(io.BytesIO(figure_bytes(table, compared, "png", dpi=dpi))) as image:
            ink = np.asarray(image.convert("L")) < 200
        border = round(0.03 * dpi)
        edges = (ink[:border], ink[-border:], ink[:, :border], ink[:, -border:])
        assert not any(edge.any() for edge in edges)
