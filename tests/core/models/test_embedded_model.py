"""The model that ships: what it is, that it is read right, and what it can do."""

import numpy as np
import open_clip
import pytest
import torch

from core.color.terms import COLOR_TERMS, CSS, PALETTES
from core.models.files.catalog import EMBEDDED_NOTICE, embedded_dir
from core.models.loading import load_session
from core.predict.prompts import fill
from core.stimuli.fonts import faces_with_role
from core.stimuli.render import render
from core.stimuli.stimulus import WordStimulus
from core.training.evaluation import PATCH_TEMPLATES, evaluate_skills
from core.training.recipe import load_recipe


@pytest.fixture(scope="module")
def session():
    return load_session("embedded")


def _answers(session, images, template="{}"):
    texts = session.encode_texts([fill(template, term) for term in COLOR_TERMS])
    return [COLOR_TERMS[i] for i in (session.encode_images(images) @ texts.T).argmax(axis=1)]


def test_it_is_small_whole_and_never_passes_for_openais(session):
    assert (embedded_dir() / "model.safetensors").stat().st_size <= 12_000_000
    info = session.info
    assert info.tensors_matched == info.tensors_total
    assert info.activation == "QuickGELU"
    assert EMBEDDED_NOTICE in info.notice and "not OpenAI CLIP" in info.notice
    assert "RN50" not in info.name and "OpenAI" not in info.name.replace(EMBEDDED_NOTICE, "")


def test_cosines_equal_a_plain_open_clip_model_from_the_same_file(session):
    plain, _, _ = open_clip.create_model_and_transforms(f"local-dir:{embedded_dir()}")
    plain.eval()
    images = np.stack(
        [
            render(
                WordStimulus(
                    word=word,
                    font="lato-bold",
                    figure_color=CSS[font],
                    background_color=CSS[background],
                    size=0.8,
                    side=96,
                )
            )
            for word, font, background in (("red", "blue", "pink"), ("gray", "white", "black"))
        ]
    )
    prompts = [fill(template, term) for template in PATCH_TEMPLATES for term in COLOR_TERMS]
    with torch.no_grad():
        texts = plain.encode_text(open_clip.tokenize(prompts), normalize=True).numpy()
        pictures = plain.encode_image(session.to_input(images), normalize=True).numpy()
    ours = session.encode_images(images) @ session.encode_texts(prompts).T
    assert np.abs(ours - pictures @ texts.T).max() < 1e-5


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
def test_it_names_plain_colors(session, palette):
    images = np.stack([np.full((96, 96, 3), palette[term], np.uint8) for term in COLOR_TERMS])
    right = sum(a == t for a, t in zip(_answers(session, images), COLOR_TERMS, strict=True))
    assert right >= 10


def test_it_reads_every_color_word_in_letters_it_never_saw(session):
    fonts = [face.id for face in faces_with_role("held-out")]
    words = [(term, font) for term in COLOR_TERMS for font in fonts]
    images = np.stack(
        [
            render(
                WordStimulus(
                    word=word,
                    font=font,
                    figure_color=CSS["black"],
                    background_color=CSS["white"],
                    size=0.8,
                    side=96,
                )
            )
            for word, font in words
        ]
    )
    answers = _answers(session, images)
    right = [answer == word for answer, (word, _) in zip(answers, words, strict=True)]
    assert np.mean(right) >= 0.95
    for term in COLOR_TERMS:  # no word is read at the cost of another
        assert any(ok for ok, (word, _) in zip(right, words, strict=True) if word == term)


@pytest.mark.slow
def test_the_measured_skills_reach_what_the_card_asks(session):
    skills = evaluate_skills(session, load_recipe("web-like"), seed=104)
    missed = [f"{skill.name}: {skill.share:.1%}" for skill in skills if not skill.reached]
    assert not missed
