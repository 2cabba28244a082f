"""The method keeps the plugin contract, on every task for which a checkpoint of its default options ships."""

import tempfile
from pathlib import Path

import pytest
from benchbench.testing import *  # noqa: F403 (it brings the tests)
from benchbench.training import checkpoints
from benchbench.training.fit import fit
from benchbench.training.plan import Training

from benchbench_cyclegan import CycleGan as _CycleGan

_FOLDER = Path(tempfile.mkdtemp(prefix="benchbench-cyclegan-"))
_SHIPPED = [checkpoints.origin(path) for path in sorted(_CycleGan.checkpoints.glob("*.safetensors"))]
_TASKS = sorted(
    about["task"]["name"] for about in _SHIPPED if about["method"]["options"] == _CycleGan().trained_options()
)
METHODS = {"cyclegan": _TASKS or ["toy-shapes"]}
CHECKPOINTS = {} if _TASKS else {"cyclegan": _FOLDER / "cyclegan.safetensors"}
TIMEOUT = 120


@pytest.fixture(autouse=True)
def trained_a_little(contract_case):
    """Train the method where it ships no checkpoint."""
    del contract_case
    path = CHECKPOINTS.get("cyclegan")
    if path is not None and not path.exists():
        training = Training("toy-shapes", "cyclegan", {}, 0, "cpu", _FOLDER, steps=2)
        path.symlink_to(fit(training, lambda done, total, losses: None))
