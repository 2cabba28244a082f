"""The checkpoints that ship: each is whole, small, and what it says that it is."""

import pytest
from drawing import check_shipped

from benchbench_likelihood.methods import LikelihoodMethod

FILES = sorted(LikelihoodMethod.checkpoints.glob("*.safetensors"))


@pytest.mark.parametrize("path", FILES or [None], ids=[path.stem for path in FILES] or ["none"])
def test_a_shipped_checkpoint_samples(path):
    if path is None:
        pytest.skip("no checkpoint ships yet")
    about = check_shipped(path, 2.5e6, 2)
    assert isinstance(about["trained_against"], list)
