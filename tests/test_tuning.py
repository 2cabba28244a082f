"""The best score for a budget against closed forms and enumeration; spaces, files of trials, and the command."""

import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest

from benchbench.core import BenchbenchError, UnknownName, WrongUsage
from benchbench.core.noise import stream
from benchbench.plugins import get_task, registry
from benchbench.publish.tuning import curve, save, table
from benchbench.stats.budget import bootstrap_least, least_moments, least_weights
from benchbench.tuning.space import Choice, Range, described, draw, parse
from benchbench.tuning.trials import Trial, Trials, read_search

# the law of the least ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draws", [1, 2, 3, 5])
@pytest.mark.parametrize("replace", [True, False])
def test_the_law_of_the_least_is_that_of_all_draws(draws, replace):
    scores = np.array([0.3, 2.0, 0.7, 5.0, 1.1])
    every = itertools.product(scores, repeat=draws) if replace else itertools.combinations(scores, draws)
    least = np.array([min(each) for each in every])
    mean, deviation = least_moments(scores, draws, replace)
    assert mean == pytest.approx(least.mean())
    assert deviation == pytest.approx(least.std())
    assert least_weights(5, draws, replace).sum() == pytest.approx(1)


@pytest.mark.parametrize(("number", "draws"), [(9, 1), (9, 4), (100, 7), (100, 100)])
def test_the_least_of_the_first_numbers_has_its_closed_form(number, draws):
    """The mean least of n of 1 .. N is (N + 1) / (n + 1) without replacement, and Σ (k / N)ⁿ over 1 .. N with it."""
    scores = np.arange(1, number + 1)
    assert least_moments(scores, draws, replace=False)[0] == pytest.approx((number + 1) / (draws + 1))
    assert least_moments(scores, draws)[0] == pytest.approx(((scores / number) ** draws).sum())


def test_resamples_agree_with_the_closed_form_and_never_rise():
    scores = stream("scores").lognormal(size=60)
    means, deviations = bootstrap_least(scores, 60, stream("resamples"), 5000)
    assert (np.diff(means) <= 0).all()
    for budget in (1, 3, 10, 60):
        mean, deviation = least_moments(scores, budget)
        assert means[budget - 1] == pytest.approx(mean, abs=5 * deviation / 5000**0.5)
        assert deviations[budget - 1] == pytest.approx(deviation, rel=0.1)


@pytest.mark.parametrize(("number", "draws", "replace"), [(0, 1, True), (3, 0, True), (3, 4, False)])
def test_impossible_budgets_are_refused(number, draws, replace):
    with pytest.raises(ValueError, match=f"{draws} draws of {number} scores"):
        least_weights(number, draws, replace)


# spaces ---------------------------------------------------------------------------------------------------------------

DIAL = registry().get("methods", "dial")


@pytest.mark.parametrize(
    ("option", "given", "expected"),
    [
        ("collapse", "0,0.5", Choice((0.0, 0.5))),
        ("collapse", [0, 1], Choice((0.0, 1.0))),
        ("collapse", "0.1..0.5", Range(0.1, 0.5)),
        ("noise", "1e-2..4, log", Range(0.01, 4.0, log=True)),
    ],
)
def test_a_space_is_read_as_it_is_written(option, given, expected):
    assert parse(option, given, DIAL) == expected


@pytest.mark.parametrize(
    ("option", "given", "message"),
    [
        ("collapse", "much", "expected a number"),
        ("collapse", "0.5..0.1", "the first end is below the second"),
        ("noise", "0..1,log", "and above 0"),
        ("noise", "1..2,cubic", "a range is LOW..HIGH"),
        ("noise", "", "name at least one value"),
    ],
)
def test_a_space_that_means_nothing_is_refused_before_any_run(option, given, message):
    with pytest.raises(WrongUsage, match=re.escape(message)):
        parse(option, given, DIAL)


def test_an_unknown_option_is_named():
    with pytest.raises(UnknownName, match="collapse"):
        parse("colapse", "1", DIAL)


def test_draws_are_of_the_range_and_of_its_law():
    generator = stream("draws")
    whole = [Range(1, 3, whole=True).draw(generator) for _ in range(300)]
    assert set(whole) == {1, 2, 3}
    assert all(type(each) is int for each in whole)
    logs = np.log10([Range(1e-4, 1.0, log=True).draw(generator) for _ in range(2000)])
    assert logs.min() >= -4
    assert logs.max() <= 0
    assert logs.mean() == pytest.approx(-2, abs=5 * (4 / 12**0.5) / 2000**0.5)
    space = {"b": Choice((1, 2)), "a": Range(0.0, 1.0)}
    assert draw(space, stream("x")) == draw(dict(reversed(space.items())), stream("x")), "in the order of names"
    json.dumps(described(space))


# files of trials ------------------------------------------------------------------------------------------------------


def trial(number, score, **fields):
    status = "ok" if score is not None else "failed"
    told = {"reason": "" if score is not None else "it diverged", "standard_error": None, "seconds": 60.0}
    rest = {"checkpoint": "", "run_id": "r", **told, **fields}
    return Trial(number=number, options={"a": number}, training_seed=number, status=status, score=score, **rest)


def test_trials_come_back_and_a_torn_line_is_made_again(tmp_path):
    path, search = tmp_path / "a.jsonl", {"schema": 1, "seed": 0}
    trials = Trials(path, search)
    for number in range(3):
        trials.append(trial(number, 0.1 * number))
    path.write_bytes(path.read_bytes() + b'{"number": 3, "opt')
    assert read_search(path) == (search, trials.found)
    Trials(path, search).append(trial(3, None))
    assert [each.score for each in read_search(path)[1]] == [0.0, 0.1, 0.2, None]


def test_changed_lines_and_other_searches_are_refused(tmp_path):
    path, search = tmp_path / "a.jsonl", {"schema": 1, "seed": 0}
    Trials(path, search).append(trial(0, 0.25))
    with pytest.raises(BenchbenchError, match="is of another search"):
        Trials(path, {**search, "seed": 1})
    path.write_text(path.read_text().replace("0.25", "0.15"))
    with pytest.raises(BenchbenchError, match=r"a\.jsonl:2 is damaged: its SHA-256 is of another content"):
        read_search(path)


# curves ---------------------------------------------------------------------------------------------------------------


def test_failed_trials_count_as_the_worst():
    trials = [trial(0, 1.0), trial(1, None), trial(2, 3.0)]
    for higher, worst, best in ((False, 3.0, 1.0), (True, 1.0, 3.0)):
        found = curve("m", trials, higher)
        scores = [1.0, worst, 3.0]
        mean, deviation = least_moments([-each for each in scores] if higher else scores, 1)
        assert found.means[0] == pytest.approx(-mean if higher else mean, abs=5 * deviation / 5000**0.5)
        assert found.best.score == best
        assert (np.diff(found.means) >= 0).all() if higher else (np.diff(found.means) <= 0).all()
    assert curve("m", [trial(0, None)], False) is None


def test_the_table_has_a_column_for_each_budget_and_the_plot_a_line(tmp_path):
    curves = [curve("m", [trial(i, float(i)) for i in range(5)], False), curve("n[a=1]", [trial(0, 7.0)], False)]
    shown = table("ring8", "energy-score[pixels]", curves)
    assert shown.titles == ("method", "runs", "minutes per run", "best of 1", "best of 2", "best of 5")
    assert shown.rows[1] == ("n[a=1]", "1", "1", "7 ± 0", "", "")
    assert "the best is trial 0, 0, m[a=0]" in shown.notes[0]
    save("energy-score[pixels]", curves, tmp_path / "a.svg")
    assert "n[a=1]" in (tmp_path / "a.svg").read_text() or (tmp_path / "a.svg").stat().st_size > 5000


# the command ----------------------------------------------------------------------------------------------------------


def lines_of(folder="tune"):
    (path,) = Path(folder).glob("*/*.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.usefixtures("one_off")
def test_a_search_goes_on_where_it_stopped_and_keeps_what_it_has(bench):
    words = ("tune", "-t", "tiny", "-m", "dial", "--search", "collapse=0..1", "--limit", 6, "-j", 0, "--json")
    first = json.loads(bench(*words, "--budget", 2).out)[0]
    done = bench(*words, "--budget", 3)
    assert done.code == 0, done.err
    (again,) = json.loads(done.out)
    assert again["trials"][:2] == first["trials"], "nothing is made twice"
    assert "trial 1" not in done.err
    assert len(again["means"]) == 3
    scores = [each["score"] for each in again["trials"]]
    assert again["best"] == int(np.argmin(scores))
    collapse = [each["options"]["collapse"] for each in again["trials"]]
    assert len(set(collapse)) == 3
    head, *rest = lines_of()
    assert head["space"] == {"collapse": {"low": 0.0, "high": 1.0, "log": False, "whole": False}}
    assert [each["number"] for each in rest] == [0, 1, 2]
    for each in rest:
        (record,) = Path("tune/runs").glob(f"**/{each['run_id']}/record.json")
        assert json.loads(record.read_text())["scores"][0]["value"] == each["score"]


CENTRE = """
from dataclasses import dataclass

import benchbench


class Mean(benchbench.Trainer):
    def __init__(self, task, engine, steps, rate):
        self.num_steps, self.engine, self.rate = steps, engine, rate
        self.pool, self.centre = task.real_pool(), task.real_pool()[0] * 0 + 5

    def step(self, index):
        import torch

        chosen = torch.randint(len(self.pool), (8,), generator=self.engine.random("batch", index))
        self.centre = self.centre + self.rate * (self.pool[chosen].mean(0) - self.centre)
        return {"loss": self.centre.norm()}

    def state(self):
        return {"centre": self.centre}

    def restore(self, state):
        self.centre = state["centre"]

    def weights(self):
        return {"centre": self.centre}


@dataclass
class Centre(benchbench.Method):
    name = "centre"
    rate: float = 0.1

    def prepare(self, task, device, checkpoint):
        from safetensors.torch import load_file

        if self.rate > 1:
            raise benchbench.Unsupported("a rate is at most 1")
        self.centre = load_file(checkpoint)["centre"]

    def sample(self, conditions, num_samples, noise):
        return self.centre + 0 * noise.normal(2)

    def trainer(self, task, engine, steps=None):
        return Mean(task, engine, steps or 5, self.rate)


@benchbench.hookimpl
def benchbench_methods():
    return [Centre]
"""


def test_each_trial_is_a_training_and_a_run_and_one_that_fails_counts(bench, monkeypatch):
    ring = type(get_task("ring8"))  # the law distance of one point is the same wherever it lies between the modes
    law, energy, *others = ring.metrics
    monkeypatch.setattr(ring, "metrics", (energy, law, *others))
    Path("plugins.d").mkdir()
    Path("plugins.d/centre.py").write_text(CENTRE)
    words = ("--plugins-dir", "plugins.d", "tune", "-t", "ring8", "-m", "centre", "--steps", 3, "--limit", 4, "-j", 0)
    done = bench(*words, "--search", "rate=0.1,0.9,2", "--budget", 6, "--device", "cpu", "--json")
    assert done.code == 0, done.err
    head, *trials = lines_of()
    assert head["steps"] == 3
    assert {each["options"]["rate"] for each in trials} == {0.1, 0.9, 2.0}, "the seeds draw each value at least once"
    for each in trials:
        name, _, sha256 = each["checkpoint"].partition(" sha256:")
        assert (Path("tune/checkpoints/ring8") / name).is_file()
        assert len(sha256) == 64
        assert each["status"] == ("failed" if each["options"]["rate"] == 2 else "ok")
    failed = [each for each in trials if each["status"] == "failed"]
    assert {each["reason"] for each in failed} == {"a rate is at most 1"}
    (shown,) = json.loads(done.out)
    assert trials[shown["best"]]["options"]["rate"] == 0.9, "nearer to the middle of the ring"
    assert len({each["checkpoint"] for each in trials}) == 6, "each trial has its own training seed"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--budget", "0"], "is no budget: write a number of runs, or a time such as 90s, 30m or 2h"),
        (["--budget", "2", "--search", "colour=1"], "no method here has this option"),
        (["--budget", "2"], "dial has nothing to try"),
        (["--budget", "2", "--search", "noise=1", "--plot", "a.gif"], "name a .png or an .svg"),
    ],
)
def test_wrong_usage_is_said_before_anything_runs(bench, words, message):
    more = ["--search", "noise=1"] if words[-1] in ("0", "colour=1") else []
    done = bench("tune", "-t", "ring8", "-m", "dial", *words, *more)
    assert (done.code, message in done.err) == (2, True), done.err


def test_a_file_has_a_space_for_each_method(bench):
    Path("space.toml").write_text('[dial]\nnoise = "0.1..0.5"\ncollapse = [0, 1]\n')
    done = bench("tune", "-t", "ring8", "-m", "dial", "--space", "space.toml", "--budget", 1, "--limit", 4, "-j", 0)
    assert done.code == 0, done.err
    assert set(lines_of()[0]["space"]) == {"noise", "collapse"}
    (only,) = lines_of()[1:]
    assert 0.1 <= only["options"]["noise"] <= 0.5
