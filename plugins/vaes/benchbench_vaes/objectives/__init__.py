"""The objectives: the updates of a step, in their order, and what each descends."""

from __future__ import annotations

from benchbench_vaes.objectives.adversarial_codes import AdversarialCodes
from benchbench_vaes.objectives.bound import Bound
from benchbench_vaes.objectives.introspection import Introspection, Weights
from benchbench_vaes.objectives.learned_similarity import LearnedSimilarity
from benchbench_vaes.objectives.objective import Given, Networks, Objective, Update
from benchbench_vaes.objectives.pairs import Pairs
from benchbench_vaes.objectives.ratios import Ratios

__all__ = [
    "AdversarialCodes",
    "Bound",
    "Given",
    "Introspection",
    "LearnedSimilarity",
    "Networks",
    "Objective",
    "Pairs",
    "Ratios",
    "Update",
    "Weights",
]
