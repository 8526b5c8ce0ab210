"""Templates, labels, and what is said about those that cannot be used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import PromptError
from core.color.terms import COLOR_TERMS
from core.predict.prompts import (
    LABEL_PRESETS,
    MAX_TEXT_LENGTH,
    PROMPT_PRESETS,
    Label,
    PromptSet,
    Template,
    color_labels,
    fill,
    prompt_set,
)

ROOT = Path(__file__).resolve().parents[3]


def reasons(problems):
    return {row: problem.reason for row, problem in problems.items()}


@given(before=st.text(), label=st.text(), after=st.text())
def test_r15_the_slot_is_replaced_literally(before, label, after):
    template = before + "{}" + after
    if template.count("{}") == 1:
        assert fill(template, label) == before + label + after


@pytest.mark.parametrize(
    ("template", "label", "prompt"),
    [
        ("a {} b", "{}", "a {} b"),
        ("a {} b", r"\1 \g<0> $0 %s", r"a \1 \g<0> $0 %s b"),
        ("{0} {name} {} }{", "red", "{0} {name} red }{"),
        ("{{}}", "red", "{red}"),
        ("100 % of {}", "{0}", "100 % of {0}"),
        ("цвет фона — {}", "красный", "цвет фона — красный"),
        ("背景の色は{}です", "赤", "背景の色は赤です"),
        ("{}", "👩🏽‍🎨", "👩🏽‍🎨"),
    ],
)
def test_r15_r16_nothing_but_the_slot_has_a_meaning(template, label, prompt):
    assert fill(template, label) == prompt


@pytest.mark.parametrize(
    ("template", "reason", "words"),
    [
        ("The word", "no-slot", "no slot {}"),
        ("{ }", "no-slot", "no slot {}"),
        ("{color}", "no-slot", "no slot {}"),
        ("{} and {}", "several-slots", "2 slots {}"),
        ("{}{}{}", "several-slots", "3 slots {}"),
    ],
)
def test_r15_a_template_without_its_one_slot_is_blocked(template, reason, words):
    prompts = prompt_set((template, "{}"), ("red",))
    assert prompts.active_templates() == ("{}",)
    (problem,) = prompts.problems()
    assert (problem.part, problem.row, problem.reason) == ("template", 0, reason)
    assert words in problem.sentence and "where the label goes" in problem.sentence
    with pytest.raises(PromptError, match="slot"):
        fill(template, "red")


@pytest.mark.parametrize("blank", ["", " ", "\t\n", "\u00a0\u3000", "\u200b\ufeff", "\x00"])
def test_r14_blank_rows_are_skipped_and_marked(blank):
    prompts = prompt_set((blank, "a {}"), ("red", blank, "blue"))
    assert prompts.active_templates() == ("a {}",)
    assert prompts.active_labels() == ("red", "blue")
    assert prompts.active_label_rows() == (0, 2)
    assert reasons(prompts.template_problems()) == {0: "blank"}
    assert reasons(prompts.label_problems()) == {1: "blank"}
    assert prompts.blocking_reason() is None


@pytest.mark.parametrize(
    ("prompts", "words"),
    [
        (PromptSet((), (Label("red"),)), "There is no template"),
        (prompt_set(("{}",), ()), "There is no label"),
        (prompt_set(("{}",), ("", "  ")), "Every enabled label is blank"),
        (prompt_set((" ",), ("red",)), "Every enabled template is blank"),
        (PromptSet((Template("{}", False),), (Label("red"),)), "Every template is disabled"),
        (prompt_set(("", "no slot"), ("red",)), "Row 1: This template is blank"),
    ],
)
def test_r14_with_none_left_the_reason_is_told(prompts, words):
    reason = prompts.blocking_reason()
    assert reason is not None and words in reason


def test_duplicates_are_marked_and_the_first_is_kept():
    prompts = prompt_set(("{}", "a {}", "{}"), ("red", "Red", "blue", " red", "red"))
    assert prompts.active_labels() == ("red", "Red", "blue")
    assert reasons(prompts.label_problems()) == {3: "duplicate", 4: "duplicate"}
    assert "row 1" in prompts.label_problems()[4].sentence
    assert prompts.active_templates() == ("{}", "a {}")
    assert reasons(prompts.template_problems()) == {2: "duplicate"}


def test_a_disabled_row_is_no_problem_and_hides_no_duplicate():
    prompts = PromptSet(
        (Template("{}"), Template("nothing", enabled=False)),
        (Label("red", enabled=False), Label("red"), Label("", enabled=False)),
    )
    assert prompts.problems() == ()
    assert prompts.active_label_rows() == (1,)


def test_absurdly_long_rows_are_blocked_before_any_model_reads_them():
    prompts = prompt_set(("{}" + "x" * MAX_TEXT_LENGTH, "{}"), ("y" * (MAX_TEXT_LENGTH + 1), "red"))
    assert prompts.active_templates() == ("{}",) and prompts.active_labels() == ("red",)
    assert {problem.reason for problem in prompts.problems()} == {"too-long"}
    assert "2,001" in prompts.label_problems()[0].sentence


def test_r16_half_characters_become_writable_text():
    assert Label("a\ud800b").text == "a\ufffdb"
    assert Template("{} \ud83d\ude00").text == "{} 😀"
    assert Label("日本語 ℝ 🎨").text == "日本語 ℝ 🎨"


def test_the_papers_prompts_are_offered():
    by_id = {preset.id: preset.templates for preset in PROMPT_PRESETS}
    assert by_id["experiment-1"] == ("{}",)
    assert by_id["experiment-2-object"] == ("The color of the object is {}",)
    assert by_id["experiment-2-background"] == ("The color of the background is {}",)
    table_3 = (
        "The word is written in {} font",
        "The text says {}",
        "The color of the background is {}",
        "{}",
        "My favorite word, written in the color {}",
    )
    assert by_id["experiment-3"] == table_3
    rows = [
        by_id[f"table-3-{name}"] for name in ("font", "says", "background", "label", "favorite")
    ]
    assert tuple(text for (text,) in rows) == table_3
    for preset in PROMPT_PRESETS:
        assert prompt_set(preset.templates, ("red",)).problems() == ()


def test_the_eleven_labels_are_offered_in_both_spellings():
    by_id = {preset.id: preset.labels for preset in LABEL_PRESETS}
    assert by_id["basic-gray"] == COLOR_TERMS == color_labels("gray")
    assert by_id["basic-grey"] == color_labels("grey")
    assert set(by_id["basic-grey"]) - set(COLOR_TERMS) == {"grey"}


def test_r31_no_other_table_of_color_values_exists():
    """Only `core.color.terms` may map color names to values."""
    offenders = []
    for folder in ("core", "gui"):
        for path in (ROOT / folder).rglob("*.py"):
            if path == ROOT / "core" / "color" / "terms.py":
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Dict):
                    keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
                    values = [isinstance(value, (ast.Tuple, ast.Constant)) for value in node.values]
                    if len(keys & set(COLOR_TERMS)) >= 3 and any(values):
                        offenders.append(f"{path.name}:{node.lineno}")
    assert offenders == []


LIGHT = (
    "core.base.log, core.base.settings, core.document.autosave, core.predict.attribution, "
    "core.predict.export, core.stimuli.png"
)


def test_everything_the_window_needs_to_open_loads_no_torch():
    code = f"import sys, {LIGHT}; print('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (result.stdout, result.returncode) == ("False\n", 0), result.stderr
