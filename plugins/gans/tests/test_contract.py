"""The methods keep the plugin contract, on every task for which a checkpoint of their default options ships.

Those that ship none are checked with one of two steps, on the smallest task of a kind that they serve.
"""

import tempfile
from pathlib import Path

from benchbench.testing import *  # noqa: F403 (it brings the tests)
from contracts import tasks_of_shipped, trained_a_little  # noqa: F401 (the fixture is for every test)

from benchbench_gans.methods import METHODS as _ALL
from benchbench_gans.methods import Adversarial

_FOLDER = Path(tempfile.mkdtemp(prefix="benchbench-gans-"))
_SMALLEST = {"points": "ring8", "unconditional": "digits", "class-conditional": "digits-by-class"}
_TASKS = tasks_of_shipped(_ALL, Adversarial.checkpoints)
METHODS = {method.name: _TASKS[method.name] or [_SMALLEST[method.kinds[0]]] for method in _ALL}
CHECKPOINTS = {name: _FOLDER / f"{name}.safetensors" for name, tasks in _TASKS.items() if not tasks}
TIMEOUT = 120
"""Seconds for each check."""
