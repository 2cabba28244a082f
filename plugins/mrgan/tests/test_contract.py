"""The methods keep the plugin contract, on every task for which a checkpoint of their default options ships."""

from pathlib import Path

import pytest
from benchbench.testing import *  # noqa: F403 (it brings the tests)
from contracts import with_small_updates as _with_small_updates

import benchbench_mrgan
from benchbench_mrgan import recipes, training

FOLDER = Path(benchbench_mrgan.__file__).parent / "checkpoints"
METHODS = {"mr1": ["toy-shapes"]}
METRICS = {"far-samples": ["toy-faces"]}
for path in sorted(FOLDER.glob("*.safetensors")):
    task, method, *options = path.stem.split("--")
    if not options and task not in METHODS.setdefault(method, []):
        METHODS[method].append(task)


@pytest.fixture(autouse=True)
def small_updates(monkeypatch):
    """Trainings of small batches, and statistics of normalisation over fewer of them."""
    monkeypatch.setattr(training, "STATISTICS_BATCHES", 5)
    _with_small_updates(
        monkeypatch, recipes.BASES, discriminator_batch=4, predictor_batch=4, num_inputs=3, num_samples=3
    )
