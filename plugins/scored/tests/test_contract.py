"""The plugin keeps the contract: each method on the tasks that a checkpoint ships for.

Those that ship none are checked with one of two steps, on a small task.
"""

import tempfile
from pathlib import Path

import pytest
from benchbench.testing import *  # noqa: F403 (it brings the tests)
from benchbench.training import checkpoints
from benchbench.training.fit import fit
from benchbench.training.plan import Training

from benchbench_scored.methods import METHODS as _METHODS
from benchbench_scored.methods import ScoredMethod

_FOLDER = Path(tempfile.mkdtemp(prefix="benchbench-scored-"))
_SHIPPED = [checkpoints.origin(path) for path in sorted(ScoredMethod.checkpoints.glob("*.safetensors"))]
_TASKS = {
    method.name: sorted(
        about["task"]["name"]
        for about in _SHIPPED
        if about["method"]["name"] == method.name and about["method"]["options"] == method().trained_options()
    )
    for method in _METHODS
}
METHODS = {name: tasks or ["digits-by-class"] for name, tasks in _TASKS.items()}
CHECKPOINTS = {name: _FOLDER / f"{name}.safetensors" for name, tasks in _TASKS.items() if not tasks}
TIMEOUT = 120
"""Seconds for each check."""


@pytest.fixture(autouse=True)
def trained_a_little(contract_case):
    """Train the method of the test where it ships no checkpoint."""
    name = contract_case[0].label.split(" on ")[0]
    path = CHECKPOINTS.get(name)
    if path is not None and not path.exists():
        made = fit(Training(METHODS[name][0], name, {}, 0, "cpu", _FOLDER, steps=2), lambda done, total, losses: None)
        path.symlink_to(made)
