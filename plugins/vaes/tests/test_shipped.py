"""The checkpoints that ship: each is whole, small, and what it says that it is."""

import pytest
from drawing import check_shipped

from benchbench_vaes.methods import Autoencoding

FILES = sorted(Autoencoding.checkpoints.glob("*.safetensors"))
LARGEST, LARGEST_TOGETHER = 4e6, 25e6


@pytest.mark.parametrize("path", FILES or [None], ids=[path.stem for path in FILES] or ["none"])
def test_a_shipped_checkpoint_samples(path):
    if path is None:
        pytest.skip("no checkpoint ships yet: python scripts/trainings.py OUTPUT, and then OUTPUT ship")
    about = check_shipped(path, LARGEST, 4)
    assert about["made_with"]["torch"]


def test_they_are_small_together():
    assert sum(path.stat().st_size for path in FILES) <= LARGEST_TOGETHER
