"""What every base network is: noise and a condition to samples, or a condition to the moments of its samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Literal

import torch
from benchbench import BenchbenchError
from torch import Tensor, nn

Size = Literal["small", "paper"]
"""`paper`: as MR-GAN's authors trained it. `small`: 0.7 M weights at the most, for minutes on a CPU core."""
Condition = Mapping[str, Tensor]
"""What `network_inputs` gives: images `float32[N, C, h, w]` in [-1, 1], masks 1 in the hole."""


class Network(nn.Module):
    """A conditional network: with noise what a GAN paper calls the generator, without it the predictor of moments.

    No operation has a backward pass on a GPU whose result depends on the order of sums, and none waits for the CPU.
    """

    noise_shapes: list[tuple[int, ...]]
    """The shapes of what one sample takes, standard normal; none where the network takes no noise."""

    def __init__(self, noise: bool, dispersion: bool) -> None:
        super().__init__()
        if noise and dispersion:
            raise BenchbenchError("a network that predicts moments takes no noise: give noise=False too")

    def forward(self, condition: Condition, noise: Sequence[Tensor]) -> Tensor:
        """Return the samples `float32[N, K, …]` for noise `[N, K, *shape]` each; without noise K is 1."""
        raise NotImplementedError

    def moments(self, condition: Condition, num_inputs: int | None = None) -> tuple[Tensor, Tensor]:
        """Return the mean `float32[N, …]` and the logarithm of the dispersion; `num_inputs` is N where it is open."""
        raise NotImplementedError


class ImageNetwork(Network):
    """A network of images: the heads `last` and `dispersion` read one last feature map."""

    last: nn.Module
    dispersion: nn.Module | None

    def forward(self, condition: Condition, noise: Sequence[Tensor]) -> Tensor:
        """Return `float32[N, K, 3, H, W]` in [-1, 1] for noise `[N, K, *shape]` each; without noise K is 1."""
        num_samples = noise[0].shape[1] if noise else 1
        features = self.features(condition, [each.flatten(0, 1) for each in noise], num_samples)
        images = _in_full(self.last, features)
        return self.finished(condition, images.unflatten(0, (-1, num_samples)))

    def moments(self, condition: Condition, num_inputs: int | None = None) -> tuple[Tensor, Tensor]:
        """Return the mean `float32[N, 3, H, W]` in [-1, 1] and the logarithm of the dispersion, of the same shape."""
        del num_inputs  # the condition tells
        if self.dispersion is None:
            raise BenchbenchError("this network has no head for the dispersion: build it with dispersion=True")
        features = self.features(condition, [], 1)
        mean = self.finished(condition, _in_full(self.last, features)[:, None])[:, 0]
        return mean, self.finished_dispersion(condition, _in_full(self.dispersion, features))

    def features(self, condition: Condition, noise: Sequence[Tensor], num_samples: int) -> Tensor:
        """Return the last feature map `[N K, C, H, W]` for noise `[N K, *shape]` each."""
        raise NotImplementedError

    def finished(self, condition: Condition, images: Tensor) -> Tensor:
        """Return the images `[N, K, 3, H, W]` in [-1, 1] from what `last` gave."""
        del condition
        return torch.tanh(images)

    def finished_dispersion(self, condition: Condition, log_dispersion: Tensor) -> Tensor:
        """Return the logarithm of the dispersion `[N, 3, H, W]` from what `dispersion` gave."""
        del condition
        return log_dispersion


def _in_full(layer: nn.Module, features: Tensor) -> Tensor:
    """Return what a last layer gives in float32, in mixed precision too.

    Rounded to bfloat16, K samples are often equal in a pixel, and their dispersion, which MR2 divides by, is 0.
    """
    device = features.device.type
    with torch.autocast(device, enabled=False) if torch.amp.is_autocast_available(device) else nullcontext():
        found: Tensor = layer(features.float())
    return found


def repeated(features: Tensor, num_samples: int) -> Tensor:
    """Return `[N K, …]` from `[N, …]`: each input's features K times in a row, channels last in memory if they were."""
    last = features.movedim(1, -1)
    return last[:, None].expand(-1, num_samples, *[-1] * (last.ndim - 1)).flatten(0, 1).movedim(-1, 1)


def with_noise(features: Tensor, noise: Sequence[Tensor], place: int) -> Tensor:
    """Return the features joined with the noise of this place along the channels, if the network takes any there."""
    return torch.cat([features, noise[place]], 1) if place < len(noise) else features
