"""The methods keep the plugin contract, on every task for which a checkpoint of their default options ships.

Of those that ship none two are checked, with a checkpoint of two steps on points: all share trainer, networks and
sampling, and these two have what the others lack, updates with an optimizer of their own and phases.
"""

import tempfile
from pathlib import Path

from benchbench.testing import *  # noqa: F403 (it brings the tests)
from contracts import tasks_of_shipped, trained_a_little  # noqa: F401 (the fixture is for every test)

from benchbench_vaes.methods import METHODS as _ALL
from benchbench_vaes.methods import Autoencoding

_FOLDER = Path(tempfile.mkdtemp(prefix="benchbench-vaes-"))
_CHECKED = ("aae", "introvae")
_TASKS = tasks_of_shipped(_ALL, Autoencoding.checkpoints)
METHODS = {name: tasks or ["ring8"] for name, tasks in _TASKS.items() if tasks or name in _CHECKED}
CHECKPOINTS = {name: _FOLDER / f"{name}.safetensors" for name in METHODS if not _TASKS[name]}
TIMEOUT = 120
"""Seconds for each check."""
