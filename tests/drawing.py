"""Samples of a prepared method, drawn as the suite draws them, and what holds of every checkpoint that ships."""

import pytest
import torch

from benchbench import Conditions, MissingData, Noise
from benchbench.plugins import get_task, registry
from benchbench.training import checkpoints


def drawn(method, task, examples, num_samples, seed=0):
    """Return the checked samples `[B, K, *shape]` of a few examples."""
    ids = tuple(example.id for example in examples)
    values = {name: torch.stack([example.condition[name] for example in examples]) for name in examples[0].condition}
    noise = Noise.for_samples((task.name, task.version), seed, ids, num_samples)
    return task.space.check(method.sample(Conditions(ids, values), num_samples, noise), len(ids), num_samples)


def check_shipped(path, most_bytes, num_samples, **options):
    """Check that a checkpoint is small, found under its name, and samples alike alone and in a batch; return its facts.

    `options` are of sampling alone.
    """
    assert path.stat().st_size <= most_bytes
    about = checkpoints.origin(path)
    method = registry().get("methods", about["method"]["name"])(**about["method"]["options"], **options)
    task = get_task(about["task"]["name"])
    try:
        task.examples("test")
    except MissingData as error:
        pytest.skip(str(error))
    assert method.default_checkpoint(task) == path
    method.prepare(task, "cpu", None)
    examples = task.examples("test")[:3]
    together = drawn(method, task, examples, num_samples)
    assert torch.equal(together, torch.cat([drawn(method, task, [example], num_samples) for example in examples]))
    assert not torch.equal(together, drawn(method, task, examples, num_samples, seed=1))
    assert (together[:, 0] != together[:, 1]).any()
    return about
