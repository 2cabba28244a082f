"""The methods keep the plugin contract, on every task for which a checkpoint of their default options ships."""

from pathlib import Path

import pytest
from benchbench.testing import *  # noqa: F403 (it brings the tests)

import benchbench_mrgan
from benchbench_mrgan import training

FOLDER = Path(benchbench_mrgan.__file__).parent / "checkpoints"
METHODS = {"mr1": ["toy-shapes"]}
for path in sorted(FOLDER.glob("*.safetensors")):
    task, method, *options = path.stem.split("--")
    if not options and task not in METHODS.setdefault(method, []):
        METHODS[method].append(task)


@pytest.fixture(autouse=True)
def few_batches(monkeypatch):
    """Statistics of normalisation over fewer batches, by trainings that end alike or do not."""
    monkeypatch.setattr(training, "STATISTICS_BATCHES", 5)
