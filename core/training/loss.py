"""Symmetric contrastive loss over the distinct captions of a batch.

After Radford et al. (2021), with one change: small vocabularies repeat captions within a batch, and
a repeated caption must not count as a wrong answer. The text tower sees each distinct caption once.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def contrastive_loss(
    image_features: Tensor, text_features: Tensor, caption_of: Tensor, scale: Tensor
) -> Tensor:
    """Mean of the image → text and the text → image cross-entropies.

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
