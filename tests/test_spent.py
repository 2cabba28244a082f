"""What a training costs is counted over its interruptions, without what trains nothing."""

from pathlib import Path

import pytest

from benchbench.training.spent import Spent


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_seconds_are_those_since_the_start():
    clock = Clock()
    spent = Spent("cpu", clock=clock)
    clock.now += 5
    assert spent.state() == {"core_seconds": 5}
    assert Spent("cuda:1", clock=clock).state() == {"gpu_seconds": 0}


def test_what_trains_nothing_is_left_out():
    clock = Clock()
    spent = Spent("cpu", clock=clock)
    clock.now += 5

    def measure():
        with spent.aside():
            clock.now += 20
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure()
    clock.now += 1
    assert spent.state() == {"core_seconds": 6}


def test_an_interrupted_training_goes_on_counting():
    clock = Clock()
    first = Spent("cpu", clock=clock)
    clock.now += 5
    saved = first.state()
    clock.now += 1000  # until somebody continues
    again = Spent("cpu", clock=clock)
    again.restore(saved)
    clock.now += 2
    assert again.state() == {"core_seconds": 7}
    again.restore({})
    assert again.state() == {"core_seconds": 0}, "a state of an earlier version"


def test_processes_count_each():
    clock = Clock()
    spent = Spent("cuda", 4, clock)
    spent.restore({"gpu_seconds": 10.0})
    clock.now += 3
    assert spent.state() == {"gpu_seconds": 22}


def test_a_real_training_says_what_it_cost(bench, walker):
    from benchbench.training import checkpoints

    done = bench("fit", "-t", "ring8", "-m", "walker", "--device", "cpu")
    assert done.code == 0, done.err
    spent = checkpoints.origin(Path(done.out.strip()))["spent"]
    assert set(spent) == {"core_seconds"}
    assert 0 <= spent["core_seconds"] < 600
