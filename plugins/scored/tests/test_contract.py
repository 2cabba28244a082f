"""The plugin keeps the contract: each method on the tasks that a checkpoint ships for."""

from benchbench.testing import *  # noqa: F403 (it brings the tests)
from benchbench.training import checkpoints

from benchbench_scored.methods import METHODS as _METHODS
from benchbench_scored.methods import ScoredMethod

_SHIPPED = [checkpoints.origin(path) for path in sorted(ScoredMethod.checkpoints.glob("*.safetensors"))]
METHODS = {
    method.name: sorted(
        about["task"]["name"]
        for about in _SHIPPED
        if about["method"]["name"] == method.name and about["method"]["options"] == method().trained_options()
    )
    for method in _METHODS
}
TIMEOUT = 120
"""Seconds for each check."""
