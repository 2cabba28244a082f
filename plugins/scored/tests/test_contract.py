"""The plugin keeps the contract: each method on the tasks that a checkpoint ships for.

Those that ship none are checked with one of two steps, on a small task.
"""

import tempfile
from pathlib import Path

from benchbench.testing import *  # noqa: F403 (it brings the tests)
from contracts import tasks_of_shipped, trained_a_little  # noqa: F401 (the fixture is for every test)

from benchbench_scored.methods import METHODS as _ALL
from benchbench_scored.methods import ScoredMethod

_FOLDER = Path(tempfile.mkdtemp(prefix="benchbench-scored-"))
_TASKS = tasks_of_shipped(_ALL, ScoredMethod.checkpoints)
_SMALL = {"cimle": "cimle[codes=4,pool=16]"}
"""Where the search for the nearest is most of the work."""
METHODS = {_SMALL.get(name, name): tasks or ["digits-by-class"] for name, tasks in _TASKS.items()}
CHECKPOINTS = {text: _FOLDER / f"{text}.safetensors" for text in METHODS if not _TASKS[text.partition("[")[0]]}
TIMEOUT = 120
"""Seconds for each check."""
