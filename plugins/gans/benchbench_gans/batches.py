"""What an update is given: one flat mapping of tensors, so that it can be recorded once and replayed."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from benchbench.training import TrainingSet
from torch import Tensor

from benchbench_gans.objectives import Seen
from benchbench_gans.packing import packed, packed_labels


class Source:
    """Real samples, a pack at a time, with their noise."""

    def __init__(self, data: TrainingSet, num_classes: int, packing: int, latent: int) -> None:
        self._data, self._packing, self._latent = data, packing, latent
        self._members: list[Tensor] = []
        """Rows by class."""
        if num_classes and packing > 1:
            labels = torch.cat([data.batch(rows)[0]["label"].cpu() for rows in torch.arange(len(data)).split(256)])
            self._members = [(labels == label).nonzero()[:, 0] for label in range(num_classes)]
            self._labels = labels

    def draw(self, part: str, packs: int, random: torch.Generator) -> dict[str, Tensor]:
        """Return, under the name of the part, so many packs of real samples, and noise for as many generated ones.

        `real` `[packs * packing, …]`, `label` of each where there are classes, `noise` and `other_noise`
        `[packs * packing, latent]`, and `places` `[packs]` in (0, 1).
        """
        rows = self._rows(packs, random)
        condition, real = self._data.batch(rows)
        found = {"real": real, **condition}
        for name in ("noise", "other_noise"):
            found[name] = torch.randn(len(rows), self._latent, generator=random)
        found["places"] = torch.rand(packs, generator=random)
        return {f"{part}.{name}": value for name, value in found.items()}

    def _rows(self, packs: int, random: torch.Generator) -> Tensor:
        """Return rows of the training set, with repetition; those of a pack are of one class."""
        rows = torch.randint(len(self._data), (packs * self._packing,), generator=random)
        if not self._members:
            return rows
        places = torch.rand(len(rows), generator=random)
        for number in range(len(rows)):
            members = self._members[int(self._labels[rows[number - number % self._packing]])]
            if number % self._packing:
                rows[number] = members[int(places[number] * len(members))]
        return rows


def part_of(given: Mapping[str, Tensor], part: str) -> dict[str, Tensor]:
    """Return what was drawn under the name of the part, without that name."""
    return {name.removeprefix(f"{part}."): value for name, value in given.items() if name.startswith(f"{part}.")}


def seen(samples: Tensor, given: Mapping[str, Tensor], packing: int) -> Seen:
    """Return samples `[N, …]` as a discriminator sees them, with the labels that were drawn."""
    return Seen(packed(samples, packing), packed_labels(given.get("label"), packing))
