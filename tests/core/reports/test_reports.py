"""Reports of runs: whole, self-contained, and enough to do the same again."""

from __future__ import annotations

import argparse
import io
import re
import shlex
from html.parser import HTMLParser
from types import SimpleNamespace

import pypdf
import pytest
from fontTools.ttLib import TTFont

from core import commands
from core.base.errors import InvalidInput, RunError
from core.base.paths import resources_dir
from core.color.terms import COLOR_TERMS, CSS
from core.commands.experiments import add_experiment
from core.commands.experiments import plan_of as plan_of_arguments
from core.experiments.presets import experiment
from core.figures.font_subsets import plain_face, subset_face
from core.models.info import TokenCount
from core.predict.prompts import color_labels
from core.reports.content import Report, Section
from core.reports.html import html_report
from core.reports.plan_source import plan_in
from core.reports.run_report import commands_of, run_report
from core.reports.writing import report_bytes, report_form, write_report
from core.sweeps.run_folder import RunFolder
from tests.core.experiment_runs import made_run, model_info, plan_of

INTER = resources_dir() / "fonts" / "inter" / "Inter-Regular.otf"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("report") / "run", plan_of("experiment-4", 1))


@pytest.fixture(scope="module")
def page(run) -> str:
    return html_report(run_report(run)).decode("utf-8")


class Outline(HTMLParser):
    """Tags that are opened and closed, what they point to, and the text between them."""

    VOID = frozenset({"meta", "br", "use", "path", "image"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.targets: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.svg_text = ""

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("src", "href", "xlink:href", "data", "action"):
                self.targets.append(value)
            elif name == "id":
                self.ids.append(value)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open or "script" in self.open:
            return
        if "svg" in self.open:
            self.svg_text += data
        else:
            self.text += data


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


def test_a_report_needs_no_other_file_and_no_network(page) -> None:
    found = outline(page)
    assert all(target.startswith(("#", "data:")) for target in found.targets)
    assert len(found.ids) == len(set(found.ids))
    assert {target[1:] for target in found.targets if target.startswith("#")} <= set(found.ids)
    sources = re.findall(r"url\(([^)]*)\)", page)
    assert sources and all(source.startswith(("data:font/ttf;base64,", "#")) for source in sources)
    assert "default-src 'none'" in page
    assert "<script" in page and not re.search(r"<script(?! type=\"application/json\")", page)


def test_a_report_holds_everything_about_a_run(run, page) -> None:
    text = " ".join(outline(page).text.split())
    plan = run.plan
    assert plan.model.sha256 in text and plan.content_hash() in text
    assert plan.templates[0] in text and ", ".join(plan.labels) in text
    for term, value in CSS.colors.items():
        assert "#{:02X}{:02X}{:02X}".format(*value) in text and term in text
    assert "Seed0" in text
    assert "torch" in text and str(plan.versions["torch"]) in text
    assert "GELU" in text and "Wilson, 95 %" in text
    assert "81.1" in text and "16.7" in text  # the paper's own numbers
    assert "10.2352/CIC" in text
    counts = run.counts()
    assert f"{counts.images:,} images" in text


def test_the_figures_of_a_report_keep_their_text(page) -> None:
    found = outline(page)
    assert "Font color" in found.svg_text and "purple" in found.svg_text
    assert page.count("<svg") == page.count("<figure") >= 2


def test_a_prompt_cannot_break_out_of_a_report(tmp_path) -> None:
    mean = "</script><script>alert(1)</script> <b>{}</b> & \\u0026 \u202e\x07"
    run = made_run(
        tmp_path / "run", plan_of("experiment-4", 1, templates=(mean,), labels=("red", "<i>blue"))
    )
    report = run_report(run)
    page = html_report(report).decode("utf-8")
    outline(page)
    assert "<script>alert" not in page and "<b>" not in page and "<i>blue" not in page
    assert page.count("<script") == 1
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    assert plan_in(tmp_path / "report.html")[0] == run.plan
    assert report_bytes(report, "pdf").startswith(b"%PDF")


def test_a_partial_run_says_so_at_the_top(tmp_path) -> None:
    run = made_run(tmp_path / "run", plan_of("experiment-4", 1), images=30)
    page = html_report(run_report(run)).decode("utf-8")
    assert page.index("30 of 90 images") < page.index("<h2")


def test_the_written_out_command_gives_the_same_plan(run) -> None:
    for settings in (
        {
            "name": "experiment-4",
            "white_word": True,
            "gray": "grey",
            "seed": 11,
            "labels": color_labels("grey"),
        },
        {"name": "experiment-3", "white_backgrounds": False},
        {"name": "experiment-1", "geometry": "independent"},
        {"name": "experiment-5", "labels": ("red", "dark blue"), "gray": "grey"},
    ):
        plan = plan_of(samples=1, **settings)
        commands_found = run_report_commands(plan)
        words = shlex.split(commands_found[1])[2:]
        parser = argparse.ArgumentParser()
        add_experiment(parser)
        arguments = parser.parse_args(words[1:])
        session = SimpleNamespace(
            info=model_info(),
            tokenize_info=lambda text: TokenCount(3, 77, text, "", tuple(text.encode())),
        )
        again = plan_of_arguments(
            experiment(arguments.experiment), plan.stimuli.palette, arguments, session
        )
        assert again.stimuli == plan.stimuli
        assert again.templates == plan.templates
        assert again.content_hash() == plan.content_hash()


def run_report_commands(plan) -> list[str]:
    return [command.text for command in commands_of(plan)]


def test_a_plan_of_ones_own_is_repeated_from_its_report(tmp_path) -> None:
    plan = plan_of("experiment-4", 1, templates=("a {} thing",))
    assert len(run_report_commands(plan)) == 1
    run = made_run(tmp_path / "run", plan)
    write_report(tmp_path / "r.html", run_report(run), "html")
    found, weights = plan_in(tmp_path / "r.html")
    assert found == plan and weights == "tests"
    assert plan_in(tmp_path / "run")[0] == plan
    assert plan_in(tmp_path / "run" / "plan.json")[0] == plan


def test_an_altered_or_foreign_report_is_refused(tmp_path, page) -> None:
    other = tmp_path / "other.html"
    other.write_text(page.replace('"seed":0', '"seed":1'), encoding="utf-8")
    with pytest.raises(RunError, match="not the one"):
        plan_in(other)
    other.write_text("<html>hello</html>", encoding="utf-8")
    with pytest.raises(RunError, match="carries no plan"):
        plan_in(other)
    other.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RunError, match="cannot be read"):
        plan_in(other)


def test_r46_repeating_from_a_report_gives_the_same_answers(tmp_path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    small = ["--samples", "1", "--labels", "red", "green", "--quiet", "--batch", "45"]
    assert commands.main(["run", "experiment-4", "--out", str(first), *small]) == commands.DONE
    report = tmp_path / "report.html"
    assert commands.main(["report", str(first), "--out", str(report), "--quiet"]) == commands.DONE
    assert (
        commands.main(["repeat", str(report), "--out", str(second), "--quiet", "--batch", "45"])
        == commands.DONE
    )
    runs = [RunFolder.open(path) for path in (first, second)]
    assert runs[0].plan.content_hash() == runs[1].plan.content_hash()
    assert runs[0].rows().equals(runs[1].rows())


def test_the_form_of_a_report_follows_from_its_name(tmp_path, capsys) -> None:
    assert report_form(tmp_path / "a.HTML") == "html"
    assert report_form(tmp_path / "a.pdf") == "pdf"
    with pytest.raises(InvalidInput, match="no ending"):
        report_form(tmp_path / "a.docx")


def test_a_pdf_report_has_selectable_text_in_embedded_fonts(run) -> None:
    reader = pypdf.PdfReader(io.BytesIO(report_bytes(run_report(run), "pdf")))
    text = " ".join(page.extract_text() for page in reader.pages)
    assert run.plan.content_hash() in text and run.plan.templates[0] in text
    width, height = (float(value) / 72 * 25.4 for value in reader.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (210, 297)
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            assert embedded(font.get_object())
    heights = heights_of(reader.pages[0])
    # The rows of a table follow its head at once.
    assert 5 < heights["Font color"] - heights["black"] < 25


def test_the_rules_and_colors_of_a_pdf_lie_between_its_margins(run) -> None:
    report = run_report(run)
    pages = pypdf.PdfReader(io.BytesIO(report_bytes(report, "pdf"))).pages
    figures = sum(section.figure is not None for section in report.sections)
    _, _, width, height = (float(value) for value in pages[0].mediabox)
    margin = 0.6 * 72
    rules, swatches = 0, 0
    for page in pages[: len(pages) - figures]:
        shape: list[tuple[float, float]] = []
        for operands, operator in page.get_contents().operations:
            if operator == b"m":
                shape = []
            if operator in (b"m", b"l"):
                shape.append((float(operands[0]), float(operands[1])))
            if operator == b"S" and len(shape) == 2:
                rules += 1
                assert [x for x, _ in shape] == pytest.approx([margin, width - margin], abs=0.5)
            if operator == b"B" and len(shape) >= 4:
                swatches += 1
            if operator in (b"S", b"B", b"f"):
                page_itself = shape and max(x for x, _ in shape) > width - 1
                assert page_itself or all(0 < y < height - margin / 2 for _, y in shape)
    assert rules > 5 and swatches == len(COLOR_TERMS)


def heights_of(page: pypdf.PageObject) -> dict[str, float]:
    """Where each text of a page stands first, in points from below."""
    heights: dict[str, float] = {}

    def note(text: str, page_matrix: list[float], own: list[float], *_font: object) -> None:
        b, d, f = page_matrix[1::2]
        heights.setdefault(text.strip(), b * own[4] + d * own[5] + f)

    page.extract_text(visitor_text=note)
    return heights


def test_a_heading_stands_nearer_to_its_table_than_to_the_one_above() -> None:
    sections = tuple(Section(f"Heading {n}", (f"Head {n}",), ((f"row {n}",),)) for n in range(3))
    report = Report("Tables", ("Some of them.",), (), sections, ())
    heights = heights_of(pypdf.PdfReader(io.BytesIO(report_bytes(report, "pdf"))).pages[0])
    for n in range(2):
        above = heights[f"row {n}"] - heights[f"Heading {n + 1}"]
        below = heights[f"Heading {n + 1}"] - heights[f"Head {n + 1}"]
        assert above > 1.8 * below > 0, "about twice"


def test_no_heading_stands_alone_at_the_end_of_a_page() -> None:
    header = ("Font color", "Published (only for OpenAI RN50 weights) (difference)")
    sections = tuple(
        Section(f"Heading {n}", header, (("red", "59.5"),) * (1 + 7 * n % 11)) for n in range(60)
    )
    report = Report("Tables", ("Many of them.",), (), sections, ())
    pages = pypdf.PdfReader(io.BytesIO(report_bytes(report, "pdf"))).pages
    seen = 0
    for page in pages:
        lines = [line for line in page.extract_text().splitlines() if not line.strip().isdigit()]
        assert not lines[-1].startswith("Heading")
        seen += sum(line.startswith("Heading") for line in lines)
    assert seen == len(sections) and len(pages) > 5


def embedded(font) -> bool:
    inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
    return bool({"/FontFile2", "/FontFile3"} & set(inner["/FontDescriptor"].get_object()))


def test_a_cut_face_has_what_occurs_and_nothing_else() -> None:
    data = INTER.read_bytes()
    cut = subset_face(data, "Ab €")
    assert len(cut) < len(data) / 20
    assert set(TTFont(io.BytesIO(cut)).getBestCmap()) == {0x20, ord("A"), ord("b"), ord("€")}


def test_a_plain_face_reads_back_as_it_was_typed() -> None:
    font = TTFont(io.BytesIO(plain_face(INTER, "Inter Plain")))
    letters = font.getBestCmap()
    assert "GSUB" not in font and "GPOS" in font
    widths = {font["hmtx"][letters[ord(digit)]][0] for digit in "0123456789"}
    assert len(widths) == 1  # digits of equal width, so that columns of numbers stand in line
    assert font["name"].getBestFamilyName() == "Inter Plain"
    first_codes: dict[str, int] = {}
    for code, glyph in sorted(letters.items()):
        first_codes.setdefault(glyph, code)
    for character in " 09:×%—·Aa":
        assert first_codes[letters[ord(character)]] == ord(character)
