"""The plugin keeps the contract: each method on the tasks that a checkpoint ships for, and the metric."""

import pytest
from benchbench.testing import *  # noqa: F403 (it brings the tests)
from benchbench.training import checkpoints
from contracts import with_small_updates as _with_small_updates

from benchbench_bicyclegan.methods import FAMILY, TranslationGan
from benchbench_bicyclegan.sizes import SIZES as _SIZES

_SHIPPED = [checkpoints.origin(path) for path in sorted(TranslationGan.checkpoints.glob("*.safetensors"))]
METHODS = {
    method.name: sorted(
        about["task"]["name"]
        for about in _SHIPPED
        if about["method"]["name"] == method.name and about["method"]["options"] == method().options()
    )
    for method in FAMILY
}
METRICS = ["encoder-reconstruction"]


@pytest.fixture(autouse=True)
def small_updates(monkeypatch):
    """Trainings of small batches."""
    _with_small_updates(monkeypatch, _SIZES, pairs=2)
