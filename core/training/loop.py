"""The training loop: a generator of events that can be stopped at any step and resumed."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
import torch.nn.functional as F
from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD
from open_clip.model import CLIP
from open_clip.tokenizer import SimpleTokenizer
from torch import Tensor, nn

from core.base.atomic import write_atomic
from core.base.errors import InvalidInput
from core.models.construction.architecture import build_model, configured_architecture
from core.models.session import encode_trimmed
from core.training.masks import MaskPool, draw_pool, subject_names
from core.training.recipe import Recipe, Schedule
from core.training.scenes import Batch, SceneMaker

CHECKPOINT = "checkpoint.pt"


@dataclass(frozen=True)
class PoolDrawn:
    """All coverage masks are ready."""

    masks: int
    seconds: float


@dataclass(frozen=True)
class StepDone:
    """One optimization step."""

    step: int
    steps: int  # of the whole schedule
    loss: float  # contrastive, in nats
    identity_accuracy: float  # share of shapes and words that the helper head names right
    scale: float  # logit scale
    images_per_second: float  # since this run of the loop began


@dataclass(frozen=True)
class CheckpointSaved:
    """The state was written; a later run goes on from this step."""

    step: int
    path: Path


@dataclass(frozen=True)
class TrainingDone:
    """The schedule is finished; the model is in eval mode.

    The seconds are those of training over all runs, without drawing the pool.
    """

    model: CLIP
    seconds: float


TrainingEvent = PoolDrawn | StepDone | CheckpointSaved | TrainingDone


def train(
    recipe: Recipe,
    folder: Path,
    *,
    pool: MaskPool | None = None,
    checkpoint_seconds: float = 60.0,
) -> Iterator[TrainingEvent]:
    """Train the CLIP of a recipe on the CPU.

    Training goes on from the checkpoint in the folder, if one of this recipe is there. The time
    between two checkpoints is given; the last step is always saved.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    state = _State(recipe, len(subject_names(recipe)))
    state.restore(folder / CHECKPOINT)
    if state.step == recipe.schedule.steps:
        yield TrainingDone(state.model.eval(), state.seconds)
        return

    if pool is None:
        began = time.monotonic()
        pool = draw_pool(recipe)
        yield PoolDrawn(len(pool.masks), time.monotonic() - began)
    scenes, tokens = SceneMaker(recipe, pool), CaptionTokens()
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) * 255 for v in _MEAN_STD)

    began = saved = time.monotonic()
    earlier_seconds, first_step = state.seconds, state.step
    for batch in _ahead(scenes, state.step, recipe.schedule.steps):
        distinct = sorted(set(batch.captions))
        row = {caption: index for index, caption in enumerate(distinct)}
        caption_of = torch.tensor([row[caption] for caption in batch.captions])
        images = (batch.images - mean) / std
        raw = state.model.visual(images.contiguous(memory_format=torch.channels_last))
        texts = F.normalize(encode_trimmed(state.model, tokens(distinct)), dim=-1)
        loss, correct = state.learn(raw, texts, caption_of, batch.identity)

        now = time.monotonic()
        state.seconds = earlier_seconds + now - began
        rate = (state.step - first_step) * recipe.schedule.batch / (now - began)
        scale = float(state.model.logit_scale.detach().exp())
        yield StepDone(state.step, recipe.schedule.steps, loss, correct, scale, rate)
        if now - saved >= checkpoint_seconds or state.step == recipe.schedule.steps:
            state.save(folder / CHECKPOINT)
            saved = now
            yield CheckpointSaved(state.step, folder / CHECKPOINT)
    yield TrainingDone(state.model.eval(), state.seconds)


def _ahead(scenes: SceneMaker, first: int, end: int) -> Iterator[Batch]:
    """The batches first..end-1, each made while the one before is learnt from."""
    with ThreadPoolExecutor(max_workers=1) as maker:
        coming = maker.submit(scenes.batch, first) if first < end else None
        for number in range(first + 1, end + 1):
            assert coming is not None
            batch = coming.result()
            coming = maker.submit(scenes.batch, number) if number < end else None
            yield batch


_MEAN_STD = (OPENAI_DATASET_MEAN, OPENAI_DATASET_STD)


def new_clip(recipe: Recipe) -> CLIP:
    """The untrained CLIP of a recipe; its weights come from the recipe's seed."""
    architecture = configured_architecture(recipe.architecture.model_config(), recipe.name)
    return cast(CLIP, build_model(architecture, seed=recipe.seed))


class _State:
    """Everything that changes while training."""

    def __init__(self, recipe: Recipe, identities: int) -> None:
        self._schedule = recipe.schedule
        self._digest = recipe.digest()
        self.step = 0
        self.seconds = 0.0
        self.model = new_clip(recipe).train()
        self.model.visual.to(memory_format=torch.channels_last)
        with torch.no_grad():
            self.model.logit_scale.fill_(math.log(recipe.schedule.initial_logit_scale))
        self._identity_head = nn.Linear(recipe.architecture.embed_dim, identities)
        self._optimizer = _optimizer(self.model, self._identity_head, recipe.schedule)

    def learn(
        self, raw: Tensor, texts: Tensor, caption_of: Tensor, identity: Tensor
    ) -> tuple[float, float]:
        """One step; returns the contrastive loss and the helper head's accuracy."""
        schedule = self._schedule
        scale = self.model.logit_scale.exp()
        loss = contrastive_loss(F.normalize(raw, dim=-1), texts, caption_of, scale)
        named = self._identity_head(raw)
        weight = schedule.identity_weight * max(0.0, 1.0 - 2.0 * self.step / schedule.steps)
        total = loss + weight * F.cross_entropy(named, identity)
        for group in self._optimizer.param_groups:
            group["lr"] = schedule.learning_rate * learning_rate_factor(self.step, schedule)
        self._optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), schedule.gradient_clip)
        self._optimizer.step()
        with torch.no_grad():
            self.model.logit_scale.clamp_(max=math.log(schedule.maximum_logit_scale))
        self.step += 1
        known = identity >= 0
        correct = (named.detach().argmax(dim=1) == identity)[known].float().mean()
        return float(loss.detach()), float(correct)

    def save(self, path: Path) -> None:
        state = {
            "recipe": self._digest,
            "step": self.step,
            "seconds": self.seconds,
            "model": self.model.state_dict(),
            "identity_head": self._identity_head.state_dict(),
            "optimizer": self._optimizer.state_dict(),
        }
        buffer = io.BytesIO()
        torch.save(state, buffer)
        write_atomic(path, buffer.getvalue())

    def restore(self, path: Path) -> None:
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        if state["recipe"] != self._digest:
            raise InvalidInput(
                f"The folder {path.parent} holds the training of another recipe.",
                "Choose another folder, or remove its checkpoint.",
            )
        self.step, self.seconds = state["step"], state["seconds"]
        self.model.load_state_dict(state["model"])
        self._identity_head.load_state_dict(state["identity_head"])
        self._optimizer.load_state_dict(state["optimizer"])


def learning_rate_factor(step: int, schedule: Schedule) -> float:
    """Linear warm-up, then half a cosine to zero."""
    if step < schedule.warmup_steps:
        return (step + 1) / schedule.warmup_steps
    done = (step - schedule.warmup_steps) / max(1, schedule.steps - schedule.warmup_steps)
    return 0.5 * (1.0 + math.cos(math.pi * done))


def _optimizer(model: nn.Module, head: nn.Module, schedule: Schedule) -> torch.optim.Optimizer:
    parameters = [*model.parameters(), *head.parameters()]
    matrices = [p for p in parameters if p.ndim >= 2]
    others = [p for p in parameters if p.ndim < 2]
    return torch.optim.AdamW(
        [
            {"params": matrices, "weight_decay": schedule.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ],
        lr=schedule.learning_rate,
        betas=schedule.betas,
        fused=True,
    )


class CaptionTokens:
    """Tokens of captions, each tokenized once and cut to the longest of the batch."""

    def __init__(self) -> None:
        self._tokenizer = SimpleTokenizer()
        self._known: dict[str, Tensor] = {}

    def __call__(self, captions: Sequence[str]) -> Tensor:
        """Tokens, int64, shape (len(captions), longest)."""
        rows = [self._row(caption) for caption in captions]
        longest = max(int(row.argmax()) for row in rows) + 1  # the end token has the highest id
        return torch.stack([row[:longest] for row in rows])

    def _row(self, caption: str) -> Tensor:
        row = self._known.get(caption)
        if row is None:
            row = self._tokenizer([caption])[0]
            if len(self._known) < 50_000:
                self._known[caption] = row
        return row


def contrastive_loss(
    image_features: Tensor, text_features: Tensor, caption_of: Tensor, scale: Tensor
) -> Tensor:
    """Mean of the image → text and the text → image cross-entropies.

    After Radford et al. (2021), with one change: small vocabularies repeat captions within a batch,
    and a repeated caption must not count as a wrong answer.

    Image → text: the logit of a caption shared by n images is raised by ln n, as if its n copies
    stood in the denominator. Text → image: the target is uniform over the images sharing the
    caption; a caption weighs as many times as it occurs.

    Parameters
    ----------
    image_features : Tensor of float, shape (B, D)
        Unit norm.
    text_features : Tensor of float, shape (U, D)
        Unit norm, one row a distinct caption.
    caption_of : Tensor of int64, shape (B,)
        Row of each image's caption.
    scale : Tensor of float, scalar
        Logit scale.
    """
    logits = scale * image_features @ text_features.T
    counts = torch.bincount(caption_of, minlength=len(text_features)).to(logits.dtype)
    to_text = F.cross_entropy(logits + counts.log(), caption_of)
    shared = F.one_hot(caption_of, len(text_features)).to(logits.dtype)
    log_share = F.log_softmax(logits, dim=0)
    to_image = -(shared / counts * log_share).sum(dim=0)
    return (to_text + (to_image * counts).sum() / counts.sum()) / 2
