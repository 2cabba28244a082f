"""How many conditions, samples and pairs a score is made of."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

from benchbench.core.errors import BenchbenchError


@dataclass(frozen=True)
class Protocol:
    """How many conditions, samples and pairs a score is made of, and what a published protocol computes from them."""

    name: str = "mrgan"
    version: int = 1
    num_conditions: int | None = 300
    """`None`: every test condition."""
    samples_per_condition: int = 20
    pairs_per_condition: int = 10
    pairing: Literal["disjoint", "consecutive", "random", "all"] = "disjoint"
    """How the pairs of a condition's samples are drawn; see `benchbench.protocols.pairs`."""
    scores: tuple[str, ...] = ()
    """Score specifications that its authors report; empty: the task's own."""
    side: int | None = None
    """The side of the images that its authors measured, in pixels; `None`: it is not fixed."""
    source: str = ""
    """Where it is published."""
    departures: tuple[str, ...] = ()
    """What we do otherwise, or fix because the authors leave it open; one sentence each."""

    def __post_init__(self) -> None:
        if self.pairing not in ("disjoint", "consecutive", "random", "all"):
            raise BenchbenchError(
                f"protocol {self.name}: pairing is {self.pairing!r}; write disjoint, consecutive, random or all"
            )
        implied = _implied_pairs(self.pairing, self.samples_per_condition)
        if implied not in (None, self.pairs_per_condition):
            raise BenchbenchError(
                f"protocol {self.name}: pairs_per_condition is {self.pairs_per_condition}, but {self.pairing} pairs of"
                f" {self.samples_per_condition} samples are {implied}; write {implied}"
            )

    @property
    def summary(self) -> str:
        """In numbers: `100 conditions x 20 samples, 19 consecutive pairs`."""
        conditions = "all" if self.num_conditions is None else self.num_conditions
        return f"{conditions} conditions x {self.samples_per_condition} samples, {self.drawing}"

    @property
    def drawing(self) -> str:
        """The pairs of a condition in words: `19 consecutive pairs`, `all 45 pairs`."""
        order = ("all", self.pairs_per_condition) if self.pairing == "all" else (self.pairs_per_condition, self.pairing)
        return " ".join(map(str, order)) + " pairs"

    def resized(self, num_conditions: int, samples_per_condition: int) -> Protocol:
        """Return the protocol on other numbers of conditions and samples; its pairs stay what its pairing allows.

        All and consecutive pairs follow from the samples; disjoint ones become fewer, so that none uses a sample twice.
        """
        pairs = self.pairs_per_condition
        if samples_per_condition != self.samples_per_condition:
            implied = _implied_pairs(self.pairing, samples_per_condition)
            most = samples_per_condition // 2 if self.pairing == "disjoint" else pairs
            pairs = min(pairs, most) if implied is None else implied
        return dataclasses.replace(
            self,
            num_conditions=num_conditions,
            samples_per_condition=samples_per_condition,
            pairs_per_condition=pairs,
        )

    def numbers(self) -> dict[str, Any]:
        """Return the fields that can change a score."""
        names = ("name", "version", "num_conditions", "samples_per_condition", "pairs_per_condition", "pairing")
        return {name: getattr(self, name) for name in names}


def _implied_pairs(pairing: str, samples: int) -> int | None:
    """Return how many pairs the samples make where the pairing leaves no choice."""
    return {"all": samples * (samples - 1) // 2, "consecutive": samples - 1}.get(pairing)
