"""Which base network serves which task, and how it is made; torch is imported when one is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from benchbench.core import Task, Unsupported
from benchbench.training.method import require_images, require_kind

from benchbench_mrgan.recipes import Base, Size

if TYPE_CHECKING:
    from torch import nn

Wanted = Literal["auto", "pix2pix", "srgan", "glcic", "mlp"]
KINDS: dict[Base, str] = {
    "pix2pix": "translation",
    "srgan": "super-resolution",
    "glcic": "inpainting",
    "mlp": "points",
}
FACTOR = 4
SMALL_SIDES = (32, 64)


def base_for(wanted: Wanted, task: Task) -> Base:
    """Return the base that was asked for, or the one for tasks of this kind; raise `Unsupported` if there is none."""
    if wanted != "auto":
        return wanted
    for base, kind in KINDS.items():
        if kind == task.kind:
            return base
    *most, last = KINDS.values()
    raise Unsupported(f"serves {', '.join(most)} and {last}; {task.name} is of kind {task.kind}")


def require(base: Base, size: Size, task: Task) -> None:
    """Raise `Unsupported` with the reason where the networks do not take the conditions or give the samples."""
    if base == "mlp":
        require_kind(task, base, KINDS[base])
        return
    channels = (1, 3) if base == "pix2pix" else (3,)
    side = require_images(task, base, KINDS[base], channels, FACTOR if base == "srgan" else 1)
    if base == "glcic" and "mask" not in task.examples("test")[0].condition:
        raise Unsupported(f"glcic needs a mask as condition; {task.name} gives none")
    given = f"those of {task.name} are {side} x {side}"
    if size == "small" and side > max(SMALL_SIDES):
        raise Unsupported(f"the small {base} takes images of up to {max(SMALL_SIDES)} px, {given}: use size=paper")
    if base == "srgan":
        return
    if size == "small" and side not in SMALL_SIDES:
        sides = " or ".join(f"{each} x {each}" for each in SMALL_SIDES)
        raise Unsupported(f"the small {base} takes images of {sides}; {given}")
    if base == "pix2pix" and (side < 32 or side & (side - 1)):  # its discriminator has no patch of 16 px
        raise Unsupported(f"pix2pix takes images whose side is a power of two from 32; {given}")
    if base == "glcic" and (side < 16 or side % 4):
        raise Unsupported(f"glcic takes images whose side is a multiple of 4 from 16; {given}")


def make_network(
    base: Base, size: Size, task: Task, noise: bool = True, dispersion: bool = False, standardise: bool = False
) -> Any:
    """Return the base network: with noise the one that samples, without it and with `dispersion` the predictor."""
    from benchbench_mrgan import networks

    if base == "mlp":
        return networks.Mlp(task.space.shape[0], size, noise, dispersion)
    image = task.examples("test")[0].condition["image"]
    if base == "pix2pix":
        return networks.UNet(len(image), image.shape[-1], size, noise, dispersion, standardise)
    kind = networks.Srgan if base == "srgan" else networks.Glcic
    return kind(image.shape[-1], size, noise, dispersion)


def make_discriminator(base: Base, size: Size, task: Task, standardise: bool = False) -> nn.Module:
    """Return the discriminator that the authors set against this base network."""
    from benchbench_mrgan import networks

    if base == "mlp":
        return networks.MlpDiscriminator(task.space.shape[0], size)
    if base == "srgan":
        return networks.SrganDiscriminator(size)
    if base == "glcic":
        return networks.GlcicDiscriminator(task.space.shape[-1], size)
    return networks.PatchDiscriminator(len(task.examples("test")[0].condition["image"]), size, standardise)
