"""The plugin keeps the contract: each method on the tasks that a checkpoint ships for.

Those that ship none are checked with one of two steps, on a small task.
"""

import tempfile
from pathlib import Path

import pytest
from benchbench.plugins import registry
from benchbench.specs import parse_method
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
_SMALL = {"cimle": "cimle[codes=4,pool=16]"}
"""Where the search for the nearest is most of the work."""
METHODS = {_SMALL.get(name, name): tasks or ["digits-by-class"] for name, tasks in _TASKS.items()}
CHECKPOINTS = {
    text: _FOLDER / f"{text}.safetensors" for text in METHODS if not _TASKS[parse_method(text, registry())[0]]
}
TIMEOUT = 120
"""Seconds for each check."""


@pytest.fixture(autouse=True)
def trained_a_little(contract_case):
    """Train the method of the test where it ships no checkpoint."""
    text = contract_case[0].label.split(" on ")[0]
    path = CHECKPOINTS.get(text)
    if path is not None and not path.exists():
        name, options = parse_method(text, registry())
        training = Training(METHODS[text][0], name, options, 0, "cpu", _FOLDER, steps=2)
        path.symlink_to(fit(training, lambda done, total, losses: None))
