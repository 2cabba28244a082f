"""Records and boards: nothing but numbers goes in, and unlike things never share a table."""

import dataclasses
import io
import json

import pytest

from benchbench.core import BenchbenchError
from benchbench.leaderboard import make_board
from benchbench.publish import text
from benchbench.records import Record, Score, find_records, parse_record, to_json
from benchbench.tasks.toy_shapes import ToyShapes


def make(name="mine", value=0.2, error=0.01, **changes):
    scores = tuple(
        Score(f"{m}@1", m, None, value, error, "standard error over 300 conditions", 300, False)
        for m in ToyShapes.metrics
    )
    fields = {
        "task": {"name": "toy-shapes", "version": 1, "fingerprint": "f" * 64},
        "protocol": {
            "name": "mrgan",
            "version": 1,
            "num_conditions": 300,
            "samples_per_condition": 20,
            "pairs_per_condition": 10,
            "off_protocol": False,
        },
        "method": {"name": name, "label": name, "options": {}, "checkpoint": None, "reference": name == "real"},
        "seed": 0,
        "status": "ok",
        "reason": "",
        "scores": scores,
        "created": "2026-01-01T00:00:00+00:00",
        "environment": {"device": "cpu"},
    }
    return Record(**{**fields, **changes})


def test_a_record_survives_its_file(tmp_path):
    record = make()
    assert parse_record(to_json(record), "x") == record
    path = tmp_path / "records.jsonl"
    path.write_text(to_json(record) + "\n\n" + to_json(make("other")) + "\n")
    assert [each.method["name"] for _, each in find_records(path)] == ["mine", "other"]


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
    assert [(row.rank, row.record.method["name"]) for row in board.rows] == [(None, "real"), (1, "a"), (2, "b")]


def test_the_newest_record_of_a_method_counts():
    old, new = make(value=0.3), make(value=0.2, created="2026-02-01T00:00:00+00:00")
    (row,) = make_board(ToyShapes(), None, [new, old]).rows
    assert row.record == new


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"task": {"name": "toy-shapes", "version": 0, "fingerprint": "f" * 64}}, "version 0 of the task"),
        ({"task": {"name": "toy-shapes", "version": 1, "fingerprint": "0"}}, "fingerprint"),
        ({"status": "failed", "reason": "NaN"}, "failed: NaN"),
        ({"protocol": {**make().protocol, "off_protocol": True, "num_conditions": 5}}, "off-protocol: 5 conditions"),
        ({"scores": tuple(dataclasses.replace(s, id=s.id + "0") for s in make().scores)}, "of another version"),
        ({"scores": tuple(dataclasses.replace(s, weight_hash="1") for s in make().scores)}, "other weights"),
    ],
)
def test_unlike_rows_never_share_a_table(changes, reason):
    odd = make("odd", **changes)
    board = make_board(ToyShapes(), None, [odd, make(created="2026-03-01T00:00:00+00:00")])
    assert [row.record.method["name"] for row in board.rows] == ["mine"]
    ((excluded, why),) = board.excluded
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
    assert text.number(value, error) == shown


def test_the_table_says_direction_protocol_and_what_each_uncertainty_is():
    table = text.markdown(make_board(ToyShapes(), None, [make()]))
    assert "energy-score[mini] ↓" in table
    assert "300 conditions x 20 samples" in table
    assert "±: standard error over 300 conditions" in table


@pytest.mark.parametrize("width", [60, 100, 400])
def test_the_terminal_table_loses_no_column_and_cuts_no_word(width):
    from rich.console import Console

    board = make_board(ToyShapes(), None, [make("dial[blur=1]"), make("real")])
    console = Console(width=width, record=True, file=io.StringIO())
    for table in text.terminal(board, width):
        console.print(table)
    shown = console.export_text()
    assert "…" not in shown
    assert "dial[blur=1]" in shown
    for metric in ToyShapes.metrics:
        assert metric.split("[")[0] in shown
