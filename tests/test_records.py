"""Records and boards: nothing but numbers goes in, and unlike things never share a table."""

import dataclasses
import io
import json

import pytest
from made_records import PROTOCOL, changed, make, score, trained, with_values
from scipy.stats import t

from benchbench.core import BenchbenchError
from benchbench.core.record import Environment, RecordedTask
from benchbench.core.record_json import parse_record, to_json
from benchbench.core.uncertainty import (
    JACKKNIFE,
    SEEDS,
    STANDARD_ERROR,
    SUBSETS,
    TWO_LEVEL_BOOTSTRAP,
    Threshold,
    Uncertainty,
)
from benchbench.leaderboards.merging import merged_score
from benchbench.leaderboards.rows import make_board
from benchbench.publish import text, words
from benchbench.publish.table import terminal
from benchbench.system.records import find_records
from benchbench.tasks.toy_shapes import ToyShapes

SHORT = dataclasses.replace(PROTOCOL, off_protocol=True, num_conditions=5)


def said_of(board):
    """Return the records that may not stand, each with the reason in words."""
    return [(each.record, str(each.why)) for each in board.excluded]


def test_a_record_survives_its_file(tmp_path):
    record = make()
    assert parse_record(to_json(record), "x") == record
    path = tmp_path / "records.jsonl"
    path.write_text(to_json(record) + "\n\n" + to_json(make("other")) + "\n")
    assert [each.method.name for _, each in find_records(path)] == ["mine", "other"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(BenchbenchError, match="a record holds numbers only"):
        to_json(make(value=value))


def test_a_spoilt_record_is_named():
    good = json.loads(to_json(make()))
    for spoil, message in [
        (lambda r: r.pop("seed"), "runs/x: *seed|seed"),
        (lambda r: r.update(extra=1), "extra"),
        (lambda r: r["scores"][0].update(value="much"), "scores.0.value"),
        (lambda r: r.update(status="great"), "status"),
    ]:
        record = json.loads(json.dumps(good))
        spoil(record)
        with pytest.raises(BenchbenchError, match=message):
            parse_record(json.dumps(record), "runs/x")


def test_rows_are_ranked_by_the_first_metric_and_references_are_not():
    records = [make("b", 0.3), make("real", 0.1), make("a", 0.2)]
    board = make_board(ToyShapes(), None, records)
    assert [(row.rank, row.record.method.name) for row in board.rows] == [(None, "real"), (1, "a"), (2, "b")]


def test_ranks_say_which_methods_cannot_be_told_apart():
    records = [
        with_values("a", 0.1, 0.11, 0.12, 0.1),
        with_values("real", 0.2, 0.2, 0.2, 0.2),
        with_values("b", 0.3, 0.4, 0.3, 0.5),
        with_values("c", 0.5, 0.3, 0.4, 0.31),
    ]
    board = make_board(ToyShapes(), None, records)
    assert [(row.rank, row.rank_range) for row in board.rows] == [(1, (1, 1)), (None, None), (2, (2, 3)), (3, (2, 3))]
    assert text.frame(board)["rank"].tolist() == ["1", "2–3", "2–3", "ref"]
    assert text.frame(board)["letters"].tolist() == ["a", "b", "b", "–"]
    said = "Ranked by energy-score[mini]. Rows that share a letter are not distinguishable (paired test on 4 conditions"
    assert f"{said}, 3 pairs together, 5 %; rule 3)" in text.caption(board)
    first = make_board(ToyShapes(), None, records, rule=1)
    assert f"{said}, Holm over 3 pairs, 5 %; rule 1)" in text.caption(first)
    assert [row.letters for row in first.rows] == ["a", "", "b", "b"]
    assert "pairs" not in text.caption(make_board(ToyShapes(), None, records[:2]))


def test_methods_alike_in_turn_share_letters_in_turn():
    records = [
        with_values(name, *(0.1 * i + wobble for wobble in (0, 0.11, 0.02, 0.05))) for i, name in enumerate("ab")
    ]
    records += [with_values("c", 0.2, 0.11, 0.22, 0.25)]
    board = make_board(ToyShapes(), None, records, rule=1)
    assert [(row.label, row.letters) for row in board.rows] == [("a", "a"), ("b", "b"), ("c", "ab")]


def test_without_values_by_condition_ranks_are_by_value_alone():
    board = make_board(ToyShapes(), None, [make("a", 0.2), with_values("b", 0.3, 0.4)])
    assert [(row.rank, row.rank_range) for row in board.rows] == [(1, None), (2, None)]
    assert text.frame(board)["rank"].tolist() == ["1", "2"]
    assert "by value alone (untested" in text.caption(board)


def test_a_row_without_values_by_condition_leaves_the_others_their_ranges():
    values = {"a": (0.1, 0.11, 0.12, 0.1), "b": (0.3, 0.4, 0.3, 0.5), "c": (0.5, 0.3, 0.4, 0.31)}
    records = [*(with_values(name, *own) for name, own in values.items()), make("lacking", 0.2)]
    board = make_board(ToyShapes(), None, records)
    found = [(row.label, row.rank_range, row.letters) for row in board.rows]
    assert found == [("a", (1, 2), "a"), ("lacking", None, ""), ("b", (2, 4), "b"), ("c", (2, 4), "b")]
    assert "Not tested, for lack of values by condition: lacking" in text.caption(board)
    assert text.frame(board)["letters"].tolist() == ["a", "–", "b", "b"]
    first = make_board(ToyShapes(), None, records, rule=1)
    assert [row.rank_range for row in first.rows] == [None] * 4


def trained_on(record, **changes):
    training = dataclasses.replace(record.training, **changes)
    return dataclasses.replace(record, method=dataclasses.replace(record.method, training=training))


def test_trainings_that_differ_in_their_seed_alone_make_one_row():
    records = [
        trained("mine", 2, 0.3, 0.32, 0.31, 0.33),
        trained("mine", 0, 0.2, 0.22, 0.21, 0.23),
        trained("mine", 1, 0.25, 0.27, 0.26, 0.28),
        with_values("plain", 0.9, 0.91, 0.93, 0.9),
        trained("once", 5, 0.6, 0.62, 0.61, 0.65),
    ]
    records[0] = trained_on(records[0], processor="This CPU", precision="bfloat16")
    records[4] = trained_on(records[4], processor="That GPU")
    board = make_board(ToyShapes(), None, records)
    row = board.rows[0]
    assert row.seeds == (0, 1, 2)
    assert row.record == records[1]
    first = row.scores[ToyShapes.metrics[0]]
    assert first.value == pytest.approx(0.265)
    assert first.standard_error == pytest.approx((0.01**2 + 0.05**2 / 3) ** 0.5)
    assert first.uncertainty == Uncertainty(STANDARD_ERROR, 300, 300, training_seeds=3)
    assert words.uncertainty(first.uncertainty) == "standard error over 300 conditions and 3 training seeds"
    low, high = first.interval
    degrees = first.standard_error**4 / (0.01**4 / 299 + (0.05**2 / 3) ** 2 / 2)
    assert (low + high) / 2 == pytest.approx(first.value)
    assert (high - low) / 2 == pytest.approx(t.ppf(0.975, degrees) * first.standard_error)
    table = text.frame(board)
    assert list(table.columns)[:4] == ["rank", "letters", "method", "seeds"]
    assert table["seeds"].tolist() == ["3", "1*", "–"]
    ruled = make_board(ToyShapes(), None, records, rule=1)
    assert [each.rank_range for each in ruled.rows] == [(1, 1), (2, 2), (3, 3)]
    assert text.frame(ruled)["seeds"].tolist() == ["3", "1", "–"]
    caption = text.caption(board)
    assert (
        "±: standard error over 300 conditions. Rows of 3 training seeds are means over them; their ± and the tests"
        in (caption)
    )
    assert "one training seed: once, whose ±" in caption
    assert "*: the tests give once the spread of the other rows' trainings" in caption
    assert "Trained on That GPU and This CPU (bfloat16), each as its record says" in caption
    assert "seeds" not in text.frame(make_board(ToyShapes(), None, records[3:4])).columns


def test_seeds_that_differ_wildly_leave_the_ranks_open():
    wobbles = [0.01, 0.02, 0.0, 0.015]
    records = [trained("a", seed, *(seed + each for each in wobbles)) for seed in (0, 1, 2)]
    records += [trained("b", seed, *(seed + 0.3 + 2 * each for each in wobbles)) for seed in (0, 1, 2)]
    board = make_board(ToyShapes(), None, records)
    assert [row.rank_range for row in board.rows] == [(1, 2), (1, 2)]
    assert board.tested.letters == ("a", "a")
    once = make_board(ToyShapes(), None, [records[0], records[3]])
    assert [row.rank_range for row in once.rows] == [(1, 1), (2, 2)]


@pytest.mark.parametrize(
    ("other", "labels"),
    [
        (trained("mine", 1, 0.3, 0.4, seed=1), {"mine (seed 0)", "mine (seed 1)"}),
        (trained("mine", 1, 0.3, 0.4, environment=Environment(device="cuda")), {"mine (cpu)", "mine (cuda)"}),
        (trained("mine", 1, 0.3, 0.4, steps=5), {"mine (1000 steps)", "mine (5 steps)"}),
        (
            trained("mine", 1, 0.3, 0.4, own={"options": {"width": 9}, "label": "mine[width=9]"}),
            {"mine", "mine[width=9]"},
        ),
    ],
)
def test_what_differs_in_more_than_the_seed_of_training_is_another_row(other, labels):
    board = make_board(ToyShapes(), None, [trained("mine", 0, 0.2, 0.3), other])
    assert {row.label for row in board.rows} == labels


def test_a_table_is_asked_for_rows_by_the_labels_that_it_gives(tmp_path, bench):
    records = [trained("mine", seed, 0.2, 0.3, steps=steps) for seed in (0, 1) for steps in (5, 1000)]
    path = tmp_path / "records.jsonl"
    path.write_text("".join(to_json(each) + "\n" for each in records))
    shown = ("leaderboard", "toy-shapes", "--records", path, "--format", "json")
    by_steps = json.loads(bench(*shown, "-m", "mine (5 steps)").out)
    assert [(row["label"], row["training_seeds"]) for row in by_steps["rows"]] == [("mine", [0, 1])]
    assert len(json.loads(bench(*shown, "-m", "mine").out)["rows"]) == 2
    assert "did you mean" in bench(*shown, "-m", "mine (6 steps)").err


def test_a_record_of_a_method_that_has_other_options_by_now_stands_no_more():
    before = trained("mine", 0, 0.1, 0.2, own={"options": {"base": "auto"}})
    now = trained("mine", 0, 0.2, 0.3, created="2026-02-01T00:00:00+00:00")
    board = make_board(ToyShapes(), None, [before, now, trained("other", 0, 0.5, 0.6, own={"options": {}})])
    assert board.rows[0].record == now
    assert said_of(board) == [(before, "made when mine had other options (base)")]
    assert make_board(ToyShapes(), None, [before]).excluded == (), "an edition of that time stands as it was"


def test_of_one_training_seed_the_newest_record_counts():
    later = {"created": "2026-02-01T00:00:00+00:00"}
    again = trained("mine", 1, 0.4, 0.5, **later)
    records = [trained("mine", 0, 0.2, 0.3), again, trained("mine", 1, 0.3, 0.4)]
    (row,) = make_board(ToyShapes(), None, records).rows
    assert row.records == (records[0], again)


def test_trainings_of_another_version_of_the_method_are_told():
    newer = trained("mine", 1, 0.3, 0.4, own={"version": 2}, created="2026-02-01T00:00:00+00:00")
    older = trained("mine", 0, 0.2, 0.3, own={"version": 1})
    board = make_board(ToyShapes(), None, [older, newer])
    assert [row.records for row in board.rows] == [(newer,)]
    assert said_of(board) == [(older, "made with version 1 of the method mine, now 2")]


def test_a_score_without_an_error_has_that_of_its_seeds_alone():
    merged = merged_score([score("x", value, None) for value in (0.1, 0.2, 0.6)])
    assert merged.standard_error == pytest.approx(0.07**0.5 / 3**0.5)
    assert merged.uncertainty == Uncertainty(SEEDS, 3, 3, training_seeds=3)
    assert words.uncertainty(merged.uncertainty) == "standard error over 3 training seeds"


def test_flags_and_details_of_all_trainings_are_kept():
    made = (("few", ("w", "5 of 60 x")), ("", ("w", "4 of 60 x")), ("odd", ("y",)))
    merged = merged_score([score("x", flag=flag, detail=detail) for flag, detail in made])
    assert (merged.flag, merged.detail) == ("few; odd", ("w", "4 to 5 of 60 x", "y"))


@pytest.mark.parametrize("training", [{"seed": "one"}, {"seed": True}, {"seed": 1.5}, [1], 3])
def test_a_training_whose_seed_is_no_number_is_refused(training):
    record = json.loads(to_json(make()))
    record["method"]["training"] = training
    with pytest.raises(BenchbenchError, match="x is not a record: method.training"):
        parse_record(json.dumps(record), "x")
    for unknown in (None, {}, {"seed": None, "steps": 5}):
        record["method"]["training"] = unknown
        assert parse_record(json.dumps({**record, "schema": 2}), "x").training is None


def test_the_newest_record_of_a_method_counts():
    old, new = make(value=0.3), make(value=0.2, created="2026-02-01T00:00:00+00:00")
    (row,) = make_board(ToyShapes(), None, [new, old]).rows
    assert row.record == new


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"task": RecordedTask("toy-shapes", 0, "f" * 64)}, "version 0 of the task"),
        ({"task": RecordedTask("toy-shapes", 1, "0")}, "fingerprint"),
        ({"status": "failed", "reason": "NaN"}, "failed: NaN"),
        ({"protocol": SHORT}, "off-protocol: 5 conditions"),
        ({"scores": tuple(dataclasses.replace(s, id=s.id + "0") for s in make().scores)}, "of another version"),
        ({"scores": tuple(dataclasses.replace(s, weight_hash="1") for s in make().scores)}, "other weights"),
    ],
)
def test_unlike_rows_never_share_a_table(changes, reason):
    odd = make("odd", **changes)
    board = make_board(ToyShapes(), None, [odd, make(created="2026-03-01T00:00:00+00:00")])
    assert [row.record.method.name for row in board.rows] == ["mine"]
    ((excluded, why),) = said_of(board)
    assert excluded == odd
    assert reason in why
    assert "odd" in text.notes(board)


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (0.16234, 0.00712, "0.1623 ± 0.0071"),
        (12.3, 4.56, "12.3 ± 4.6"),
        (0.5, None, "0.5"),
        (1.0, 0.0, "1 ± 0"),
        (123.0, 45.0, "123 ± 45"),
        (0.12345678, 1e-9, "0.1235 ± 0"),
    ],
)
def test_numbers_show_two_digits_of_their_uncertainty(value, error, shown):
    assert words.number(value, error) == shown


def test_the_table_says_direction_protocol_and_what_each_uncertainty_is():
    table = text.markdown(make_board(ToyShapes(), None, [make()]))
    assert "energy-score[mini] ↓" in table
    assert "300 conditions x 20 samples" in table
    assert "±: standard error over 300 conditions" in table


def test_older_kinds_of_error_are_named_with_their_rows():
    older = {"energy_score": {"uncertainty": Uncertainty(TWO_LEVEL_BOOTSTRAP, 300, 300)}}
    records = [make("a"), make("b", 0.3), changed(make("c", 0.4), **older)]
    board = dataclasses.replace(make_board(ToyShapes(), None, records), columns=("energy-score[mini]",))
    assert text.caption(board).endswith(
        "± over 300 conditions: standard error (energy-score); two-level bootstrap standard error (energy-score of c)."
    )
    merged = merged_score([record.scores[0] for record in records[1:]])
    assert merged.uncertainty.kind == "standard error or two-level bootstrap"
    assert words.kind_of(merged.uncertainty) == "standard error or two-level bootstrap standard error"


def test_each_kind_of_uncertainty_is_named_with_its_columns():
    kinds = {
        "frechet": {"uncertainty": Uncertainty(JACKKNIFE, 300, 300, blocks=20), "features": "mini"},
        "energy_score": {"features": "mini"},
        "realism": {"standard_error": None, "uncertainty": None},
    }
    board = dataclasses.replace(
        make_board(ToyShapes(), None, [changed(make(), **kinds)]),
        columns=("energy-score[mini]", "frechet[mini]", "realism[mini]"),
    )
    said = "± over 300 conditions: standard error (energy-score); jackknife standard error, 20 blocks (frechet)."
    assert text.caption(board).endswith(said)
    kinds["frechet"] = {"uncertainty": Uncertainty(SUBSETS, 5, 5, subset_size=9), "features": "inception"}
    board = dataclasses.replace(make_board(ToyShapes(), None, [changed(make(), **kinds)]), columns=board.columns)
    said = (
        "±: standard error over 300 conditions (energy-score[mini]); standard deviation over 5 subsets of 9"
        " (frechet[mini])."
    )
    assert text.caption(board).endswith(said)


def test_a_flag_is_marked_in_its_cell_and_said_once():
    few = {"frechet": {"flag": "300 samples are too few"}, "realism": {"flag": "300 samples are too few"}}
    records = [changed(make("a"), **few), changed(make("b", 0.3), frechet=few["frechet"]), make("c", 0.4)]
    board = make_board(ToyShapes(), None, records)
    columns = text.frame(board)
    assert columns["frechet[mini] ↓"].tolist() == ["0.200 ± 0.010†", "0.300 ± 0.010†", "0.400 ± 0.010"]
    assert columns["realism[mini] ↓"].tolist() == ["0.200 ± 0.010†", "0.300 ± 0.010", "0.400 ± 0.010"]
    assert text.footnotes(board) == ["† realism[mini] of a, frechet[mini] of a and b: 300 samples are too few"]
    assert text.markdown(board).count("too few") == 1
    assert text.footnotes(make_board(ToyShapes(), None, records[:1])) == [
        "† realism[mini], frechet[mini]: 300 samples are too few"
    ]


def test_details_stand_beneath_the_table_and_what_differs_is_said():
    detail = {"counts": {"samples": 6000, "real": 4000}}
    threshold = {"threshold": Threshold("visible", 0.0600001)}
    same = {"frechet": detail, "collapse_rate": threshold, "collapse_across": threshold}
    records = [changed(make(name), **same) for name in "ab"]
    assert text.footnotes(make_board(ToyShapes(), None, records)) == [
        "frechet[mini]: 4000 real, 6000 samples",
        "collapse-rate[mini], collapse-across[mini]: threshold 0.06 (visible)",
    ]
    other = {"frechet": {"counts": {"samples": 300, "real": 4000}}}
    records += [changed(make(name), **other) for name in "cd"] + [changed(make("e"), **same), make("f")]
    lines = text.footnotes(make_board(ToyShapes(), None, records))
    assert lines[0] == "frechet[mini]: 4000 real, 6000 samples (c and d: 300 samples; f: none)"
    assert lines[1] == "collapse-rate[mini], collapse-across[mini]: threshold 0.06 (visible) (c, d and f: none)"


@pytest.mark.parametrize(
    ("id", "features", "shown"),
    [
        ("frechet@1[mini@1]", "mini", False),
        ("frechet@1[mini@1,64px]", "mini", False),
        ("frechet@1[mini@1,64x32px]", "mini", False),
        ("frechet@1", None, False),
        ("frechet@1[mini@1,64px,window=3]", "mini", True),
        ("frechet@1[window=3]", None, True),
    ],
)
def test_a_score_that_depends_on_more_than_its_extractor_is_named_in_full(id, features, shown):
    old = json.loads(to_json(changed(make(), frechet={"id": id, "features": features})))
    for each in old["scores"]:
        del each["variant"]
    board = make_board(ToyShapes(), None, [parse_record(json.dumps({**old, "schema": 2}), "of schema 2")])
    assert (f"Scores in full: {id}." in text.markdown(board)) is shown
    assert ("Scores in full" in text.markdown(board)) is shown


@pytest.mark.parametrize("width", [60, 100, 400])
def test_the_terminal_table_loses_no_column_and_cuts_no_word(width):
    from rich.console import Console

    board = make_board(ToyShapes(), None, [make("dial[blur=1]"), make("real")])
    console = Console(width=width, record=True, file=io.StringIO())
    for table in terminal(text.table(board), width):
        console.print(table)
    shown = console.export_text()
    assert "…" not in shown
    assert "dial[blur=1]" in shown
    for metric in ToyShapes.metrics:
        assert metric.split("[")[0] in shown
