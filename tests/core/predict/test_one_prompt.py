"""R69: rows that are one prompt to a model, and characters that show nothing."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import PromptError
from core.base.text import invisible_places, invisible_sentence, marked, without_invisible
from core.color.terms import COLOR_TERMS, canonical
from core.models.text.tokens import TextTokenizer
from core.predict.prediction import BlockedTemplate, Predictor, TemplatePrediction, check_prompts
from core.predict.prompts import one_prompt_problems, prompt_set
from core.predict.scoring import Scorer
from core.scans.run import scan

TOKENIZER = TextTokenizer(77)


def read(prompt):
    return TOKENIZER.count(prompt).ids


@pytest.fixture(scope="module")
def session():
    from core.models.loading import load_session

    return load_session("embedded", "cpu", "fp32")


@pytest.mark.parametrize("text", ["red", "The  Color is RED &amp; blue.", "赤 👩‍🚀", "", "x" * 500])
def test_r69_counted_tokens_are_those_that_are_encoded(text):
    count = TOKENIZER.count(text)
    assert count.tokens == len(count.ids) + 2
    if count.fits:
        (row,) = TOKENIZER.encode([text]).tolist()
        assert row[1 : count.tokens - 1] == list(count.ids)


@pytest.mark.parametrize("twin", ["Red ", "RED", "\u00a0Red", "re&#100;"])
def test_r69_labels_that_are_one_prompt_are_found_by_their_tokens(twin):
    (found,) = one_prompt_problems(prompt_set(("a {} thing",), ("red", "blue", twin)), read)
    assert (found.part, found.row, found.same_as) == ("label", 2, 0)
    assert "row 1" in found.sentence


@pytest.mark.parametrize("other", ["red.", "redd", "r ed", "re\u00add", "re\u200bd"])
def test_r69_labels_with_other_tokens_are_no_repetition(other):
    assert not one_prompt_problems(prompt_set(("a {} thing",), ("red", "blue", other)), read)


def test_r69_a_space_that_only_one_template_shows_counts_in_that_one():
    # “{}x” tells the labels apart, “{}” does not: one of two answers would count red twice.
    (found,) = one_prompt_problems(prompt_set(("{}x", "{}"), ("red", "Red ")), read)
    assert (found.part, found.row) == ("label", 1)
    assert not one_prompt_problems(prompt_set(("{}x",), ("red", "Red ")), read)


def test_r69_templates_that_become_one_text_are_found():
    rows = prompt_set(("a {} .", "The {}", "A  {}."), ("red", "blue"))
    (found,) = one_prompt_problems(rows, read)
    assert (found.part, found.row, found.same_as) == ("template", 2, 0)


def test_r69_a_repeated_label_takes_no_share(session):
    rng = np.random.default_rng(0)
    side = session.info.preprocessing.side
    image = rng.integers(0, 256, (1, side, side, 3), dtype=np.uint8)
    predictor = Predictor(session)
    ((alone,),) = predictor.predict(image, prompt_set(("{}",), ("red", "blue")))
    ((doubled,),) = predictor.predict(image, prompt_set(("{}",), ("red", "blue", "Red ")))
    assert isinstance(alone, TemplatePrediction) and isinstance(doubled, TemplatePrediction)
    assert doubled.labels == alone.labels and not doubled.tied
    np.testing.assert_array_equal(doubled.probabilities, alone.probabilities)
    assert doubled.same_text == (("red", "Red "),)


def test_r69_a_repeated_template_is_blocked_with_its_reason(session):
    side = session.info.preprocessing.side
    image = np.zeros((1, side, side, 3), dtype=np.uint8)
    rows = prompt_set(("a {}", "A  {}"), ("red", "blue"))
    ((first, second),) = Predictor(session).predict(image, rows)
    assert isinstance(first, TemplatePrediction)
    assert isinstance(second, BlockedTemplate) and "reads this template as row 1" in second.reason


@pytest.mark.parametrize(
    ("templates", "labels", "named"),
    [
        (("{}",), ("red", "blue", "Red "), ("labels", "“red”", "“Red ”")),
        (("a {}", "A {}"), ("red", "blue"), ("templates", "“a {}”", "“A {}”")),
    ],
)
def test_r69_runs_refuse_what_is_one_prompt(session, templates, labels, named):
    with pytest.raises(PromptError) as refused:
        check_prompts(templates, labels, session)
    assert all(part in refused.value.message for part in named)
    assert refused.value.hint


def test_r69_the_command_refuses_labels_that_are_one_prompt(tmp_path, capsys):
    from core.commands import main

    out = tmp_path / "run"
    status = main(
        ["run", "experiment-4", "--samples", "1", "--labels", "red", "Red ", "--out", str(out)]
    )
    assert status != 0 and not out.exists()
    error = capsys.readouterr().err
    assert "“red” and “Red ”" in error and "Remove one of them." in error


def test_r69_a_scan_refuses_labels_that_are_one_prompt(session):
    from core.scans.plan import Axis, ScanPlan, ScanSetup
    from core.stimuli.stimulus import WordStimulus

    side = session.info.preprocessing.side
    plan = ScanPlan(
        stimulus=WordStimulus(
            word="red", figure_color=(0, 0, 0), background_color=(255, 255, 255), side=side
        ),
        templates=("{}",),
        labels=("red", "blue", "RED"),
        setup=ScanSetup(x=Axis("size", 40.0, 80.0, 3)),
    )
    with pytest.raises(PromptError, match="as one text"):
        scan(plan, session)


def test_r69_a_run_begun_with_such_labels_can_still_be_finished(session):
    class Plan:
        templates, labels = ("{}",), ("red", "blue", "Red ")

    rng = np.random.default_rng(1)
    embeddings = rng.normal(size=(4, session.info.embed_dim))
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    scores = Scorer(Plan(), session).score(embeddings.astype(np.float32))
    assert scores.probabilities.shape == (4, 1, 3)
    np.testing.assert_array_equal(scores.probabilities[..., 0], scores.probabilities[..., 2])


INVISIBLE = {
    "soft hyphen": "\u00ad",
    "zero width space": "\u200b",
    "zero width non-joiner": "\u200c",
    "zero width joiner": "\u200d",
    "left-to-right mark": "\u200e",
    "right-to-left mark": "\u200f",
    "right-to-left override": "\u202e",
    "first strong isolate": "\u2068",
    "word joiner": "\u2060",
    "zero width no-break space": "\ufeff",
    "combining grapheme joiner": "\u034f",
    "hangul filler": "\u3164",
    "variation selector-16": "\ufe0f",
    "control character": "\x07",
}


@pytest.mark.parametrize(("name", "character"), INVISIBLE.items(), ids=list(INVISIBLE))
@pytest.mark.parametrize("form", ["re{}d", "{}red", "red{}"])
def test_r69_invisible_characters_are_named_shown_and_removed(name, character, form):
    text = form.format(character)
    assert invisible_places(text) == (text.index(character),)
    assert f"⟨U+{ord(character):04X}⟩" in marked(text)
    assert name in invisible_sentence(text)
    assert without_invisible(text) == "red"


@pytest.mark.parametrize(
    "text",
    ["red", "a\tb\nc", "naïve", "e\u0301", "👩\u200d🚀", "❤\ufe0f", "1\ufe0f\u20e3",
     "می\u200cخواهم",
     "क्\u200dष", "\U0001f3f4\U000e0067\U000e0062\U000e007f", "a\u00a0b"],
)  # fmt: skip
def test_r69_what_has_a_visible_effect_is_left(text):
    assert invisible_places(text) == ()
    assert without_invisible(text) == marked(text) == text and invisible_sentence(text) == ""


@given(st.text())
def test_r69_removing_leaves_nothing_invisible_that_stood_alone(text):
    clean = without_invisible(text)
    assert all(character in text for character in clean)
    kept = [character for character in text if unicodedata.category(character)[0] in "LNPZ"]
    assert [c for c in clean if unicodedata.category(c)[0] in "LNPZ"] == [
        c for c in kept if c not in "\u115f\u1160\u3164\uffa0"
    ]


def test_r69_a_word_names_what_is_seen_of_it():
    from core.predict.roles import roles_played

    played = roles_played("pink", figure=("green",), background=("pink",), written="pi\u00adnk")
    assert played == {"background", "written"}


def test_r69_a_label_that_looks_like_a_color_term_counts_as_one_everywhere():
    """One rule for roles, notes and tables; the published labels are others all the same."""
    from core.results.notes import label_notes
    from core.results.tally import Tally
    from core.sweeps.counts import AnswerCounts
    from tests.core.experiment_runs import plan_of

    assert canonical("re\u00add") == "red" and canonical("\u200bGrey") == "gray"
    labels = tuple("re\u00add" if term == "red" else term for term in COLOR_TERMS)
    plan = plan_of("experiment-4", 1, templates=("{}",), labels=labels)
    assert not any("no color term" in note for note in label_notes(plan))
    counts = AnswerCounts.empty(1, len(plan.stimuli.combinations), len(labels))
    tally = Tally(plan, counts)
    assert not tally.paper_labels


def test_r69_the_answer_in_words_shows_what_cannot_be_seen():
    from core.predict.attribution import sentence
    from core.predict.prediction import _judge, _Question

    labels = ("re\u00add", "\u200bblue")
    question = _Question("{}", 0, labels, np.array([[0.9], [0.1]]))
    answer = _judge(question, labels, (0, 1), (), np.ones(1), 1.0, 1e-5)
    said = sentence(answer, [frozenset(), frozenset()])
    assert said.startswith("re⟨U+00AD⟩d") and "⟨U+200B⟩blue" in said
