"""The plugin keeps the contract: each method on the tasks that a checkpoint ships for, and on a small task of images.

There the checkpoint is one of two steps.
"""

import tempfile
from pathlib import Path

import pytest
from benchbench.testing import *  # noqa: F403 (it brings the tests)
from contracts import tasks_of_shipped, trained_a_little  # noqa: F401 (the fixture is for every test)
from contracts import with_small_updates as _with_small_updates

from benchbench_scored.methods import METHODS as _ALL
from benchbench_scored.methods import ScoredMethod
from benchbench_scored.sizes import SIZES as _SIZES

_FOLDER = Path(tempfile.mkdtemp(prefix="benchbench-scored-"))
_SMALL = ("cimle[codes=4,pool=16]", "engression[samples=2]")
"""On images, for which no checkpoint ships."""
_SHIPPED = {name: tasks for name, tasks in tasks_of_shipped(_ALL, ScoredMethod.checkpoints).items() if tasks}
METHODS = {**_SHIPPED, **{text: ["digits-by-class"] for text in _SMALL}}
CHECKPOINTS = {text: _FOLDER / f"{text}.safetensors" for text in _SMALL}
TIMEOUT = 120
"""Seconds for each check."""


@pytest.fixture(autouse=True)
def small_updates(monkeypatch):
    """Trainings of small batches."""
    _with_small_updates(monkeypatch, _SIZES, batch=4)
