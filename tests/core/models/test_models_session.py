"""A model in use: R02, R07, R10, R11, R12, R13, R16, R17, R26."""

from __future__ import annotations

import gc
import hashlib
import threading
import tracemalloc

import numpy as np
import open_clip
import pytest
import torch

from core.base.errors import ModelError, PromptError
from core.models import precision
from core.models.loading import random_session
from core.models.session import BATCH_TOLERANCE, MAX_BATCH, ModelSession
from tests.core.model_files import TINY_VIT, add_tiny_vit_to_catalog


@pytest.fixture(scope="module")
def session() -> ModelSession:
    return random_session("embedded", seed=1)


def images(count: int, seed: int = 0, side: int = 96) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (count, side, side, 3)).astype(np.uint8)


def weights_hash(session: ModelSession) -> str:
    digest = hashlib.sha256()
    for name, tensor in session.model.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


def test_embeddings_are_unit_rows_of_float32(session: ModelSession) -> None:
    for rows in (session.encode_images(images(3)), session.encode_texts(["red", "a blue square"])):
        assert rows.dtype == np.float32
        assert rows.shape[1] == 64
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert session.encode_images(images(0)).shape == (0, 64)
    assert session.encode_texts([]).shape == (0, 64)


@pytest.mark.parametrize("name", ["embedded", TINY_VIT])
def test_embeddings_equal_those_of_plain_open_clip(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_tiny_vit_to_catalog(monkeypatch)
    session = random_session(name)
    side = session.info.preprocessing.side
    pictures = images(2, side=side)
    texts = ["red", "The color of the object is red"]
    mean, std = (
        torch.tensor(v)[:, None, None]
        for v in (session.info.preprocessing.mean, session.info.preprocessing.std)
    )
    tensor = (torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255 - mean) / std
    tokens = open_clip.get_tokenizer("RN50")(texts)
    with torch.no_grad():
        expected_images = session.model.encode_image(tensor, normalize=True).numpy()
        expected_texts = session.model.encode_text(tokens, normalize=True).numpy()
    np.testing.assert_allclose(session.encode_images(pictures), expected_images, atol=1e-5)
    np.testing.assert_allclose(session.encode_texts(texts), expected_texts, atol=1e-5)


def test_r11_a_result_does_not_depend_on_what_else_is_in_the_batch(session: ModelSession) -> None:
    first = images(1, seed=1)
    with_black = session.encode_images(np.concatenate([first, np.zeros_like(first)]))
    with_noise = session.encode_images(np.concatenate([first, images(1, seed=2)]))
    np.testing.assert_array_equal(with_black[0], with_noise[0])


def test_r11_the_model_is_never_changed_by_use(session: ModelSession) -> None:
    before = weights_hash(session)
    first = session.encode_images(images(4))
    session.encode_texts(["red"])
    session.tokenize_info("red")
    np.testing.assert_array_equal(session.encode_images(images(4)), first)
    assert weights_hash(session) == before
    assert not any(module.training for module in session.model.modules())
    assert not any(parameter.requires_grad for parameter in session.model.parameters())
    assert not any(module._forward_hooks for module in session.model.modules())


def test_r11_the_callers_pictures_are_not_changed(session: ModelSession) -> None:
    pictures = images(2)
    kept = pictures.copy()
    session.encode_images(pictures)
    np.testing.assert_array_equal(pictures, kept)


def test_r12_the_batch_size_moves_nothing_beyond_the_stated_tolerance(
    session: ModelSession,
) -> None:
    pictures = images(MAX_BATCH + 6)
    together = session.encode_images(pictures)
    for size in (1, 3):
        pieces = [session.encode_images(pictures[i : i + size]) for i in range(0, 12, size)]
        np.testing.assert_allclose(np.concatenate(pieces), together[:12], atol=BATCH_TOLERANCE)
    texts = [f"word {number}" for number in range(5)]
    single = np.concatenate([session.encode_texts([text]) for text in texts])
    np.testing.assert_array_equal(single, session.encode_texts(texts))


def test_pictures_of_another_size_are_refused(session: ModelSession) -> None:
    for bad in (images(1, side=95), images(1)[0], images(1).astype(np.float32)):
        with pytest.raises(ValueError, match="Expected uint8"):
            session.encode_images(bad)


def test_r13_tokens_are_counted_and_what_would_be_lost_is_named(session: ModelSession) -> None:
    assert session.tokenize_info("red").tokens == 3  # start, red, end
    exact = " ".join(["red"] * 75)
    assert session.tokenize_info(exact).tokens == 77
    assert session.tokenize_info(exact).fits
    assert session.tokenize_info(exact).lost == ""
    long = session.tokenize_info(exact + " Green, BLUE")
    assert (long.tokens, long.limit, long.fits) == (80, 77, False)
    assert long.lost == "green, blue"


def test_r13_the_part_lost_may_begin_inside_a_word(session: ModelSession) -> None:
    text = "red " * 74 + "purpleishorange"
    count = session.tokenize_info(text)
    assert count.tokens > 77
    assert count.cleaned.endswith(count.lost)
    assert 0 < len(count.lost) < len("purpleishorange")
    kept = count.cleaned.removesuffix(count.lost)
    assert session.tokenize_info(kept).fits


def test_r13_a_prompt_that_does_not_fit_is_blocked(session: ModelSession) -> None:
    with pytest.raises(PromptError, match=r"79 tokens and the model takes 77; “green blue”"):
        session.encode_texts(["red", "red " * 75 + "green blue"])


def test_r16_the_text_is_shown_as_the_model_sees_it(session: ModelSession) -> None:
    assert session.tokenize_info("  The  RED &amp;\n Blue ").cleaned == "the red & blue"
    assert session.tokenize_info("Ø 紫色 🙂").cleaned == "ø 紫色 🙂"
    assert session.tokenize_info("").tokens == 2
    tokens = open_clip.get_tokenizer("RN50")(["Ø 紫色 🙂"])[0]
    assert session.tokenize_info("Ø 紫色 🙂").tokens == int((tokens != 0).sum())
    same = session.encode_texts(["the red & blue", "  The  RED &amp;\n Blue "])
    np.testing.assert_allclose(same[0], same[1], atol=BATCH_TOLERANCE)


def test_r17_the_logit_scale_is_the_models_own(session: ModelSession) -> None:
    assert session.info.logit_scale == pytest.approx(1 / 0.07, rel=1e-5)
    assert session.info.logit_bias is None


def test_r02_r07_activation_and_preprocessing_are_part_of_the_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert random_session("embedded").info.activation == "QuickGELU"
    assert random_session("embedded").info.preprocessing.side == 96
    assert random_session("embedded").info.tower == "resnet"
    add_tiny_vit_to_catalog(monkeypatch)
    plain = random_session("Tiny-ViT").info
    assert (plain.activation, plain.tower, plain.preprocessing.side) == ("GELU", "vit", 64)
    assert random_session("Tiny-ViT-quickgelu").info.activation == "QuickGELU"
    assert {"torch", "open_clip_torch", "pillow", "numpy"} <= set(plain.versions)


@pytest.mark.parametrize("asked", ["fp16", "bf16"])
def test_r10_half_precision_on_the_cpu_falls_back_and_says_so(asked: str) -> None:
    session = random_session("embedded", precision=asked)
    assert session.info.precision == "fp32"
    assert f"{asked} is not used on the CPU" in session.info.notice
    np.testing.assert_array_equal(
        session.encode_images(images(1)), random_session("embedded").encode_images(images(1))
    )


def test_r10_a_precision_the_model_does_not_run_in_falls_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A device that claims float16 but whose model gives nothing finite in it.
    monkeypatch.setattr(
        "core.models.construction.assembly.choose_precision",
        lambda device, precision: (precision, ""),
    )
    original = ModelSession.encode_images

    def overflowing(self: ModelSession, pictures: np.ndarray) -> np.ndarray:
        rows = original(self, pictures)
        return rows if self.info.precision == "fp32" else np.full_like(rows, np.nan)

    monkeypatch.setattr(ModelSession, "encode_images", overflowing)
    session = random_session("embedded", precision="bf16")
    assert session.info.precision == "fp32"
    assert "does not run in bf16" in session.info.notice
    assert np.isfinite(session.encode_images(images(1))).all()


def test_r10_half_precision_stays_near_full_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "core.models.construction.assembly.choose_precision",
        lambda device, precision: (precision, ""),
    )
    half, full = random_session("embedded", precision="bf16"), random_session("embedded")
    assert half.info.precision == "bf16"
    rows, exact = half.encode_images(images(2)), full.encode_images(images(2))
    assert rows.dtype == np.float32
    assert ((rows * exact).sum(axis=1) > 0.995).all()
    assert not np.array_equal(rows, exact)
    assert ((half.encode_texts(["red"]) * full.encode_texts(["red"])).sum() > 0.995).all()


def test_r10_unknown_precisions_and_absent_devices_are_refused() -> None:
    with pytest.raises(ModelError, match="is not a precision"):
        random_session("embedded", precision="fp8")
    with pytest.raises(ModelError, match="is not the name of a device"):
        random_session("embedded", device="toaster")
    with pytest.raises(ModelError, match="no device cuda:97"):
        random_session("embedded", device="cuda:97")
    assert precision.choose_precision(torch.device("cpu"), "fp32") == ("fp32", "")


def test_random_weights_follow_the_seed_and_leave_the_global_generator_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, again = random_session("embedded", seed=3), random_session("embedded", seed=3)
    assert torch.equal(torch.rand(3), expected)
    assert weights_hash(first) == weights_hash(again)
    assert weights_hash(first) != weights_hash(random_session("embedded", seed=4))
    assert "Random weights" in first.info.notice
    assert "(random weights" in first.info.name


def test_sessions_may_be_used_from_several_threads(session: ModelSession) -> None:
    expected = session.encode_images(images(2))
    results: list[np.ndarray] = []

    def work() -> None:
        for _ in range(5):
            results.append(session.encode_images(images(2)))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 15
    assert all(np.array_equal(result, expected) for result in results)


def test_r26_memory_stays_flat_over_many_pictures(session: ModelSession) -> None:
    pictures = images(2)
    for _ in range(3):
        session.encode_images(pictures)
        session.encode_texts(["red"])
    tracemalloc.start()
    try:
        session.encode_images(pictures)
        start = tracemalloc.get_traced_memory()[0]
        for _ in range(50):
            session.encode_images(pictures)
            session.encode_texts(["red"])
        grown = tracemalloc.get_traced_memory()[0] - start
    finally:
        tracemalloc.stop()
    assert grown < pictures.nbytes
    gc.collect()
    inputs = [item for item in gc.get_objects() if _is_input(item)]
    assert inputs == []  # torch's own memory is not traced: no input may be held by anything


def _is_input(item: object) -> bool:
    return type(item) is torch.Tensor and item.shape[1:] == (3, 96, 96)
