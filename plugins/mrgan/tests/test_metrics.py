"""The share of samples out of range, on samples whose distance is known."""

import pytest
import torch
from benchbench import Unsupported
from benchbench.core import ConditionSamples
from benchbench.plugins import get_task

from benchbench_mrgan import FarSamples


@pytest.mark.parametrize("name", ["toy-faces", "gmm-points-8"])
def test_true_samples_are_not_far_and_others_from_twice_the_farthest_on(name):
    task = get_task(name)
    example = task.examples("test")[0]
    references = example.references.double()
    centre = references.mean(0)
    away = references - centre
    farthest = away[away.flatten(1).norm(dim=1).argmax()]
    samples = torch.stack([*references, centre + 1.99 * farthest, centre - 2.01 * farthest])
    found = FarSamples().compute(ConditionSamples(task, example, samples, torch.zeros(0, 2).long()))
    assert found.tolist() == [0.0] * (len(references) + 1) + [1.0]


def test_one_reference_is_no_law():
    with pytest.raises(Unsupported, match="sr-photos has one reference per condition"):
        FarSamples().supports(get_task("sr-photos"))
