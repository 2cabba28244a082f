"""The contract of methods that may ship no checkpoint: which tasks they are checked on, and a little training for it.

A module that imports `trained_a_little` names its `METHODS` and, for those without a checkpoint, its `CHECKPOINTS`.
"""

import dataclasses

import pytest

from benchbench.plugins import registry
from benchbench.specs import parse_method
from benchbench.training import checkpoints
from benchbench.training.fit import fit
from benchbench.training.plan import Training


def tasks_of_shipped(methods, folder):
    """Return for each method, by name, the tasks for which the folder has a checkpoint of its default options."""
    shipped = [checkpoints.origin(path) for path in sorted(folder.glob("*.safetensors"))]
    return {
        method.name: sorted(
            about["task"]["name"]
            for about in shipped
            if about["method"]["name"] == method.name and about["method"]["options"] == method().trained_options()
        )
        for method in methods
    }


def with_small_updates(monkeypatch, sizes, **numbers):
    """Let trainings of these sizes have updates of so many images, until the test ends.

    Two trainings end alike, or do not, with few as with many.
    """
    for name, size in list(sizes.items()):
        monkeypatch.setitem(sizes, name, dataclasses.replace(size, **numbers))


@pytest.fixture(autouse=True)
def trained_a_little(contract_case, request):
    """Train the method of the test, in two steps, where it ships no checkpoint."""
    text = contract_case[0].label.split(" on ")[0]
    path = request.module.CHECKPOINTS.get(text)
    if path is not None and not path.exists():
        name, options = parse_method(text, registry())
        training = Training(request.module.METHODS[text][0], name, options, 0, "cpu", path.parent, steps=2)
        path.symlink_to(fit(training, lambda done, total, losses: None))
