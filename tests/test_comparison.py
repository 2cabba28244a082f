"""Comparisons: the tests are what they claim to be, and `compare` says what they say."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from benchbench.stats.letters import letters_of
from benchbench.stats.paired import cohens_d, most_different, paired_difference, win_rate
from benchbench.stats.ranking import holm, pairwise, rank_ranges

ROOT = Path(__file__).parent.parent
GROUPS = np.repeat(range(32), np.arange(32) % 5 + 1).tolist()
"""93 conditions in 32 groups of one to five."""


def clustered(generator, *shape):
    """Return `[*shape, 93]` whose conditions of one group share half of their variance."""
    return generator.normal(size=(*shape, 32))[..., GROUPS] + generator.normal(size=(*shape, len(GROUPS)))


def test_with_groups_of_one_it_is_the_paired_t_test():
    from scipy.stats import ttest_rel

    generator = np.random.default_rng(1)
    first, second = generator.normal(0.3, 1, 40), generator.normal(size=40)
    ours, theirs = paired_difference(first, second, range(40)), ttest_rel(first, second)
    interval = theirs.confidence_interval(0.95)
    assert ours.p == pytest.approx(theirs.pvalue, rel=1e-9)
    assert ours.interval95 == pytest.approx((interval.low, interval.high), rel=1e-9)
    assert (ours.degrees, ours.n) == (39, 40)
    assert ours.value == pytest.approx(first.mean() - second.mean())


def test_groups_of_copies_count_once():
    generator = np.random.default_rng(2)
    first, second = generator.normal(size=(2, 20))
    once = paired_difference(first, second, range(20))
    thrice = paired_difference(np.repeat(first, 3), np.repeat(second, 3), np.repeat(range(20), 3).tolist())
    assert (thrice.standard_error, thrice.p) == pytest.approx((once.standard_error, once.p), rel=1e-9)
    assert (thrice.n, thrice.degrees) == (60, 19)


@pytest.mark.parametrize("offset", [0.0, 1e-9])
def test_the_same_values_up_to_rounding_are_no_difference(offset):
    values = np.random.default_rng(3).normal(1, 0.1, 30)
    same = paired_difference(values, values + offset, range(30))
    assert (same.value, same.standard_error, same.p, same.interval95) == (0, 0, 1, (0, 0))


def test_a_constant_difference_is_certain():
    values = np.random.default_rng(3).normal(1, 0.1, 30)
    certain = paired_difference(values + 0.1, values, range(30))
    assert certain.value == pytest.approx(0.1)
    assert (certain.standard_error, certain.p) == (0, 0)
    assert certain.interval95 == pytest.approx((0.1, 0.1))


def test_one_group_tells_nothing():
    alone = paired_difference([1.0, 2.0], [0.0, 0.0], [0, 0])
    assert (alone.value, alone.standard_error, alone.interval95, alone.p) == (1.5, None, None, 1)


def test_values_of_other_conditions_are_refused():
    with pytest.raises(ValueError, match=r"\[2, 3\] were given"):
        paired_difference([1.0, 2.0], [1.0, 2.0, 3.0], [0, 1, 2])
    with pytest.raises(ValueError, match="2 values were given, and 3 groups"):
        paired_difference([1.0, 2.0], [1.0, 3.0], [0, 1, 2])


def test_holms_correction_is_what_one_works_out_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.5]) == [1, 1]
    assert holm([0.2]) == [0.2]
    assert holm([]) == []


def test_clustered_intervals_hold_the_truth_as_often_as_they_say():
    generator = np.random.default_rng(4)
    draws = clustered(generator, 1000, 2)
    truth = 0.3

    def coverage(groups):
        intervals = [paired_difference(first + truth, second, groups).interval95 for first, second in draws]
        return np.mean([low <= truth <= high for low, high in intervals])

    assert coverage(GROUPS) == pytest.approx(0.95, abs=0.025)
    assert coverage(range(len(GROUPS))) < 0.9  # as if conditions of one group were independent


def test_holm_keeps_the_family_wise_error_under_the_null():
    generator = np.random.default_rng(5)
    corrected = plain = 0
    for values in clustered(generator, 400, 4):
        pairs = pairwise(values, GROUPS)
        corrected += min(pair.adjusted for pair in pairs) <= 0.05
        plain += min(pair.difference.p for pair in pairs) <= 0.05
    assert corrected / 400 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
    assert plain / 400 > 0.1  # six tests without a correction


def three_methods():
    """Return a clear best, and two that are alike."""
    generator = np.random.default_rng(6)
    return [2 + generator.normal(0, 0.1, 93), generator.normal(0, 1, 93), generator.normal(0.1, 1, 93)]


def test_rank_ranges_leave_open_what_the_tests_leave_open():
    pairs = pairwise(three_methods(), GROUPS)
    assert rank_ranges(pairs, True) == [(1, 1), (2, 3), (2, 3)]
    assert rank_ranges(pairs, False) == [(3, 3), (1, 2), (1, 2)]
    assert letters_of(pairs) == ["a", "b", "b"]
    assert rank_ranges(pairwise(three_methods()[:1], GROUPS), True) == [(1, 1)]


def test_being_alike_is_not_handed_on():

    noise = np.random.default_rng(7).normal(0, 0.5, (3, 40))
    noise -= noise.mean(1, keepdims=True)
    values = [noise[0], noise[1] + 0.19, noise[2] + 0.38]
    pairs = pairwise(values, range(40))
    assert rank_ranges(pairs, False) == [(1, 2), (1, 3), (2, 3)]
    assert letters_of(pairs) == ["a", "ab", "b"]


def test_many_alike_share_one_letter():
    values = np.random.default_rng(8).normal(size=(30, 40))
    assert letters_of(pairwise(values, range(40))) == ["a"] * 30


def boards():
    from benchbench.leaderboards.folder import folders

    return [pytest.param(each, id=f"{each.task}-v{each.version}") for each in folders(ROOT / "leaderboards")]


@pytest.mark.parametrize("folder", boards())
def test_the_tests_of_a_published_board_are_those_of_two_methods_at_a_time(folder):
    """Rule 1: all pairs in arrays against one pair at a time, Holm's rule and the ranges as they are defined."""
    from benchbench.plugins import get_task

    edition = next((edition for edition in folder.editions()[::-1] if edition.rule == 1), None)
    if edition is None:
        pytest.skip("no edition of this board was tested by rule 1")
    task = get_task(folder.task)
    if task.version != folder.version:
        pytest.skip("the task has another version now")
    board = folder.board(task, edition)
    rows = [row for row in board.rows if row.rank is not None]
    if board.tested is None:
        pytest.skip("this board has no tests")
    values = [[record.paired.values for record in row.records] for row in rows]
    groups = list(rows[0].record.paired.groups)
    places = [(i, j) for i in range(len(rows)) for j in range(i + 1, len(rows))]
    singly = {(i, j): paired_difference(values[i], values[j], groups) for i, j in places}
    ordered = sorted(places, key=lambda pair: singly[pair].p)
    differs, adjusted = set(), 0.0
    for place, pair in enumerate(ordered):
        adjusted = max(adjusted, min(1.0, (len(places) - place) * singly[pair].p))
        if adjusted <= 0.05:
            differs.add(pair)
    higher = rows[0].scores[board.ranked_by].higher_is_better
    wins = [(i, j) if (singly[i, j].value > 0) == higher else (j, i) for i, j in differs]
    expected = [
        (1 + sum(loser == i for _, loser in wins), len(rows) - sum(winner == i for winner, _ in wins))
        for i in range(len(rows))
    ]
    assert [row.rank_range for row in rows] == expected
    stated = {each.label: (each.best, each.worst) for each in edition.standings}
    assert {row.label: row.rank_range for row in rows} == stated, "what was published"
    together = pairwise(values, groups)
    assert [pair.difference for pair in together] == [singly[pair] for pair in places]
    letters = [set(row.letters) for row in rows]
    assert [bool(letters[i] & letters[j]) for i, j in places] == [pair not in differs for pair in places]


def test_many_methods_are_ranked_without_an_object_for_each_pair(monkeypatch):
    from benchbench.stats import paired

    def grows(*given):
        raise AssertionError("an object for a pair")

    monkeypatch.setattr(paired, "Difference", grows)
    values = np.random.default_rng(16).normal(size=(150, 40)) + np.linspace(0, 9, 150)[:, None]
    pairs = pairwise(values, range(40))
    assert len(pairs) == 150 * 149 / 2
    ranges = rank_ranges(pairs, True)
    assert ranges[-1][0] == 1
    assert ranges[0][1] == 150


# Several trainings ----------------------------------------------------------------------------------------------------


def test_one_training_is_the_paired_test_as_it_always_was_to_the_bit():
    """The formula of one pair, written out, against the one that works on many pairs together."""
    from scipy.stats import t

    from benchbench.stats.estimates import mean_estimate

    values = clustered(np.random.default_rng(9), 7)
    for pair in pairwise(values, GROUPS):
        estimate = mean_estimate(values[pair.first] - values[pair.second], [str(group) for group in GROUPS])
        difference = pair.difference
        assert (difference.value, difference.standard_error) == (estimate.value, estimate.standard_error)
        assert difference.degrees == 31
        assert difference.p == 2 * float(t.sf(abs(estimate.value) / estimate.standard_error, 31))
        assert difference == paired_difference([values[pair.first]], [values[pair.second]], GROUPS)


def test_the_variance_of_trainings_comes_to_that_of_conditions():
    from scipy.stats import t

    generator = np.random.default_rng(10)
    first, second = generator.normal(0.5, 1, (3, 40)), generator.normal(0, 1, (5, 40))
    found = paired_difference(first, second, range(40))
    paired = (first.mean(0) - second.mean(0)).var(ddof=1) / 40
    own, others = first.mean(1).var(ddof=1) / 3, second.mean(1).var(ddof=1) / 5
    assert found.standard_error == pytest.approx(np.sqrt(paired + own + others), rel=1e-12)
    degrees = (paired + own + others) ** 2 / (paired**2 / 39 + own**2 / 2 + others**2 / 4)
    assert found.degrees == pytest.approx(degrees, rel=1e-12)
    assert found.p == pytest.approx(2 * t.sf(abs(found.value) / found.standard_error, degrees), rel=1e-12)
    assert found.seeds == (3, 5)
    alone = paired_difference(first, second[0], range(40))
    paired = (first.mean(0) - second[0]).var(ddof=1) / 40
    assert alone.standard_error == pytest.approx(np.sqrt(paired + own), rel=1e-12)
    assert alone.degrees == pytest.approx((paired + own) ** 2 / (paired**2 / 39 + own**2 / 2), rel=1e-12)


def test_trainings_that_do_not_differ_add_nothing():
    generator = np.random.default_rng(11)
    first, second = generator.normal(size=(2, 40))
    once, thrice = (paired_difference([first] * s, [second] * s, range(40)) for s in (1, 3))
    assert (thrice.value, thrice.standard_error, thrice.p) == pytest.approx((once.value, once.standard_error, once.p))


@pytest.mark.parametrize("spread", [0.0, 0.1, 0.4])
def test_methods_that_are_the_same_but_for_their_seeds_are_rarely_told_apart(spread):
    """A null of two methods with three trainings each: the seeds shift every condition alike."""
    generator = np.random.default_rng(12)
    rejected = plain = 0
    for values in clustered(generator, 1500, 6):
        seeds = (values + spread * generator.normal(size=(6, 1))).reshape(2, 3, -1)
        rejected += paired_difference(*seeds, GROUPS).p <= 0.05
        plain += paired_difference(*seeds.mean(1), GROUPS).p <= 0.05
    assert rejected / 1500 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 1500)
    if spread == 0.4:
        assert plain / 1500 > 0.15  # as if there were no seeds


def test_methods_whose_seeds_differ_wildly_cannot_be_told_apart():
    conditions = np.random.default_rng(13).normal(0, 0.1, 200)
    first = conditions + np.array([[0.0], [1.0], [2.0]])
    second = conditions + np.array([[0.5], [1.7], [2.3]]) + 0.01 * np.random.default_rng(14).normal(size=200)
    assert paired_difference(first, second, range(200)).p > 0.3
    assert paired_difference(first[0], second[0], range(200)).p < 1e-9  # one seed each
    assert rank_ranges(pairwise([first, second], range(200)), True) == [(1, 2), (1, 2)]


def test_one_group_tells_nothing_with_several_trainings_either():
    alone = paired_difference([[1.0, 2.0], [2.0, 3.0]], [0.0, 0.0], [0, 0])
    assert (alone.value, alone.standard_error, alone.p) == (2, None, 1)


def test_the_pairs_of_many_methods_are_those_of_two_at_a_time():
    generator = np.random.default_rng(15)
    values = [clustered(generator, s) for s in (1, 3, 2, 1)]
    for pair in pairwise(values, GROUPS):
        assert pair.difference == paired_difference(values[pair.first], values[pair.second], GROUPS)


def test_effect_sizes_are_what_one_works_out_by_hand():
    first, second = [1.0, 2.0, 3.0, 4.0], [0.0, 2.0, 1.0, 5.0]
    assert cohens_d(first, second) == pytest.approx(0.5 / np.std([1, 0, 2, -1], ddof=1))
    assert win_rate(first, second, True) == (2 + 0.5) / 4
    assert win_rate(first, second, False) == (1 + 0.5) / 4
    assert win_rate(first, second, None) == (2 + 0.5) / 4
    assert cohens_d([first, second], [first, second]) == 0
    assert cohens_d([1.0, 2.0], [0.0, 1.0]) is None  # the same everywhere: there is nothing to measure it by
    assert cohens_d([[1.0, 3.0], [1.0, 1.0]], [0.0, 0.0]) == cohens_d([1.0, 2.0], [0.0, 0.0])


def test_the_conditions_that_differ_most_come_first():
    assert most_different([1.0, 5.0, 2.0, 0.0], [0.0, 0.0, 2.0, 3.0], 3) == [1, 3, 0]
    assert most_different([1.0, 2.0], [1.0, 2.0], 5) == []


def make_runs(folder):
    """Make runs of `tiny`: two methods, one of them twice, one of fewer conditions, one that fails."""
    from click.testing import CliRunner

    from benchbench.cli.main import main

    options = [
        "--plugins-dir",
        str(Path(__file__).parent / "one_off"),
        "run",
        "-t",
        "tiny",
        "-j",
        "1",
        "-o",
        str(folder),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCHBENCH_PLUGINS_DIR", "")
        for words in (["shades", "-m", f"shades[where={folder / 'log'}]", "-m", "noise"], ["copy", "--limit", "10"]):
            done = CliRunner().invoke(main, [*options, "-m", *words])
            assert done.exit_code == 0, done.output
        assert CliRunner().invoke(main, [*options, "-m", "refuses"]).exit_code == 1


@pytest.fixture(scope="module")
def made(once):
    """The folder of these runs."""
    return once("runs-of-tiny-to-compare", make_runs)


@pytest.fixture
def recorded(bench, one_off, made, tmp_path):
    """Run a command beside a copy of the runs."""
    shutil.copytree(made, tmp_path / "runs")
    return bench


def twin(folder):
    """Return the label of the second run of `shades`, whose option changes no sample."""
    return f"shades[where={folder / 'log'}]"


def compare(bench, *words):
    done = bench("compare", *words, "-t", "tiny", "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)["comparisons"]


def test_two_methods_are_told_apart_and_one_is_not_from_itself(recorded, made):
    rows = {row["metric"]: row for row in compare(recorded, "shades", "noise")}
    assert list(rows) == ["energy-score[pixels]", "diversity[pixels]"]
    assert rows["energy-score[pixels]"]["verdict"] == "shades better"
    assert rows["diversity[pixels]"]["verdict"] == "differ"
    row = rows["energy-score[pixels]"]
    assert row["difference"] == pytest.approx(row["means"][0] - row["means"][1])
    assert row["difference"] < 0
    assert row["uncertainty"] == "paired standard error over 25 conditions"
    assert {row["verdict"] for row in compare(recorded, "noise", "shades")} == {"shades better", "differ"}
    for row in compare(recorded, "shades", twin(made)):
        assert (row["difference"], row["p_holm"], row["verdict"]) == (0, 1, "not distinguishable")


def test_the_means_are_those_of_the_record_and_p_is_corrected_over_the_whole_table(recorded, made):
    record = json.loads(next(Path("runs").glob("tiny/noise/*/record.json")).read_text())
    scores = {score["metric"]: score["value"] for score in record["scores"]}
    rows = compare(recorded, "noise", "shades", twin(made))
    assert len(rows) == 6
    for row in rows[:4]:
        assert row["means"][0] == pytest.approx(scores[row["metric"]])
    assert [row["p_holm"] for row in rows] == holm([row["p"] for row in rows])
    assert max(row["p_holm"] / row["p"] for row in rows if row["p"]) > 1


def test_the_table_says_what_each_number_is(recorded):
    done = recorded("compare", "shades", "noise", "-t", "tiny")
    assert "| energy-score[pixels] ↓ |" in done.out
    assert "shades better" in done.out
    for words in ("± paired standard error over 25 conditions", "24 degrees of freedom", "the 2 tests shown", "5 %"):
        assert words in done.out
    assert "shades: seed 0" in done.err


def test_a_jsonl_gives_the_ranking_metric_alone(recorded, tmp_path):
    records = [json.loads(path.read_text()) for path in sorted(Path("runs").glob("**/record.json"))]
    (tmp_path / "records.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (row,) = compare(recorded, "shades", "noise", "--records", "records.jsonl")
    other, _ = compare(recorded, "shades", "noise")
    assert row["metric"] == "energy-score[pixels]"
    assert row["p"] == pytest.approx(other["p"], rel=1e-3)
    more = recorded(
        "compare", "shades", "noise", "-t", "tiny", "--records", "records.jsonl", "--metric", "frechet[pixels]"
    )
    assert (more.code, "frechet[pixels] has no value for each condition" in more.err) == (1, True)
    (tmp_path / "bare.jsonl").write_text("".join(json.dumps({**each, "paired": None}) + "\n" for each in records))
    bare = recorded("compare", "shades", "noise", "-t", "tiny", "--records", "bare.jsonl")
    assert (bare.code, "shades has no values by condition in bare.jsonl" in bare.err) == (1, True)


def test_a_run_id_tells_two_seeds_of_a_method_apart(recorded):
    assert recorded("run", "-t", "tiny", "-m", "shades", "--seed", 1, "-j", 0).code == 0
    records = [json.loads(path.read_text()) for path in Path("runs").glob("tiny/shades/*/record.json")]
    ids = {record["seed"]: record["run_id"] for record in records if record["method"]["label"] == "shades"}
    row, _ = compare(recorded, ids[0], ids[1])
    assert (row["first"], row["second"]) == (f"shades ({ids[0]})", f"shades ({ids[1]})")
    assert row["difference"] != 0


def trained(name, seeds, shift):
    """Give the run of a method records of several training seeds, whose values are shifted by each."""
    (path,) = [
        each
        for each in Path("runs").glob(f"tiny/{name}/*/record.json")
        if json.loads(each.read_text())["method"]["label"] == name
    ]
    record = json.loads(path.read_text())
    lines = []
    for seed in seeds:
        record["method"].update(checkpoint=str(seed), training={"seed": seed, "steps": 5, "device": "cpu"})
        values = [value + shift * seed for value in record["paired"]["values"]]
        lines.append(
            json.dumps({**record, "run_id": f"{name}-{seed}", "paired": {**record["paired"], "values": values}})
        )
    return lines


@pytest.mark.parametrize(("shift", "verdict"), [(0.0001, "shades better"), (10.0, "not distinguishable")])
def test_several_trainings_are_one_side_and_their_spread_counts(recorded, shift, verdict):
    lines = trained("shades", (0, 1, 2), shift) + trained("noise", (4,), 0)
    Path("records.jsonl").write_text("\n".join(lines) + "\n")
    words = ("shades", "noise", "-t", "tiny", "--records", "records.jsonl")
    done = recorded("compare", *words, "--json")
    (row,) = json.loads(done.out)["comparisons"]
    assert (row["verdict"], row["training_seeds"]) == (verdict, [3, 1])
    assert row["uncertainty"] == "paired standard error over 25 conditions and 3 training seeds of shades"
    assert json.loads(done.out)["runs"] == [["shades-0", "shades-1", "shades-2"], ["noise-4"]]
    assert "shades: seed 0, training seed 2, " in done.err
    shown = recorded("compare", *words)
    assert "The error holds the spread of trainings of shades (3 seeds); that of noise, of one training" in shown.out
    assert "(Welch, Satterthwaite)" in shown.out
    (alone,) = json.loads(recorded("compare", "shades-1", *words[1:], "--json").out)["comparisons"]
    assert alone["training_seeds"] == [1, 1], "a run id stands for itself"


def test_a_plain_sentence_says_who_is_better_and_where(recorded, made):
    done = recorded("compare", "shades", "noise", "-t", "tiny", "--most", 2)
    assert "shades is better by " in done.out
    assert " (energy-score[pixels]), on 100 % of the conditions." in done.out
    assert " is more diverse by " in done.out
    row, _ = compare(recorded, "shades", "noise", "--most", 2)
    worst = max(row["most"], key=lambda place: abs(place["first"] - place["second"]))
    assert row["most"][0] == worst
    assert len(row["most"]) == 2
    assert f"shades and noise differ most by energy-score[pixels] on {worst['condition']} (" in done.out
    assert "differ most" not in recorded("compare", "shades", "noise", "-t", "tiny", "--most", 0).out
    alike = recorded("compare", "shades", twin(made), "-t", "tiny")
    assert "are not distinguishable." in alike.out


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_scatter_has_a_point_a_condition(recorded, suffix):
    done = recorded("compare", "shades", "noise", "-t", "tiny", "--scatter", f"both.{suffix}")
    assert (done.code, f"both.{suffix}" in done.err) == (0, True), done.err
    content = Path(f"both.{suffix}").read_bytes()
    assert content.startswith(b"\x89PNG" if suffix == "png" else b"<?xml")
    if suffix == "svg":
        assert content.count(b'style="fill: #0067a8') == 25


def test_a_scatter_takes_any_name_as_text(recorded):
    records = [json.loads(path.read_text()) for path in Path("runs").glob("tiny/*/*/record.json")]
    for record in records:
        record["method"]["label"] = {"shades": "$\\frac{1$ <b>", "noise": "_n_|"}.get(record["method"]["label"], "x")
    Path("records.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    words = ("compare", "$\\frac{1$ <b>", "_n_|", "-t", "tiny", "--records", "records.jsonl")
    done = recorded(*words, "--scatter", "x.svg")
    assert done.code == 0, done.err
    assert "<b>" not in done.out
    assert "\\_n\\_\\|" in done.out


def test_published_records_can_be_compared(recorded):
    file = Path(__file__).parent.parent / "leaderboards" / "sr-photos" / "v1" / "records.jsonl"
    done = recorded("compare", "mr1", "copy", "-t", "sr-photos", "--records", file)
    assert "mr1 is better by " in done.out
    assert "on condition " in done.out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["shades", "noise", "--scatter", "x.jpg"], 2, "--scatter x.jpg: name a .png or an .svg"),
        (["shades", "noise", "--scatter", "nowhere/x.png"], 1, "could not write nowhere/x.png"),
        (["shade", "noise"], 2, "no recorded method is named 'shade'; did you mean 'shades'?;"),
        (["shades", "noise", "--metric", "energy-score"], 2, "did you mean 'energy-score[pixels]'?"),
        (["shades", "noise", "--metric", "frechet[pixels]"], 1, "frechet[pixels] has no value for each condition"),
        (["shades"], 2, "name two methods at least"),
        (["shades", "noise", "--records", "nowhere"], 1, "no records at nowhere"),
        (["shades", "shades"], 2, "shades and shades are the same run, "),
        (["shades", "refuses"], 1, "refuses has no scores on tiny: skipped: needs a text condition"),
        (["shades", "copy"], 1, "copy has off-protocol records of tiny alone"),
        (["shades", "copy", "--off-protocol"], 1, "made under another protocol (num_conditions "),
    ],
)
def test_what_cannot_be_compared_is_one_clear_sentence(recorded, words, code, message):
    done = recorded("compare", *words, "-t", "tiny")
    assert (done.code, message in done.err) == (code, True), done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda r: r["task"].update(fingerprint="0" * 64), "made on other test data of tiny (fingerprint 00000000"),
        (lambda r: r["protocol"].update(pairs_per_condition=1), "another protocol (pairs_per_condition 1, expected 2)"),
        (lambda r: r["paired"].update(groups=[0, *range(24)]), "their conditions differ"),
        (lambda r: r["scores"][0].update(weight_hash="0"), "energy-score[pixels] is of unlike versions or weights"),
    ],
)
def test_unlike_records_are_never_compared(recorded, spoil, message):
    (path,) = Path("runs").glob("tiny/noise/*/record.json")
    record = json.loads(path.read_text())
    record["created"] = "2001-01-01T00:00:00+00:00"
    spoil(record)
    path.write_text(json.dumps(record))
    path.with_name("conditions.parquet").unlink()
    path.with_name("checksums.sha256").unlink()
    done = recorded("compare", "shades", "noise", "-t", "tiny")
    assert (done.code, message in done.err) == (1, True), done.err


def test_a_table_of_conditions_that_is_cut_short_is_named(recorded):
    (path,) = Path("runs").glob("tiny/noise/*/conditions.parquet")
    path.write_bytes(path.read_bytes()[:100])
    done = recorded("compare", "shades", "noise", "-t", "tiny")
    assert (done.code, f"{path} is damaged: its SHA-256 is " in done.err) == (1, True), done.err
    path.with_name("checksums.sha256").unlink()  # as an earlier version left it
    done = recorded("compare", "shades", "noise", "-t", "tiny")
    assert (done.code, f"{path} cannot be read" in done.err) == (1, True), done.err


def test_a_table_of_conditions_without_their_groups_is_named(recorded):
    import pandas

    (path,) = Path("runs").glob("tiny/noise/*/conditions.parquet")
    pandas.read_parquet(path).drop(columns="group").to_parquet(path)
    path.with_name("checksums.sha256").unlink()
    done = recorded("compare", "shades", "noise", "-t", "tiny")
    assert (done.code, f"{path} is damaged: it has no column group" in done.err) == (1, True), done.err
