"""Options, and the tasks that the methods refuse."""

import pytest
import torch
from benchbench import BenchbenchError, Unsupported
from benchbench.plugins import get_task

from benchbench_flows import Flow, Palette, Pmrf


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Flow(steps=0), "steps is 0; write 1 or more"),
        (lambda: Flow(shift=0.0), "shift is 0.0; write a number of 0.001 or more and 1000 or less"),
        (lambda: Palette(eta=1.5), "eta is 1.5; write a number of 0 or more and 1 or less"),
        (lambda: Palette(eta=float("nan")), "eta is nan"),
        (lambda: Pmrf(noise=-1.0), "noise is -1.0"),
    ],
)
def test_a_wrong_option_is_told(make, said):
    with pytest.raises(BenchbenchError) as caught:
        make()
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("method", "options"),
    [(Flow(), ["size"]), (Palette(), ["size"]), (Pmrf(), ["size", "noise"])],
)
def test_a_checkpoint_serves_every_sampler(method, options):
    assert list(method.trained_options()) == options


def test_tasks_that_do_not_fit_are_refused(fixed):
    with pytest.raises(Unsupported, match="points"):
        Pmrf().require(get_task("ring8"))
    for task in (
        fixed("translation", (3, 32, 32), (3, 32, 64)),
        fixed("translation", (3, 30, 30), (3, 30, 30)),
        fixed("translation", (2, 32, 32), (3, 32, 32)),
        fixed("translation", (3, 16, 16), (3, 32, 32)),
        fixed("super-resolution", (3, 12, 12), (3, 32, 32)),
    ):
        with pytest.raises(Unsupported):
            Flow().require(task)


@pytest.mark.parametrize("size", ["small", "paper"])
def test_tasks_that_fit_are_taken(size, fixed):
    for task in (
        fixed("translation", (1, 64, 64), (3, 64, 64)),
        fixed("super-resolution", (3, 16, 16), (3, 64, 64)),
        fixed("inpainting", (3, 64, 64), (3, 64, 64)),
        fixed("unconditional", None, (3, 64, 64)),
        fixed("translation", (3, 256, 256), (3, 256, 256)),
    ):
        assert Flow(size=size).require(task) is None, "it raises where a task does not fit"
    assert Flow().require(get_task("ring8")) is None


def test_the_papers_network_runs(fixed):
    task = fixed("unconditional", None, (3, 32, 32))
    network = Flow(size="paper", steps=1, solver="euler").make_network(task)
    with torch.no_grad():
        assert network({}, [torch.randn(1, 1, 3, 32, 32)]).shape == (1, 1, 3, 32, 32)


def test_without_a_checkpoint_the_method_says_how_to_train_one(fixed):
    with pytest.raises(Unsupported, match="benchbench fit -t fixed -m flow"):
        Flow().prepare(fixed("translation", (3, 32, 32), (3, 32, 32)), "cpu", None)
