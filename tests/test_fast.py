"""`run --fast`: bfloat16 in the method alone, and by how much its samples differ."""

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from benchbench.core.differences import Expected, differences
from benchbench.core.identity import identity_of
from benchbench.core.record_json import parse_record
from benchbench.evaluation.fast import compile_networks, deviation, not_compiled
from benchbench.system.hashes import identity_hash

pytestmark = pytest.mark.usefixtures("one_off")
WORDS = ("run", "-t", "tiny", "-m", "linear", "--limit", 12)


@pytest.fixture
def both(bench):
    """The records of an exact and of a fast run."""
    assert bench(*WORDS).code == 0
    assert bench(*WORDS, "--fast").code == 0
    found = [parse_record(path.read_text(), str(path)) for path in Path("runs").glob("tiny/*/*/record.json")]
    return sorted(found, key=lambda each: each.fast is not None)


def test_the_record_says_how_far_off_samples_are(both):
    exact, fast = both
    assert exact.fast is None
    assert fast.fast.samples == 10 * 4, "the first shard is drawn both ways"
    assert 0 < fast.fast.mean_deviation < 2
    assert fast.fast.mean_deviation <= fast.fast.largest_deviation < 16
    assert exact.cost.evaluations_per_sample == fast.cost.evaluations_per_sample == 1


def test_scores_move_a_little_and_the_run_is_another_one(both):
    exact, fast = both
    assert exact.run_id != fast.run_id
    assert identity_hash(identity_of(fast)) == fast.run_id
    for one, other in zip(exact.scores, fast.scores, strict=True):
        assert one.id == other.id
        assert one.value == pytest.approx(other.value, rel=0.05)
    assert [each.value for each in exact.scores] != [each.value for each in fast.scores]


def test_no_leaderboard_takes_it(both):
    on = [dataclasses.replace(each, protocol=dataclasses.replace(each.protocol, off_protocol=False)) for each in both]
    strict, loose = (Expected(on[0].task, off_protocol=off) for off in (False, True))
    assert [[each.kind for each in differences(record, strict)] for record in on] == [[], ["fast"]]
    assert [differences(record, loose) for record in on] == [[], []]


def test_it_is_verified_as_it_was_made(bench, both):
    _, fast = both
    done = bench("verify", f"runs/tiny/linear/{fast.run_id}")
    assert done.code == 0, done.err


def test_workers_give_the_same(bench, both):
    _, fast = both
    assert bench(*WORDS, "--fast", "-j", 2, "-o", "again").code == 0
    again = json.loads(Path(f"again/tiny/linear/{fast.run_id}/record.json").read_text())
    assert [each["value"] for each in again["scores"]] == [each.value for each in fast.scores]


def test_deviation_is_of_all_values():
    exact = [torch.zeros(2, 3, 4, 4, dtype=torch.uint8), torch.full((2, 3, 4, 4), 9, dtype=torch.uint8)]
    fast = [exact[0] + 1, exact[1].clone()]
    fast[1][0, 0, 0, 0] = 4
    found = deviation(fast, exact)
    assert found.mean_deviation == pytest.approx((96 + 5) / 192)
    assert (found.largest_deviation, found.samples) == (5, 4)


def test_compiled_networks_agree_and_can_be_called_as_they_are_written():
    torch.manual_seed(0)
    network, given = (
        torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2)),
        torch.ones(3, 4),
    )
    with torch.no_grad():
        expected = network(given)
        compile_networks(SimpleNamespace(network=network))
        torch.testing.assert_close(network(given), expected, rtol=1e-5, atol=1e-6)
        with not_compiled():
            assert torch.equal(network(given), expected)
