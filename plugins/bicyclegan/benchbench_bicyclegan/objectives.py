"""The two halves of an update, each one forward call of a module whose trainable weights are those that it changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from benchbench_bicyclegan import losses
from benchbench_bicyclegan.networks import Networks
from benchbench_bicyclegan.terms import Terms

PATHS = ("encoded", "random")
"""Where z comes from; each path has a discriminator of its own."""


class Discriminators(nn.Module):
    """The discriminator of each path (D and D2 in the paper), and their losses."""

    def __init__(self, judges: nn.ModuleDict, conditional: bool) -> None:
        super().__init__()
        self.judges, self._conditional = judges, conditional

    def forward(self, given: Mapping[str, Tensor], fakes: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the loss of each path: D sees B_1 as real, D2 sees B_2; the fakes of both are of A_1."""
        pairs = {"encoded": ("condition", "target"), "random": ("other_condition", "other_target")}
        found = {}
        for path, judge in self.judges.items():
            condition, target = (given[name] for name in pairs[path])
            real, fake = self.seen(condition, target), self.seen(given["condition"], fakes[path])
            found[path] = losses.discriminator_loss(judge(real), judge(fake))
        return found

    def seen(self, condition: Tensor, images: Tensor) -> Tensor:
        """Return what a discriminator sees: the images, and the condition where it is to be seen."""
        return torch.cat([condition, images], 1) if self._conditional else images


class Objective(nn.Module):
    """The losses of generator and encoder; those of the discriminators stay as they are."""

    def __init__(self, networks: Networks, discriminators: Discriminators, terms: Terms) -> None:
        super().__init__()
        self.networks, self._terms = networks, terms
        self._others = (discriminators,)  # in a tuple: their weights are not this module's
        if not terms.sampled:
            networks.encoder.log_variance.requires_grad_(False)

    def forward(self, given: Mapping[str, Tensor]) -> tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]:
        """Return the loss to descend, its terms by name, and G(A_1, z) of each path.

        One sum gives each network its gradient: for the latent regression of BicycleGAN the encoder is called with
        weights that take none. It is called here, before it is updated.
        """
        terms = self._terms
        shown: dict[str, Tensor] = {}
        fakes: dict[str, Tensor] = {}
        if terms.encoded:
            mean, log_variance = self.networks.encoder(given["target"])
            latent = mean
            if terms.sampled:
                latent = mean + (log_variance / 2).exp() * given["deviation"]
                shown["kl"] = losses.kl_loss(mean, log_variance)
            fakes["encoded"] = self._generate(given, latent, "encoded")
            shown["reconstruction"] = losses.reconstruction_loss(fakes["encoded"], given["target"])
        if terms.random:
            fakes["random"] = self._generate(given, given["prior"], "random")
        if terms.latent != "none":
            found, _ = self._encode(fakes["random"], updated=terms.latent == "both")
            shown["latent"] = losses.latent_loss(found, given["prior"])
        (others,) = self._others
        for path, images in fakes.items():
            opinion = _frozen(others.judges[path], others.seen(given["condition"], images))
            shown[f"adversarial_{path}"] = losses.adversarial_loss(opinion)
        weights = {"kl": terms.kl_weight, "reconstruction": terms.reconstruction_weight, "latent": terms.latent_weight}
        total = torch.stack([weights.get(name, 1.0) * loss for name, loss in shown.items()]).sum()
        return total, _detached(shown), _detached(fakes)

    def _generate(self, given: Mapping[str, Tensor], latent: Tensor, path: str) -> Tensor:
        masks = [given[f"mask_{path}_{i}"] for i in range(len(self.networks.generator.mask_shapes))]
        images: Tensor = self.networks.generator(given["condition"], latent, masks)
        return images

    def _encode(self, images: Tensor, updated: bool) -> tuple[Tensor, Tensor]:
        encoder = self.networks.encoder
        law: tuple[Tensor, Tensor] = encoder(images) if updated else _frozen(encoder, images)
        return law


def _frozen(module: nn.Module, images: Tensor) -> Any:
    """Return the module's output; a gradient passes through it and leaves none in its weights."""
    return functional_call(module, {name: each.detach() for name, each in module.named_parameters()}, (images,))


def _detached(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach() for name, tensor in tensors.items()}
