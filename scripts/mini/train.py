"""Train the network of the extractor `mini` from nothing: no ImageNet, no LPIPS, no downloaded file.

Data: the photographs inside the scikit-image and scikit-learn wheels, and dead leaves made here. The colour photographs
are cut in 128 px blocks; block (i, j) with (i + 2 j) % 3 == 0 is a test block of the task `sr-photos` and not used.

Objective: instance discrimination (NT-Xent). Two views of one image, by random crop, turn, mirror, contrast and tint,
belong together; every other image is a negative, and so is the same image once blurred or made noisy. The
first half makes the features bear what a viewer forgives, the second makes them notice what a viewer notices.

Takes 10 minutes on one core of an Intel Xeon (Sapphire Rapids, 2.6 GHz) and 2 GB of memory. The seed fixes the result
to the bit on one kind of processor and version of torch (a second training gave the same file), and up to rounding
elsewhere.

    python scripts/mini/train.py --out benchbench/features/mini.safetensors
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import skimage
import sklearn
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Generator, Tensor, nn
from torch.nn import functional

from benchbench.features._mini_network import CHANNELS, MiniNetwork

COLOUR_PHOTOS = (
    "astronaut.png",
    "chelsea.png",
    "coffee.png",
    "rocket.jpg",
    "hubble_deep_field.jpg",
    "retina.jpg",
    "ihc.png",
    "motorcycle_left.png",
    "china.jpg",
    "flower.jpg",
)
GREY_PHOTOS = ("camera.png", "coins.png", "moon.png", "brick.png", "grass.png", "gravel.png")
BLOCK = 128
CROP = 96
VIEW = 64


@dataclass(frozen=True)
class Recipe:
    """What one step of training draws and how far it goes."""

    photos: int = 38
    """Colour blocks a step."""
    grey_photos: int = 14
    """Grey blocks a step, each randomly tinted."""
    leaves: int = 44
    """Dead-leaves images a step."""
    distorted: int = 48
    """Images that also appear distorted, each as an identity of its own."""
    blur_share: float = 0.4
    """How many of these are blurred; the others get noise."""
    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    temperature: float = 0.1


class Trainee(nn.Module):
    """The network with batch normalisation, which `folded` turns into plain weights, and a head used in training."""

    def __init__(self) -> None:
        super().__init__()
        self.network = MiniNetwork()
        self.norms = nn.ModuleList(nn.BatchNorm2d(channels) for channels in CHANNELS)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(CHANNELS[-1] * 9, 256), nn.ReLU(), nn.Linear(256, 96))
        for convolution in self.network.convolutions:
            nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
            nn.init.zeros_(convolution.bias)

    def forward(self, views: Tensor) -> Tensor:
        """Return unit vectors float32[B, 96] of views float32[B, 3, 64, 64] in [0, 1]."""
        hidden = (views - self.network.mean) / self.network.std
        hidden = hidden.contiguous(memory_format=torch.channels_last)
        for index, (convolution, norm) in enumerate(zip(self.network.convolutions, self.norms, strict=True)):
            if index in (1, 2):
                hidden = functional.max_pool2d(hidden, 3, stride=2)
            hidden = functional.relu(norm(convolution(hidden)))
        return functional.normalize(self.head(hidden), dim=1)

    def folded(self) -> MiniNetwork:
        """Return the network alone, each batch normalisation folded into its convolution."""
        result = MiniNetwork().eval().requires_grad_(False)
        for source, norm, target in zip(self.network.convolutions, self.norms, result.convolutions, strict=True):
            scale = norm.weight / (norm.running_var + norm.eps).sqrt()
            target.weight.copy_(source.weight * scale.view(-1, 1, 1, 1))
            target.bias.copy_((source.bias - norm.running_mean) * scale + norm.bias)
        return result


def photo(name: str) -> np.ndarray:
    """Return a photograph uint8[H, W, 3] out of the scikit-image or scikit-learn wheel."""
    folders = (Path(skimage.__file__).parent / "data", Path(sklearn.__file__).parent / "datasets" / "images")
    path = next(folder / name for folder in folders if (folder / name).is_file())
    return np.array(Image.open(path).convert("RGB"))


def is_test_block(row: int, column: int) -> bool:
    """Say whether the task `sr-photos` tests on this block of a photograph."""
    return (row + 2 * column) % 3 == 0


def photo_blocks(names: tuple[str, ...], *, split: str = "train") -> Tensor:
    """Return the whole blocks uint8[N, 3, 128, 128] of one split: `train`, `test`, or `all`; nearly flat ones not."""
    found = []
    for name in names:
        image = photo(name)
        cells = [(row, column) for row in range(image.shape[0] // BLOCK) for column in range(image.shape[1] // BLOCK)]
        kept = [cell for cell in cells if split == "all" or is_test_block(*cell) == (split == "test")]
        if name == "retina.jpg":
            kept = kept[::3]  # 121 blocks of much the same orange
        for row, column in kept:
            found.append(image[row * BLOCK : (row + 1) * BLOCK, column * BLOCK : (column + 1) * BLOCK])
    blocks = torch.from_numpy(np.stack(found)).permute(0, 3, 1, 2)
    return blocks[blocks.float().std((1, 2, 3)) > 12]


def dead_leaves(count: int, palette: Tensor, generator: Generator, *, leaves: int = 50) -> Tensor:
    """Return images uint8[count, 3, 96, 96] of shaded, textured leaves that hide each other, in the palette's colours.

    Radii follow a power law, as the sizes of objects in photographs do; `palette` is float32[P, 3] in [0, 1].
    """
    return torch.cat(
        [_dead_leaves(min(64, count - start), palette, generator, leaves) for start in range(0, count, 64)]
    )


def _dead_leaves(count: int, palette: Tensor, generator: Generator, leaves: int) -> Tensor:
    def uniform(*shape: int) -> Tensor:
        return torch.rand((count, *shape), generator=generator)

    rows, columns = torch.meshgrid(torch.arange(CROP).float(), torch.arange(CROP).float(), indexing="ij")
    texture = _coloured_noise(count, generator)
    colours = palette[torch.randint(len(palette), (count, 12), generator=generator)]
    images = torch.zeros(count, 3, CROP, CROP)
    for index in range(leaves):
        x, y = columns - uniform(1, 1) * CROP, rows - uniform(1, 1) * CROP
        smallest, largest = 3.0**-1.5, (CROP * 0.6) ** -1.5
        radius = (largest + uniform(1, 1) * (smallest - largest)) ** (-1 / 1.5)
        if index < 4:
            radius = torch.full_like(radius, CROP * 0.5 if index else 1e3)
        angle, flatness = uniform(1, 1) * math.pi, 0.3 + 0.7 * uniform(1, 1)
        along = (x * angle.cos() + y * angle.sin()) / radius
        across = (y * angle.cos() - x * angle.sin()) / (radius * flatness)
        shape = uniform(1, 1)
        square = torch.maximum(along.abs(), across.abs())
        size = torch.where(shape < 0.8, square, along.abs() + across.abs())
        size = torch.where(shape < 0.5, (along.square() + across.square()).sqrt(), size)
        softness = torch.where(uniform(1, 1) < 0.2, 2 + 6 * uniform(1, 1), 0.7)
        mask = ((1 - size) * radius * flatness / softness + 0.5).clamp(0, 1)[:, None]
        chosen = torch.randint(12, (count,), generator=generator)
        colour = colours[torch.arange(count), chosen][:, :, None, None] * (0.75 + 0.5 * uniform(1, 1, 1))
        colour = colour + 0.05 * torch.randn((count, 3, 1, 1), generator=generator)
        shade = 1 + along[:, None].clamp(-1.5, 1.5).tanh() * (uniform(1, 1, 1) - 0.5) * 0.4
        wave = torch.sin(2 * math.pi * along * radius * (0.03 + 0.3 * uniform(1, 1)) + 6 * uniform(1, 1))[:, None]
        stripes = wave * (uniform(1, 1, 1) < 0.25) * 0.25 * uniform(1, 1, 1) * (0.5 + uniform(3, 1, 1))
        roughness = (uniform(1, 1, 1) < 0.6) * uniform(1, 1, 1).square() * 0.25
        offset = torch.randint(CROP, (2,), generator=generator).tolist()
        leaf = colour * shade + stripes + roughness * texture.roll(offset, (2, 3))
        images = images * (1 - mask) + leaf * mask
    return (images.clamp(0, 1) * 255).round().byte()


def _coloured_noise(count: int, generator: Generator) -> Tensor:
    noise = torch.randn((count, 3, CROP, CROP), generator=generator)
    noise = noise.mean(1, keepdim=True) + 0.4 * noise
    power = torch.fft.fftfreq(CROP)[:, None].square() + torch.fft.rfftfreq(CROP)[None].square()
    power[0, 0] = 1
    slope = 0.25 + 0.75 * torch.rand((count, 1, 1, 1), generator=generator)
    texture = torch.fft.irfft2(torch.fft.rfft2(noise) * power ** (-slope), s=(CROP, CROP))
    return texture / texture.std((1, 2, 3), keepdim=True)


def view(images: Tensor, generator: Generator) -> Tensor:
    """Return a random view float32[B, 3, 64, 64] of images float32[B, 3, 96, 96].

    The crop, the turn of at most 15 degrees, the mirror, the contrast, the brightness and the tint are drawn.
    """
    count = len(images)

    def spread(*shape: int) -> Tensor:
        return torch.rand((count, *shape), generator=generator) * 2 - 1

    scale = 0.725 + 0.275 * spread()
    angle, mirror, stretch = spread() * math.pi / 12, spread().sign(), (0.15 * spread()).exp()
    first = torch.stack([scale * stretch * angle.cos() * mirror, -scale * angle.sin(), spread() * (1.12 - scale)], 1)
    second = torch.stack([scale * stretch * angle.sin() * mirror, scale * angle.cos(), spread() * (1.12 - scale)], 1)
    grid = functional.affine_grid(torch.stack([first, second], 1), [count, 3, VIEW, VIEW], align_corners=False)
    views = functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    mean = views.mean((1, 2, 3), keepdim=True)
    views = (views - mean) * (1 + 0.85 * spread(1, 1, 1)) + mean + 0.15 * spread(1, 1, 1) + 0.08 * spread(3, 1, 1)
    views = (views - 0.5) * (1 + 0.12 * spread(3, 1, 1)) + 0.5
    grey = spread(1, 1, 1) < -0.8
    return torch.where(grey, views.mean(1, keepdim=True), views).clamp(0, 1)


def distort(views: Tensor, recipe: Recipe, generator: Generator) -> Tensor:
    """Return the views float32[B, 3, 64, 64], the first ones blurred, the others with noise; severity is random."""
    blurred = round(len(views) * recipe.blur_share)
    sigma = 0.8 * 3.75 ** torch.rand(1, generator=generator).item()
    noise = torch.randn(views[blurred:].shape, generator=generator)
    level = 0.08 * 3.75 ** torch.rand((len(noise), 1, 1, 1), generator=generator)
    return torch.cat([blur(views[:blurred], sigma), (views[blurred:] + level * noise).clamp(0, 1)])


def blur(images: Tensor, sigma: float) -> Tensor:
    """Return images float32[B, C, H, W] blurred by a Gaussian of `sigma` pixels, reflected at the border."""
    radius = int(3 * sigma + 1)
    kernel = torch.exp(-torch.arange(-radius, radius + 1).float().square() / (2 * sigma * sigma))
    kernel = (kernel / kernel.sum()).repeat(images.shape[1], 1, 1, 1)
    padded = functional.pad(images, (radius,) * 4, mode="reflect")
    rows = functional.conv2d(padded, kernel, groups=images.shape[1])
    return functional.conv2d(rows, kernel.transpose(2, 3), groups=images.shape[1])


def draw(banks: tuple[Tensor, Tensor, Tensor], recipe: Recipe, generator: Generator) -> Tensor:
    """Return one step's images float32[B, 3, 96, 96] out of the banks of colour blocks, grey blocks and leaves."""
    photos, greys, leaves = banks
    picked = []
    for bank, count in ((photos, recipe.photos), (greys, recipe.grey_photos), (leaves, recipe.leaves)):
        chosen = bank[torch.randperm(len(bank), generator=generator)[:count]].float() / 255
        top, left = torch.randint(chosen.shape[-1] - CROP + 1, (2,), generator=generator).tolist()
        picked.append(chosen[:, :, top : top + CROP, left : left + CROP])
    gain = 0.3 + 1.4 * torch.rand((recipe.grey_photos, 3, 1, 1), generator=generator)
    offset = 0.4 * (torch.rand((recipe.grey_photos, 3, 1, 1), generator=generator) - 0.5)
    picked[1] = (picked[1] * gain + offset).clamp(0, 1)
    return torch.cat(picked)


def contrastive_loss(vectors: Tensor, identities: Tensor, temperature: float) -> tuple[Tensor, float]:
    """Return NT-Xent over unit vectors float32[B, E] whose identities int64[B] come in pairs, and the share of hits."""
    similarity = (vectors @ vectors.T / temperature).fill_diagonal_(-1e9)
    partner = (identities[:, None] == identities[None]).float().fill_diagonal_(0).argmax(1)
    hits = (similarity.argmax(1) == partner).float().mean().item()
    return functional.cross_entropy(similarity, partner), hits


def train(banks: tuple[Tensor, Tensor, Tensor], recipe: Recipe, steps: int, seed: int) -> MiniNetwork:
    """Return the trained network."""
    torch.manual_seed(seed)
    generator = Generator().manual_seed(seed)
    trainee = Trainee().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(trainee.parameters(), weight_decay=recipe.weight_decay)
    start, hits = time.time(), 0.0
    for step in range(steps):
        rate = recipe.learning_rate * min(1, step / 100) * (0.5 + 0.5 * math.cos(math.pi * step / steps))
        for group in optimiser.param_groups:
            group["lr"] = rate
        images = draw(banks, recipe, generator)
        chosen = torch.randperm(len(images), generator=generator)[: recipe.distorted]
        pair = [view(images, generator) for _ in range(2)]
        pair = [torch.cat([views, distort(views[chosen], recipe, generator)]) for views in pair]
        identities = torch.arange(len(pair[0])).repeat(2)
        loss, hit = contrastive_loss(trainee(torch.cat(pair)), identities, recipe.temperature)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        hits += (hit - hits) * max(0.02, 1 / (step + 1))
        if (step + 1) % 100 == 0:
            seconds = time.time() - start
            say(f"step {step + 1}/{steps}  {seconds:.0f} s  loss {loss.item():.3f}  hits {hits:.3f}")
    return trainee.eval().folded()


def say(line: str) -> None:
    """Write one line of progress at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Train and write the weights in float16."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="the safetensors file to write")
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--leaves", type=int, default=3072, help="dead-leaves images to make")
    given = parser.parse_args()
    torch.set_num_threads(1)
    generator = Generator().manual_seed(given.seed)
    photos, greys = photo_blocks(COLOUR_PHOTOS), photo_blocks(GREY_PHOTOS, split="all")
    pixels = photos.permute(0, 2, 3, 1).reshape(-1, 3)
    palette = pixels[torch.randint(len(pixels), (20000,), generator=generator)].float() / 255
    leaves = dead_leaves(given.leaves, palette, generator)
    say(f"{len(photos)} colour blocks, {len(greys)} grey blocks, {len(leaves)} images of dead leaves")
    network = train((photos, greys, leaves), Recipe(), given.steps, given.seed)
    state = {name: value.half().contiguous() for name, value in network.state_dict().items()}
    note = f"benchbench mini, scripts/mini/train.py --steps {given.steps} --seed {given.seed}"
    save_file(state, given.out, metadata={"made_by": note})


if __name__ == "__main__":
    main()
