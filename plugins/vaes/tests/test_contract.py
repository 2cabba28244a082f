"""The methods keep the plugin contract, on every task for which a checkpoint of their default options ships.

Those that ship none are checked with one of two steps, on the smallest task of a kind that they serve.
"""

import tempfile
from pathlib import Path

import pytest
from benchbench.testing import *  # noqa: F403 (it brings the tests)
from benchbench.training import checkpoints
from benchbench.training.fit import fit
from benchbench.training.plan import Training

from benchbench_vaes.methods import METHODS as _ALL
from benchbench_vaes.methods import Autoencoding

_FOLDER = Path(tempfile.mkdtemp(prefix="benchbench-vaes-"))
_SMALLEST = {"points": "ring8", "unconditional": "digits"}
_SHIPPED = [checkpoints.origin(path) for path in sorted(Autoencoding.checkpoints.glob("*.safetensors"))]
METHODS = {
    method.name: sorted(
        about["task"]["name"]
        for about in _SHIPPED
        if about["method"]["name"] == method.name and about["method"]["options"] == method().options()
    )
    or [_SMALLEST[method.kinds[0]]]
    for method in _ALL
}
_NONE = set(METHODS) - {about["method"]["name"] for about in _SHIPPED}
CHECKPOINTS = {name: _FOLDER / f"{name}.safetensors" for name in _NONE}
TIMEOUT = 120


@pytest.fixture(autouse=True)
def trained_a_little(contract_case):
    """Train the method of the test where it ships no checkpoint."""
    name = contract_case[0].label.split(" on ")[0]
    path = CHECKPOINTS.get(name)
    if path is not None and not path.exists():
        made = fit(Training(METHODS[name][0], name, {}, 0, "cpu", _FOLDER, steps=2), lambda done, total, losses: None)
        path.symlink_to(made)
