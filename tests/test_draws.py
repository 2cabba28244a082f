"""Draws of a generator: another test of the same law, and everything else as it was."""

import dataclasses
import json
from pathlib import Path

import pytest
import torch

from benchbench.core import BenchbenchError, Unsupported
from benchbench.core.noise import Noise
from benchbench.evaluation.answers import without_answers
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.plugins import registry

DRAWN = sorted(name for name, task in registry().tasks.items() if task.has_draws)
LARGEST = 2**64 - 1


def fresh(name):
    """Return a task that no other test holds."""
    return registry().get("tasks", name)()


def alike(one, other):
    """Return whether two examples have the same condition and references."""
    same = one.condition.keys() == other.condition.keys()
    same = same and all(torch.equal(one.condition[key], other.condition[key]) for key in one.condition)
    return same and torch.equal(one.references, other.references)


def test_the_tasks_that_a_generator_makes_have_draws():
    assert {"toy-shapes", "toy-faces", "toy-holes", "ring8", "grid25", "gmm-points-8", "gmm-tiles"} <= set(DRAWN)


@pytest.mark.parametrize("name", DRAWN)
def test_another_draw_is_another_test_of_the_same_law(name):
    task, drawn = fresh(name), fresh(name).drawn(17)
    public, test = task.examples("test"), drawn.examples("test")
    assert [each.id for each in test] == [each.id for each in public]
    assert [each.references.shape for each in test] == [each.references.shape for each in public]
    assert not any(alike(*pair) for pair in zip(public, test, strict=True))
    assert all(alike(*pair) for pair in zip(test, fresh(name).drawn(17).examples("test"), strict=True))
    assert drawn.examples("validation") is task.examples("validation")
    assert drawn.drawn(0).examples("test") is public
    ids = [each.id for each in test[:20]]
    modes = [drawn.assign_modes(each.id, each.references) for each in test[:20]]
    assert (torch.cat(modes) >= 0).double().mean() > 0.9  # the law of the draw's own conditions
    made = drawn.draw(ids, 4, Noise.for_samples((name, 1), 0, ids, 4))
    found = torch.cat([drawn.assign_modes(id, samples) for id, samples in zip(ids, made, strict=True)])
    assert (found >= 0).double().mean() > 0.9
    for id, own in zip(ids, modes, strict=True):
        assert drawn.mode_probabilities(id)[own[own >= 0]].min() > 0


def test_only_a_task_without_a_condition_draws_its_real_pool_again():
    ring, holes = fresh("ring8"), fresh("toy-holes")
    assert not torch.equal(ring.drawn(3).real_pool(), ring.real_pool())
    assert torch.equal(torch.cat([each.references for each in ring.examples("train")]), ring.real_pool())
    assert holes.drawn(3).split_key("train") == "train"  # of which its pool is made


def test_the_largest_draw_has_a_fingerprint_of_its_own():
    assert len({fingerprint(fresh("ring8").drawn(number)) for number in (0, 1, LARGEST)}) == 3


def test_a_view_without_answers_stays_on_its_draw():
    drawn = fresh("toy-shapes").drawn(2)
    seen, whole = without_answers(drawn).examples("test")[5], drawn.examples("test")[5]
    assert torch.equal(seen.condition["image"], whole.condition["image"])
    assert len(seen.references) == 0


def test_what_has_no_draw_says_so():
    with pytest.raises(Unsupported, match="sr-photos has one test: no generator makes it, so there is no draw 1"):
        fresh("sr-photos").drawn(1)
    with pytest.raises(BenchbenchError, match="a draw of ring8 is a number from 0, got -1"):
        fresh("ring8").drawn(-1)


def test_a_run_on_a_draw_says_so_and_stays_off_the_leaderboards(bench):
    done = bench(
        "run", "-t", "ring8", "-m", "noise", "--draw", LARGEST, "--limit", 20, "--keep-samples", "all", "-j", 0
    )
    assert done.code == 0, done.err
    (path,) = Path("runs").glob("*/*/*/record.json")
    record = json.loads(path.read_text())
    assert record["task"]["draw"] == LARGEST
    assert record["task"]["fingerprint"] == fingerprint(fresh("ring8").drawn(LARGEST))
    assert bench("run", "-t", "ring8", "-m", "noise", "--limit", 20, "-j", 0).code == 0
    assert len(list(Path("runs").glob("*/*/*/record.json"))) == 2
    again = bench("verify", path.parent)
    assert again.code == 0, again.err
    refused = bench("submit", path.parent)
    assert f"made on draw {LARGEST} of ring8, not on the public one" in refused.err


def test_the_memoriser_is_perfect_in_public_alone():
    """On the public test it is the oracle to the bit; on another draw it knows no condition."""
    from benchbench.core import Conditions
    from benchbench.evaluation.answers import visible_to
    from benchbench.methods.baselines import Oracle
    from benchbench.methods.memoriser import Memoriser

    for draw, knows in ((0, True), (9, False)):
        task = fresh("toy-holes").drawn(draw)
        test = task.examples("test")[:6]
        ids = tuple(each.id for each in test)
        conditions = Conditions(
            ids, {key: torch.stack([each.condition[key] for each in test]) for key in ("image", "mask")}
        )
        samples = []
        for method in (Oracle(), Memoriser()):
            method.prepare(visible_to(method, task), "cpu", None)
            samples.append(method.sample(conditions, 3, Noise.for_samples((task.name, task.version), 0, ids, 3)))
        assert torch.equal(*samples) == knows


def test_the_memoriser_is_first_in_public_and_below_unconditional_on_another_draw(tmp_path):
    """One that looks up conditions; the nearest one is a guess that may be as good as any (docs/sealed.md)."""
    from benchbench.executors.local import Local
    from benchbench.runs.request import Request, open_stage
    from benchbench.runs.run import Run

    def scored(draw):
        found = {}
        stage = open_stage(Request("gmm-points-8", tmp_path, draw=draw, seed=draw, limit=40), registry())
        for name, options in (("memoriser", {"exact": True}), ("unconditional", {}), ("noise", {})):
            record, _ = Run(stage, stage.subject(name, options)).record(Local(0), lambda done, total: None)
            assert record.status == "ok", record.reason
            found[name] = record.scores[0]
        return {name: score.value for name, score in found.items()}, found["memoriser"].standard_error

    public, error = scored(0)
    assert min(public, key=public.get) == "memoriser"
    sealed, error_there = scored(9)
    assert sealed["memoriser"] > sealed["unconditional"]
    assert sealed["memoriser"] - public["memoriser"] > 3 * (error**2 + error_there**2) ** 0.5  # so it is marked


def test_the_identity_of_a_public_run_says_nothing_of_draws():
    from benchbench.core.record import RecordedTask

    public = RecordedTask("ring8", 1, "f" * 64)
    assert set(public.facts) == {"name", "version", "fingerprint"}
    assert dataclasses.replace(public, draw=5).facts["draw"] == 5
