"""Plans: what they are made of, when two are the same, and what they refuse."""

from __future__ import annotations

import msgspec
import pytest

from core.base.errors import InvalidInput, PromptError
from core.color.terms import SATURATED
from core.models.loading import random_session
from core.predict.prompts import color_labels
from core.stimuli.factorial import ShapeSet, StroopSet, WhiteStroop
from core.stimuli.fonts import font_face
from core.stimuli.sampling import WordRules
from core.sweeps.plan import SweepPlan, differences, make_plan, version_differences
from tests.core.sweep_runs import small_plan


@pytest.fixture(scope="module")
def session():
    return random_session("embedded")


def test_a_plan_survives_json_with_its_hash(session):
    for stimuli in (ShapeSet(side=96), StroopSet(side=96), WhiteStroop(side=96)):
        plan = small_plan(session, stimuli)
        again = msgspec.json.decode(msgspec.json.encode(plan), type=SweepPlan)
        assert again == plan
        assert again.content_hash() == plan.content_hash()


def test_full_sizes(session):
    plan = small_plan(session, StroopSet(side=96), templates=("{}", "a {}", "b {}", "c {}", "d {}"))
    assert (len(plan), plan.rows) == (495_000, 2_475_000)
    assert len(small_plan(session, ShapeSet(side=96))) == 440_000


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"samples": 3}, "the samples per combination"),
        ({"seed": 1}, "the seed"),
        ({"palette": SATURATED}, "the palette"),
        ({"geometry": "independent"}, "the geometry, crossed or independent"),
        ({"gray": "grey"}, "the spelling of gray"),
        ({"white_word": True}, "the use of the word “white”"),
        ({"rules": WordRules(width=(0.4, 0.9))}, "the geometry's distribution"),
    ],
)
def test_each_setting_changes_the_hash_and_is_named(session, change, name):
    plan = small_plan(session)
    other = small_plan(session, msgspec.structs.replace(plan.stimuli, **change))
    assert other.content_hash() != plan.content_hash()
    assert differences(plan, other) == [name]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"sha256": "0" * 64}, "the weights"),
        ({"source": "elsewhere"}, "the weights"),
        ({"activation": "GELU"}, "the activation function"),
        ({"precision": "fp16"}, "the precision"),
        ({"logit_scale": 1.0}, "the logit scale"),
    ],
)
def test_each_trait_of_the_model_changes_the_hash_and_is_named(session, change, name):
    plan = small_plan(session)
    other = msgspec.structs.replace(plan, model=msgspec.structs.replace(plan.model, **change))
    assert other.content_hash() != plan.content_hash()
    assert differences(plan, other) == [name]


def test_prompts_and_fonts_are_compared_too(session):
    plan = small_plan(session)
    others = {
        "the templates": msgspec.structs.replace(plan, templates=("{}",)),
        "the labels": small_plan(session, labels=color_labels("grey")),
        "the fonts": msgspec.structs.replace(plan, fonts={}),
    }
    for name, other in others.items():
        assert differences(plan, other) == [name]
        assert other.content_hash() != plan.content_hash()
    assert differences(plan, small_plan(session, ShapeSet(side=96)))[0] == "the set of stimuli"


def test_title_model_name_and_versions_are_no_part_of_the_content(session):
    plan = small_plan(session)
    other = msgspec.structs.replace(
        plan,
        title="Other",
        model=msgspec.structs.replace(plan.model, name="Copy"),
        versions={**plan.versions, "torch": "0.1"},
    )
    assert other.content_hash() == plan.content_hash()
    assert differences(plan, other) == version_differences(plan, other)
    assert version_differences(plan, other) == [
        f"the version of torch ({plan.versions['torch']} and 0.1)"
    ]


def test_words_bring_the_hashes_of_their_fonts(session):
    plan = small_plan(session)
    assert set(plan.fonts) == set(plan.stimuli.rules.fonts)
    assert all(digest == font_face(font).sha256 for font, digest in plan.fonts.items())
    assert small_plan(session, ShapeSet(side=96)).fonts == {}


def test_unusable_prompts_are_refused_by_name(session):
    def plan(templates, labels=("red", "blue")):
        return make_plan("x", ShapeSet(side=96), templates, labels, session.info)

    with pytest.raises(PromptError, match="“no slot” cannot be used"):
        plan(("{}", "no slot"))
    with pytest.raises(PromptError, match="repeats row 1"):
        plan(("{}",), ("red", "red"))
    with pytest.raises(PromptError, match="There is no template"):
        plan(())
    with pytest.raises(InvalidInput, match=r"224 pixels and .* takes 96"):
        make_plan("x", ShapeSet(), ("{}",), ("red",), session.info)
