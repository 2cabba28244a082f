"""The networks of CycleGAN (Zhu et al., ICCV 2017): residual translators, and judges of overlapping patches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchbench_gans.networks.layers import Enlarge, Residual, initialized
from torch import Tensor, nn

from benchbench_cyclegan.sizes import Size

DEVIATION = 0.02
"""Of the initial weights."""


class Translator(nn.Module):
    """Images to images of the same size."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.noise_shapes: list[tuple[int, ...]] = []

    def forward(self, condition: Mapping[str, Tensor], noise: Sequence[Tensor] = ()) -> Tensor:
        """Return `float32[N, 1, 3, S, S]` in [-1, 1]: the one output of each condition image; there is no noise."""
        del noise
        return self.translate(condition["image"])[:, None]

    def translate(self, images: Tensor) -> Tensor:
        """Return `float32[N, outputs, S, S]` in [-1, 1] of images `[N, inputs, S, S]`."""
        made: Tensor = self.body(images)
        return made.float()


def make_translator(inputs: int, outputs: int, size: Size) -> Translator:
    """Return the residual network: two halvings, blocks at a quarter of the side, and two doublings."""
    width = size.width
    layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(inputs, width, 7), *_norm(width)]
    for _ in range(2):
        layers += [nn.Conv2d(width, 2 * width, 3, 2, 1), *_norm(2 * width)]
        width *= 2
    layers += [_block(width) for _ in range(size.blocks)]
    for _ in range(2):
        layers += [*_doubling(width, width // 2, size), *_norm(width // 2)]
        width //= 2
    layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, outputs, 7), nn.Tanh()]
    return Translator(initialized(nn.Sequential(*layers), size.deviation or DEVIATION))


def make_judge(inputs: int, size: Size) -> nn.Module:
    """Return the PatchGAN: values of overlapping patches, of 70 px with three halvings."""
    width = size.judge_width
    layers: list[nn.Module] = [nn.Conv2d(inputs, width, 4, 2, 1), nn.LeakyReLU(0.2)]
    for level in range(1, size.halvings + 1):
        outputs = size.judge_width * min(2**level, 8)
        stride = 2 if level < size.halvings else 1
        layers += [nn.Conv2d(width, outputs, 4, stride, 1), nn.InstanceNorm2d(outputs), nn.LeakyReLU(0.2)]
        width = outputs
    return initialized(nn.Sequential(*layers, nn.Conv2d(width, 1, 4, 1, 1)), size.deviation or DEVIATION)


def _norm(channels: int) -> list[nn.Module]:
    return [nn.InstanceNorm2d(channels), nn.ReLU()]


def _block(channels: int) -> nn.Module:
    path = nn.Sequential(
        nn.ReflectionPad2d(1),
        nn.Conv2d(channels, channels, 3),
        nn.InstanceNorm2d(channels),
        nn.ReLU(),
        nn.ReflectionPad2d(1),
        nn.Conv2d(channels, channels, 3),
        nn.InstanceNorm2d(channels),
    )
    return Residual(path, nn.Identity())


def _doubling(inputs: int, outputs: int, size: Size) -> list[nn.Module]:
    if size.transposed:
        return [nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, output_padding=1)]
    return [nn.Conv2d(inputs, outputs, 3, 1, 1), Enlarge()]
