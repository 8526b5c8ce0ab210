"""Predictions on a real session with random weights of the embedded architecture."""

from __future__ import annotations

import hashlib

import msgspec
import numpy as np
import pytest

from core.base.errors import ModelError, PromptError
from core.color.terms import COLOR_TERMS, CSS, SATURATED
from core.models.loading import random_session
from core.predict.attribution import attribute, attribute_all, roles_text, sentence
from core.predict.prediction import (
    COSINE_TOLERANCE,
    BlockedTemplate,
    Predictor,
    TemplatePrediction,
    scale_sentence,
    softmax,
)
from core.predict.prompts import Label, PromptSet, Template, color_labels, prompt_set
from core.stimuli.render import render
from core.stimuli.stimulus import PictureStimulus, ShapeStimulus, WordStimulus

PROMPTS = prompt_set(("{}", "The color of the background is {}"), color_labels())


@pytest.fixture(scope="module")
def session():
    return random_session("embedded")


@pytest.fixture
def predictor(session):
    return Predictor(session)


@pytest.fixture(scope="module")
def images(session):
    side = session.info.preprocessing.side
    return np.stack(
        [
            render(
                WordStimulus(
                    word=COLOR_TERMS[i % 11],
                    figure_color=CSS[COLOR_TERMS[(i + 3) % 11]],
                    background_color=CSS[COLOR_TERMS[(i + 5) % 11]],
                    side=side,
                )
            )
            for i in range(12)
        ]
    )


def weights_hash(session):
    digest = hashlib.sha256()
    for name, tensor in sorted(session.model.state_dict().items()):
        digest.update(name.encode() + tensor.detach().cpu().numpy().tobytes())
    return digest.hexdigest()


def only(outcomes):
    (outcome,) = outcomes
    assert isinstance(outcome, TemplatePrediction)
    return outcome


def same(a, b):
    return np.array_equal(a.cosines, b.cosines) and np.array_equal(a.probabilities, b.probabilities)


def test_r11_a_result_depends_neither_on_other_images_nor_on_earlier_use(session, images):
    fresh = [only(Predictor(session).predict(images[:1], prompt_set(("{}",), COLOR_TERMS))[0])]
    before = weights_hash(session)
    used = Predictor(session)
    used.predict(images, prompt_set(("a {} thing", "{}"), ("purple", "gold", "red", "x")))
    used.predict(images[5:], PROMPTS)
    again = only(used.predict(images[:1], prompt_set(("{}",), COLOR_TERMS))[0])
    assert same(fresh[0], again)
    # Other pictures in the batch play no part: same size of batch, same place, other neighbors.
    one = used.predict(images[[0, 1, 2]], PROMPTS)[0]
    other = used.predict(images[[0, 7, 9]], PROMPTS)[0]
    assert all(same(a, b) for a, b in zip(one, other, strict=True))
    assert weights_hash(session) == before
    assert not session.model.training


def test_r12_labels_do_not_depend_on_the_batch_size(predictor, images):
    tolerance = COSINE_TOLERANCE["fp32"]
    alone = [predictor.predict(image[None], PROMPTS)[0] for image in images]
    for size in (2, 5, 12):
        batches = [
            outcomes
            for start in range(0, len(images), size)
            for outcomes in predictor.predict(images[start : start + size], PROMPTS)
        ]
        for single, batched in zip(alone, batches, strict=True):
            for a, b in zip(single, batched, strict=True):
                assert np.abs(a.cosines - b.cosines).max() <= tolerance
                assert a.winner == b.winner or a.close
                assert a.margin is not None


def test_r12_margin_and_runner_up_are_stored(predictor, images):
    for outcome in predictor.predict(images[:3], PROMPTS)[2]:
        order = np.argsort(-outcome.probabilities, kind="stable")
        assert (outcome.winner, outcome.runner_up) == (order[0], order[1])
        first, second = outcome.probabilities[order[:2]]
        assert outcome.margin == first - second > 0
        assert outcome.ties == 1 and not outcome.tied


def test_r13_a_prompt_over_the_limit_is_blocked_with_count_and_loss(predictor, images):
    template = "The " + "very " * 80 + "last words are {} end"
    prompts = prompt_set((template, "{}"), ("red", "blue"))
    blocked, answered = predictor.predict(images[:1], prompts)[0]
    count = predictor.session.tokenize_info(template.replace("{}", "red"))
    assert isinstance(blocked, BlockedTemplate) and blocked.row == 0
    assert count.tokens > count.limit == 77
    assert f"{count.tokens} tokens" in blocked.reason and "77" in blocked.reason
    assert blocked.lost.endswith("last words are red end") and blocked.lost == count.lost
    assert "very" in blocked.reason and "2 labels" in blocked.reason
    # One blocked template does not silence the others.
    assert only([answered]).row == 1
    assert same(
        answered, only(predictor.predict(images[:1], prompt_set(("{}",), ("red", "blue")))[0])
    )


def test_r13_one_label_can_make_a_prompt_too_long(predictor, images):
    long = "crimson " * 76
    (outcome,) = predictor.predict(images[:1], prompt_set(("a {}",), ("red", long)))[0]
    assert isinstance(outcome, BlockedTemplate)
    assert "“crimson crimson" in outcome.reason and "labels make it too long" not in outcome.reason
    (fits,) = predictor.predict(images[:1], prompt_set(("{}",), ("red", "crimson " * 75)))[0]
    assert isinstance(fits, TemplatePrediction)  # 75 words and two marks: exactly at the limit


def test_r14_blank_rows_give_no_prompt_and_none_left_no_prediction(predictor, images):
    prompts = prompt_set(("", "{}"), ("red", " ", "blue"))
    blank, answered = predictor.predict(images[:1], prompts)[0]
    assert isinstance(blank, BlockedTemplate) and "blank" in blank.reason
    assert answered.labels == ("red", "blue") and answered.label_rows == (0, 2)
    with pytest.raises(PromptError, match="Every enabled label is blank"):
        predictor.predict(images[:1], prompt_set(("{}",), ("", " ")))
    with pytest.raises(PromptError, match="Every template is disabled"):
        predictor.predict(images[:1], PromptSet((Template("{}", False),), (Label("red"),)))


def test_r15_a_template_without_slot_is_blocked_beside_others(predictor, images):
    outcomes = predictor.predict(images[:1], prompt_set(("no", "{}", "{} {}"), ("red", "blue")))[0]
    assert [type(outcome) for outcome in outcomes] == [
        BlockedTemplate,
        TemplatePrediction,
        BlockedTemplate,
    ]
    assert [outcome.row for outcome in outcomes] == [0, 1, 2]


def test_r16_the_prompt_as_the_model_sees_it(predictor):
    count = predictor.session.tokenize_info("The  Color\tis <b>RED</b> &amp; Ünïcödé 赤")
    assert count.cleaned == "the color is <b>red</b> & ünïcödé 赤"
    counts = predictor.token_counts(prompt_set(("{} ", "x {}"), ("Red", "青")))
    assert set(counts) == {"Red ", "青 ", "x Red", "x 青"}
    assert counts["Red "].cleaned == "red" and counts["Red "].tokens == 3


def test_r16_r69_labels_that_the_model_reads_alike_are_asked_once_and_named(predictor, images):
    prompts = prompt_set(("{}",), ("blue", "RED", "red", "green"))
    plain = prompt_set(("{}",), ("blue", "RED", "green"))
    for outcomes, expected in zip(
        predictor.predict(images, prompts), predictor.predict(images, plain), strict=True
    ):
        outcome, alone = only(outcomes), only(expected)
        assert outcome.labels == ("blue", "RED", "green") and outcome.label_rows == (0, 1, 3)
        assert outcome.same_text == (("RED", "red"),)
        assert not outcome.tied
        np.testing.assert_array_equal(outcome.probabilities, alone.probabilities)


def test_an_exact_tie_is_independent_of_the_number_and_order_of_labels(predictor, images):
    """Equal embeddings give equal bits wherever they stand."""
    labels = (*(f"word {i}" for i in range(17)), "red", *(f"other {i}" for i in range(10)))
    outcome = only(predictor.predict(images[:1], prompt_set(("{}",), labels))[0])
    alone = only(predictor.predict(images[:1], prompt_set(("{}",), ("red",)))[0])
    assert alone.cosines[0] == outcome.cosines[17]


def test_r17_probabilities_use_the_models_own_scale(session, predictor, images):
    outcome = predictor.predict(images[:1], PROMPTS)[0][0]
    picture = session.encode_images(images[:1])[0].astype(np.float64)
    texts = session.encode_texts(list(outcome.prompts)).astype(np.float64)
    cosines = texts @ picture
    assert np.abs(outcome.cosines - cosines).max() < 2e-5
    powers = np.exp(session.info.logit_scale * outcome.cosines)
    assert np.allclose(outcome.probabilities, powers / powers.sum(), rtol=1e-12, atol=0)
    assert outcome.probabilities.dtype == np.float64
    assert f"{session.info.logit_scale:.4g}" in scale_sentence(session.info)


def test_r17_a_model_with_a_bias_says_so(session):
    assert "sigmoid" not in scale_sentence(session.info)
    info = msgspec.structs.replace(session.info, logit_bias=-12.9)
    assert "sigmoid" in scale_sentence(info) and "-12.9" in scale_sentence(info)


def test_one_label_has_no_margin(predictor, images):
    outcome = only(predictor.predict(images[:1], prompt_set(("{}",), ("red",)))[0])
    assert outcome.probabilities.tolist() == [1.0]
    assert outcome.margin is None and outcome.runner_up is None and not outcome.tied
    assert "only label" in sentence(outcome, [frozenset()])


def test_softmax_is_safe_for_large_logits():
    assert softmax(np.array([1e5, 1e5 - 1000.0])).tolist() == [1.0, 0.0]
    assert softmax(np.array([-1e5, -1e5])).tolist() == [0.5, 0.5]


class Counting:
    """A session that counts the texts it is asked for."""

    def __init__(self, session):
        self.info = session.info
        self.encode_images = session.encode_images
        self.tokenize_info = session.tokenize_info
        self._session = session
        self.asked = []

    def encode_texts(self, texts):
        self.asked += texts
        return self._session.encode_texts(texts)


def test_values_that_are_not_finite_are_refused(session, images):
    broken = Counting(session)
    broken.encode_images = lambda images: np.full((1, session.info.embed_dim), np.nan, np.float32)
    with pytest.raises(ModelError, match="not finite"):
        Predictor(broken).predict(images[:1], PROMPTS)


def test_no_pictures_give_no_answers(predictor, images):
    assert predictor.predict(images[:0], PROMPTS) == []


def test_results_cannot_be_changed_by_accident(predictor, images):
    outcome = predictor.predict(images[:1], PROMPTS)[0][0]
    with pytest.raises(ValueError, match="read-only"):
        outcome.probabilities[0] = 1.0


WORD = WordStimulus(word="grey", figure_color=CSS["green"], background_color=CSS["pink"])


@pytest.mark.parametrize(
    ("label", "roles"),
    [
        ("green", {"font"}),
        ("Pink ", {"background"}),
        ("gray", {"written"}),
        ("grey", {"written"}),
        ("red", set()),
        ("light green", set()),
    ],
)
def test_roles_of_labels_for_a_word(label, roles):
    assert attribute(label, WORD, CSS) == roles


def test_roles_of_shapes_pictures_and_other_palettes():
    shape = ShapeStimulus(shape="star", figure_color=(0, 200, 0), background_color=(128, 128, 128))
    assert attribute("green", shape, CSS) == set()
    assert attribute("green", shape, SATURATED) == {"figure"}
    assert attribute("GREY", shape, CSS) == {"background"}
    assert attribute("red", PictureStimulus(sha256="0" * 64, name="red.png"), CSS) == set()
    word = WordStimulus(word="Häuser", figure_color=(1, 2, 3), background_color=(1, 2, 3))
    assert attribute("häuser", word, CSS) == {"written"}
    plain = WordStimulus(word="red", figure_color=CSS["red"], background_color=CSS["red"])
    assert attribute("red", plain, CSS) == {"font", "background", "written"}
    assert roles_text(attribute("red", plain, CSS)) == "font color, background, written word"


def prediction(cosines, labels, scale=10.0):
    """A prediction with given cosines, through the code that judges real ones."""
    from core.predict.prediction import _judge, _Question

    question = _Question("{}", 0, labels, np.array(cosines)[:, None])
    return _judge(question, labels, tuple(range(len(labels))), (), np.ones(1), scale, 1e-5)


def test_the_answer_in_words():
    labels = ("pink", "gray", "green", "red")
    roles = attribute_all(labels, WORD, CSS)
    assert sentence(prediction([0.1, 0.2, 0.0, -0.3], labels), roles) == (
        "gray — the written word, margin 41.9\u00a0% over pink (background)"
    )
    assert sentence(prediction([0.1, 0.0, 0.0, 0.2], labels), roles).startswith(
        "red — neither shown nor written, margin "
    )
    assert sentence(prediction([0.1, 0.1, 0.1, 0.0], labels), roles) == (
        "pink — the background, exactly tied with gray (written word) and 1 more; "
        "the first in the list is taken"
    )
    near = sentence(prediction([0.1, 0.1 + 1e-7, 0.0, 0.0], labels), roles)
    assert "margin under 0.1\u00a0% over pink" in near and near.endswith("too close to call")
    nothing = [frozenset()] * 4
    assert sentence(prediction([0.3, 0.1, 0.0, 0.0], labels), nothing).startswith("pink, margin ")
