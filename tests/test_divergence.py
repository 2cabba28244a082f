"""When a training counts as diverged."""

import random

import pytest

from benchbench.training.divergence import AT_THE_END, PATIENCE, Watch


def looked(losses, watch=None):
    """Return the step, from 1, at which a loss is told to have diverged; `None` where it is not."""
    watch = watch or Watch()
    return next((step for step, loss in enumerate(losses, 1) if watch.look({"a": 1.0, "loss": loss})), None)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_stops_at_once(value):
    assert looked([1.0, value]) == 2


@pytest.mark.parametrize("sign", [1, -1])
def test_a_loss_that_grew_and_stays_stops(sign):
    assert looked([1.0] * 10 + [sign * 2e6] * 100) == 10 + PATIENCE


def test_a_loss_that_comes_back_in_time_does_not():
    assert looked(([1.0] + [1e9] * (PATIENCE - 1)) * 5) is None


def test_a_loss_that_is_always_large_does_not():
    draw = random.Random(0).paretovariate
    losses = [3e5 * draw(1) for _ in range(3000)]  # as 1 / variance of two samples: no finite mean
    assert max(losses) > 1e8
    assert looked(losses) is None


@pytest.mark.parametrize(("steps", "found"), [(AT_THE_END - 1, None), (AT_THE_END, "loss")])
def test_at_the_end_few_large_losses_are_enough(steps, found):
    watch = Watch()
    assert looked([1.0] * 10 + [2e6] * (steps - 1), watch) is None
    assert watch.look({"loss": 2e6}, last=True) == found


def test_what_was_seen_before_an_interruption_counts():
    losses = [1.0] * 10 + [2e6] * 100
    whole, cut, after = Watch(), Watch(), Watch()
    assert looked(losses[:30], cut) is None
    after.restore(cut.state())
    assert 30 + looked(losses[30:], after) == looked(losses, whole) == 10 + PATIENCE


def test_a_watch_names_a_loss_that_is_too_large_now():
    watch = Watch()
    seen = []
    for loss in (1.0, 2e6, 1.0):
        watch.look({"loss": loss})
        seen.append(watch.large)
    assert seen == [None, "loss", None]
