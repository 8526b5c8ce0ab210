"""Scans against single predictions of the same specifications, for every parameter."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

from core.base.errors import FontError, InvalidInput, PromptError
from core.color.terms import COLOR_TERMS, CSS
from core.models.loading import load_session, random_session
from core.predict.prediction import Predictor
from core.predict.prompts import color_labels, prompt_set
from core.scans.embedding import FastEmbedder, PlainEmbedder, batch_size_for, make_embedder
from core.scans.events import ScanFinished, ScanProgress, ScanStarted
from core.scans.maps import (
    MAP_PRESETS,
    borders,
    focal_marks,
    map_setup,
    shares,
    stimulus_for,
    winner_map,
    with_held,
)
from core.scans.parameters import PARAMETERS
from core.scans.plan import Axis, ScanPlan, ScanSetup, full_axis
from core.scans.result import NO_WINNER, ScanResult
from core.scans.run import run_scan, scan
from core.scans.settings import Setting, apply_settings
from core.stimuli.render import lies_inside, render
from core.stimuli.stimulus import PictureStimulus, ShapeStimulus, WordStimulus

TEMPLATES = ("The color of the figure is {}", "{}")
LABELS = color_labels()


@pytest.fixture(scope="module")
def session():
    return load_session("embedded")


@pytest.fixture(scope="module")
def embedder(session):
    return make_embedder(session)


@pytest.fixture(scope="module")
def word(session):
    return WordStimulus(
        word="green",
        figure_color=(200, 60, 90),
        background_color=(90, 120, 160),
        size=0.7,
        side=session.info.preprocessing.side,
    )


def made_plan(stimulus, setup, templates=TEMPLATES, labels=LABELS):
    return ScanPlan(setup=setup, stimulus=stimulus, templates=templates, labels=labels)


def check_against_single_predictions(result: ScanResult, session, points) -> None:
    """Each point equals the mean of predictions of its pictures one by one."""
    plan, tally = result.plan, result.tally
    predictor = Predictor(session)
    prompts = prompt_set(plan.templates, plan.labels)
    for point in points:
        figure = plan.figure(plan.settings(point))
        if isinstance(figure, str):
            assert tally.blanks[point] == figure
            assert tally.counts[point] == 0
            assert (tally.winners[point] == NO_WINNER).all()
            assert np.isnan(tally.probabilities[point]).all()
            continue
        images = max(1, plan.setup.repetitions)
        found = []
        for repetition in range(images):
            stimulus = plan.figure(plan.settings(point), repetition)
            found += predictor.predict(render(stimulus)[None], prompts)
        assert tally.counts[point] == images
        for row in range(len(plan.templates)):
            singles = [outcomes[row] for outcomes in found]
            mean = np.mean([single.probabilities for single in singles], axis=0)
            np.testing.assert_allclose(tally.probabilities[point, row], mean, atol=1e-4)
            if not any(single.close for single in singles):
                wins = np.bincount([s.winner for s in singles], minlength=len(plan.labels))
                np.testing.assert_array_equal(tally.wins[point, row], wins)
                if images == 1:
                    assert tally.winners[point, row] == singles[0].winner


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_equals_single_predictions(name, session, embedder, word):
    axis = full_axis(name, steps=7)
    if axis.choices:
        axis = Axis(name, choices=axis.choices[::3])
    result = scan(made_plan(word, ScanSetup(x=axis)), session, embedder=embedder)
    assert result.complete
    check_against_single_predictions(result, session, range(len(axis)))


@pytest.mark.parametrize("name", [n for n in PARAMETERS if n not in ("font", "word")])
def test_every_parameter_equals_single_predictions_with_repetitions(name, session, embedder, word):
    axis = full_axis(name, steps=4)
    if axis.choices:
        axis = Axis(name, choices=axis.choices[:3])
    shape = ShapeStimulus(
        shape="star",
        figure_color=word.figure_color,
        background_color=word.background_color,
        side=word.side,
    )
    plan = made_plan(shape, ScanSetup(x=axis, repetitions=3, seed=5))
    check_against_single_predictions(
        scan(plan, session, embedder=embedder), session, range(len(axis))
    )


def test_words_of_a_scan_share_their_random_places(session, embedder, word):
    """Every word lies inside the picture, and repetitions give intervals."""
    axis = Axis("word", choices=("red", "purple", "turquoise"))
    plan = made_plan(word, ScanSetup(x=axis, repetitions=4, seed=2))
    for repetition in range(4):
        figures = [plan.figure(plan.settings(point), repetition) for point in range(3)]
        assert [figure.word for figure in figures] == list(axis.choices)
        assert all(figure.font == word.font and lies_inside(figure) for figure in figures)
    result = scan(plan, session, embedder=embedder)
    check_against_single_predictions(result, session, range(3))
    low, high = result.tally.intervals()
    mean = result.tally.probabilities
    assert (low <= mean).all() and (mean <= high).all()
    # The interval by its definition, for one cell.
    single = [
        Predictor(session).predict(
            render(plan.figure(plan.settings(1), k))[None], prompt_set(TEMPLATES, LABELS)
        )[0][0]
        for k in range(4)
    ]
    values = np.array([s.probabilities[3] for s in single])
    half = 1.959963984540054 * values.std(ddof=1) / 2
    assert high[1, 0, 3] == pytest.approx(min(1.0, values.mean() + half), abs=1e-4)
    assert low[1, 0, 3] == pytest.approx(max(0.0, values.mean() - half), abs=1e-4)
    share = result.tally.win_interval(1, 0, 3)
    assert share.low <= result.tally.wins[1, 0, 3] / 4 <= share.high


def test_the_embedder_gives_the_models_own_input_bit_for_bit(session, word):
    fast = FastEmbedder(session)
    figures = [
        msgspec.structs.replace(word, figure_color=(k, 40, 200 - k), blur=0.02 * (k % 3))
        for k in range(9)
    ]
    wanted = session.to_input(np.stack([render(figure) for figure in figures]))
    assert (fast.compose(figures) == wanted).all()
    np.testing.assert_allclose(fast(figures), PlainEmbedder(session)(figures), atol=1e-5)


def circle(session, **fields):
    values = {
        "shape": "circle",
        "figure_color": (255, 0, 0),
        "background_color": (128, 128, 128),
        "size": 0.6,
        "side": session.info.preprocessing.side,
    }
    return ShapeStimulus(**{**values, **fields})


HUES = ScanSetup(
    x=Axis("figure-hue", 0.0, 360.0, 36),
    fixed=(Setting("figure-chroma", 0.1), Setting("figure-lightness", 70.0)),
)


def test_thresholds_are_confirmed_by_single_predictions(session, embedder):
    """Just below a threshold the one label wins, just above the other."""
    plan = made_plan(circle(session), HUES)
    result = scan(plan, session, embedder=embedder)
    assert len(result.thresholds) > 4
    predictor = Predictor(session)
    prompts = prompt_set(plan.templates, plan.labels)

    def winner(hue, template):
        settings = {"figure-chroma": 0.1, "figure-lightness": 70.0, "figure-hue": hue % 360.0}
        (outcomes,) = predictor.predict(render(plan.figure(settings))[None], prompts)
        return outcomes[template]

    for found in result.thresholds:
        assert found.precise
        assert 0 < found.high - found.low <= 0.1
        below, above = winner(found.low, found.template), winner(found.high, found.template)
        assert below.winner == found.before or below.close
        assert above.winner == found.after or above.close
        assert found.before != found.after
    for template in range(2):
        own = [found for found in result.thresholds if found.template == template]
        assert all(one.after == other.before for one, other in pairwise(own))
        assert own[-1].after == own[0].before  # once around


def test_a_threshold_at_the_end_of_srgb_says_that_it_is_not_precise(session, embedder):
    """Where the middle of two answered points has no color, the search stops there."""
    from core.scans.result import Tally
    from core.scans.thresholds import refined_thresholds

    plan = made_plan(circle(session), HUES)
    result = scan(plan, session, embedder=embedder)

    def nothing(settings, _shown):
        yield from ()
        return Tally(
            np.zeros(len(settings), np.int64),
            np.zeros((len(settings), 2, 11)),
            np.zeros((len(settings), 2, 11)),
            np.zeros((len(settings), 2, 11), np.int64),
            np.zeros((len(settings), 2), np.bool_),
            ("outside sRGB",) * len(settings),
        )

    steps = refined_thresholds(result, nothing)
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value
    assert not any(found.precise for found in end.value.value)


def test_events_come_in_order_and_partial_results_grow(session, embedder):
    plan = made_plan(circle(session), map_setup("hue-chroma"))
    events = run_scan(plan, session, embedder=embedder)
    first = next(events)
    assert isinstance(first, ScanStarted)
    assert first.images + first.left_out == plan.setup.points
    assert first.left_out > 100
    second = next(events)
    assert isinstance(second, ScanProgress)
    assert second.done == embedder.batch_size
    answered = second.result.tally.done.sum()
    assert answered == second.done
    assert not second.result.complete
    events.close()
    with pytest.raises(StopIteration):
        next(events)


def test_the_same_scan_gives_the_same_bits_with_a_new_or_an_old_embedder(session, embedder):
    plan = made_plan(circle(session), HUES)
    one, other = scan(plan, session, embedder=embedder), scan(plan, session)
    np.testing.assert_array_equal(one.tally.probabilities, other.tally.probabilities)
    assert one.thresholds == other.thresholds


@pytest.mark.parametrize("preset", MAP_PRESETS)
def test_every_ready_map_equals_single_predictions(preset, session, embedder, word):
    setup = map_setup(preset)
    if setup.x.steps:
        x = msgspec.structs.replace(setup.x, steps=12)
        y = msgspec.structs.replace(setup.y, steps=5)
        setup = msgspec.structs.replace(setup, x=x, y=y)
    plan = made_plan(stimulus_for(preset, word), setup)
    result = scan(plan, session, embedder=embedder)
    check_against_single_predictions(result, session, range(0, setup.points, 7))
    winners = winner_map(result, 0)
    assert winners.shape == (len(setup.y), len(setup.x))
    assert sum(shares(result, 0).values()) == pytest.approx(1.0)
    assert result.thresholds == ()


def test_the_stroop_matrix_crosses_words_and_font_colors(session):
    star = circle(session, shape="star", background_color=(10, 20, 30))
    plan = made_plan(stimulus_for("stroop", star), map_setup("stroop"))
    assert plan.setup.points == 121
    for row, written in enumerate(COLOR_TERMS):
        for column, color in enumerate(COLOR_TERMS):
            figure = plan.figure(plan.settings(row * 11 + column))
            assert isinstance(figure, WordStimulus)
            assert (figure.word, figure.figure_color) == (written, CSS[color])
            assert figure.background_color == (10, 20, 30)


def test_figures_of_their_backgrounds_color_are_left_blank(session, embedder):
    plan = made_plan(circle(session), map_setup("figure-background"))
    result = scan(plan, session, embedder=embedder)
    winners = winner_map(result, 0)
    for row in range(11):
        for column in range(11):
            assert (winners[row, column] == NO_WINNER) == (row == column)
    assert result.left_out() == {"figure and background alike": 11}
    assert "11 of 121 cells" in result.left_out_sentence()


def test_pictures_have_nothing_to_map():
    with pytest.raises(InvalidInput, match="picture"):
        stimulus_for("stroop", PictureStimulus(sha256="0" * 64, name="x"))


def test_focal_marks_lie_where_the_colors_are():
    marks = {mark.term: mark for mark in focal_marks(map_setup("hue-lightness"), CSS)}
    assert set(marks) == set(COLOR_TERMS)
    assert marks["red"].x == pytest.approx(29.234 / 5, abs=1e-3)
    assert marks["red"].y == pytest.approx((62.796 - 1.25) / 2.5, abs=1e-3)
    assert marks["gray"].x == -1.0
    assert focal_marks(map_setup("stroop"), CSS) == ()
    assert focal_marks(ScanSetup(x=Axis("figure-hue", 0, 360, 9)), CSS) == ()
    assert map_setup("hue-lightness", "background", 0.05).fixed == (
        Setting("background-chroma", 0.05),
    )
    assert with_held(map_setup("hue-chroma"), 55.0).fixed[0].value == 55.0


def test_borders_lie_between_different_winners_only():
    winners = np.array([[0, 0, 1], [0, NO_WINNER, 1]])
    assert set(borders(winners, around=False)) == {(0, 1, True)}
    assert set(borders(winners, around=True)) == {(0, 1, True), (0, 2, True), (1, 2, True)}
    assert set(borders(np.array([[0], [1]]), around=False)) == {(0, 0, False)}


def test_impossible_scans_are_refused_in_a_sentence(session, word):
    hue = Axis("figure-hue", 0.0, 360.0, 10)
    for make, words in (
        (lambda: Axis("figure-hue", 0.0, 400.0, 10), "between 0 and 360"),
        (lambda: Axis("figure-hue", 90.0, 90.0, 10), "must rise"),
        (lambda: Axis("size", 5.0, 50.0, 1), "2 to"),
        (lambda: Axis("size", 5.0, float("nan"), 5), "must rise"),
        (lambda: Axis("word"), "nothing to choose"),
        (lambda: Axis("word", choices=("a", "a")), "twice"),
        (lambda: Axis("taste", 0, 1, 3), "no parameter"),
        (lambda: ScanSetup(x=hue, y=hue), "asked for twice"),
        (lambda: ScanSetup(x=hue, fixed=(Setting("figure-hue", 3.0),)), "asked for twice"),
        (lambda: ScanSetup(x=hue, repetitions=-1), "repetitions"),
        (lambda: ScanSetup(x=Axis("size", 5.0, 50.0, 900), y=Axis("x", 0, 100, 900)), "cells"),
        (lambda: ScanSetup(x=Axis("size", 5.0, 50.0, 900), repetitions=500), "images"),
        (lambda: made_plan(circle(session), ScanSetup(x=Axis("word", choices=("a",)))), "shape"),
        (lambda: apply_settings(word, {"size": 500.0}, CSS), "0.5 to 400"),
        (lambda: apply_settings(word, {"font": 3.0}, CSS), "no choice"),
    ):
        with pytest.raises(InvalidInput, match=words):
            make()


def test_unusable_prompts_and_fonts_are_told(session, embedder, word):
    size = ScanSetup(x=Axis("size", 20.0, 60.0, 3))
    with pytest.raises(PromptError, match="nothing to ask"):
        scan(made_plan(word, size, templates=()), session, embedder=embedder)
    with pytest.raises(PromptError, match="tokens"):
        scan(made_plan(word, size, labels=("red " * 99,)), session, embedder=embedder)
    wide = msgspec.structs.replace(word, side=word.side + 1)
    with pytest.raises(InvalidInput, match="pixels wide"):
        scan(made_plan(wide, size), session, embedder=embedder)
    fonts = ScanSetup(x=Axis("font", choices=("no-such-font",)))
    with pytest.raises(FontError):
        scan(made_plan(word, fonts), session, embedder=embedder)


def test_one_label_wins_everywhere(session, embedder, word):
    plan = made_plan(word, ScanSetup(x=Axis("blur", 0.0, 20.0, 3)), labels=("red",))
    result = scan(plan, session, embedder=embedder)
    assert (result.tally.winners == 0).all()
    assert (result.tally.probabilities == 1.0).all()
    assert result.thresholds == ()


def test_r11_a_scan_leaves_the_model_as_it_is(word):
    session = random_session("embedded", seed=0)
    word = msgspec.structs.replace(word, side=session.info.preprocessing.side)
    before = {name: value.clone() for name, value in session.model.state_dict().items()}
    picture = render(word)[None]
    embedding = session.encode_images(picture)
    scan(made_plan(word, ScanSetup(x=Axis("opacity", 0.0, 100.0, 5))), session)
    assert all((before[n] == v).all() for n, v in session.model.state_dict().items())
    assert not any(module._forward_hooks for module in session.model.modules())
    np.testing.assert_array_equal(session.encode_images(picture), embedding)


def test_finishing_tells_how_many_images_were_computed(session, embedder):
    plan = made_plan(circle(session), HUES)
    last = list(run_scan(plan, session, embedder=embedder))[-1]
    assert isinstance(last, ScanFinished)
    assert last.computed > plan.setup.points


@pytest.mark.parametrize(
    ("device", "parameters", "size"),
    [
        ("cpu", 3_000_000, 64),
        ("cpu", 20_000_000, 16),
        ("cpu", 60_000_000, 8),
        ("cpu", 160_000_000, 4),
        ("cuda:0", 160_000_000, 256),
    ],
)
def test_a_model_has_the_same_batches_on_every_run(device, parameters, size):
    assert batch_size_for(SimpleNamespace(device=device, parameters=parameters)) == size
