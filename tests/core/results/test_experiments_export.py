"""Results as files: they read back, carry settings and provenance, and break nothing."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import duckdb
import pandas
import polars
import pyarrow.parquet as pq
import pytest

from core.base.errors import ExportError, InvalidInput
from core.base.tables import REGIONS, from_csv, read_csv
from core.predict.export import PROVENANCE_SUFFIX, to_json
from core.results.comparison.compare import compare
from core.results.export import (
    FORMS,
    PARQUET_KEY,
    SUFFIXES,
    results_bytes,
    results_json,
    results_of_comparison,
    results_of_run,
    results_provenance,
    write_results,
)
from core.results.result_types import Difference, Share
from core.results.results import result_tables
from core.results.text.latex import escaped, latex_table
from core.results.text.long_table import COMPARISON_COLUMNS, RESULT_COLUMNS, long_table
from core.results.text.markdown import markdown_table
from tests.core.experiment_runs import made_run, model_info, plan_of

FONT = "The word is written in {} font"
AWKWARD = "=1+1 | 50 % of $x_1$ & “{}” #\\~^<b>`--`"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    plan = plan_of("experiment-5", 1, templates=(FONT, AWKWARD), title="A run; with =HYPERLINK(1)")
    return made_run(tmp_path_factory.mktemp("runs") / "run", plan, images=500)


@pytest.fixture(scope="module")
def tables(run):
    return result_tables(run.plan, run.counts())


@pytest.fixture(scope="module")
def results(run, tables):
    return results_of_run(run, tables)


@pytest.fixture(scope="module")
def compared(tmp_path_factory, run):
    plan = plan_of("experiment-5", 1, templates=(FONT,), info=model_info(name="Other & one"))
    other = made_run(tmp_path_factory.mktemp("runs") / "other", plan, seed=2)
    return results_of_comparison(run, other, compare(run, other))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("which", ["results", "compared"])
def test_every_form_carries_the_settings_and_provenance(request, tmp_path, form, which):
    results = request.getfixturevalue(which)
    path = tmp_path / f"results{SUFFIXES[form]}"
    written = write_results(path, results, form)
    assert written[0] == path and all(file.is_file() for file in written)
    if form == "parquet":
        text = pq.read_schema(path).metadata[PARQUET_KEY].decode()
    else:
        text = "\n".join(file.read_text(encoding="utf-8") for file in written)
    for facts in results.runs:
        wanted = [facts.plan.model.name, facts.plan.content_hash()[:8], "css"]
        if facts.partial:
            wanted.append("partial")
        if form == "latex":
            wanted = [escaped(words) for words in wanted]
        for words in (*wanted, str(facts.done)):
            assert words in text.replace(r"\&", "&") or words in text


def test_the_provenance_holds_everything_that_made_the_numbers(run, results):
    provenance = results_provenance(results, NOW)
    (made,) = provenance["runs"]
    assert made["date"] == "2026-01-02T03:04:05Z"
    assert made["model"]["sha256"] == "ab" * 32
    assert made["plan"]["sha256"] == run.plan.content_hash()
    assert made["plan"]["templates"] == [FONT, AWKWARD]
    assert made["plan"]["stimuli"]["seed"] == 0
    assert made["plan"]["fonts"].keys() == set(run.plan.stimuli.rules.fonts)
    assert made["palette"]["name"] == "css" and made["cosine_tolerance"] == 1e-5
    assert made["plan"]["versions"]["torch"] and made["versions"]["pillow"]
    assert made["run"]["state"] == "paused" and made["run"]["partial"] is True
    assert (made["run"]["images_done"], made["run"]["images_planned"]) == (500, 990)
    assert provenance["published"]["doi"]
    assert [table["id"] for table in provenance["tables"]] == [t.id for t in results.tables]
    assert all(table["notes"] for table in provenance["tables"])


def test_the_provenance_of_a_run_that_lost_its_model_has_what_the_plan_knows(tmp_path):
    run = made_run(tmp_path / "run", plan_of("experiment-4", 1))
    run.manifest.model = None
    results = results_of_run(run, result_tables(run.plan, run.counts()))
    (made,) = results_provenance(results)["runs"]
    assert made["model"]["name"] == "Made up" and made["seed"] == 0


def test_r48_the_exact_csv_reads_back_with_every_cell(tmp_path, results):
    path = tmp_path / "results.csv"
    csv, beside = write_results(path, results, "csv")
    assert beside.name == path.name + PROVENANCE_SUFFIX
    table = read_csv(csv, RESULT_COLUMNS)
    assert table == long_table(results.tables, results.runs)
    names = [column.name for column in RESULT_COLUMNS]
    cells = [cell for shown in results.tables for row in shown.rows for cell in row.cells]
    cells = [cell for cell in cells if cell is not None]
    assert len(table.rows) == len(cells)
    for row, cell in zip(table.rows, cells, strict=True):
        values = dict(zip(names, row, strict=True))
        if isinstance(cell, Share):
            assert (values["count"], values["images"]) == (cell.count, cell.total)
            assert values["share"] == cell.share and values["low"] == cell.low
            assert values["published"] == cell.published
        else:
            assert values["value"] == cell and values["share"] is None


def test_r48_a_comparison_reads_back_too(compared):
    table = from_csv(results_bytes(compared, "csv"), COMPARISON_COLUMNS)
    names = [column.name for column in COMPARISON_COLUMNS]
    cells = [cell for t in compared.tables for row in t.rows for cell in row.cells]
    differences = [cell for cell in cells if isinstance(cell, Difference)]
    rows = [dict(zip(names, row, strict=True)) for row in table.rows]
    shown = [row for row in rows if row["first_count"] is not None]
    assert len(shown) == len(differences) > 50
    for row, cell in zip(shown, differences, strict=True):
        assert row["first_share"] == cell.first.share
        assert row["second_count"] == cell.second.count
        assert row["difference_low"] == cell.low and row["both_count"] == cell.both
    assert {row["second_model"] for row in rows} == {"Other & one"}


def test_r47_text_never_acts_as_a_formula(results):
    text = results_bytes(results, "csv").decode()
    assert "'=1+1" in text
    assert not re.search(r'(^|[,;\t\n"])=1\+1', text)
    assert "A run; '=HYPERLINK(1)" not in text, "only what would begin a cell is guarded"
    assert not re.search(r'[;\t\n"]\s*=HYPERLINK', text)


def test_r48_the_spreadsheet_form_suits_the_region(results):
    data = results_bytes(results, "spreadsheet", REGIONS["comma"])
    assert data.startswith(b"\xef\xbb\xbf")
    header, first = data.decode("utf-8-sig").split("\r\n")[:2]
    assert header.startswith("run;model;")
    assert re.search(r";0,\d+;", first)


def test_r49_json_is_strict_and_undefined_is_null(run, results):
    def refuse(name: str) -> None:
        raise AssertionError(name)

    content = json.loads(results_bytes(results, "json"), parse_constant=refuse)
    assert [table["id"] for table in content["tables"]] == [t.id for t in results.tables]
    for table, shown in zip(results.tables, content["tables"], strict=True):
        for row, line in zip(table.rows, shown["rows"], strict=True):
            for cell, value in zip(row.cells, line["cells"], strict=True):
                if isinstance(cell, Share):
                    assert value["count"] == cell.count and value["share"] == cell.share
                    assert value["published"] == cell.published
                else:
                    assert value == cell
    empty = made_empty(run)
    assert empty["tables"][0]["rows"][0]["cells"][0]["share"] is None


def made_empty(run):
    tables = result_tables(run.plan, run.empty_counts())
    results = results_of_run(run, tables, done=0)
    return json.loads(to_json(results_json(results, NOW)))


def test_parquet_is_read_by_pandas_polars_and_duckdb(tmp_path, results):
    path = tmp_path / "results.parquet"
    write_results(path, results, "parquet")
    rows = len(long_table(results.tables, results.runs).rows)
    assert len(pandas.read_parquet(path)) == rows
    frame = polars.read_parquet(path)
    assert frame.height == rows
    written = frame.filter(
        (polars.col("table") == "fonts-all-1")
        & polars.col("sums_up")
        & (polars.col("column") == "written")
    )
    (total,) = written.to_dicts()
    (table,) = [t for t in results.tables if t.id == "fonts-all-1"]
    assert total["count"] == table.rows[-1].cells[1].count
    assert total["share"] == table.rows[-1].cells[1].share
    with duckdb.connect() as database:
        query = "select count(*) from read_parquet(?) where share > 0.5"
        ((many,),) = database.execute(query, [str(path)]).fetchall()
    assert many == frame.filter(polars.col("share") > 0.5).height


def test_latex_is_balanced_and_escapes_what_has_a_meaning(results, tables):
    text = results_bytes(results, "latex").decode()
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") == len(tables)
    assert text.count(r"\toprule") == text.count(r"\bottomrule") == len(tables)
    unescaped = re.sub(r"\\[{}\\]", "", text)
    assert unescaped.count("{") == unescaped.count("}")
    depth = 0
    for brace in re.findall("[{}]", unescaped):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    body = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
    # Math is used for single signs only.
    math = re.sub(r"\$(-|\\rightarrow|\\times|\\varphi)\$", "", body)
    assert not re.search(r"(?<!\\)[$%#_^](?!$)", math, re.MULTILINE)


def test_latex_prints_text_as_it_stands():
    assert escaped("50 % of $x_1$ & {a}") == r"50 \% of \$x\_1\$ \& \{a\}"
    assert escaped("a\\b~c^d") == r"a\textbackslash{}b\textasciitilde{}c\textasciicircum{}d"
    assert escaped("---") == "-{}-{}-"
    assert escaped("two\r\nlines\x00") == "two lines "
    assert escaped("“q” −1") == "``q'' $-$1"


def test_every_line_of_a_latex_table_has_all_its_columns(tables):
    for table in tables:
        text = latex_table(table)
        (columns,) = re.findall(r"\\begin\{tabular\}\{([lr]+)\}", text)
        lines = [line for line in text.splitlines() if line.endswith(r" \\")]
        assert len(lines) == len(table.rows) + 1
        for line in lines:
            assert len(re.findall(r"(?<!\\)&", line)) == len(columns) - 1


def test_published_figures_are_labeled_in_latex_and_markdown(results):
    for form in ("latex", "markdown"):
        text = results_bytes(results, form).decode()
        assert "only for OpenAI" in " ".join(text.split()).replace(r"\shortstack", "")
        assert "59.5 (" in text and "16.7 (" in text


def test_markdown_tables_have_all_their_columns(tables):
    for table in tables:
        lines = markdown_table(table).splitlines()
        assert len(lines) == len(table.rows) + 2
        columns = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
        assert len(columns) == 1
    plain = markdown_table(tables[0], intervals=False, published=False)
    assert "[" not in plain and "[" in markdown_table(tables[0])
    assert "Published" in markdown_table(tables[0]) and "Published" not in plain


def test_texts_carry_the_whole_provenance_in_a_comment(results):
    expected = results_provenance(results)["runs"][0]
    latex = results_bytes(results, "latex").decode()
    commented = latex.split("% provenance\n")[1]
    assert all(line.startswith("% ") for line in commented.splitlines())
    markdown = results_bytes(results, "markdown").decode()
    (hidden,) = re.findall(r"<!-- provenance\n(.*?)-->", markdown, re.DOTALL)
    for text in (re.sub(r"^% ", "", commented, flags=re.MULTILINE), hidden):
        (made,) = json.loads(text)["runs"]
        assert made["plan"] == json.loads(to_json(expected["plan"]))
        assert AWKWARD in made["plan"]["templates"]


def test_markdown_shows_prompts_as_they_stand(results):
    text = results_bytes(results, "markdown").decode()
    assert r"=1+1 \| 50 % of \$x\_1\$ & “{}” \#\\\~^\<b\>\`--\`" in text


def test_an_unknown_form_is_refused(tmp_path, results):
    with pytest.raises(InvalidInput, match="no form of export"):
        write_results(tmp_path / "results.xls", results, "xls")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_cannot_be_written_is_told(tmp_path, results, form):
    with pytest.raises(ExportError, match="cannot be written"):
        write_results(tmp_path / "missing" / "results", results, form)


def test_half_characters_and_other_scripts_pass_every_form(tmp_path):
    plan = plan_of("experiment-4", 1, templates=("\ud83d {} 漢字 \u202e",), labels=("rød", "红"))
    run = made_run(tmp_path / "run", plan)
    results = results_of_run(run, result_tables(run.plan, run.counts()))
    for form in FORMS:
        data = results_bytes(results, form)
        if form != "parquet":
            assert "漢字" in data.decode("utf-8")
