"""What the suite must show on `toy-shapes`, where the truth is known: 100 conditions, built-in features."""

import numpy as np
import pytest
from baselines import SHARES


@pytest.fixture
def shown(known):
    """By method: its scores by name, and its table of conditions."""
    return known("toy-shapes")


def test_the_oracle_has_the_true_diversity(shown):
    scores, _ = shown["oracle"]
    for metric in ("relative-diversity[mini]", "relative-std", "mode-coverage"):
        assert abs(scores[metric].value - 1) < 3 * scores[metric].standard_error, metric
    assert scores["high-quality"].value == 1
    law = scores["law-distance"]
    assert abs(law.value) < 3 * law.standard_error
    assert scores["realism[mini]"].value > 0.9


def test_the_collapsed_has_no_diversity_and_is_all_collapse(shown):
    scores, _ = shown["collapsed"]
    assert scores["diversity[mini]"].value == scores["diversity-all[mini]"].value == scores["relative-std"].value == 0
    for metric in ("collapse-within[mini]", "collapse-rate[mini]", "repeats-within[mini]"):
        assert scores[metric].value == 1, metric
    assert scores["realism[mini]"].value > 0.9, "this is what hides behind realism"


@pytest.mark.parametrize("share", SHARES)
def test_the_dial_is_measured(shown, share):
    score = shown[f"dial {share}"][0]["repeats-within[mini]"]
    assert abs(score.value - share) <= 2 * score.standard_error + 1e-12


def test_the_energy_score_orders_what_is_known(shown):
    """Each step is beyond twice its paired uncertainty."""
    for order in (["oracle", "dial 0.5", "collapsed", "noise"], ["oracle", "unconditional", "noise"]):
        for better, worse in zip(order, order[1:]):
            first, second = (shown[name][1]["energy-score[mini]"].to_numpy() for name in (better, worse))
            difference = second - first
            assert difference.mean() > 2 * difference.std(ddof=1) / np.sqrt(len(difference)), (better, worse)


def test_the_skill_is_nought_for_real_data_that_ignores_the_condition(shown):
    skill = shown["real"][0]["energy-skill[mini]"]
    assert abs(skill.value) < 3 * skill.standard_error
    assert shown["oracle"][0]["energy-skill[mini]"].value > 0.3


def test_what_ignores_the_condition_repeats_itself_across_conditions(shown):
    assert shown["unconditional"][0]["collapse-across[mini]"].value > 0.5
    assert shown["oracle"][0]["collapse-across[mini]"].value < 0.05


def test_blur_and_noise_are_not_real(shown):
    for name in ("blurred", "noise", "copy"):
        assert shown[name][0]["realism[mini]"].value < 0.2, name
        assert shown[name][0]["frechet[mini]"].value > 5 * shown["oracle"][0]["frechet[mini]"].value, name
