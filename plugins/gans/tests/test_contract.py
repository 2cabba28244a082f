"""The methods keep the plugin contract, on every task for which a checkpoint of their default options ships."""

from benchbench.testing import *  # noqa: F403 (it brings the tests)
from benchbench.training import checkpoints

from benchbench_gans.methods import METHODS as _ALL
from benchbench_gans.methods import Adversarial

_SHIPPED = [checkpoints.origin(path) for path in sorted(Adversarial.checkpoints.glob("*.safetensors"))]
METHODS = {
    method.name: sorted(
        about["task"]["name"]
        for about in _SHIPPED
        if about["method"]["name"] == method.name and about["method"]["options"] == method().options()
    )
    for method in _ALL
}
TIMEOUT = 60
