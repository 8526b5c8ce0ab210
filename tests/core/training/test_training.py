"""Training: recipe, captions, pictures, loss, loop and package."""

import itertools
import shutil
from types import SimpleNamespace

import msgspec
import numpy as np
import open_clip
import pytest
import torch

from core.base.errors import InvalidInput
from core.color.terms import COLOR_TERMS, PALETTES
from core.models.files.catalog import embedded_dir
from core.models.loading import load_session
from core.models.session import encode_trimmed
from core.predict.prompts import PROMPT_PRESETS
from core.stimuli.fonts import faces_with_role
from core.training import __main__ as command
from core.training import loop
from core.training.captions import CaptionWriter, filler_vocabulary
from core.training.card import CARD
from core.training.evaluation import Skill
from core.training.loop import (
    CaptionTokens,
    CheckpointSaved,
    PoolDrawn,
    StepDone,
    TrainingDone,
    contrastive_loss,
    learning_rate_factor,
    new_clip,
    train,
)
from core.training.masks import COLOR_WORDS, draw_pool, training_fonts
from core.training.package import WEIGHTS, write_package
from core.training.recipe import load_recipe
from core.training.scenes import ColorSampler, SceneMaker


@pytest.fixture(scope="module")
def recipe():
    """The shipped recipe with few masks, small batches and six steps."""
    full = load_recipe("web-like")
    replace = msgspec.structs.replace
    return replace(
        full,
        pool=replace(
            full.pool, per_shape=4, per_color_word=2, per_other_word=1, other_words=("dog", "bed")
        ),
        schedule=replace(full.schedule, steps=6, batch=8, warmup_steps=2),
    )


@pytest.fixture(scope="module")
def pool(recipe):
    return draw_pool(recipe)


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_recipe_digest_follows_content_only(tmp_path, recipe):
    text = (load_recipe.__globals__["resources_dir"]() / "training" / "web-like.toml").read_text()
    same, other = tmp_path / "same.toml", tmp_path / "other.toml"
    same.write_text("# moved and commented\n" + text)
    other.write_text(text.replace("steps = 6400", "steps = 6401"))
    assert load_recipe(same).digest() == load_recipe("web-like").digest()
    assert load_recipe(other).digest() != load_recipe("web-like").digest()


@pytest.mark.parametrize(
    ("old", "new"),
    [("shape = 0.38", "shape = 0.5"), ("steps = 6400", "steps = 'many'"), ("seed =", "sead =")],
)
def test_wrong_recipe_is_refused_by_name(tmp_path, old, new):
    text = (load_recipe.__globals__["resources_dir"]() / "training" / "web-like.toml").read_text()
    assert old in text
    file = tmp_path / "wrong.toml"
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(InvalidInput):
        load_recipe(file)
    with pytest.raises(InvalidInput, match=r"absent\.toml"):
        load_recipe("absent")


def test_held_out_families_never_train():
    held_out = {face.family for face in faces_with_role("held-out")}
    assert len(held_out) >= 5
    assert not held_out & {face.family for face in training_fonts()}


def test_evaluation_palettes_never_train(recipe):
    sampler, random = ColorSampler(recipe), np.random.default_rng(0)
    evaluation = np.array([rgb for p in PALETTES.values() for rgb in p.colors.values()])
    drawn = np.array([sampler.draw(term, random) for term in COLOR_TERMS for _ in range(300)])
    distance = np.abs(drawn[:, None] - evaluation[None]).max(axis=2).min(axis=1)
    assert distance.min() > recipe.color_setting("keep_out")
    assert drawn.min() >= 0 and drawn.max() <= 255


def test_papers_sentences_are_never_captions():
    full = load_recipe("web-like")
    writer, random = CaptionWriter(full), np.random.default_rng(1)
    captions = [
        writer.figure(kind, name, "red", "gray", 0.4, random)
        for kind, name in (("shape", "star"), ("word", "blue"))
        for _ in range(4000)
    ]
    captions += [writer.patch("red", None, random) for _ in range(500)]
    sentences = {t for preset in PROMPT_PRESETS for t in preset.templates if t != "{}"}
    for sentence in sentences:
        for word in ("red", "gray", "grey", "blue"):
            filled = sentence.replace("{}", word).lower()
            assert not [caption for caption in captions if filled in caption.lower()]
    assert any("grey" in caption for caption in captions)
    assert not [caption for caption in captions if "{" in caption]


def test_achromatic_backgrounds_are_seldom_named():
    writer, random = CaptionWriter(load_recipe("web-like")), np.random.default_rng(2)

    def named(background):
        captions = [
            writer.figure("shape", "star", "red", background, 0.3, random) for _ in range(3000)
        ]
        return np.mean([background in caption.split() for caption in captions])

    assert named("white") < 0.04 < 0.2 < named("blue")


def test_fillers_name_nothing_in_the_pictures():
    full = load_recipe("web-like")
    fillers = set(filler_vocabulary(full))
    assert len(fillers) > 10_000
    assert not fillers & {*COLOR_TERMS, *COLOR_WORDS, *full.pool.other_words, "star", "circle"}


def test_a_batch_depends_on_its_number_alone(recipe, pool):
    first = SceneMaker(recipe, pool)
    first.batch(0)
    a, b = first.batch(3), SceneMaker(recipe, pool).batch(3)
    assert torch.equal(a.images, b.images)
    assert a.captions == b.captions
    assert torch.equal(a.identity, b.identity)
    assert not torch.equal(a.images, first.batch(4).images)
    assert a.images.shape == (8, 3, 96, 96) and a.images.min() >= 0 and a.images.max() <= 255


def test_patches_of_two_colors_show_both_and_more_of_the_first(recipe, pool):
    replace = msgspec.structs.replace
    patch = replace(recipe.captions.patch, two_color_share=1.0)
    two = replace(
        recipe,
        mix=replace(recipe.mix, shape=0.0, word=0.0, patch=1.0),
        captions=replace(recipe.captions, patch=patch),
        schedule=replace(recipe.schedule, batch=24, noise_share=0.0),
    )
    for picture in SceneMaker(two, pool).batch(0).images:
        colors = picture.reshape(3, -1).unique(dim=1, return_counts=True)[1]
        assert len(colors) == 2
        assert 0.03 < colors.min() / colors.sum() <= 0.51


def test_noise_spreads_the_colors_of_a_picture_and_moves_none(recipe, pool):
    plain, noisy = (
        SceneMaker(
            msgspec.structs.replace(
                recipe,
                schedule=msgspec.structs.replace(
                    recipe.schedule, noise_share=share, noise_sigma=4.0
                ),
            ),
            pool,
        ).batch(0)
        for share in (0.0, 1.0)
    )
    assert noisy.captions == plain.captions
    moved = (noisy.images - plain.images)[(plain.images > 20) & (plain.images < 235)]
    assert 0.1 < moved.std() < 4.5
    assert abs(moved.mean()) < 0.2


def test_loss_counts_repeated_captions_as_right():
    torch.manual_seed(0)
    images = torch.nn.functional.normalize(torch.randn(5, 4), dim=1)
    texts = torch.nn.functional.normalize(torch.randn(3, 4), dim=1)
    caption_of = torch.tensor([0, 1, 0, 2, 0])
    scale = torch.tensor(7.0)
    logits = (scale * images @ texts.T).double().numpy()

    to_text = to_image = 0.0
    for image, caption in enumerate(caption_of.tolist()):
        # As if every image brought its own copy of its caption.
        copies = np.exp(logits[image, caption_of.numpy()])
        same = copies[(caption_of == caption).numpy()]
        to_text -= np.log(same.sum() / copies.sum())
        shares = np.exp(logits[:, caption]) / np.exp(logits[:, caption]).sum()
        to_image -= np.log(shares[(caption_of == caption).numpy()]).mean()
    expected = (to_text + to_image) / 2 / len(images)
    assert float(contrastive_loss(images, texts, caption_of, scale)) == pytest.approx(
        expected, 1e-5
    )


def test_trimmed_text_tower_equals_open_clips(recipe):
    model = new_clip(recipe).eval()
    texts = ["red", "a photo of a purple rectangle on a brown background", "x"]
    padded = open_clip.tokenizer.SimpleTokenizer()(texts)
    with torch.no_grad():
        ours = encode_trimmed(model, CaptionTokens()(texts))
        theirs = model.encode_text(padded)
        assert torch.allclose(encode_trimmed(model, padded), theirs, atol=1e-5)
    assert torch.allclose(ours, theirs, atol=1e-5)


def test_learning_rate_warms_up_and_falls_to_zero(recipe):
    schedule = load_recipe("web-like").schedule
    factors = [learning_rate_factor(step, schedule) for step in range(schedule.steps + 1)]
    assert factors[0] == pytest.approx(1 / schedule.warmup_steps)
    assert max(factors) == 1.0
    assert factors[-1] == pytest.approx(0.0, abs=1e-9)


def _final_model(events):
    return next(event.model for event in events if isinstance(event, TrainingDone))


@pytest.mark.usefixtures("one_thread")
def test_stopped_and_resumed_equals_never_stopped(recipe, pool, tmp_path, monkeypatch):
    whole = _final_model(train(recipe, tmp_path / "whole", pool=pool))
    stopped = tmp_path / "stopped"
    for event in train(recipe, stopped, pool=pool, checkpoint_seconds=0.0):
        if isinstance(event, CheckpointSaved) and event.step == 3:
            break
    seconds = itertools.count()  # one passes between each two looks at the clock
    with monkeypatch.context() as patch:
        patch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
        later = list(train(recipe, stopped, pool=pool, checkpoint_seconds=60.0))
    steps = [event for event in later if isinstance(event, StepDone)]
    assert [event.step for event in steps] == [4, 5, 6]
    # The rate is that of this part alone: a batch of eight in each second.
    assert [event.images_per_second for event in steps] == [8.0, 8.0, 8.0]
    resumed = _final_model(later).state_dict()
    (again,) = train(recipe, stopped)  # a finished training is done at once, without any mask
    assert isinstance(again, TrainingDone)
    # The time of both parts is counted, and none of that between them.
    assert again.seconds == later[-1].seconds > 0
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed[name]), name


def test_checkpoint_of_another_recipe_is_refused(recipe, pool, tmp_path):
    for event in train(recipe, tmp_path, pool=pool, checkpoint_seconds=0.0):
        if isinstance(event, CheckpointSaved):
            break
    other = msgspec.structs.replace(recipe, seed=recipe.seed + 1)
    with pytest.raises(InvalidInput, match="another recipe"):
        list(train(other, tmp_path, pool=pool))


def test_package_reads_back_in_the_lab_and_in_open_clip(recipe, tmp_path):
    model = new_clip(recipe).eval()
    file = write_package(model, recipe, 60.0, tmp_path / "model")
    assert file.stat().st_size <= 12_000_000
    session = load_session(tmp_path / "model")
    plain = open_clip.create_model(f"local-dir:{tmp_path / 'model'}").eval()
    images = np.random.default_rng(0).integers(0, 256, (3, 96, 96, 3), dtype=np.uint8)
    with torch.no_grad():
        theirs = plain.encode_image(session.to_input(images), normalize=True).numpy()
    assert np.abs(session.encode_images(images) - theirs).max() < 1e-5
    shutil.rmtree(tmp_path / "model")


def test_the_command_tells_what_training_does_and_writes_the_model(
    recipe, tmp_path, monkeypatch, capsys
):
    def events(_recipe, folder):
        yield PoolDrawn(1234, 5.4)
        yield StepDone(49, 100, 2.5, 0.5, 14.3, 20.0)
        yield StepDone(50, 100, 2.25, 0.5, 14.3, 20.0)
        yield CheckpointSaved(50, folder / "checkpoint.pt")
        yield TrainingDone(new_clip(recipe).eval(), 90.0)

    monkeypatch.setattr(command, "train", events)
    output = tmp_path / "model"
    words = ["training", "train", "--folder", str(tmp_path), "--output", str(output)]
    monkeypatch.setattr("sys.argv", words)
    assert command.main() == 0
    (file,) = output.glob("*.safetensors")
    assert capsys.readouterr().out.splitlines() == [
        "Training “web-like” …",
        "1,234 coverage masks drawn in 5 s",
        "step 50/100  loss 2.250  naming 50%  scale 14.3  20 images/s",
        "saved at step 50",
        f"finished after 1.5 minutes of training: {file}",
    ]


def test_the_command_says_in_a_line_what_was_wrong(tmp_path, monkeypatch, capsys):
    words = ["training", "train", "--folder", str(tmp_path), "--output", str(tmp_path)]
    monkeypatch.setattr("sys.argv", [*words, "--recipe", str(tmp_path / "none.toml")])
    assert command.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "none.toml" in line


@pytest.mark.parametrize("is_written", [True, False])
def test_the_command_puts_the_evaluation_into_the_card_when_asked(
    tmp_path, monkeypatch, capsys, is_written
):
    for name in (CARD, WEIGHTS, "open_clip_config.json"):
        shutil.copy(embedded_dir() / name, tmp_path / name)
    before = (tmp_path / CARD).read_text("utf-8")
    seen = [Skill("Reading", right, 8, 0.5) for right in (3, 5)]
    monkeypatch.setattr(command, "evaluate_skills", lambda _session, _recipe, seed: [seen[seed]])
    words = ["training", "evaluate", "--model", str(tmp_path), "--samples", "0"]
    words += ["--seeds", "0", "1", *(["--write-card"] if is_written else [])]
    monkeypatch.setattr("sys.argv", words)
    assert command.main() == 0
    row = "| Reading | 37.5% (3/8) | 62.5% (5/8) | 50.0% | **no** |"
    out = capsys.readouterr().out
    assert row in out and "paper's tables" not in out
    after = (tmp_path / CARD).read_text("utf-8")
    assert (row in after) == is_written
    assert (after == before) == (not is_written)
