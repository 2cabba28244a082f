"""The contract: each method on the tasks that a checkpoint ships for, posterior samplers with an exact denoiser.

The checks ask for many samples, and the number of steps changes none of them: two are enough.
"""

import pytest
from benchbench.testing import *  # noqa: F403 (it brings the tests)
from benchbench.training import checkpoints
from contracts import with_small_updates as _with_small_updates

from benchbench_flows.methods import METHODS as _METHODS
from benchbench_flows.methods import NoiseMethod
from benchbench_flows.posterior import SAMPLERS as _SAMPLERS
from benchbench_flows.sizes import SIZES as _SIZES

_SHIPPED = [checkpoints.origin(path) for path in sorted(NoiseMethod.checkpoints.glob("*.safetensors"))]
_LESS = {"daps": ",inner_steps=2,langevin_steps=5"}
METHODS = {
    f"{method.name}[steps=2]": sorted(
        about["task"]["name"]
        for about in _SHIPPED
        if about["method"]["name"] == method.name and about["method"]["options"] == method().trained_options()
    )
    for method in _METHODS
} | {f"{method.name}[exact=true,steps=3{_LESS.get(method.name, '')}]": ["gmm-points-8"] for method in _SAMPLERS}
TIMEOUT = 120
"""Seconds for each check: a sample is 16 evaluations of the network."""


@pytest.fixture(autouse=True)
def small_updates(monkeypatch):
    """Trainings of small batches."""
    _with_small_updates(monkeypatch, _SIZES, batch=4)
