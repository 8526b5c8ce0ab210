"""Figures of a chosen size: measured in millimeters by programs that know nothing of the lab."""

from __future__ import annotations

import base64
import io
import re
from xml.etree import ElementTree

import pypdf
import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from core.base.errors import InvalidInput
from core.figures.file import (
    MOST_PIXELS,
    SLIDE,
    SLIDE_MM,
    FigureSize,
    figure_bytes,
    figure_size,
    saved_drawing,
)
from core.figures.result_figures import result_figure
from core.figures.style import styled
from core.results.export import results_of_run
from core.results.facts import settings_line
from core.results.results import result_tables
from tests.core.experiment_runs import made_run, plan_of

SVG = "{http://www.w3.org/2000/svg}"
MM = 25.4
SIZES = [FigureSize(85), FigureSize(120, 200), SLIDE]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    run = made_run(tmp_path_factory.mktemp("sizes") / "run", plan_of("experiment-5", 1))
    tables = result_tables(run.plan, run.counts(), ["fonts-all-1"])
    return results_of_run(run, tables, run.counts().images)


def drawn(results, form, **options) -> bytes:
    return figure_bytes(result_figure(results.tables[0], results), form, **options)


def svg_of(data: bytes):
    return ElementTree.fromstring(data)  # noqa: S314 - written by the lab itself


def page_of(data: bytes):
    return pypdf.PdfReader(io.BytesIO(data)).pages[0]


def type_sizes(page) -> set[float]:
    """Sizes of type as they come out on paper, in points."""
    found: set[float] = set()

    def visit(text, page_matrix, text_matrix, _font, size):
        if text.strip():
            found.add(round(size * abs(text_matrix[0]) * page_matrix[0], 2))

    page.extract_text(visitor_text=visit)
    return found


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_svg_and_pdf_have_the_size_in_millimeters_that_was_asked_for(results, size):
    root = svg_of(drawn(results, "svg", size=size))
    width, height = (float(root.get(name).removesuffix("mm")) for name in ("width", "height"))
    box = page_of(drawn(results, "pdf", size=size)).mediabox
    paper = (float(box.width) / 72 * MM, float(box.height) / 72 * MM)
    assert paper == pytest.approx((width, height), abs=0.05)
    assert width == pytest.approx(size.width_mm, abs=0.01)
    if size.height_mm is not None:
        assert height == pytest.approx(size.height_mm, abs=0.01)
    _left, _top, across, down = map(float, root.get("viewBox").split())
    assert width / height == pytest.approx(across / down, rel=1e-3), "nothing is stretched"


@pytest.mark.parametrize(("size", "dpi"), [(FigureSize(85), 300), (SLIDE, 1920 / SLIDE_MM[0] * MM)])
@pytest.mark.parametrize("scale", [1, 2])
def test_a_png_has_millimeters_times_pixels_per_inch(results, size, dpi, scale):
    with Image.open(io.BytesIO(drawn(results, "png", size=size, dpi=dpi * scale))) as image:
        assert image.width == round(size.width_mm / MM * dpi * scale)
        if size.height_mm is not None:
            assert image.height == round(size.height_mm / MM * dpi * scale)
        assert image.info["dpi"] == pytest.approx((dpi * scale, dpi * scale), abs=0.1)


def test_without_a_size_a_figure_is_as_large_as_it_is(results):
    root = svg_of(drawn(results, "svg"))
    assert root.get("width").endswith("pt")
    box = page_of(drawn(results, "pdf")).mediabox
    assert float(box.width) == pytest.approx(float(root.get("width").removesuffix("pt")), abs=0.1)


def test_type_lines_and_hatches_are_scaled_along(results):
    natural = page_of(drawn(results, "pdf"))
    whole = float(natural.mediabox.width) / 72 * MM
    twice = page_of(drawn(results, "pdf", size=FigureSize(2 * whole)))
    sizes = sorted(type_sizes(natural))
    assert len(sizes) >= 3
    assert sorted(type_sizes(twice)) == pytest.approx([2 * size for size in sizes], rel=0.01)
    content = twice.get_contents().get_data()
    first = re.search(rb"([-\d. ]+) cm", content)
    assert first is not None
    assert list(map(float, first[1].split())) == pytest.approx([2, 0, 0, 2, 0, 0], abs=1e-3)
    with styled("a"):
        from matplotlib.figure import Figure

        hatched = Figure(figsize=(2, 2))
        hatched.add_axes((0, 0, 1, 1)).bar([0], [1], hatch="//")
        data = saved_drawing(hatched, "pdf", size=FigureSize(3 * 2 * MM), metadata={})
    (pattern,) = page_of(data)["/Resources"]["/Pattern"].values()
    assert [float(n) for n in pattern.get_object()["/Matrix"]] == [3, 0, 0, 3, 0, 6 * 72]


def test_in_another_shape_a_figure_stands_in_the_middle(results):
    with Image.open(io.BytesIO(drawn(results, "png", size=FigureSize(170, 170), dpi=60))) as image:
        ink = image.convert("L").point(lambda value: 255 if value < 200 else 0).getbbox()
    above, below = ink[1], image.height - ink[3]
    assert above > 20 and abs(above - below) < 0.1 * image.height


def test_text_can_be_selected_and_an_svg_has_its_fonts(results):
    table = results.tables[0]
    data = drawn(results, "svg", size=FigureSize(85))
    texts = ["".join(node.itertext()) for node in svg_of(data).iter(f"{SVG}text")]
    assert any(table.title in text for text in texts)
    letters: set[int] = set()
    for face in re.findall(rb"url\(data:font/ttf;base64,([^)]*)\)", data):
        letters |= set(TTFont(io.BytesIO(base64.b64decode(face))).getBestCmap())
    assert {ord(c) for text in texts for c in text if c.isprintable()} <= letters
    assert table.title in page_of(drawn(results, "pdf", size=SLIDE)).extract_text()


def test_the_line_with_the_settings_can_be_left_out(results):
    line = settings_line(results.runs[0])
    assert "seed 0" in line
    for settings in (True, False):
        svg = svg_of(drawn(results, "svg", settings=settings))
        texts = " ".join("".join(node.itertext()) for node in svg.iter(f"{SVG}text"))
        assert (line in texts) is settings
        assert "Wilson's 95 % interval" in texts, "what bars mean is always said"
    assert line in page_of(drawn(results, "pdf", settings=False)).pdf.metadata["/Subject"]


def test_no_size_asks_for_more_memory_than_there_is():
    with styled("a"):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(2, 2))
        data = saved_drawing(figure, "png", size=FigureSize(1000), dpi=1200, metadata={})
    with Image.open(io.BytesIO(data)) as image:
        assert image.width * image.height == pytest.approx(MOST_PIXELS, rel=1e-3)


def test_sizes_in_commands():
    assert figure_size("85") == FigureSize(85)
    assert figure_size("170x120") == figure_size(" 170 × 120 ") == FigureSize(170, 120)
    assert figure_size("Slide") == SLIDE
    for words in ("", "wide", "5", "85x2000", "1.2.3", "-85"):
        with pytest.raises(InvalidInput, match="no size of a figure"):
            figure_size(words)
