"""The plugin keeps the contract: each method on the tasks that a checkpoint ships for, and the metric.

Those that ship none are checked with one of two steps, on a small task.
"""

import tempfile
from pathlib import Path

import pytest
from benchbench.testing import *  # noqa: F403 (it brings the tests)
from contracts import tasks_of_shipped, trained_a_little  # noqa: F401 (the fixture is for every test)
from contracts import with_small_updates as _with_small_updates

from benchbench_likelihood.methods import METHODS as _ALL
from benchbench_likelihood.methods import LikelihoodMethod
from benchbench_likelihood.sizes import SIZES as _SIZES

_FOLDER = Path(tempfile.mkdtemp(prefix="benchbench-likelihood-"))
_TASKS = tasks_of_shipped(_ALL, LikelihoodMethod.checkpoints)
METHODS = {name: tasks or ["digits-by-class"] for name, tasks in _TASKS.items()}
METRICS = {"bits-per-value": ["digits-by-class"]}
CHECKPOINTS = {name: _FOLDER / f"{name}.safetensors" for name, tasks in _TASKS.items() if not tasks}
TIMEOUT = 120
"""Seconds for each check."""


@pytest.fixture(autouse=True)
def small_updates(monkeypatch):
    """Trainings of small batches."""
    _with_small_updates(monkeypatch, _SIZES, batch=4, flow_batch=4)
