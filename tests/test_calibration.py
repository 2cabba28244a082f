"""Calibration: verdicts by hand, power by simulation, a dial that does what it says, and the command that shows it."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas
import pytest
import torch
from made_records import make, score

from benchbench.calibration.answers import Change, conditions_needed, verdict
from benchbench.calibration.report import Measured, NotMeasured, calibrate
from benchbench.calibration.stored import read_calibration
from benchbench.core import BenchbenchError, Conditions, Unsupported
from benchbench.core.noise import Noise
from benchbench.core.record import RecordedProtocol, RecordedTask
from benchbench.methods._alike import alike
from benchbench.methods.dial import FAULTS, Dial, at_rest, nearest_in_pool, steps_of, unit_of
from benchbench.plugins import get_task, registry
from benchbench.publish.calibration import markdown, notes, short, tables
from benchbench.publish.calibration_plot import LIMIT, draw, save, standardised

LOWER, HIGHER, NEITHER = False, True, None


def changes(values, error=0.1):
    number = range(len(values))
    return [[Change(values[j] - values[i], error if i != j else 0.0) for j in number] for i in number]


@pytest.mark.parametrize(
    ("values", "better", "expected"),
    [
        ([0, 1, 2, 3], LOWER, ("sees", 1)),
        ([3, 2, 1, 0], HIGHER, ("sees", 1)),
        ([0, 0, 0.1, 3], LOWER, ("sees", 3)),
        ([0, 5, 4.8, 6], LOWER, ("sees", 1)),  # two errors back are within what chance does among six pairs
        ([0, 0.1, -0.1, 0.1], LOWER, ("blind", None)),
        ([0, 0, 0, 0], HIGHER, ("blind", None)),
        ([3, 2, 1, 0], LOWER, ("wrong", 1)),
        ([0, 0, 0, 0.25], HIGHER, ("wrong", 3)),  # the last step and rest are the one pair told beyond two errors
        ([0, 5, 4, 6], LOWER, ("wrong", 2)),  # the end is worse, yet on the way more of the fault was better
        ([0, -1, 0, 0], LOWER, ("wrong", 1)),
        ([0, 1, 2, 3], NEITHER, ("rises", 1)),
        ([0, 0, -1, -1], NEITHER, ("falls", 2)),
        ([0, 0.1, 0, 0.1], NEITHER, ("flat", None)),
        ([0, 2, 1, 1], NEITHER, ("mixed", 1)),
    ],
)
def test_verdicts_are_what_one_would_say(values, better, expected):
    assert verdict(changes(values), better) == expected


def test_without_errors_there_is_no_verdict():
    assert verdict(changes([0, 1, 2], None), LOWER) == ("unknown", None)


def test_a_difference_without_error_is_certain():
    assert verdict(changes([0, 0, 1e-9], 0.0), LOWER) == ("sees", 2)


def test_the_power_is_what_it_says():
    """That many conditions let a paired t-test find the step in about 80 of 100 repeats."""
    from scipy.stats import ttest_1samp

    assert conditions_needed(Change(0.2, 1 / np.sqrt(50)), 50) == 196  # (2.80 / 0.2)²
    generator = np.random.default_rng(1)
    for step in (0.1, 0.3):
        needed = conditions_needed(Change(step, 1 / np.sqrt(40)), 40)
        found = ttest_1samp(generator.normal(step, 1, (3000, needed)), 0, axis=1).pvalue < 0.05
        assert found.mean() == pytest.approx(0.8, abs=0.025), needed


def test_the_power_where_there_is_nothing_to_compute():
    assert conditions_needed(Change(0.0, 0.1), 20) is None
    assert conditions_needed(Change(1.0, None), 20) is None
    assert conditions_needed(Change(1.0, 0.0), 20) == 2


UNITS = {name: fault.unit for name, fault in FAULTS.items()}


def measured(setting, columns, pooled=(), groups=None):
    """Return a step with condition metrics (columns of values) and set metrics (value, error), with their direction."""
    n = len(next(iter(columns.values()))[1])
    groups = [f"g{i}" for i in (range(n) if groups is None else groups)]
    scores = [
        score(name, float(np.mean(values)), float(np.std(values) / np.sqrt(n)), n, higher_is_better=better)
        for name, (better, values) in columns.items()
    ]
    scores += [score(name, value, error, n, higher_is_better=better) for name, better, value, error in pooled]
    table = pandas.DataFrame({"id": range(n), "group": groups, **{name: v for name, (_, v) in columns.items()}})
    protocol = RecordedProtocol("p", 1, n, 4, 2, "disjoint", off_protocol=True)
    task = RecordedTask("made", 1, "0123456789")
    return Measured(setting, make("made", task=task, protocol=protocol, seed=7, scores=tuple(scores)), table)


def answers_of(steps, dial="noise"):
    (turned,) = calibrate({dial: steps}, UNITS, "rest").dials
    return {answer.metric: answer for answer in turned.answers}


def test_condition_metrics_are_compared_condition_by_condition():
    base, small = np.random.default_rng(2).normal(0, 1, 30), np.random.default_rng(3).normal(0.1, 0.05, 30)
    error = float(base.std() / np.sqrt(30))
    steps = [
        measured(setting, {"paired": (LOWER, values)}, [("pooled", LOWER, float(values.mean()), error)])
        for setting, values in ((0, base), (1, base + small))
    ]
    answers = answers_of(steps)
    assert [answers[name].verdict for name in ("paired", "pooled")] == ["sees", "blind"]
    assert [answers[name].paired for name in ("paired", "pooled")] == [True, False]
    change = answers["paired"].steps[1].from_before
    assert change.standard_error == pytest.approx(small.std(ddof=1) / np.sqrt(30))
    assert answers["pooled"].steps[1].from_rest.standard_error == pytest.approx(np.sqrt(2) * error)
    assert answers["paired"].steps[1].conditions_needed == conditions_needed(change, 30)


def test_conditions_of_one_group_count_once():
    change = np.random.default_rng(4).normal(0, 1, 10)
    once = [measured(s, {"m": (LOWER, v)}) for s, v in ((0, np.zeros(10)), (1, change))]
    groups = np.repeat(range(10), 3)
    thrice = [measured(s, {"m": (LOWER, v)}, groups=groups) for s, v in ((0, np.zeros(30)), (1, change[groups]))]
    ours, theirs = (answers_of(steps)["m"].steps[1].from_rest for steps in (once, thrice))
    assert (ours.value, ours.standard_error) == pytest.approx((theirs.value, theirs.standard_error))


def test_the_rounding_of_embeddings_is_no_answer():
    """A method that returns the truth is at 1e-13 or so, which one more copy of it may halve in every condition."""
    rounding = np.full(10, 1e-13)
    steps = [measured(s, {"m": (LOWER, v)}) for s, v in ((0, rounding), (1, rounding / 2), (2, np.full(10, 0.5)))]
    answer = answers_of(steps)["m"]
    assert (answer.verdict, answer.since) == ("sees", 2)
    assert tables(calibrate({"noise": steps}, UNITS, "rest"))[1].rows[0][1] == "0 ± 0"


def test_a_metric_that_falls_with_collapse_rewards_what_raises_it():
    """And one that rises with collapse, as similarity does, rewards what lowers it."""

    def steps(diversity, similarity, score):
        named = {"diversity": (NEITHER, diversity), "similarity": (NEITHER, similarity), "score": (LOWER, score)}
        columns = [{name: (better, np.full(5, values[s])) for name, (better, values) in named.items()} for s in (0, 1)]
        return [measured(setting, each) for setting, each in enumerate(columns)]

    found = calibrate(
        {
            "collapse": steps((2, 1), (0, 1), (0, 1)),
            "noise": steps((2, 3), (0, -1), (0, 1)),
            "blur": NotMeasured("skipped", "cannot"),
        },
        UNITS,
        "rest",
    )
    rewarded = {(dial.dial, answer.metric) for dial in found.dials for answer in dial.answers if answer.rewards}
    assert rewarded == {("noise", "diversity"), ("noise", "similarity")}
    summary = {row[0]: row[1:] for row in tables(found)[0].rows}
    assert summary == {"diversity": ["↓", "↑!"], "similarity": ["↑", "↓!"], "score ↓": ["✓", "✓"]}
    assert "blur was not turned: cannot." in notes(found)


def test_steps_of_other_conditions_are_refused():
    first, second = (measured(s, {"m": (LOWER, np.arange(3.0))}) for s in (0, 1))
    second.table["id"] = [7, 8, 9]
    with pytest.raises(BenchbenchError, match="the steps of blur are of different conditions"):
        calibrate({"blur": [first, second]}, UNITS, "rest")


def test_without_a_dial_there_is_nothing_to_calibrate():
    with pytest.raises(BenchbenchError, match="no dial can be turned: blur: it is round"):
        calibrate({"blur": NotMeasured("skipped", "it is round")}, UNITS, "rest")


@pytest.mark.parametrize(
    ("value", "error", "expected"),
    [
        (0.14449, 0.00271, "0.144 ± 0.003"),
        (1234.5, 21.0, "1234 ± 21"),
        (-0.0001, 0.002, "0.000 ± 0.002"),
        (0.25, 0.0, "0.25 ± 0"),
        (847.2, None, "847"),
        (3.2e-8, 1.1e-9, "3.2e-08 ± 1e-09"),
    ],
)
def test_cells_are_short(value, error, expected):
    assert short(value, error) == expected


def test_the_tables_say_what_the_steps_did():
    values = np.random.default_rng(5).normal(0, 1, 40)
    steps = [
        measured(s, {"m[x]": (LOWER, values + s)}, [("set", HIGHER, 1.0 + s, 0.01), ("bare", HIGHER, 1.0, None)])
        for s in (0, 0.5, 1)
    ]
    dial = tables(calibrate({"ignore": steps}, UNITS, "rest"))[1]
    assert dial.titles == ["metric", "0", "0.5", "1", "verdict", "conditions needed"]
    assert [row[0] for row in dial.rows] == ["m[x] ↓", "set° ↑", "bare° ↑"]
    assert [row[4:] for row in dial.rows] == [
        ["✓ sees", "2 / 2"],
        ["✗ wrong from 0.5", "2 / 2"],
        ["? unknown", "? / ?"],
    ]
    shown = markdown(calibrate({"ignore": steps}, UNITS, "rest"))
    assert "### ignore: share of samples that are of other conditions" in shown
    assert "made@1 (01234567), protocol p@1: the same 40 conditions x 4 samples at every step, seed 7" in shown
    assert "±: standard error over 40 conditions." in shown


def calibration():
    values = np.random.default_rng(6).normal(0, 1, 40)
    steps = [
        measured(s, {"up": (LOWER, values * (1 + s)), "down": (LOWER, -s + values / 9), "still": (HIGHER, values)})
        for s in (0.0, 1.0, 2.0)
    ]
    return calibrate({"noise": steps, "ignore": steps[:2]}, UNITS, "rest")


def test_the_picture_has_a_panel_for_each_metric_and_dial():
    figure = draw(calibration(), ["down", "still"])
    settings = [[label.get_text() for label in axes.get_xticklabels()] for axes in figure.axes]
    assert settings == [[], [], ["0", "1", "2"], ["0", "1"]], "two rows, and settings below the lower one"
    words = [[text.get_text() for text in axes.texts] for axes in figure.axes]
    assert [mark in panel for mark, panel in zip("✗✗––", words)] == 4 * [True]


def test_what_is_drawn_goes_up_where_the_metric_gets_worse():
    turned = calibration().dials[0]
    answers = {answer.metric: answer for answer in turned.answers}
    worse, errors = standardised(dataclasses.replace(answers["down"], higher_is_better=True))
    better, _ = standardised(answers["down"])
    assert worse == [-value for value in better]
    assert worse[0] == 0 < worse[1] < worse[2]
    assert worse[1] == pytest.approx(worse[2] / 2), "one unit a panel: its shape is that of the values"
    certain = [Change(value, 0.0) for value in (0.0, 1.0, 2.0)]
    steps = [dataclasses.replace(s, from_rest=c) for s, c in zip(answers["down"].steps, certain)]
    assert standardised(dataclasses.replace(answers["down"], steps=tuple(steps)))[0] == [0, LIMIT / 2, LIMIT]


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG\r\n\x1a\n"), (".svg", b"<?xml")])
def test_the_picture_is_written_the_same_twice(tmp_path, suffix, start):
    first, second = tmp_path / f"first{suffix}", tmp_path / f"second{suffix}"
    for path in (first, second):
        save(calibration(), ["up", "down", "still"], path)
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes().startswith(start)


@pytest.fixture
def tiny(one_off):
    return one_off.get("tasks", "tiny")()


@pytest.fixture
def alone(tiny):
    """The same task with one reference per condition: its law is not known."""

    class Alone(type(tiny)):
        name = "alone"

        def examples(self, split):
            return [dataclasses.replace(each, references=each.references[:1]) for each in super().examples(split)]

    return Alone()


def sampled(task, ids=None, samples=8, **options):
    """Return the dial's samples for some examples of the task, all at once."""
    dial = Dial(**options)
    dial.prepare(task, "cpu", None)
    examples = {example.id: example for example in task.examples("test")}
    ids = tuple(examples)[:5] if ids is None else tuple(ids)
    stacked = {m: torch.stack([examples[id].condition[m] for id in ids]) for m in examples[ids[0]].condition}
    return dial.sample(Conditions(ids, stacked), samples, Noise.for_samples((task.name, 1), 0, ids, samples))


def changed(task, **options):
    """Return `bool[B, K]`: which samples are other than at rest."""
    return (sampled(task, **options) != sampled(task)).flatten(2).any(2)


def test_two_photographs_that_are_alike_by_chance_are_no_law():
    """Of the 300 inputs of sr-photos two are the same, byte for byte; the others are given once."""
    task = get_task("sr-photos")
    assert len(set(alike(task).group.values())) == 299
    assert at_rest(task).startswith("one true output per condition, repeated")
    with pytest.raises(Unsupported, match="collapsed already"):
        Dial(collapse=0.5).prepare(task, "cpu", None)


def test_at_rest_the_dial_is_the_oracle(tiny):
    ids = [example.id for example in tiny.examples("test")[:5]]
    assert torch.equal(sampled(tiny), tiny.draw(ids, 8, Noise.for_samples(("tiny", 1), 0, ids, 8)))


@pytest.mark.parametrize(("share", "number"), [(0.1, 1), (0.25, 2), (0.5, 4), (1.0, 8)])
def test_ignore_gives_so_many_outputs_of_other_conditions(tiny, share, number):
    samples = sampled(tiny, ignore=share)
    assert torch.equal(samples[:, : 8 - number], sampled(tiny)[:, : 8 - number])
    examples = tiny.examples("test")
    for i in range(5):
        others = torch.cat([example.references for j, example in enumerate(examples) if j != i])
        for sample in samples[i, 8 - number :]:
            assert (others == sample).flatten(1).all(1).any()
    assert changed(tiny, ignore=share)[:, 8 - number :].float().mean() > 0.8


@pytest.mark.parametrize(("share", "number"), [(0.1, 1), (0.5, 4), (1.0, 8)])
def test_memorise_gives_so_many_of_the_nearest_training_images(tiny, share, number):
    samples, pool = sampled(tiny, memorise=share), tiny.real_pool()
    for example, own in zip(tiny.examples("test"), samples):
        squares = (pool.long() - example.references[0].long()).square().sum((1, 2, 3))
        nearest = pool[sorted(range(len(pool)), key=lambda i: (int(squares[i]), i))[:number]]
        assert torch.equal(own[:number], nearest)
    assert torch.equal(samples[:, number:], sampled(tiny)[:, number:])


def test_memorised_images_are_distinct_entries_of_the_pool(tiny):
    places = nearest_in_pool(tiny, 20)
    assert all(len(set(row)) == 20 for row in places.tolist())


def test_the_shares_are_of_samples_apart(tiny):
    samples = sampled(tiny, collapse=0.25, memorise=0.25, ignore=0.25)
    for kept, options in (
        (slice(0, 2), {"collapse": 0.25}),
        (slice(6, 8), {"ignore": 0.25}),
        (slice(4, 6), {}),
    ):
        assert torch.equal(samples[:, kept], sampled(tiny, **options)[:, kept])
    assert torch.equal(samples[:, 2:4], sampled(tiny, memorise=0.5)[:, 2:4])


@pytest.mark.parametrize(
    "options",
    [
        {"ignore": 0.5},
        {"memorise": 0.5},
        {"collapse": 0.2, "memorise": 0.3, "ignore": 0.3, "noise": 8.0, "blur": 1.0},
    ],
)
def test_samples_do_not_depend_on_their_batch(tiny, options):
    ids = [example.id for example in tiny.examples("test")[:5]]
    whole = sampled(tiny, ids, **options)
    backwards = sampled(tiny, ids[::-1], **options).flip(0)
    single = torch.cat([sampled(tiny, [id], **options) for id in ids])
    assert torch.equal(whole, backwards)
    assert torch.equal(whole, single)


def test_without_a_law_the_truth_is_its_one_reference_repeated(alone):
    references = torch.stack([example.references for example in alone.examples("test")[:5]])
    assert torch.equal(sampled(alone), references.expand(-1, 8, -1, -1, -1))
    for option in ("noise", "ignore", "memorise"):
        assert changed(alone, **{option: 1.0}).any(), option
    assert sampled(alone, blur=1.0).shape == (5, 8, 3, 8, 8)
    with pytest.raises(Unsupported, match="one reference per condition: repeated, it is collapsed already"):
        sampled(alone, collapse=0.5)
    assert "repeated" in at_rest(alone)


def test_without_a_condition_the_truth_is_any_held_out_output_and_collapses_to_one_over_all(one_off):
    digits = one_off.get("tasks", "digits")()
    references = {example.references[i].numpy().tobytes() for example in digits.examples("test") for i in (0, 1)}
    samples = sampled(digits, samples=20)
    shown = [sample.numpy().tobytes() for sample in samples.flatten(0, 1)]
    assert set(shown) <= references
    assert len(set(shown)) > 80, "of all 600, not of a condition's two"
    collapsed = sampled(digits, samples=20, collapse=0.5)
    assert len({sample.numpy().tobytes() for sample in collapsed[:, :10].flatten(0, 1)}) == 1
    assert torch.equal(collapsed[:, 10:], samples[:, 10:])
    assert "600 or more" in at_rest(digits)


def test_conditions_that_are_the_same_share_their_outputs_and_their_collapse(one_off):
    digits = one_off.get("tasks", "digits-by-class")()
    ids = [example.id for example in digits.examples("test")[:30]]
    collapsed = sampled(digits, ids, samples=4, collapse=1.0)
    assert torch.equal(collapsed[:10], collapsed[10:20])
    assert len({image.numpy().tobytes() for image in collapsed[:, 0]}) == 10, "one for each digit"
    test = digits.examples("test")
    label = {example.references[i].numpy().tobytes(): example.group for example in test for i in (0, 1)}
    groups = [example.group for example in digits.examples("test")[:30]]
    for samples, group in zip(sampled(digits, ids, samples=4), groups):
        assert {label[sample.numpy().tobytes()] for sample in samples} == {group}


def test_the_noise_of_points_goes_by_their_deviation(one_off, tiny):
    ring = one_off.get("tasks", "ring8")()
    assert steps_of("noise", tiny) == FAULTS["noise"].steps
    assert steps_of("noise", ring) == (0, 0.011, 0.044, 0.18), "4, 16 and 64 of 255, of a deviation of 0.71"
    assert steps_of("collapse", ring) == FAULTS["collapse"].steps


def test_what_a_task_cannot_serve_is_unsupported(one_off, tiny):
    ring = one_off.get("tasks", "ring8")()
    with pytest.raises(Unsupported, match="there is no condition to ignore"):
        sampled(ring, ignore=0.5)
    with pytest.raises(Unsupported, match="points cannot be blurred"):
        sampled(ring, blur=1.0)
    assert at_rest(ring) == at_rest(tiny) == "fresh draws of the true law of each condition"
    assert "grey levels" in unit_of("noise", tiny)
    assert "points" in unit_of("noise", ring)


def test_without_a_condition_memorised_samples_are_any_of_the_pool(one_off):
    ring = one_off.get("tasks", "ring8")()
    samples, pool = sampled(ring, memorise=1.0), {tuple(point) for point in ring.real_pool().tolist()}
    assert all(tuple(point) in pool for point in samples.flatten(0, 1).tolist())
    assert len({tuple(point) for point in samples.flatten(0, 1).tolist()}) > 30


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ignore": 1.5}, r"ignore is a share of the samples in \[0, 1\], got 1.5"),
        ({"memorise": -0.1}, r"memorise is a share of the samples in \[0, 1\], got -0.1"),
        ({"collapse": float("nan")}, "collapse is a share"),
        ({"ignore": 0.6, "memorise": 0.6}, "sum to at most 1, got collapse 0.0, ignore 0.6, memorise 0.6"),
        ({"blur": -1.0}, "at least 0, got -1.0 and 0.0"),
        ({"noise": float("inf")}, "at least 0, got 0.0 and inf"),
    ],
)
def test_options_are_checked(tiny, options, message):
    with pytest.raises(BenchbenchError, match=message):
        sampled(tiny, **options)


def test_more_samples_than_training_images_cannot_be_distinct(tiny):
    with pytest.raises(BenchbenchError, match="361 samples cannot be distinct ones of 360 training images"):
        sampled(tiny, samples=361, memorise=0.1)


SHOWN = ["calibrate", "toy-shapes", "--limit", 20, "-j", 1, "--metric", "consistency"]
SHOWN += ["--dial", "collapse=1", "--dial", "noise=16,64", "--dial", "ignore=0,0.5,1"]


def calibrate_toy_shapes(folder):
    """Give the command twice in the folder: the first time with a plot, then for its JSON; keep what it says."""
    from click.testing import CliRunner

    from benchbench.cli.main import main

    words = [str(word) for word in SHOWN]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("COLUMNS", "400")
        for name, more in (("first", ["--plot", "seen.png", "--format", "markdown"]), ("again", ["--json"])):
            done = CliRunner().invoke(main, [*words, *more])
            assert done.exit_code == 0, done.output
            (folder / f"{name}.out").write_text(done.stdout)
            (folder / f"{name}.err").write_text(done.stderr)


@pytest.fixture(scope="module")
def seen(once):
    """The folder of what the command said."""
    return once("calibration-of-toy-shapes", calibrate_toy_shapes)


def test_the_command_shows_what_metrics_see(seen):
    shown = (seen / "first.out").read_text()
    rows = [row.split("|")[1:-1] for row in shown.split("### ")[1].split("\n") if row.startswith("| ")]
    marks = {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}
    assert marks["metric"] == ["collapse", "noise", "ignore"]
    assert marks["energy-score[mini] ↓"] == ["✓", "✓", "✓"]
    assert marks["diversity[mini]"] == ["↓", "↑!", "↑!"], "diversity alone ranks noise first"
    assert marks["frechet[mini]° ↓"][2] in "–✗", "it does not see that the condition is ignored"


def test_the_command_draws_a_plot(seen):
    assert (seen / "seen.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_the_command_runs_each_step_once(seen):
    assert "recorded before" not in (seen / "first.err").read_text()
    assert (seen / "again.err").read_text().count("recorded before") == 6


def test_the_command_gives_its_answers_as_json(seen):
    found = json.loads((seen / "again.out").read_text())
    assert found["protocol"]["num_conditions"] == 20
    assert [dial["dial"] for dial in found["dials"]] == ["collapse", "noise", "ignore"]
    answers = {answer["metric"]: answer for answer in found["dials"][1]["answers"]}
    assert [step["setting"] for step in answers["consistency"]["steps"]] == [0, 16, 64]
    assert answers["consistency"]["verdict"] == "sees"


def test_a_stored_report_shows_what_the_runs_showed(bench, seen):
    shown = bench("calibrate", "toy-shapes", "--from", seen / "again.out", "--format", "markdown")
    assert shown.out == (seen / "first.out").read_text()


def test_a_report_on_another_task_is_refused(bench, seen):
    done = bench("calibrate", "ring8", "--from", seen / "again.out")
    assert (done.code, "again.out is a report on toy-shapes, not on ring8" in done.err) == (1, True)


def test_a_file_that_is_no_report_is_refused(bench, tmp_path):
    (tmp_path / "corrupt.json").write_text("{}")
    done = bench("calibrate", "toy-shapes", "--from", "corrupt.json")
    assert (done.code, "corrupt.json is not a report of `benchbench calibrate" in done.err) == (1, True)


def test_a_dial_that_the_task_cannot_serve_is_listed_with_its_reason(bench):
    words = ("calibrate", "ring8", "--limit", 4, "-j", 0, "--metric", "law-distance")
    done = bench(*words, "--dial", "blur", "--dial", "noise=0.5")
    assert done.code == 0, done.err
    assert "- blur was not turned: points cannot be blurred." in done.out
    assert "### noise: standard deviation, units of the points" in done.out
    assert "### blur" not in done.out
    alone = bench(*words, "--dial", "ignore")
    assert (alone.code, "no dial can be turned: ignore: there is no condition" in alone.err) == (1, True)


@pytest.mark.usefixtures("one_off")
def test_a_failure_at_rest_is_told_once(bench):
    done = bench("calibrate", "tiny-nan", "-j", 0, "--metric", "nan-score", "--dial", "noise")
    assert done.code == 1
    assert done.out == ""
    assert "the dial at rest gives nothing to compare with on tiny-nan: failed: nan-score@1 is nan" in done.err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--dial", "blurr"], 2, "no dial is named 'blurr'; did you mean 'blur'?"),
        (["--dial", "blur=a"], 1, "--dial blur=a: steps are numbers with commas, such as blur=0,1,2"),
        (["--dial", "blur=2,1"], 1, "--dial blur=2,1: steps grow from 0"),
        (["--dial", "blur=0"], 1, "--dial blur=0: steps grow from 0"),
        (["--dial", "blur=nan"], 1, "--dial blur=nan: steps grow from 0"),
        (["--dial", "blur", "--dial", "blur=1"], 1, "blur is named twice"),
        (["--plot", "seen.jpg"], 2, "a picture is a .png or an .svg, got seen.jpg"),
        (["--plot", "nowhere/seen.png"], 2, "there is no folder"),
    ],
)
def test_wrong_words_are_told_before_anything_runs(bench, tmp_path, words, code, message):
    done = bench("calibrate", "toy-shapes", *words)
    assert done.code == code
    assert message in done.err
    assert not (tmp_path / "runs").exists()


STORED = Path(__file__).parent.parent / "docs" / "calibration"


def calibrated_where_conditions_repeat():
    """Return the tasks with a stored report whose conditions are empty or a label: noise and collapse must be seen."""
    kinds, known = ("points", "unconditional", "class-conditional"), registry().tasks
    return sorted(path.stem for path in STORED.glob("*.json") if known[path.stem].kind in kinds)


def test_boards_without_a_condition_are_calibrated():
    assert {"digits", "grid25", "ring8"} <= set(calibrated_where_conditions_repeat())


@pytest.mark.parametrize("name", calibrated_where_conditions_repeat())
def test_a_board_without_questions_ranks_by_what_sees_collapse_and_noise(name):
    report = read_calibration(STORED / f"{name}.json")
    made = get_task(name)
    assert (report.task.name, report.task.version) == (name, made.version)
    assert report.protocol.num_conditions == made.protocol.num_conditions
    verdicts = {dial.dial: {each.metric: each.verdict for each in dial.answers} for dial in report.dials}
    assert verdicts["collapse"][made.metrics[0]] == verdicts["noise"][made.metrics[0]] == "sees"
