"""Ranks by rules 2 and 3: shared spreads between trainings, all pairs together, letters; and errors that hold."""

import numpy as np
import pytest
from made_records import trained, with_values
from scipy.stats import chi2, f, gamma

from benchbench.leaderboards.checkpoints import checkpoints
from benchbench.leaderboards.rows import make_board
from benchbench.publish import text
from benchbench.stats import letters, paired_difference, simultaneous
from benchbench.stats.letters import letter
from benchbench.stats.spreads import (
    FARTHER,
    FARTHER_DEGREES,
    NO_OUTLIERS,
    OUTLIERS,
    PRIOR_DEGREES,
    PRIOR_WEIGHTS,
    learned,
)
from benchbench.tasks.toy_shapes import ToyShapes

# Letters --------------------------------------------------------------------------------------------------------------


def test_letters_of_a_chain_overlap():
    chain = np.abs(np.subtract.outer(range(4), range(4))) <= 1
    assert letters(chain) == ["a", "ab", "bc", "c"]


@pytest.mark.parametrize("seed", range(20))
def test_two_share_a_letter_where_and_only_where_they_are_alike(seed):
    generator = np.random.default_rng(seed)
    alike = np.triu(generator.random((12, 12)) < generator.random(), 1)
    alike |= alike.T | np.eye(12, dtype=bool)
    found = [set(each) for each in letters(alike)]
    assert all(found)
    assert [[bool(one & other) for other in found] for one in found] == alike.tolist()


def test_there_are_more_letters_than_the_alphabet_has():
    assert [letter(place) for place in (0, 25, 26, 51, 52)] == ["a", "z", "a2", "z2", "a3"]
    assert len(set(letters(np.eye(60, dtype=bool)))) == 60


# Spreads between trainings --------------------------------------------------------------------------------------------


def trainings(deviations, number, seed=0):
    """Return `float[S, n]` of each method: its own deviation between trainings, next to none within."""
    generator = np.random.default_rng(seed)
    return [generator.normal(0, 1e-6, (number, 3)) + each * generator.normal(size=(number, 1)) for each in deviations]


def test_methods_of_one_variance_share_it():
    values = trainings([0.2] * 40, 6)
    found = learned(values, [True] * 40)
    assert found.degrees == np.inf
    assert found.deviation == pytest.approx(0.2, rel=0.1)
    low, high = found.quantiles(np.tile([0.05, 0.95], (40, 1))).T * 6
    assert low.min() > 0.14**2
    assert high.max() < 0.31**2


def test_a_method_alone_in_its_variance_keeps_its_own():
    """Rows whose deviations differ by up to a thousand times say next to nothing of each other."""
    values = trainings(10.0 ** np.linspace(-1.5, 1.5, 24), 5, seed=2)
    found = learned(values, [True] * 24)
    assert found.degrees <= 0.5
    own = np.array([each.mean(1).var(ddof=1) for each in values])
    middle = found.quantiles(np.full((24, 1), 0.5))[:, 0] * 5
    alone = 4 * own / chi2.ppf(0.5, 4)
    assert np.median(np.abs(np.log(middle / alone))) < 0.15
    assert np.abs(np.log(middle / alone)[4:]).max() < 0.8, "the least are drawn to the rest"


def test_one_training_has_the_law_of_the_others_and_none_has_none():
    values = [*trainings([0.1] * 10, 4), np.zeros(3), np.zeros(3)]
    found = learned(values, [True] * 11 + [False])
    middle = found.quantiles(np.full((12, 1), 0.5))[:, 0]
    assert middle[10] == pytest.approx(found.deviation**2, rel=0.05)
    assert middle[11] == 0


def test_the_unit_of_a_score_does_not_matter():
    values = trainings([0.1, 0.3, 0.02, 0.2], 3)
    once, thousand = (learned([scale * each for each in values], [True] * 4) for scale in (1, 1000))
    at = np.full((4, 1), 0.9)
    assert thousand.quantiles(at) == pytest.approx(1e6 * once.quantiles(at), rel=1e-9)


def test_nothing_is_known_without_several_trainings_that_differ():
    assert learned([np.zeros(3), np.ones(3)], [True, True]) is None
    assert learned([np.zeros((3, 4)), np.ones((3, 4))], [True, True]) is None
    assert learned(trainings([0.1, 0.1], 3), [False, False]) is None


def test_the_prior_is_weighed_by_the_f_law_of_the_variances():
    """Smyth 2004, section 3: s² / s₀² has d and d₀ degrees of freedom; the median weight of d₀ by scipy's density."""
    values = trainings([0.05, 0.4, 0.1, 0.9, 0.2, 0.02], 3, seed=3)
    own = np.array([each.mean(1).var(ddof=1) for each in values])
    centre = np.median(own)
    scales = centre * np.exp(0.125 * np.arange(-48, 49))
    ratio = own / scales[:, None]
    weights = []
    for d0, before in zip(PRIOR_DEGREES, PRIOR_WEIGHTS, strict=True):
        law, x = (chi2(2), 2 * ratio) if np.isinf(d0) else (f(2, d0), ratio)
        weights.append(before * np.prod(law.pdf(x) * x, axis=1).sum())  # densities of the logarithm
    expected = PRIOR_DEGREES[int(np.searchsorted(np.cumsum(weights) / np.sum(weights), 0.5))]
    assert learned(values, [True] * 6, NO_OUTLIERS).degrees == expected


def law_by_hand(own, degrees, outliers):
    """Return `float64[M, G]`: each row's law of σ², by scipy's densities, and the grid."""
    centre, grid, scales = np.median(own), np.exp(0.125 * np.arange(-96, 97)), np.exp(0.125 * np.arange(-48, 49))
    near = [(d0, scales) for d0 in PRIOR_DEGREES]

    def of_variance(d0, scale):  # the density of log σ², [T, G]
        x = scale[:, None] / grid
        law = (np.abs(np.log(x)) < 0.0625) if np.isinf(d0) else gamma(d0 / 2, scale=2 / d0).pdf(x) * x
        return law / law.sum(1, keepdims=True)

    def of_rows(d0, scale):  # the density of log s², [T, M]
        ratios = zip(degrees, (own / centre / scale[:, None]).T, strict=True)
        return np.stack([chi2(d).pdf(d * r) * d * r if np.isinf(d0) else f(d, d0).pdf(r) * r for d, r in ratios], 1)

    far = of_variance(FARTHER_DEGREES, FARTHER * scales), of_rows(FARTHER_DEGREES, FARTHER * scales)
    given = np.stack([chi2(d).pdf(d * x / centre / grid) / grid for x, d in zip(own, degrees)])
    total = np.zeros(given.shape)
    for share, chance in outliers:
        for (d0, scale), before in zip(near, PRIOR_WEIGHTS, strict=True):
            prior = (1 - share) * of_variance(d0, scale) + share * far[0]
            weight = chance * before * ((1 - share) * of_rows(d0, scale) + share * far[1]).prod(1)
            laws = prior[:, None] * given
            total += (weight[:, None, None] * laws / laws.sum(2, keepdims=True)).sum(0)
    return total / total.sum(1, keepdims=True), grid * centre


@pytest.mark.parametrize("outliers", [NO_OUTLIERS, OUTLIERS], ids=["rule 2", "rule 3"])
def test_the_law_of_each_row_is_that_of_a_slow_computation(outliers):
    values = [*trainings([0.05, 0.4], 2, seed=3), *trainings([0.1], 4, seed=4)]
    own = np.array([each.mean(1).var(ddof=1) for each in values])
    law, grid = law_by_hand(own, [1, 1, 3], outliers)
    found = learned(values, [True] * 3, outliers)
    assert found.grid == pytest.approx(np.log(grid))
    assert found.cumulated == pytest.approx(law.cumsum(1) - law / 2, abs=1e-9)


def test_outliers_in_no_share_change_nothing():
    values = trainings([0.1, 0.3, 0.02, 0.2], 3)
    found, split = (learned(values, [True] * 4, each) for each in (NO_OUTLIERS, ((0.0, 0.25), (0.0, 0.75))))
    assert split.cumulated == pytest.approx(found.cumulated, abs=1e-12)
    assert split.deviation == pytest.approx(found.deviation)


def test_the_more_a_row_varies_the_wider_is_its_law_and_the_order_of_rows_does_not_matter():
    values = trainings([0.1] * 9 + [1.5], 2, seed=5)
    found, turned = learned(values, [True] * 10), learned(values[::-1], [True] * 10)
    assert turned.cumulated[::-1] == pytest.approx(found.cumulated, abs=1e-12)
    order = np.argsort([each.mean(1).var() for each in values])
    assert (np.diff(found.cumulated[order], axis=0) <= 1e-12).all()


# All pairs together ---------------------------------------------------------------------------------------------------


def test_one_pair_has_the_p_of_students_test():
    generator = np.random.default_rng(1)
    groups = np.repeat(range(20), 3)
    values = generator.normal(size=(2, 60)) + np.array([[0.0], [0.45]])
    p = paired_difference(*values, groups).p
    (pair,) = simultaneous(list(values), groups, level=0)
    assert pair.adjusted == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / 4000))


def test_what_all_methods_share_changes_nothing():
    generator = np.random.default_rng(2)
    values, shared = generator.normal(size=(5, 40)) * [[0.1]] + np.arange(5)[:, None] / 20, generator.normal(size=40)
    plain, shifted = (simultaneous(list(each), range(40)) for each in (values, values + 3))
    assert plain.adjusted == pytest.approx(shifted.adjusted, abs=1e-3)
    assert (simultaneous(list(values), range(40)).adjusted == plain.adjusted).all(), "it is seeded"
    assert simultaneous(list(values + shared), range(40)).value == pytest.approx(plain.value)


def test_constant_differences_are_certain_and_one_group_tells_nothing():
    values = [np.full(6, level) for level in (1.0, 1.0, 2.0)]
    assert simultaneous(values, range(6)).adjusted.tolist() == [1, 0, 0]
    assert simultaneous(values, [0] * 6).adjusted.tolist() == [1, 1, 1]
    assert len(simultaneous(values[:1], range(6))) == 0


def test_simulated_boards_hold_the_family_wise_error(benchmarks_on_the_path):
    """A part of `benchmarks/power.py`; three standard errors above 5 %."""
    import power

    found = power.measured(power.RULES["rule 3"], 60, 8, "3", "equal", 0.05)
    assert max(found.null, found.twins) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)
    assert found.power > power.measured(power.own_variances, 60, 8, "3", "equal", 0.05).power


def test_rule_three_holds_where_two_trainings_hide_an_outlier(benchmarks_on_the_path):
    """A part of the worst line of `benchmarks/power.py`: of 40 boards without differences rule 2 errs on six."""
    import power

    boards = [power.board(20, "2", "one in ten 100 times", 0.05, False, number) for number in range(40)]
    errors = {rule: sum((power.RULES[rule](each).adjusted <= 0.05).any() for each in boards) for rule in power.RULES}
    assert errors["rule 3"] <= 2 < 4 < errors["rule 2"] < errors["rule 1"]


# Boards ---------------------------------------------------------------------------------------------------------------


def test_checkpoints_are_another_question_than_methods():
    """Trainings that vary leave two methods alike; their checkpoints differ on the same conditions."""
    wobble = np.array([0.01, 0.02, 0.0, 0.015])
    records = [trained("a", seed, *(0.2 + seed / 10 + wobble)) for seed in (0, 1, 2)]
    records += [trained("b", seed, *(0.25 + seed / 10 + 2 * wobble)) for seed in (0, 1, 2)]
    records += [with_values("plain", *(0.9 + 3 * wobble))]
    board = make_board(ToyShapes(), None, records)
    assert [row.letters for row in board.rows][:2] == ["a", "a"]
    found = checkpoints(board)
    assert [(each.label, each.seed) for each in found.rows[:3]] == [("a", 0), ("b", 0), ("a", 1)]
    assert [each.rank_range for each in found.rows] == [(i, i) for i in range(1, 8)]
    table = text.of_checkpoints(found)
    assert table.titles == ("rank", "letters", "method", "training seed", "energy-score[mini] ↓")
    assert table.rows[-1][:4] == ("7", "g", "plain", "–")
    assert table.caption.startswith("Which of these checkpoints is better?")


# Errors ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["300-in-32-groups", "20-within"])
def test_intervals_hold_what_is_expected(benchmarks_on_the_path, setting):
    """A part of `benchmarks/coverage.py`; three standard errors around 95 %."""
    import coverage

    families = ["mean over samples: distance-to-truth", "mean over pairs: diversity", "ratio: relative-diversity"]
    for found in coverage.coverage(families, coverage.SETTINGS[setting], 200):
        assert found.none == 0
        assert 0.95 - 3 * np.sqrt(0.95 * 0.05 / 200) <= found.coverage
        assert 0.85 < found.ratio < 1.15
