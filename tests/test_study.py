"""Studies: the design's balance, the known answers, exclusions, intervals, power, and what a record may do."""

import importlib.util
import itertools
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import made_records
import numpy as np
import pytest

from benchbench.core import BenchbenchError, WrongUsage
from benchbench.core.record import RecordedTask
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.plugins import get_task
from benchbench.runs.directory import RunDirectory
from benchbench.study.answers import Sat
from benchbench.study.design import BAD, REAL, Shown, Supply, Trial, deal
from benchbench.study.exclusions import conduct, timed_right
from benchbench.study.folder import Judged
from benchbench.study.images import scrambled, spoiled
from benchbench.study.judgements import Judgements
from benchbench.study.measures import Counts, mean_realism, realism, sensitivity
from benchbench.study.messages import Answer
from benchbench.study.outcome import outcome, statistics
from benchbench.study.power import Plan, beyond, people_needed
from benchbench.study.published import read_published, score_published
from benchbench.study.record import BOTH, CRITERION, FOOLING, MISS, REALISM, SENSITIVITY, STRENGTH
from benchbench.study.resampling import Cells, count, crossed_share, of_all, variances
from benchbench.study.setting import DESIGNS, Setting
from benchbench.study.strengths import strengths

FILE = Path(__file__).parent.parent / "benchmarks" / "study.py"
specification = importlib.util.spec_from_file_location("simulated_studies", FILE)
simulations = importlib.util.module_from_spec(specification)
specification.loader.exec_module(simulations)

# The design -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("design", DESIGNS)
def test_a_design_is_balanced(design):
    setting = Setting(design, trials=26, people=7, seed=3)
    methods, conditions = 3, 90
    seats = deal(setting, Supply([[4] * conditions] * methods, [2] * conditions))
    assert len(seats) == 7
    over_seats, uses = Counter(), np.zeros((methods, conditions))
    for seat in seats:
        assert Counter(trial.role for trial in seat) == {"practice": 10, "scored": 26, "vigilance": 3}
        assert all(trial.role == "practice" for trial in seat[:10])
        held = [condition for trial in seat for condition in {shown.condition for shown in trial.shown}]
        assert len(held) == len(set(held)), "a condition twice"
        scored = [trial for trial in seat if trial.role == "scored"]
        kinds = Counter(tuple(sorted(s.method for s in t.shown if s.method >= 0)) for t in scored)
        kinds.pop((), None)
        assert max(kinds.values()) - min(kinds.values()) <= 1
        assert sum(kinds.values()) == (13 if design == "single" else 26)
        over_seats.update(kinds)
        for trial in scored:
            for shown in trial.shown:
                if shown.method >= 0:
                    uses[shown.method, shown.condition] += 1
        if design == "pairs":
            firsts = sum(trial.right == "first" for trial in scored)
            assert 9 <= firsts <= 17
            assert all({s.method for s in t.shown} & {REAL} for t in scored)
        if design == "side-by-side":
            assert all(trial.shown[0].condition == trial.shown[1].condition for trial in scored)
    assert max(over_seats.values()) - min(over_seats.values()) <= 1
    assert uses.max() <= 2
    practice = {shown.condition for seat in seats for trial in seat[:10] for shown in trial.shown}
    later = {shown.condition for seat in seats for trial in seat[10:] for shown in trial.shown}
    assert not practice & later


def test_the_order_differs_from_seat_to_seat_and_the_seed_fixes_all():
    supply = Supply([[2] * 80] * 2, [3] * 80)
    one, again = (deal(Setting("single", 20, 3, seed=5), supply) for _ in range(2))
    assert one == again
    assert one != deal(Setting("single", 20, 3, seed=6), supply)
    assert one[0] != one[1]


@pytest.mark.parametrize("design", DESIGNS)
def test_right_answers_are_those_of_what_is_shown(design):
    for trial in itertools.chain(*deal(Setting(design, 12, 4), Supply([[1] * 60] * 2, [1] * 60))):
        kinds = [shown.method for shown in trial.shown]
        if design == "single":
            assert trial.right == ("real" if kinds == [REAL] else "fake")
        elif design == "pairs":
            assert kinds.count(REAL) == 1
            assert trial.right == ("first" if kinds[1] == REAL else "second")
        elif trial.role == "scored":
            assert trial.right == ""
        else:
            assert sorted(kinds) == [BAD, REAL]
            assert trial.right == ("first" if kinds[0] == REAL else "second")


def test_what_cannot_be_dealt_is_said():
    with pytest.raises(BenchbenchError, match="show 35 conditions once each; all runs kept samples of 20"):
        deal(Setting("single", 22, 3, practice=11), Supply([[1] * 20], [1] * 20))
    with pytest.raises(BenchbenchError, match="compares 2 runs or more; 1 given"):
        deal(Setting("side-by-side", 20, 3), Supply([[1] * 90], [1] * 90))
    with pytest.raises(WrongUsage, match="give an even number"):
        Setting("single", 21, 3)
    with pytest.raises(WrongUsage, match="the designs are single, pairs, side-by-side"):
        Setting("triples", 20, 3)


def test_bad_images_and_masks_keep_what_they_should():
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    image[8:24, 8:24] = 250
    bad = spoiled(image, 1)
    assert bad.shape == image.shape
    assert np.abs(bad.astype(int) - image).mean() > 40
    assert bad.mean() == pytest.approx((image.mean() + 127.5) / 2, abs=3)
    flat = np.full((32, 32, 3), 90, dtype=np.uint8)
    assert (scrambled(flat, 1) == 90).all()
    soft = (100 + 20 * np.sin(np.arange(32) / 5)[:, None, None] * np.ones((1, 32, 3))).astype(np.uint8)
    power, scrambled_power = (np.abs(np.fft.fft2(each[..., 0].astype(float))) for each in (soft, scrambled(soft, 2)))
    assert np.abs(power - scrambled_power).max() < 0.05 * power.max()


# Known answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fooled", "missed", "both"),
    [(0, 0, 0), (25, 25, 0.5), (30, 10, 0.4040404), (50, 50, 1), (60, 60, 1.2), (100, 0, 4 / 3)],
)
def test_the_papers_realism_has_its_known_answers(fooled, missed, both):
    hit, right = 1 - fooled / 100, 1 - missed / 100
    f_fake = 2 * hit / (hit + missed / 100 + 1)
    f_real = 2 * right / (right + fooled / 100 + 1)
    found = realism(np.array(fooled / 100), np.array(missed / 100), both=True)
    assert found == pytest.approx(both, abs=1e-7)
    assert found == pytest.approx(2 * (1 - (f_fake + f_real) / 2))
    assert realism(np.array(fooled / 100), np.array(missed / 100)) == pytest.approx(2 * (1 - f_fake))
    # from counts, with three times as many fakes as reals: classes count alike
    counts = Counts(*(np.array([each]) for each in (300.0, 3.0 * fooled, 100.0, float(missed))))
    assert mean_realism(counts, both=True) == pytest.approx(both, abs=1e-7)


def test_sensitivity_agrees_with_the_normal_law():
    from statistics import NormalDist

    z = NormalDist().inv_cdf
    counts = Counts(*(np.array([each]) for each in (99.0, 29.0, 49.0, 9.0)))
    hits, alarms = (70 + 0.5) / 100, (9 + 0.5) / 50
    difference, criterion = sensitivity(counts)
    assert difference == pytest.approx(z(hits) - z(alarms))
    assert criterion == pytest.approx(-(z(hits) + z(alarms)) / 2)
    never = sensitivity(Counts(*(np.array([each]) for each in (50.0, 0.0, 50.0, 0.0))))
    assert np.isfinite(never).all()


def test_strengths_are_those_of_the_law():
    true = np.array([0.9, 0.1, -1.0])
    wins = 1e7 / (1 + np.exp(true[None, :] - true[:, None])) * (1 - np.eye(3))
    assert strengths(wins) == pytest.approx(true, abs=1e-5)
    assert strengths(np.stack([wins, wins.T])) == pytest.approx(np.stack([true, -true]), abs=1e-5)
    always = strengths(np.array([[0.0, 20.0], [0.0, 0.0]]))
    assert always[0] == pytest.approx(np.log(20.5 / 0.5) / 2)


# Exclusions -----------------------------------------------------------------------------------------------------------


def sat(trials, choices, late=(), finished=True):
    answers = [Answer(0, i, c, 300, (0.0,), (1050.0 if i in late else 1010.0,), 16.7) for i, c in enumerate(choices)]
    return Sat(0, tuple(answers[: len(trials)]), (), finished)


def test_exclusions_go_by_their_rules():
    image = (Shown(0, 0, 0),)
    scored = [Trial("scored", image, right) for right in ("real", "fake") * 10]
    trials = [Trial("practice", image, "real")] * 2 + scored + [Trial("vigilance", image, "fake")] * 5
    setting = Setting("single", 20, 1, practice=2)
    right = [trial.right for trial in trials]
    assert conduct(sat(trials, right), trials, setting).reasons == ()
    assert conduct(sat(trials, right, finished=False), trials, setting).reasons == ("unfinished",)
    one, two = ([*right[:-n], *["real"] * n] for n in (1, 2))
    assert conduct(sat(trials, one), trials, setting).reasons == ()  # 80 % are enough
    assert conduct(sat(trials, two), trials, setting).reasons == ("vigilance",)
    assert conduct(sat(trials, right, late={0, 1, 5, 9}), trials, setting).reasons == ()  # practice does not count
    assert conduct(sat(trials, right, late={5, 6, 9}), trials, setting).reasons == ("timing",)
    assert conduct(sat(trials, ["fake"] * 27), trials, setting).reasons == ("monotony",)
    assert conduct(sat(trials, ["real"] * 27), trials, setting).reasons == ("vigilance", "monotony")


def test_an_exposure_is_right_within_a_frame():
    def shown(milliseconds):
        return Answer(0, 0, "real", 1, (5.0,), (5.0 + milliseconds,), 16.7)

    assert all(timed_right(shown(each), 500) for each in (484, 500, 516.7))
    assert not any(timed_right(shown(each), 500) for each in (466, 534))
    assert timed_right(shown(9000), 0)


# Intervals ------------------------------------------------------------------------------------------------------------


def test_variances_are_those_of_means():
    """Of a mean of crossed answers, one each: the usual variances of means over rows, columns and cells."""
    random = np.random.default_rng(1)
    people, conditions = 7, 9
    yes = random.random((people, conditions)) < 0.4
    person, condition = (each.ravel() for each in np.indices(yes.shape))
    parts = np.column_stack([np.ones(yes.size), yes.ravel()]).astype(float)
    cells = count(parts, person, condition, people)

    def share(total, weights):
        return total[..., 1, :].sum(-1) / total[..., 0, :].sum(-1)

    found = variances(cells, share)
    assert of_all(cells, share) == pytest.approx(yes.mean())
    for variance, means in zip(found, (yes.mean(1), yes.mean(0), yes.ravel().astype(float))):
        assert variance == pytest.approx(means.var(ddof=1) / len(means))


def test_a_share_of_nothing_has_an_interval():
    parts = np.column_stack([np.ones(60), np.zeros(60)])
    cells = count(parts, np.arange(60) % 6, np.arange(60), 6)
    interval = crossed_share(cells, lambda total, weights: total[..., 1, :].sum(-1) / total[..., 0, :].sum(-1), 60)
    assert interval.low == 0
    assert 0.03 < interval.high < 0.15


def test_everyone_alike_has_no_error_but_a_test():
    person, condition = (each.ravel() for each in np.indices((5, 8)))
    method = condition % 2
    judgements = Judgements(person, condition, method, 0 * person, method.astype(bool))
    found = outcome(judgements, [Judged(each, each, None, False) for each in "ab"], "pairs")
    (contrast,) = found.contrasts
    assert contrast.value == -1
    assert 0 < contrast.adjusted < 0.01


@pytest.mark.parametrize("design", DESIGNS)
def test_intervals_of_simulated_studies_hold_the_truth(design):
    """A part of `benchmarks/study.py`, whose table says 94 to 96 % of 1,000 studies."""
    held = simulations.coverage(design, 8, people=20, trials=36)
    names = {"single": (FOOLING, MISS, SENSITIVITY, CRITERION, REALISM, BOTH), "side-by-side": (STRENGTH,)}
    assert tuple(held) == names.get(design, (FOOLING, SENSITIVITY, CRITERION, REALISM))
    for name, kinds in held.items():
        assert kinds["crossed"][1] == 24
        assert kinds["crossed"][0] >= 20, name
        assert kinds["people"][0] >= 19, name


# Power ----------------------------------------------------------------------------------------------------------------


def test_the_plans_power_is_met():
    plan = Plan(0.10, 33, 40, design="pairs")
    assert plan.answers == 20
    found = simulations.power(plan, 40)
    assert found / 40 == pytest.approx(plan.power(), abs=4 * (plan.power() * (1 - plan.power()) / 40) ** 0.5)


def test_the_noncentral_law_agrees_with_scipy():
    from scipy.special import nctdtr

    for degrees, shift in ((5, 1.0), (32, 2.8), (200, 0.0)):
        exact = 1 - nctdtr(degrees, shift, 2.1) + nctdtr(degrees, shift, -2.1)
        assert beyond(2.1, degrees, shift) == pytest.approx(exact, abs=2e-4)


def test_a_plan_without_people_is_that_of_a_binomial():
    plan = Plan(0.1, 50, 40, rate=0.3, people_sd=0, images_sd=0)
    assert plan.answers == 10
    assert plan.error() == pytest.approx(((0.3 * 0.7 + 0.4 * 0.6) / 500) ** 0.5)
    needed = people_needed(plan, 0.8)
    assert replace(plan, people=needed).power() >= 0.8 > replace(plan, people=needed - 1).power()
    assert replace(plan, methods=4).pairs == 6
    assert replace(plan, methods=4, trials=80).power() < plan.power()  # the same answers, more tests
    with pytest.raises(WrongUsage, match="both lie in 0 to 1"):
        Plan(0.5, 50, 40, rate=0.7)


def test_the_plan_is_told(bench):
    done = bench("study", "plan", "--difference", 0.1, "--design", "pairs", "--methods", 3, "--trials", 40)
    assert done.code == 0, done.err
    assert "3 pairs of methods, Holm" in done.out
    assert "people for 80%" in done.out


# Published answers ----------------------------------------------------------------------------------------------------

HEAD = "id,model,num_correct,err_rt,f_err_rt,r_err_rt,r_ans_rt,resp_time,f_resp_time,r_resp_time"


def published(path, people=1036, models=41):
    """Write answers of made-up people in dgm-eval's format; return the fooled and missed numbers by model."""
    random = np.random.default_rng(7)
    lines, truth = [HEAD], {}
    for i in range(people):
        model = f"model {i * models // people}"
        fooled, missed = random.binomial(100, (0.1 + 0.01 * (i * models // people), 0.2)).tolist()
        right = 200 - fooled - missed
        rates = [1 - right / 200, 1 - (100 - fooled) / 100, 1 - (100 - missed) / 100, (fooled + 100 - missed) / 200]
        lines.append(f"participant_{i},{model},{float(right)},{','.join(map(repr, rates))},300.5,150.25,150.25")
        truth.setdefault(model, []).append((fooled, missed))
    path.write_text("\n".join(lines) + "\n")
    return truth


def test_published_answers_are_scored(bench, tmp_path):
    truth = published(tmp_path / "people.csv")
    found = score_published(tmp_path / "people.csv", 400)
    assert (found.people, len(found.methods), found.contrasts) == (1036, 41, ())
    for scored in found.methods:
        fooled, missed = np.array(truth[scored.method.label]).T / 100
        assert scored.get(FOOLING).value == pytest.approx(fooled.mean())
        assert scored.get(MISS).value == pytest.approx(missed.mean())
        f_fake = 2 * (1 - fooled) / (2 - fooled + missed)
        assert scored.get(REALISM).value == pytest.approx(2 * (1 - f_fake.mean()))
        error = fooled.std(ddof=1) / len(fooled) ** 0.5
        assert scored.get(FOOLING).people.standard_error == pytest.approx(error, rel=0.2)
        assert scored.get(FOOLING).crossed is None
    published(tmp_path / "few.csv", people=20, models=2)
    done = bench("study", "score", "--published", tmp_path / "few.csv")
    assert done.code == 0, done.err
    assert "model 1" in done.out


def test_published_answers_that_disagree_are_refused(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("id,model,num_correct\n1,a,100\n")
    with pytest.raises(BenchbenchError, match="no column f_err_rt, r_err_rt"):
        read_published(path)
    path.write_text(f"{HEAD}\n1,a,171,0.145,0.09,0.25,0.4,1,1,1\n")
    with pytest.raises(BenchbenchError, match="171 right answers of 200 do not agree with 9 fakes called real and 25"):
        read_published(path)
    row = "1,a,171.0,0.145,0.09,0.19999999999999996,0.445,1,1,1\n"
    path.write_text(f"{HEAD}\n{row}{row}")
    with pytest.raises(BenchbenchError, match="twice"):
        read_published(path)


def test_cells_of_one_person_have_no_interval():
    cells = Cells(np.array([[10.0], [3.0], [10.0], [1.0]]), np.zeros((0, 4, 1)), np.zeros((0, 4, 1)), np.zeros(0))
    assert of_all(cells, statistics("single")[FOOLING]) == pytest.approx(0.3)


# From runs to a record ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Run directories of two methods on 40 conditions of toy-shapes, two samples each."""
    import torch

    folder, task = tmp_path_factory.mktemp("study-runs"), get_task("toy-shapes")
    where = RecordedTask("toy-shapes", 1, fingerprint(task))
    for name in ("oracle", "noise"):
        run = RunDirectory(folder / "toy-shapes" / name / f"run-of-{name}")
        run.path.mkdir(parents=True)
        for example in (task.examples("test")[i] for i in range(40)):
            truths = example.references[:2]
            drawn = torch.randint(256, truths.shape, generator=torch.Generator().manual_seed(1)).to(torch.uint8)
            run.write_samples(example.id, truths if name == "oracle" else drawn)
        run.write_record(made_records.make(name, task=where, run_id=run.path.name))
    return folder


def test_from_runs_to_a_rehearsed_record(bench, runs, tmp_path):
    words = ["study", "make", runs, "-t", "toy-shapes", "--trials", 20, "--people", 4, "--mask", 100]
    for name in ("one", "again"):
        done = bench(*words, "-o", tmp_path / name)
        assert done.code == 0, done.err
    one, again = (json.loads((tmp_path / name / "study.json").read_text()) for name in ("one", "again"))
    assert {**one, "created": ""} == {**again, "created": ""}
    assert bench(*words, "-o", tmp_path / "one").code == 1  # never overwritten

    public = tmp_path / "one" / "public"
    text = "".join(path.read_text() for path in public.rglob("*") if path.suffix in (".json", ".html", ".js"))
    for secret in ("oracle", "noise", *(method["run_id"] for method in one["methods"])):
        assert secret not in text
    assert len(list((public / "masks").iterdir())) == 8
    key = json.loads((tmp_path / "one" / "key.json").read_text())
    seat = json.loads((public / "seats" / "0000.json").read_text())
    shown = {}
    for listed, trial in zip(seat["trials"], key["seats"][0]):
        assert ("right" in listed) == (trial["role"] == "practice")
        shown[listed["images"][0]] = trial["shown"][0]
    assert_images(shown, public, runs, key["conditions"], [method["label"] for method in one["methods"]])

    done = bench("study", "rehearse", tmp_path / "one", "--sensitivity", 3, "--sensitivity", 0)
    assert done.code == 0, done.err
    done = bench("study", "score", tmp_path / "one", "--board", tmp_path / "boards", "--source", "nobody")
    assert done.code == 1
    assert "simulated observers: it stands on no board" in done.err
    assert done.out.startswith("SIMULATED OBSERVERS")
    record = json.loads((tmp_path / "one" / "record.json").read_text())
    assert record["simulated"] is True
    assert {each["method"]["label"] for each in record["outcome"]["methods"]} == {"noise", "oracle"}
    (tmp_path / "one" / "key.json").write_text(json.dumps(key))
    assert "was changed since the study was made" in bench("study", "score", tmp_path / "one").err


def assert_images(shown, public, runs, conditions, labels):
    """What the page shows is what the key says: kept samples, references, and neither for bad images."""
    from PIL import Image

    task = get_task("toy-shapes")
    examples = {example.id: example for example in (task.examples("test")[i] for i in range(40))}
    for name, each in shown.items():
        pixels = np.asarray(Image.open(public / "images" / name))
        id = conditions[each["condition"]]
        truth = examples[id].references[each["sample"] if each["method"] < 0 else 0].permute(1, 2, 0).numpy()
        if each["method"] >= 0:
            (run,) = (runs / "toy-shapes" / labels[each["method"]]).iterdir()
            kept = sorted((run / "samples" / id).iterdir())[each["sample"]]
            assert (pixels == np.asarray(Image.open(kept))).all()
        else:
            assert (pixels == truth).all() == (each["method"] == REAL)
