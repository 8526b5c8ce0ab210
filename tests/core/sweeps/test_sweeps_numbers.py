"""Drawing, embedding and judging in batches give the numbers of doing it one by one."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from core.base.errors import ModelError, PromptError
from core.color.terms import SATURATED
from core.models.fast_tower import TOWER_TOLERANCE, FastTower, fold_batch_norms
from core.models.loading import load_session, random_session
from core.predict.attribution import attribute
from core.predict.prediction import Predictor
from core.predict.prompts import color_labels, prompt_set
from core.predict.roles import ROLES, coinciding, role_table
from core.predict.scoring import Scorer
from core.stimuli.factorial import ShapeSet, StroopSet, WhiteStroop
from core.stimuli.render import area_fraction, render, render_coverage
from core.sweeps.compositor import Compositor
from core.sweeps.counts import MARGIN_UNIT, AnswerCounts
from tests.core.small_towers import VISION, small_session
from tests.core.sweep_runs import TEMPLATES, small_plan


@pytest.fixture(scope="module")
def session():
    return load_session("embedded")


@pytest.mark.parametrize(
    "stimuli",
    [
        ShapeSet(samples=2, side=96),
        ShapeSet(samples=2, side=96, geometry="independent"),
        StroopSet(samples=2, side=96, palette=SATURATED),
        WhiteStroop(samples=2, side=96, gray="grey", seed=5),
    ],
    ids=lambda stimuli: type(stimuli).__name__,
)
def test_r19_composed_inputs_equal_those_of_rendered_pictures_bit_for_bit(session, stimuli):
    compositor = Compositor(stimuli, session)
    last = len(stimuli)
    for start, stop in ((0, 7), (7, 30), (last - 95, last - 80), (last - 1, last), (3, 4)):
        items = [stimuli.spec(index) for index in range(start, stop)]
        wanted = session.to_input(np.stack([render(item.stimulus) for item in items]))
        composed = compositor.compose(np.arange(start, stop))
        assert torch.equal(composed.inputs, wanted)
        assert composed.combinations.tolist() == [item.combination for item in items]
        areas = [area_fraction(render_coverage(item.stimulus)) for item in items]
        assert composed.areas.tolist() == pytest.approx(areas)
        fonts = [getattr(item.stimulus, "font", None) for item in items]
        assert composed.fonts.tolist() == fonts


def test_a_mask_is_drawn_once_for_all_its_colors(session, monkeypatch):
    drawn = []
    stimuli = StroopSet(samples=1, side=96)
    monkeypatch.setattr(
        "core.sweeps.compositor.render_coverage",
        lambda figure: drawn.append(figure.word) or render_coverage(figure),
    )
    compositor = Compositor(stimuli, session)
    for start in range(0, 200, 16):
        compositor.compose(np.arange(start, min(start + 16, 200)))
    assert drawn == ["black", "white", "gray"]


@pytest.mark.parametrize(
    "name",
    [
        "embedded",
        "vit",
        "convnext",
        pytest.param("ViT-B-32-quickgelu", marks=pytest.mark.slow),
        pytest.param("convnext_tiny", marks=pytest.mark.slow),
    ],
)
def test_fast_towers_give_the_embeddings_of_their_session(name):
    if name == "embedded":
        session = load_session(name)
    else:
        session = small_session(name) if name in VISION else random_session(name)
    tower = FastTower(session)
    side = session.info.preprocessing.side
    stimuli = WhiteStroop(samples=1, side=side)
    pictures = np.stack([render(stimuli.spec(index).stimulus) for index in range(0, 90, 18)])
    found = tower(session.to_input(pictures).contiguous(memory_format=tower.memory_format))
    assert np.abs(found - session.encode_images(pictures)).max() <= TOWER_TOLERANCE
    assert tower.difference <= TOWER_TOLERANCE
    assert tower.folded == (25 if name == "embedded" else 0)


def test_r11_a_fast_tower_leaves_its_session_as_it_was(session):
    before = {name: value.clone() for name, value in session.model.state_dict().items()}
    modules = [type(module) for module in session.model.modules()]
    tower = FastTower(session)
    picture = np.zeros((1, 96, 96, 3), np.uint8)
    first = session.encode_images(picture)
    tower(session.to_input(picture))
    assert [type(module) for module in session.model.modules()] == modules
    assert all(torch.equal(value, before[k]) for k, value in session.model.state_dict().items())
    assert np.array_equal(session.encode_images(picture), first)


def test_batch_norms_without_a_convolution_before_them_stay():
    tower = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.BatchNorm2d(4), nn.Conv2d(4, 2, 1))
    tower.append(nn.BatchNorm2d(2))
    tower.eval().requires_grad_(False)
    tower[2].running_mean.fill_(0.3)
    tower[4].running_var.fill_(4.0)
    pictures = torch.rand(2, 3, 8, 8)
    wanted = tower(pictures)
    assert fold_batch_norms(tower, pictures) == 1
    assert isinstance(tower[2], nn.BatchNorm2d) and isinstance(tower[4], nn.Identity)
    assert torch.allclose(tower(pictures), wanted, atol=1e-6)
    assert not any(module._forward_hooks for module in tower.modules())


def test_a_fold_that_changes_the_numbers_is_not_used(session, monkeypatch):
    monkeypatch.setattr("core.models.fast_tower.TOWER_TOLERANCE", 0.0)
    # The copied tower equals the session's own exactly, the folded one only nearly.
    assert FastTower(session).folded == 0


def test_judged_batches_equal_single_predictions(session):
    plan = small_plan(session)
    stimuli = plan.stimuli
    pictures = np.stack([render(stimuli.spec(index).stimulus) for index in range(12)])
    scores = Scorer(plan, session).score(session.encode_images(pictures))
    predictions = Predictor(session).predict(pictures, prompt_set(TEMPLATES, color_labels()))
    for image, row in enumerate(predictions):
        for template, single in enumerate(row):
            assert scores.winners[image, template] == single.winner
            assert scores.ties[image, template] == single.ties
            assert scores.close[image, template] == single.close
            assert scores.margins[image, template] == pytest.approx(single.margin, abs=1e-6)
            assert scores.cosines[image, template] == pytest.approx(
                single.cosines[single.winner], abs=1e-6
            )
            assert scores.probabilities[image, template] == pytest.approx(
                single.probabilities, abs=1e-6
            )


def test_prompts_read_as_the_same_text_tie_exactly_and_the_first_wins(session):
    plan = small_plan(session, labels=("blue", "Red", "red", "RED"))
    embeddings = session.encode_images(np.full((5, 96, 96, 3), (255, 0, 0), np.uint8))
    scores = Scorer(plan, session).score(embeddings)
    assert (scores.winners == 1).all()
    assert (scores.ties == 3).all()
    assert (scores.margins == 0).all() and scores.close.all()


def test_with_one_label_the_margin_is_undefined(session):
    scores = Scorer(small_plan(session, labels=("red",)), session).score(np.eye(2, 64, dtype="f4"))
    assert np.isnan(scores.margins).all()
    assert (scores.probabilities == 1).all() and not scores.close.any() and (scores.ties == 1).all()


def test_r13_a_prompt_over_the_limit_stops_the_sweep_before_it_begins(session):
    plan = small_plan(session, templates=("word " * 80 + "{}",))
    with pytest.raises(PromptError, match="tokens and the model takes 77"):
        Scorer(plan, session)


def test_values_that_are_not_finite_are_an_error(session):
    with pytest.raises(ModelError, match="not finite"):
        Scorer(small_plan(session), session).score(np.full((1, 64), np.nan, np.float32))


def test_roles_by_hand():
    stimuli = StroopSet(samples=1, side=96)
    labels = ("red", "GREEN", "grey", "cat", "blue")
    table = role_table(stimuli.combinations, labels)
    wanted = {("red", "green", "gray"): ["written", "figure", "background", "none", "none"]}
    wanted["gray", "blue", "green"] = ["none", "background", "written", "none", "figure"]
    for number, condition in enumerate(stimuli.combinations):
        key = (condition.subject, condition.figure, condition.background)
        if key in wanted:
            played = [[ROLES[n] for n in np.flatnonzero(roles)] for roles in table[number]]
            assert played == [[role] for role in wanted.pop(key)]
    assert not wanted


def test_r65_sets_and_single_pictures_follow_one_rule_where_roles_coincide():
    stimuli = WhiteStroop(samples=1, side=96, white_word=True)
    labels = ("Grey", "teal", "RED", "white", "blue", "yellow")
    table = role_table(stimuli.combinations, labels)
    font = {"font": "figure"}
    both = 0
    for item in stimuli:
        for column, label in enumerate(labels):
            played = {ROLES[n] for n in np.flatnonzero(table[item.combination, column])}
            seen = attribute(label, item.stimulus, stimuli.palette)
            assert played == ({font.get(role, role) for role in seen} or {"none"})
            both += len(played) > 1
    assert both == 10  # "white" read in the ten colors that the word is shown in


def test_r65_a_shape_is_no_written_word():
    table = role_table(ShapeSet(samples=1, side=96).combinations, ("circle", "red"))
    assert not table[..., ROLES.index("written")].any()
    assert not any(map(coinciding, ShapeSet(samples=1, side=96).combinations))


def test_counts_add_up_exactly_in_any_order():
    generator = np.random.default_rng(3)

    def random_answers(images):
        return (
            generator.integers(0, 5, images),
            generator.integers(0, 3, (images, 2)),
            generator.random((images, 2), dtype=np.float32),
            generator.integers(1, 3, (images, 2)),
            generator.random((images, 2)) < 0.1,
        )

    parts = [random_answers(images) for images in (7, 100, 1)]
    forward, backward = AnswerCounts.empty(2, 5, 3), AnswerCounts.empty(2, 5, 3)
    for part in parts:
        forward.add(*part)
    for part in reversed(parts):
        backward.add(*part)
    assert forward == backward
    assert forward.images == 108
    backward.add(*parts[0])
    assert forward != backward


def test_counts_by_hand():
    counts = AnswerCounts.empty(1, 2, 2)
    counts.add(
        np.array([1, 1, 0]),
        np.array([[0], [0], [1]]),
        np.array([[0.5], [0.25], [np.nan]], np.float32),
        np.array([[1], [2], [1]]),
        np.array([[False], [True], [False]]),
    )
    assert counts.answers.tolist() == [[[0, 1], [2, 0]]]
    assert counts.margins[0, 1, 0] * MARGIN_UNIT == 0.75
    assert counts.ties.tolist() == [[0, 1]] and counts.close.tolist() == [[0, 1]]


def test_r44_counts_go_beyond_32_bits():
    counts = AnswerCounts.empty(1, 1, 1)
    counts.answers[:] = 2**31 - 1
    counts.margins[:] = 2**61
    one = np.ones((3, 1), np.int64)
    counts.add(0 * one[:, 0], 0 * one, np.ones((3, 1), np.float32), one, one > 1)
    assert counts.images == 2**31 + 2
    assert counts.margins[0, 0, 0] * MARGIN_UNIT == 2**61 * MARGIN_UNIT + 3
