"""What the suite must show on `toy-shapes`, where the truth is known: the full protocol, built-in features."""

import os
from pathlib import Path

import numpy as np
import pandas
import pytest

from benchbench.executors.local import Local
from benchbench.plugins import registry
from benchbench.runs.request import Request, open_stage
from benchbench.runs.run import Run

SHARES = (0.0, 0.1, 0.25, 0.5, 1.0)
BESIDE = ("diversity-all[mini]", "collapse-within[mini]", "repeats-within[mini]")
METHODS = {
    **{name: (name, {}) for name in ("oracle", "collapsed", "unconditional", "noise", "copy", "real")},
    **{f"dial {share}": ("dial", {"collapse": share}) for share in SHARES},
    "blur": ("dial", {"blur": 1.0}),
}


def run_all(output):
    """Run every method, or read what was run before; return each one's scores by name, and its table of conditions."""
    stage = open_stage(Request(task="toy-shapes", output=output, keep_samples="none", metrics=BESIDE), registry())
    found = {}
    with Local(0 if "PYTEST_XDIST_WORKER" in os.environ else min(2, os.cpu_count() or 1)) as executor:
        for label, (name, options) in METHODS.items():
            run = Run(stage, stage.subject(name, options))
            record, _ = run.record(executor, lambda done, total: None)
            assert record.status == "ok", record.reason
            table = pandas.read_parquet(Path(run.directory.path) / "conditions.parquet")
            found[label] = {score.metric: score for score in record.scores}, table
    return found


@pytest.fixture(scope="module")
def shown(once):
    """What `run_all` returns, of runs that are made once."""
    return run_all(once("runs-of-toy-shapes", run_all))


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
    """Each step is beyond twice its paired uncertainty.

    That `unconditional` comes after `collapsed` is what mini's layer weights were set for (docs/mini.md); no proper
    score promises an order of wrong laws.
    """
    order = ["oracle", "dial 0.5", "collapsed", "unconditional", "noise"]
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
    for name in ("blur", "noise", "copy"):
        assert shown[name][0]["realism[mini]"].value < 0.2, name
        assert shown[name][0]["frechet[mini]"].value > 5 * shown["oracle"][0]["frechet[mini]"].value, name
