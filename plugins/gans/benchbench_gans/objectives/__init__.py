"""The objectives: what discriminator and generator descend, from what a discriminator says of samples."""

from __future__ import annotations

from benchbench_gans.objectives.classes import OfClasses
from benchbench_gans.objectives.energies import Equilibrium, OfEnergies
from benchbench_gans.objectives.features import OfFeatures
from benchbench_gans.objectives.objective import Judge, Objective, Seen, Terms
from benchbench_gans.objectives.values import OfValues

__all__ = ["Equilibrium", "Judge", "Objective", "OfClasses", "OfEnergies", "OfFeatures", "OfValues", "Seen", "Terms"]
