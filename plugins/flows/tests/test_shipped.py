"""The checkpoints that ship: each is whole, small, and what it says that it is."""

import pytest
from drawing import check_shipped

from benchbench_flows.methods import NoiseMethod

FILES = sorted(NoiseMethod.checkpoints.glob("*.safetensors"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_shipped_checkpoint_samples(path):
    check_shipped(path, 4e6, 2, steps=2)
