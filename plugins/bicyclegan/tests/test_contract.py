"""The plugin keeps the contract: each method on the tasks that a checkpoint ships for, and the metric."""

from benchbench.testing import *  # noqa: F403 (it brings the tests)
from benchbench.training import checkpoints

from benchbench_bicyclegan.methods import FAMILY, TranslationGan

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
