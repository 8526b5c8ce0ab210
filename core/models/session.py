"""A loaded model in use: pictures and texts in, unit vectors out, nothing changed on the way."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Generic, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from open_clip.model import CLIP
from torch import Tensor, nn

from core.models.info import ModelInfo, TokenCount
from core.models.precision import DTYPES
from core.models.preprocessing import Preprocessing
from core.models.text.tokens import Tokenizer


class Turns:
    """A reentrant lock that is handed on in order.

    With a plain lock, a thread that lets go and takes it again at once keeps all others out for as
    long as it likes. Here it goes to the end of the queue, so whoever waits waits for one turn of
    each of the others at most.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._queue: deque[threading.Lock] = deque()
        self._owner: int | None = None
        self._depth = 0

    def acquire(self) -> None:
        """Wait for the turn; a thread that has it takes it once more."""
        thread = threading.get_ident()
        with self._guard:
            if self._owner in (None, thread):
                self._owner = thread
                self._depth += 1
                return
            gate = threading.Lock()
            gate.acquire()
            self._queue.append(gate)
        gate.acquire()  # opened by whoever had the turn before
        self._owner, self._depth = thread, 1

    def release(self) -> None:
        """Give back one taking, in one's own turn; the last one hands the turn on."""
        with self._guard:
            if self._owner != threading.get_ident():
                raise RuntimeError("it is another thread's turn")
            self._depth -= 1
            if self._depth:
                return
            if self._queue:
                self._owner = -1  # taken, by the thread that is woken
                self._queue.popleft().release()
            else:
                self._owner = None

    @property
    def waiting(self) -> int:
        """Number of threads that wait for their turn."""
        with self._guard:
            return len(self._queue)

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_error: object) -> None:
        self.release()


__all__ = ["BATCH_TOLERANCE", "MAX_BATCH", "ModelInfo", "ModelSession", "TokenCount"]

BATCH_TOLERANCE = 1e-5
"""Most an embedding's component may differ, in fp32, between two batch sizes (R12).

An image's result never depends on what the other images of the batch show. The size of the batch
alone can change the order of summation inside the matrix products, and so the last bits.
"""

MAX_BATCH = 64
"""Longer batches are run in pieces of this length, so that memory stays flat."""

KEPT_TEXTS = 16384
"""Texts whose embeddings are kept, 64 MiB at 1024 dimensions."""

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """At most so many values; those used longest ago are dropped first. For several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Value | None:
        """The value; None if it is not kept."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: str, value: Value) -> None:
        """Keep a value."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)


class ModelSession:
    """A model with its device, precision, preprocessing, tokenizer, provenance and lock.

    The model is in evaluation mode, needs no gradients and is never changed by use (R11). All
    methods may be called from several threads; they take turns through `lock`, text by text and
    batch by batch. A text is embedded once and its embedding kept, for whoever asks (R83), until
    `kept_texts` others were used since.
    """

    def __init__(
        self,
        model: nn.Module,
        tokenizer: Tokenizer,
        info: ModelInfo,
        kept_texts: int = KEPT_TEXTS,
    ) -> None:
        self.lock = Turns()
        self._tokenizing = threading.Lock()
        self._counts: Kept[TokenCount] = Kept(kept_texts)
        self._texts: Kept[NDArray[np.float32]] = Kept(kept_texts)
        self.model = model.eval().requires_grad_(False)  # hold the lock while running it
        self._tokenizer = tokenizer
        self.info = info
        self.device = torch.device(info.device)
        self._dtype = DTYPES[info.precision]
        self._mean, self._std = channel_statistics(info.preprocessing, self.device)

    def inference(self) -> AbstractContextManager[None]:
        """Everything a forward pass of this session runs under; see `inference`."""
        return inference(self.device, self._dtype)

    def to_input(self, images: NDArray[np.uint8]) -> torch.Tensor:
        """The model's input for pictures of its own size.

        Parameters
        ----------
        images : ndarray of uint8, shape (B, side, side, 3), sRGB

        Returns
        -------
        tensor of float32, shape (B, 3, side, side), on the session's device
            (value / 255 − mean) / std, computed in this order, as open_clip does.
        """
        side = self.info.preprocessing.side
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:] != (side, side, 3):
            raise ValueError(
                f"Expected uint8 (B, {side}, {side}, 3), got {images.dtype} {images.shape}."
            )
        # Copied because torch may keep a view of memory that the caller goes on to change.
        tensor = torch.from_numpy(np.array(images, order="C", copy=True)).to(self.device)
        return self._normalized(tensor)

    def colors_to_input(self, colors: NDArray[np.uint8]) -> torch.Tensor:
        """As `to_input`, bit for bit, of single colors, uint8 sRGB of shape (N, 3)."""
        pixels = torch.from_numpy(np.array(colors[None, :, None, :])).to(self.device)
        return self._normalized(pixels)[0, :, :, 0].T.contiguous()

    def _normalized(self, pixels: torch.Tensor) -> torch.Tensor:
        """Float32 of shape (B, 3, H, W) from uint8 of shape (B, H, W, 3)."""
        tensor = pixels.permute(0, 3, 1, 2).contiguous().to(torch.float32).div_(255)
        return tensor.sub_(self._mean).div_(self._std)

    def encode_images(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embed pictures.

        Parameters
        ----------
        images : ndarray of uint8, shape (B, side, side, 3), sRGB
            See `core.models.preprocessing.fit_picture`; a `ValueError` for any other type or shape.

        Returns
        -------
        ndarray of float32, shape (B, embed_dim)
            Rows of unit norm. A row does not depend on the other images, and on the batch's size
            only within `BATCH_TOLERANCE`.
        """
        rows = [np.empty((0, self.info.embed_dim), np.float32)]
        for start in range(0, len(images), MAX_BATCH):
            batch = self.to_input(images[start : start + MAX_BATCH])
            with self.lock, self.inference():
                rows.append(unit_rows(self.model.encode_image(batch)))  # type: ignore[operator]
        return np.concatenate(rows)

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts; a `PromptError` if one has more tokens than the model takes.

        Returns
        -------
        ndarray of float32, shape (N, embed_dim)
            Rows of unit norm. A row does not depend on the other texts, bit for bit.
        """
        rows = [np.empty((0, self.info.embed_dim), np.float32)]
        # Each alone, so that a text's embedding depends on nothing but the text.
        return np.concatenate([*rows, *(self._embedded(text)[None] for text in texts)])

    def tokenize_info(self, text: str) -> TokenCount:
        """Count the tokens of a text, and show it as the model sees it."""
        count = self._counts.get(text)
        if count is None:
            with self._tokenizing:
                count = self._tokenizer.count(text)
            self._counts.put(text, count)
        return count

    def _embedded(self, text: str) -> NDArray[np.float32]:
        """Unit embedding of a text, float32, shape (D,); not to be changed."""
        known = self._texts.get(text)
        if known is not None:
            return known
        with self._tokenizing:
            tokens = self._tokenizer.encode([text]).to(self.device)
        with self.lock, self.inference():
            known = self._texts.get(text)  # another thread may have had the turn before
            if known is None:
                if reads_to_the_end_token(self.model):
                    features = encode_trimmed(cast(CLIP, self.model), tokens)
                else:
                    features = self.model.encode_text(tokens)  # type: ignore[operator]
                (known,) = unit_rows(features)
                self._texts.put(text, known)
            return known


def channel_statistics(
    preprocessing: Preprocessing, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation as float32 tensors of shape (3, 1, 1)."""
    mean = torch.tensor(preprocessing.mean, dtype=torch.float32, device=device)
    std = torch.tensor(preprocessing.std, dtype=torch.float32, device=device)
    return mean[:, None, None], std[:, None, None]


@contextmanager
def inference(device: torch.device, dtype: torch.dtype) -> Iterator[None]:
    """Everything a forward pass runs under: no gradients, the precision, no TF32 in fp32."""
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode())
        if device.type == "cuda":
            # Otherwise convolutions "in fp32" keep ten bits of mantissa, and the fastest
            # algorithm, and with it the rounding, is chosen anew at each start.
            stack.enter_context(
                torch.backends.cudnn.flags(
                    enabled=True, benchmark=False, deterministic=True, allow_tf32=False
                )
            )
        if dtype is not torch.float32:
            stack.enter_context(torch.autocast(device.type, dtype))
        yield


def unit_rows(features: torch.Tensor) -> NDArray[np.float32]:
    """Rows of unit norm as float32 on the CPU, normalized in float32 whatever the precision."""
    rows = torch.nn.functional.normalize(features.to(torch.float32), dim=-1)
    return rows.cpu().numpy().copy()


def reads_to_the_end_token(model: nn.Module) -> bool:
    """True if `encode_trimmed` holds for the model: causal attention, read at the end token."""
    return (
        isinstance(model, CLIP)
        and model.text_pool_type == "argmax"
        and model.attn_mask is not None
        and isinstance(model.text_projection, nn.Parameter)
    )


def encode_trimmed(model: CLIP, tokens: Tensor) -> Tensor:
    """Text features, before normalization, of a model for which `reads_to_the_end_token` is true.

    Attention is causal there and the embedding is read at the end token, so the padding behind it
    changes nothing but the time: a prompt of nine tokens costs an eighth. Equals
    ``model.encode_text`` of the padded tokens but for the order of summation. The tokens, (N, L),
    may have any length up to the context length that holds every end token.
    """
    end = tokens.argmax(dim=-1)  # the end token has the highest id
    length = int(end.max()) + 1
    tokens = tokens[:, :length]
    dtype = model.transformer.get_cast_dtype()
    x = model.token_embedding(tokens).to(dtype) + model.positional_embedding[:length].to(dtype)
    x = model.transformer(x, attn_mask=model.attn_mask[:length, :length])  # (N, L, width)
    x = model.ln_final(x)
    features: Tensor = x[torch.arange(len(x), device=x.device), end] @ model.text_projection
    return features
