"""Calibration of samples: known answers, closed forms, levels and power, what records, reports and pages show of it."""

import functools
import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas
import pytest
import torch
from made_records import make, score
from scipy.stats import kstest

from benchbench.calibration.report import Measured, calibrate
from benchbench.contract.metric import declares
from benchbench.core import ConditionFeatures, Conditions, Example, FeatureSet, Thresholds, Undefined, Unsupported
from benchbench.core.noise import Noise, stream
from benchbench.core.record import RecordedProtocol, RecordedTask
from benchbench.core.uncertainty import JACKKNIFE, STANDARD_ERROR, Uncertainty
from benchbench.leaderboards.rows import make_board
from benchbench.methods.baselines import Copy
from benchbench.metrics import c2st, interval, spread_skill, tarp, truth_rank
from benchbench.plugins import get_task as task_of
from benchbench.publish.calibration import bars, markdown
from benchbench.publish.site import ranks
from benchbench.stats.distances import euclidean
from benchbench.stats.nulls import degrees_of, departure, joint
from benchbench.stats.randomised import uniform_ranks

BENCHMARK = Path(__file__).parent.parent / "benchmarks" / "posterior.py"


@pytest.fixture(scope="module")
def posterior():
    """The benchmark, whose studies are run here in small."""
    spec = importlib.util.spec_from_file_location("posterior_benchmark", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


get_task = functools.cache(task_of)


def normal(*shape, seed=0):
    return torch.from_numpy(stream("posterior", seed).standard_normal(shape))


def measured(samples, references, id="a", points=None, task="toy-shapes"):
    """Return what a condition metric gets to see of one condition."""
    return ConditionFeatures(
        get_task(task),
        Example(id, {}, references),
        samples,
        torch.zeros(0, 2, dtype=torch.int64),
        samples,
        references,
        euclidean(samples, samples),
        euclidean(samples, references),
        Thresholds(1e-6, 1e-3),
        points=points or {},
    )


# ranks ----------------------------------------------------------------------------------------------------------------


def test_an_outlying_truth_has_the_rank_of_the_specification():
    """On a line, y = 5 and x = 0, 1, 2: T_0 = 12, T = 8, 6, 6."""
    samples, truth = torch.tensor([[0.0], [1], [2]]).double(), torch.tensor([[5.0]]).double()
    distances, to_truth = euclidean(samples, samples), euclidean(samples, truth)
    outlying = to_truth + distances.sum(1)[:, None]
    assert (outlying[:, 0].tolist(), float(to_truth.sum())) == ([8, 6, 6], 12)
    for uniform, expected in ((0.0, 3 / 4), (0.5, 3.5 / 4)):
        found = truth_rank.truth_ranks(distances, to_truth, torch.tensor([uniform]).double())
        assert found.tolist() == [expected]


def test_ranks_are_those_of_a_loop():
    samples, references = normal(6, 3, seed=1), normal(4, 3, seed=2)
    uniform = torch.tensor([0.1, 0.9, 0.5, 0.3]).double()
    found = truth_rank.truth_ranks(euclidean(samples, samples), euclidean(samples, references), uniform)
    point = normal(3, seed=3)
    near = tarp.nearness_ranks(samples, references, point, uniform)
    for r, y in enumerate(references.numpy()):
        pool = [y, *samples.numpy()]
        outlying = [sum(np.linalg.norm(one - other) for other in pool) for one in pool]
        rank = sum(each < outlying[0] for each in outlying[1:])
        assert float(found[r]) == pytest.approx((rank + float(uniform[r])) / 7)
        away = [np.linalg.norm(each - point.numpy()) for each in pool]
        assert float(near[r]) == pytest.approx((sum(each < away[0] for each in away[1:]) + float(uniform[r])) / 7)


def test_the_order_of_samples_does_not_matter():
    samples, references = normal(7, 3, seed=1), normal(4, 3, seed=2)
    point = {"real": normal(3, seed=3), "condition": normal(3, seed=4)}
    order = torch.tensor([3, 1, 6, 0, 2, 5, 4])
    for kind in (truth_rank.TruthRank, truth_rank.RankBias, truth_rank.RankShape, tarp.Tarp, tarp.TarpConditionShape):
        one, other = (kind().compute(measured(each, references, points=point)) for each in (samples, samples[order]))
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_ties_make_a_uniform_rank():
    """Where all distances are 0, only the seeded draw of the example decides; and copies of the truth are ties."""
    flat = torch.zeros(3, 2).double()
    found = [float(truth_rank.TruthRank().compute(measured(flat, flat[:1], id=str(i)))) for i in range(300)]
    assert kstest(found, "uniform").pvalue > 1e-3
    samples = torch.tensor([[1.0, 0], [1, 1e-9], [4, 0]])  # the truth twice, up to the rounding of an embedding
    found = truth_rank.TruthRank().compute(measured(samples, samples[:1], id="tied"))
    uniform = stream("truth-rank", "toy-shapes", get_task("toy-shapes").version, "tied").random(1)
    assert found.tolist() == pytest.approx((uniform * 3 / 4).tolist())


def test_one_sample_is_as_outlying_as_the_truth():
    uniform = torch.from_numpy(stream("one").random(400))
    found = uniform_ranks(torch.ones(1, 400), torch.ones(400), uniform)
    assert kstest(found.numpy(), "uniform").pvalue > 1e-3
    assert float(found.max()) > 0.99


# spread and skill -----------------------------------------------------------------------------------------------------


def test_variance_and_error_are_those_of_the_embeddings():
    samples, references = normal(20, 5, seed=5), normal(3, 5, seed=6)
    distances, to_truth = euclidean(samples, samples), euclidean(samples, references)
    assert float(spread_skill.ensemble_variance(distances)) == pytest.approx(float(samples.var(0).sum()), rel=1e-12)
    expected = float((samples.mean(0) - references).square().sum(1).mean())
    assert float(spread_skill.mean_error(distances, to_truth)) == pytest.approx(expected, rel=1e-12)
    single = spread_skill.SingleError().compute(measured(samples, references))
    assert float(single.mean()) == pytest.approx(float(to_truth.square().mean()))


def test_one_sample_has_no_variance():
    with pytest.raises(Unsupported, match="two of them"):
        spread_skill.EnsembleVariance().compute(measured(normal(1, 3), normal(1, 3)))


@pytest.mark.parametrize(("samples", "decibels"), [(20, 2.7984), (8, 2.4988)])
def test_the_right_gain_is_known(samples, decibels):
    assert spread_skill.right_gain(samples) == pytest.approx(decibels, abs=5e-5)


def whole(samples, truth):
    """Return the set of n conditions, samples `[n, K, D]` and truth `[n, 1, D]`."""
    distances, to_truth = torch.cdist(samples, samples), torch.cdist(samples, truth)
    table = {
        "ensemble-variance": spread_skill.ensemble_variance(distances),
        "mean-error": spread_skill.mean_error(distances, to_truth),
        "single-error": to_truth.square().mean((1, 2)),
    }
    groups = [str(i) for i in range(len(samples))]

    class Real:
        thresholds = Thresholds(1e-6, 1e-3)

    return FeatureSet(get_task("toy-shapes"), (), groups, pandas.DataFrame(table), {}, Real())


@pytest.mark.parametrize(
    ("scale", "bias", "expected"),
    [(1.0, 0.0, 1.0), (0.8, 0.0, np.sqrt(0.64 * 21 / (20 + 0.64))), (1.0, 0.3, np.sqrt(33.6 / 36.48))],
)
def test_spread_over_skill_is_the_closed_form(scale, bias, expected):
    """With V = 32 and K = 20: E s² = scale² V, E e = V + scale² V/K + 32 bias²."""
    n, d = 2000, 32
    truth, samples = normal(n, 1, d, seed=7), scale * normal(n, 20, d, seed=8) + bias
    found = spread_skill.SpreadSkill().compute(whole(samples, truth))
    assert found.value == pytest.approx(expected, abs=4 * found.standard_error)
    assert found.standard_error < 0.01


def test_a_deterministic_method_has_no_spread_and_gains_nothing():
    truth = normal(30, 1, 4, seed=9)
    samples = normal(30, 1, 4, seed=10).expand(30, 5, 4)
    data = whole(samples, truth)
    assert spread_skill.SpreadSkill().compute(data).value == pytest.approx(0, abs=1e-6)
    assert spread_skill.AveragingGain().compute(data).value == pytest.approx(0, abs=1e-9)


def test_the_truth_repeated_has_no_ratio():
    truth = normal(30, 1, 4, seed=9)
    for kind in (spread_skill.SpreadSkill, spread_skill.AveragingGain):
        with pytest.raises(Undefined, match="the truth itself"):
            kind().compute(whole(truth.expand(30, 5, 4), truth))


def test_the_gain_names_what_is_right():
    truth, samples = normal(400, 1, 8, seed=11), normal(400, 8, 8, seed=12)
    found = spread_skill.AveragingGain().compute(whole(samples, truth))
    assert found.value == pytest.approx(2.4988, abs=4 * found.standard_error)
    assert found.detail == "the true law gains 2.50 dB"


# intervals ------------------------------------------------------------------------------------------------------------


def test_the_chance_inside_is_that_of_all_uniform_numbers():
    generator = stream("interval")
    samples = torch.from_numpy(generator.integers(0, 4, (5, 40)))
    truth = torch.from_numpy(generator.integers(0, 4, 40))
    grid = (np.arange(3000) + 0.5) / 3000
    for value, found in enumerate(interval.chance_inside(samples, truth).tolist()):
        below, equal = (
            int(each.sum()) for each in (samples[:, value] < truth[value], samples[:, value] == truth[value])
        )
        rank = below + grid * (equal + 1)
        assert found == pytest.approx(float(((rank >= 1) & (rank <= 5)).mean()), abs=1e-3)


def test_equal_values_are_covered_as_often_as_is_nominal():
    assert interval.chance_inside(torch.full((20, 3), 7), torch.full((3,), 7)).tolist() == pytest.approx([19 / 21] * 3)
    assert interval.chance_inside(torch.zeros(20, 1), torch.ones(1)).tolist() == [0]


# level and power ------------------------------------------------------------------------------------------------------


def test_the_true_law_is_rejected_at_the_level(posterior):
    """Of 50 studies at 5 %, more than 9 rejections have a probability of 1 in 6000."""
    found = [posterior.study(i, posterior.Law()) for i in range(25)]
    found += [posterior.study(i, posterior.Law(96, 32, 5)) for i in range(25)]
    for family in posterior.FAMILIES:
        assert sum(each[family] <= 0.05 for each in found) <= 9, family


def test_faults_are_rejected_and_ignoring_is_seen_from_the_condition(posterior):
    found = [posterior.study(i, posterior.Law(scale=0.8)) for i in range(5)]
    assert all(max(each["truth-rank"], each["spread-skill"], each["interval-coverage"]) < 0.01 for each in found)
    ignoring = [posterior.study(i, posterior.Law(ignore=True)) for i in range(5)]
    assert all(each["tarp-condition"] < 1e-6 for each in ignoring)


def test_the_test_against_a_null_is_students():
    error = Uncertainty(STANDARD_ERROR, 30, 11)
    assert degrees_of(error) == 10
    assert degrees_of(Uncertainty(JACKKNIFE, 30, 30, blocks=20)) == 19
    assert departure(2.228139, 1.0, 10, 0.0) == pytest.approx(0.05, abs=1e-6)  # the 97.5 % point of 10 degrees
    assert departure(1.0, 0.0, 10, 1.0) == 1
    assert departure(1.1, 0.0, 10, 1.0) == 0
    assert departure(1.0, None, 10, 1.0) is None
    assert joint([0.03, 0.04]) == pytest.approx(0.06)


def test_a_classifier_cannot_tell_the_law_from_itself():
    groups = [str(i) for i in range(40)]
    centres = 2 * normal(40, 1, 3, seed=13)
    references = centres + normal(40, 20, 3, seed=14)
    right, narrow, shifted = (
        c2st.accuracies(samples, references, groups)
        for samples in (
            centres + normal(40, 20, 3, seed=15),
            centres + 0.5 * normal(40, 20, 3, seed=15),
            centres.roll(1, 0) + normal(40, 20, 3, seed=15),
        )
    )
    assert right.mean() == pytest.approx(0.5, abs=4 * right.std() / np.sqrt(40))
    assert narrow.mean() > 0.6
    assert shifted.mean() > 0.7


def test_the_classifier_needs_a_known_law():
    c2st.C2st().supports(get_task("toy-shapes"))
    with pytest.raises(Unsupported, match="known law"):
        c2st.C2st().supports(get_task("sr-photos"))


# the condition as a sample --------------------------------------------------------------------------------------------


def test_a_condition_is_drawn_as_the_baseline_copies_it():
    task, method = get_task("sr-photos"), Copy()
    example = task.examples("test")[0]
    method.prepare(task, "cpu", None)
    values = {name: value[None] for name, value in example.condition.items()}
    noise = Noise.for_samples((task.name, task.version), 0, [example.id], 1)
    copied = method.sample(Conditions((example.id,), values), 1, noise)[0, 0]
    assert torch.equal(task.condition_as_sample(example), copied)


def test_a_label_is_drawn_as_a_training_target_of_it():
    task = get_task("digits-by-class")
    example = task.examples("test")[0]
    drawn = task.condition_as_sample(example)
    assert torch.equal(drawn, task.condition_as_sample(example))
    train = task.examples("train")
    (label,) = {int(each.condition["label"]) for each in train if torch.equal(each.references[0], drawn)}
    assert label == int(example.condition["label"])


def test_no_condition_is_no_point():
    with pytest.raises(Unsupported, match="no point of its sample space"):
        tarp.TarpCondition().supports(get_task("ring8"))
    tarp.Tarp().supports(get_task("ring8"))


# what is shown --------------------------------------------------------------------------------------------------------

ASKED = ("truth-rank", "rank-bias", "rank-shape", "tarp", "tarp-condition", "spread-skill")


def test_a_run_records_ranks_that_can_be_compared_and_shown(bench, one_off):
    metrics = [word for name in ASKED for word in ("--metric", f"{name}[pixels]")]
    done = bench("run", "-t", "tiny", "-m", "oracle", "-m", "dial[noise=64.0]", *metrics)
    assert done.code == 0, done.err
    records = [json.loads(path.read_text()) for path in Path("runs").glob("*/*/*/record.json")]
    for record in records:
        found = {each["metric"]: each for each in record["scores"]}
        histogram = found["truth-rank[pixels]"]["histogram"]
        references = len(get_task("tiny").examples("test")[0].references)
        assert (len(histogram), sum(histogram)) == (21, record["protocol"]["num_conditions"] * references)
        assert record["undefined"] == {}
        bias, rank = (found[f"{name}[pixels]"]["value"] for name in ("rank-bias", "truth-rank"))
        assert bias == pytest.approx(2 * rank - 1)
    compared = bench("compare", "oracle", "dial[noise=64.0]", "-t", "tiny", "--metric", "rank-bias[pixels]")
    assert compared.code == 0, compared.err
    assert "dial[noise=64.0]" in compared.out
    assert "differ" in compared.out


ONE_TRUTH = """
import benchbench


class One(benchbench.Task):
    name, kind = "one", "translation"
    space = benchbench.SampleSpace("images", (3, 8, 8))
    protocol = benchbench.Protocol("one", 1, 4, 4, 2)
    metrics = ("energy-score[pixels]",)

    def examples(self, split):
        images = (torch.arange(10 * 192) * 37 % 251).byte().reshape(10, 1, 3, 8, 8)
        return [benchbench.Example(str(i), {"image": image[0]}, image) for i, image in enumerate(images)]

    def real_pool(self):
        return torch.cat([example.references for example in self.examples("train")])


@benchbench.hookimpl
def benchbench_tasks():
    return [One]
"""


def test_what_has_no_value_is_left_out_with_its_reason(bench, tmp_path, monkeypatch):
    """Where a condition has one truth, `collapsed` repeats it: its mean has no error."""
    (tmp_path / "plugins.d").mkdir()
    (tmp_path / "plugins.d" / "one.py").write_text("import torch\n" + ONE_TRUTH)
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(tmp_path / "plugins.d"))
    done = bench(
        *("run", "-t", "one", "-m", "collapsed", "--metric", "spread-skill[pixels]", "--metric", "rank-bias[pixels]")
    )
    assert done.code == 0, done.err
    (path,) = Path("runs").glob("*/*/*/record.json")
    record = json.loads(path.read_text())
    assert "spread-skill[pixels]" not in {each["metric"] for each in record["scores"]}
    assert "the truth itself" in record["undefined"]["spread-skill[pixels]"]


def ranked(label, bias, histogram, undefined=None):
    error = Uncertainty(STANDARD_ERROR, 300, 300)
    scores = (
        *make().scores,
        score("rank-bias[mini]", bias, 0.01, higher_is_better=None, uncertainty=error),
        score("truth-rank[mini]", (bias + 1) / 2, 0.01, higher_is_better=None, histogram=histogram),
    )
    return make(label, scores=scores, undefined=undefined or {})


def test_a_page_shows_the_ranks_and_what_departs_from_the_null():
    records = [ranked("right", 0.01, (5, 5, 5)), ranked("narrow", 0.4, (0, 0, 15))]
    board = make_board(get_task("toy-shapes"), None, records)
    shown = ranks.of_samples(board)
    lines = {line.label: line for line in shown.lines}
    assert shown.tested == (("rank-bias[mini]", 0.0),)
    assert shown.drawn == ("truth-rank[mini]",)
    assert [lines[name].cells[0].departs for name in ("right", "narrow")] == [False, True]
    assert lines["right"].histograms[0].heights == (12, 12, 12)
    assert lines["narrow"].histograms[0].heights == (0, 0, 24)
    assert ranks.of_samples(make_board(get_task("toy-shapes"), None, [make("plain")])) is None


def test_calibration_judges_by_the_distance_from_the_null():
    n = 40
    base = stream("report").normal(0, 0.1, n)

    def step(setting, shift):
        values = base + shift
        scores = (
            score(
                "rank-bias[mini]",
                float(values.mean()),
                0.02,
                n,
                higher_is_better=None,
                histogram=(n - setting, setting),
            ),
        )
        protocol = RecordedProtocol("p", 1, n, 4, 2, "disjoint", off_protocol=True)
        record = make("made", task=RecordedTask("made", 1, "01234567"), protocol=protocol, seed=7, scores=scores)
        return Measured(
            setting, record, pandas.DataFrame({"id": range(n), "group": range(n), "rank-bias[mini]": values})
        )

    steps = [step(0, -float(base.mean())), step(1, -0.2), step(2, -0.4)]
    found = calibrate({"noise": steps}, {"noise": "u"}, "rest", {"rank-bias": 0.0})
    (answer,) = found.dials[0].answers
    assert (answer.verdict, answer.null) == ("sees", 0.0)
    assert [round(each.value, 1) for each in answer.steps[1:]] == [-0.2, -0.4]
    text = markdown(found)
    assert "Rank histograms" in text
    assert "noise 2" in text
    assert bars((38, 2)) in text
    assert "judged by their distance" in text


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"null": 0.0, "higher_is_better": True}, "it has a null and a better side"),
        ({"points": ("moon",), "higher_is_better": None}, "points names 'moon'"),
    ],
)
def test_the_contract_names_what_cannot_be_declared(declared, said):
    cls = type("Odd", (truth_rank.RankBias,), {**declared, "null": declared.get("null")})
    assert said in declares(SimpleNamespace(cls=cls)).seen


def test_a_histogram_in_text_shows_what_is_flat():
    assert bars((10, 10, 10)) == "▄▄▄"
    assert bars((0, 0, 30)) == "··█"
    assert bars(()) == ""
