"""The methods keep the plugin contract, on every task for which a checkpoint of their default options ships.

Of those that ship none two are checked, with a checkpoint of two steps on points: all share trainer, networks and
sampling, and these two have what the others lack, updates with an optimizer of their own and phases.
"""

import tempfile
from pathlib import Path

import pytest
from benchbench.testing import *  # noqa: F403 (it brings the tests)
from benchbench.training import checkpoints
from benchbench.training.fit import fit
from benchbench.training.plan import Training

from benchbench_vaes.methods import METHODS as _ALL
from benchbench_vaes.methods import Autoencoding

_FOLDER = Path(tempfile.mkdtemp(prefix="benchbench-vaes-"))
_CHECKED = ("aae", "introvae")
_SHIPPED = [checkpoints.origin(path) for path in sorted(Autoencoding.checkpoints.glob("*.safetensors"))]
_TASKS = {
    method.name: sorted(
        about["task"]["name"]
        for about in _SHIPPED
        if about["method"]["name"] == method.name and about["method"]["options"] == method().options()
    )
    for method in _ALL
}
METHODS = {name: tasks or ["ring8"] for name, tasks in _TASKS.items() if tasks or name in _CHECKED}
CHECKPOINTS = {name: _FOLDER / f"{name}.safetensors" for name in METHODS if not _TASKS[name]}
TIMEOUT = 120


@pytest.fixture(autouse=True)
def trained_a_little(contract_case):
    """Train the method of the test where it ships no checkpoint."""
    name = contract_case[0].label.split(" on ")[0]
    path = CHECKPOINTS.get(name)
    if path is not None and not path.exists():
        made = fit(Training(METHODS[name][0], name, {}, 0, "cpu", _FOLDER, steps=2), lambda done, total, losses: None)
        path.symlink_to(made)
