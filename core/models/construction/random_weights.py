"""Random weights that leave nothing as it was built: no norm, bias or statistic stays 0 or 1.

A network as it is built is half a network. open_clip starts the last norm of each block of a
ResNet at zero, so that the block hands on what it was given; running statistics stand at 0 and 1,
biases at 0. A mistake in a residual sum, in folding a norm into a convolution, or in the order of
layers would not show on it.
"""

from __future__ import annotations

import torch
from open_clip.modified_resnet import Bottleneck
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


def draw_the_rest(model: nn.Module, seed: int) -> None:
    """Draw every parameter and statistic of a new model in float32 that is the same throughout.

    The ranges keep what passes through the layers of one size from the first to the last: the
    values of a convolution as torch draws it have a sixth of the variance of a rectified input of
    variance one, and a block adds little to what it is given. The same seed gives the same values;
    the global generator is left as it was.
    """
    generator = torch.Generator().manual_seed(seed)

    def uniform(tensor: torch.Tensor, low: float, high: float) -> None:
        tensor.uniform_(low, high, generator=generator)

    def normal(tensor: torch.Tensor, deviation: float) -> None:
        tensor.normal_(0.0, deviation, generator=generator)

    small = {
        id(norm)
        for block in model.modules()
        if isinstance(block, Bottleneck)
        for norm in (block.bn3, *([] if block.downsample is None else [block.downsample[-1]]))
    }
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, _BatchNorm):
                if module.running_mean is not None and module.running_var is not None:
                    normal(module.running_mean, 0.05)
                    uniform(module.running_var, 0.08, 0.25)
                if module.affine:
                    low, high = (0.3, 0.7) if id(module) in small else (0.5, 1.5)
                    uniform(module.weight, low, high)
                    normal(module.bias, 0.2)
        for parameter in model.parameters():
            if parameter.numel() < 2 or not is_constant(parameter):  # the logit scale is one number
                continue
            if bool(parameter.flatten()[0]):
                uniform(parameter, 0.5, 1.5)
            else:
                normal(parameter, 0.1)


def is_constant(tensor: torch.Tensor) -> bool:
    """True if all values are the same."""
    values = tensor.flatten()
    # Matrices differ within their first values: most need no further look.
    return all(bool((part == values[0]).all()) for part in (values[:8], values))
