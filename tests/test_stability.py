"""Whether a ranking stands: Kendall's tau, halves of the conditions, and who may be called first."""

import re

import numpy as np
import pytest
from made_records import make, with_values

from benchbench.core.edition import Edition
from benchbench.core.noise import stream
from benchbench.leaderboards.rows import make_board
from benchbench.leaderboards.steadiness import of_records
from benchbench.publish import page
from benchbench.publish import stability as shown
from benchbench.stats.stability import halves, kendall_tau, stability
from benchbench.tasks.toy_shapes import ToyShapes


@pytest.mark.parametrize(
    ("first", "second", "tau"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 40], 1),
        ([1, 2, 3, 4], [4, 3, 2, 1], -1),
        ([1, 2, 3, 4], [2, 1, 3, 4], 4 / 6),
        ([1, 1, 2], [1, 2, 3], 2 / 6**0.5),
        ([1, 1], [1, 2], None),
        ([1], [1], None),
    ],
)
def test_kendalls_tau_by_hand(first, second, tau):
    assert kendall_tau(first, second) == (None if tau is None else pytest.approx(tau))


def test_kendalls_tau_is_scipys():
    from scipy.stats import kendalltau

    law = stream("tau")
    for _ in range(20):
        first, second = law.integers(6, size=(2, 9))
        assert kendall_tau(first, second) == pytest.approx(kendalltau(first, second).statistic)


def test_halves_are_of_whole_groups_whatever_the_order():
    groups = [f"g{i % 7}" for i in range(70)]
    one, other = halves(groups)
    assert (one ^ other).all()
    assert one.sum() == 40, "four of seven groups"
    for name in set(groups):
        assert len({bool(one[i]) for i in range(70) if groups[i] == name}) == 1
    order = stream("order").permutation(70)
    assert np.array_equal(halves([groups[i] for i in order])[0], one[order])


def board(*orders, noise=0.0):
    """Return values under extractors e0, e1, …: each order lists the methods a, b, c from the best (lowest) on."""
    law = stream("board")
    return {
        f"e{i}": {name: order.index(name) + noise * law.standard_normal(40) for name in "abc"}
        for i, order in enumerate(orders)
    }


GROUPS = list(range(40))


def test_first_is_who_two_extractors_agree_on():
    found = stability(board("abc", "acb", "bac"), GROUPS, higher_is_better=False)
    assert (found.first, found.voters) == ("a", ("e0", "e1"))
    assert found.orders["e1"] == ("a", "c", "b")
    assert [(each.first, each.second) for each in found.between] == [("e0", "e1"), ("e0", "e2"), ("e1", "e2")]
    assert [each.tau for each in found.between] == pytest.approx([1 / 3, 1 / 3, -1 / 3])
    assert [each.same_best for each in found.between] == [True, False, False]
    assert [each.tau for each in found.halves] == [1, 1, 1]


def test_nobody_is_first_without_two_that_agree():
    assert stability(board("abc"), GROUPS, False).first is None, "one extractor is one opinion"
    assert stability(board("abc", "bac"), GROUPS, False).first is None
    assert stability(board("abc", "acb", "bac", "bca"), GROUPS, False).first is None, "two against two"


def test_an_extractor_that_a_method_was_trained_on_does_not_count():
    values = board("abc", "abc", "bac")
    assert stability(values, GROUPS, False, {"a": ["e1"]}).first is None
    assert stability(values, GROUPS, False, {"b": ["e1"]}).first == "a", "it is the best one's training that counts"


def test_ties_elect_nobody_and_the_direction_counts():
    values = board("abc", "abc")
    assert stability(values, GROUPS, higher_is_better=True).first == "c"
    tied = {each: {**rows, "b": rows["a"]} for each, rows in values.items()}
    assert stability(tied, GROUPS, False).first is None


def test_noise_beyond_the_differences_shows_between_the_halves():
    steady = stability(board("abc", noise=0.1), GROUPS, False).halves[0]
    assert (steady.tau, steady.same_best) == (1, True)
    taus = []
    for shift in range(12):
        law = stream("loud", shift)
        values = {"e": {name: law.standard_normal(40) for name in "abcdef"}}
        taus.append(stability(values, GROUPS, False).halves[0].tau)
    assert abs(np.mean(taus)) < 0.4


def test_unequal_tables_are_refused():
    values = board("abc", "abc")
    del values["e1"]["c"]
    with pytest.raises(ValueError, match="e1 has other methods"):
        stability(values, GROUPS, False)
    with pytest.raises(ValueError, match="40 values of a, and there are 39 conditions"):
        stability(board("abc"), GROUPS[:39], False)


# of boards -----------------------------------------------------------------------------------------------------------


def test_a_board_of_records_has_the_halves_of_its_ranking_score():
    values = {"a": [1.0, 1, 1, 2], "b": [2.0, 2, 2, 3], "c": [3.0, 3, 0, 4]}
    made = make_board(ToyShapes(), None, [with_values(name, *own) for name, own in values.items()])
    found = of_records(made)
    assert list(found.orders) == ["mini"]
    assert found.orders["mini"] == ("a", "b", "c")
    assert [each.first for each in found.halves] == ["mini, first half"]
    assert found.first is None
    assert "judged by one extractor alone, mini" in shown.sentence(found)
    assert "## Does the ranking stand?" in page_of(made)


def test_a_board_without_values_by_condition_has_no_such_table():
    made = make_board(ToyShapes(), None, [make("a", 1.0), make("b", 2.0)])
    assert of_records(made) is None
    assert "Does the ranking stand" not in page_of(made)
    assert of_records(make_board(ToyShapes(), None, [with_values("a", 1.0, 2, 3)])) is None


def page_of(board):
    edition = Edition("toy-shapes", 1, "f" * 64, 1, "2026-01-01", "0.1", board.ranked_by, (), (), (), "")
    return page.of_board(board, [edition], None)


def test_runs_under_two_extractors_say_who_is_first(bench):
    words = ["-t", "toy-shapes", "-m", "copy", "-m", "noise", "--limit", 4, "--samples", 4, "-f", "pixels", "-j", 0]
    assert bench("run", *words).code == 0
    done = bench("leaderboard", "toy-shapes", "--off-protocol", "--stability")
    assert done.code == 0, done.err
    assert re.search(r"mini +\| pixels +\| +-?1.00", done.out)
    assert "is first under mini and pixels" in done.out or "No method is first" in done.out
    assert bench("leaderboard", "toy-shapes", "--off-protocol", "--stability", "--format", "csv").code == 2


def test_the_table_says_who_is_first():
    found = shown.table("toy", "energy-score", stability(board("abc", "acb"), GROUPS, False))
    assert found.rows[0] == ("e0", "e1", "0.33", "yes")
    assert found.rows[1] == ("e0, first half", "e0, second half", "1.00", "yes")
    assert found.caption.endswith("a is first under e0 and e1, on which it was not trained.")
    assert found.notes == ("e0: a, b, c", "e1: a, c, b")
    nobody = shown.sentence(stability(board("abc", "bca"), GROUPS, False))
    assert nobody.startswith("No method is first")
