"""The validation curve and the health of a training: what they say, and that they change no weight."""

import json
from pathlib import Path

import pytest
import torch

from benchbench.core.trainer import Trainer
from benchbench.evaluation.held_out import CONDITIONS, HeldOutScore, with_validation_as_test
from benchbench.plugins import get_task, registry
from benchbench.training.curve import Curve, Point, is_point, still_improves
from benchbench.training.health import Health


def _points(values: list[float]) -> list[Point]:
    return [Point(50 * number, value, 0.1) for number, value in enumerate(values, 1)]


def test_points_are_taken_at_tenths_of_the_steps_and_at_twentieths_of_the_last_quarter() -> None:
    taken = [step for step in range(1, 1001) if is_point(step, 1000)]
    assert taken == [100, 200, 300, 400, 500, 600, 700, 750, 800, 850, 900, 950, 1000]
    for steps in range(200, 1000):
        taken = [step for step in range(1, steps + 1) if is_point(step, steps)]
        assert len(taken) == 13
        assert taken[-1] == steps
        assert len([step for step in taken if step >= 0.75 * steps]) == 6, "what the line is fitted to"
    assert not any(is_point(step, 199) for step in range(1, 200))


def test_a_line_that_falls_still_improves_and_a_flat_one_does_not() -> None:
    falling = [2 - 0.05 * number + 0.002 * (-1) ** number for number in range(20)]
    flat = [1 + 0.05 * (number < 14) + 0.002 * (-1) ** number for number in range(20)]
    assert still_improves(_points(falling), 1000, higher_is_better=False) is True
    assert still_improves(_points(falling), 1000, higher_is_better=True) is False
    assert still_improves(_points(flat), 1000, higher_is_better=False) is False
    assert still_improves(_points(falling)[:16], 1000, higher_is_better=False) is None


def test_the_slope_and_its_error_are_those_of_least_squares() -> None:
    values = [0.3, 0.1, 0.25, 0.2, 0.12, 0.15]  # from 75 % of the steps to the end
    design = torch.tensor([[1.0, 0.05 * number] for number in range(15, 21)], dtype=torch.float64)
    seen = torch.tensor(values, dtype=torch.float64)
    found = torch.linalg.lstsq(design, seen[:, None]).solution[:, 0]
    rest = seen - design @ found
    error = ((rest @ rest) / 4 * torch.linalg.inv(design.T @ design)[1, 1]).sqrt()
    improves = bool(-found[1] > 2 * error)
    assert still_improves(_points([1.0] * 14 + values), 1000, higher_is_better=False) is improves


def test_the_conditions_may_disagree_about_a_slope() -> None:
    """The mean falls by 0.01 per point in both, by chance of the conditions alone in the second."""
    random = torch.Generator().manual_seed(0)
    for size, expected in ((0.001, True), (1.0, False)):
        slopes = -0.01 + size * torch.randn(150, generator=random, dtype=torch.float64)
        slopes += -0.01 - slopes.mean()
        points = []
        for number in range(1, 21):
            values = 2 + slopes * number
            points.append(Point(50 * number, float(values.mean()), 0.1, tuple(values.tolist())))
        assert still_improves(points, 1000, higher_is_better=False) is expected


def test_a_curve_goes_on_from_its_state() -> None:
    curve, again = Curve("energy-score[mini]", False, 1000), Curve("energy-score[mini]", False, 1000)
    for point in _points([2 - 0.05 * number for number in range(20)]):
        curve.add(point)
    again.restore(json.loads(json.dumps(curve.state())))
    assert again.provenance() == curve.provenance()
    assert curve.provenance()["still_improves"] is True
    assert Curve("energy-score[mini]", False, 1000).provenance() == {}


def test_health_is_of_the_last_tenth_and_of_the_spread_that_is_kept() -> None:
    health = Health({"latent": (None, 0.75), "spread-kept": (0.5, None), "absent": (0.0, 1.0)}, 100)
    for step in range(1, 101):
        health.look(step, {"latent": 5.0 if step <= 90 else 0.7, "other": 1.0})
    for spread in (10.0, 60.0, 24.0):
        health.look_at_spread(spread)
    again = Health({"latent": (None, 0.75), "spread-kept": (0.5, None)}, 100)
    again.restore(json.loads(json.dumps(health.state())))
    for found in (health.provenance(), again.provenance()):
        assert found["latent"]["value"] == pytest.approx(0.7)
        assert found["latent"]["healthy"] is True
        assert found["spread-kept"]["value"] == pytest.approx(0.4)
        assert found["spread-kept"]["healthy"] is False
        assert "absent" not in found


def test_a_trainer_has_no_bounds_of_its_own() -> None:
    assert Trainer.healthy == {}


def test_validation_stands_in_place_of_the_test_and_nothing_of_the_test_is_left() -> None:
    task = get_task("ring8")
    view = with_validation_as_test(task, 48)
    seen = torch.stack([example.references[0] for example in view.examples("test")])
    assert torch.equal(seen, torch.stack([example.references[0] for example in task.examples("validation")[:48]]))
    tested = torch.cat([example.references for example in task.examples("test")])
    assert float(torch.cdist(seen.double(), tested.double()).min()) > 0
    assert torch.equal(view.examples("train")[7].references, task.examples("train")[7].references)


def test_the_same_conditions_and_noise_give_the_same_score_again(tmp_path: Path) -> None:
    task = get_task("ring8")
    method = registry().get("methods", "noise")()
    method.prepare(task, "cpu", None)
    score = HeldOutScore(task, registry(), 0, "cpu", tmp_path)
    first, again = score.of(method), score.of(method)
    assert first == again
    found, values = first
    assert found.n == len(values) == CONDITIONS
    assert found.metric == "law-distance"
    assert found.value == pytest.approx(sum(values) / len(values))
