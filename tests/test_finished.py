"""Which trainings are finished: from a checkpoint's curve and health checks to the marks of boards and of the site."""

import dataclasses
import json

import pytest
from made_records import make, method, trained, with_values

from benchbench.core.record import RecordedCurve, RecordedTraining
from benchbench.leaderboards.rows import make_board
from benchbench.leaderboards.unfinished import doubt, in_words, is_unfinished
from benchbench.publish import export, table, text
from benchbench.publish.site import views
from benchbench.runs.finished import curve_of, verdict
from benchbench.runs.training import edited_training
from benchbench.tasks.toy_shapes import ToyShapes

RANKING = ToyShapes.metrics[0]
CURVE = {"score": RANKING, "points": [[50, 0.5, 0.1], [100, 0.4, None]], "still_improves": False}
LATENT = {"value": 0.812, "bounds": [None, 0.75], "healthy": False}
SPREAD = {"value": 0.3, "bounds": [0.5, None], "healthy": False}
WELL = {"value": 0.7, "bounds": [0.1, 0.75], "healthy": True}


@pytest.mark.parametrize(
    ("about", "finished", "why"),
    [
        ({"curve": CURVE}, True, ""),
        ({"curve": CURVE, "health": {"latent": WELL}}, True, ""),
        ({}, None, "no validation curve was kept"),
        ({"curve": {**CURVE, "still_improves": None}}, None, "its validation curve is too short"),
        ({"curve": {**CURVE, "still_improves": True}}, False, f"{RANKING} still improves"),
        ({"health": {"latent": LATENT}}, False, "latent is 0.812, healthy is at most 0.75"),
        (
            {"curve": {**CURVE, "still_improves": True}, "health": {"spread-kept": SPREAD, "latent": WELL}},
            False,
            f"{RANKING} still improves; spread-kept is 0.3, healthy is at least 0.5",
        ),
    ],
)
def test_a_training_is_finished_where_its_curve_is_flat_and_it_is_healthy(about, finished, why):
    assert verdict(about) == (finished, why)


def test_the_curve_is_that_of_the_checkpoint():
    assert curve_of({"curve": CURVE}) == RecordedCurve(RANKING, ((50, 0.5, 0.1), (100, 0.4, None)))
    assert curve_of({}) is None


def test_a_runs_record_has_what_the_checkpoint_says(tmp_path):
    import torch

    from benchbench.evaluation.fingerprint import fingerprint
    from benchbench.evaluation.session import Session
    from benchbench.plugins import get_task
    from benchbench.runs.training import training_of
    from benchbench.training import checkpoints

    task = get_task("ring8")
    about = {
        "task": {"name": "ring8", "version": 1, "fingerprint": fingerprint(task)},
        "method": {"name": "mine", "options": {}},
        "seed": 3,
        "made_with": {"steps": 100},
        "curve": CURVE,
        "health": {"latent": LATENT},
        "spent": {"core_seconds": 12.5},
    }
    checkpoints.write(tmp_path / "a.safetensors", {"weight": torch.zeros(1)}, about)
    session = Session(task, fingerprint(task), task.protocol, (), 0, "cpu", {}, {})
    found = training_of(tmp_path / "a.safetensors", session)
    assert (found.finished, found.why) == (False, "latent is 0.812, healthy is at most 0.75")
    assert (found.seed, found.steps, found.core_seconds, found.gpu_seconds) == (3, 100, 12.5, None)
    assert found.curve.points[-1] == (100, 0.4, None)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({}, ""),
        ({"finished": False, "why": "it still improves"}, ""),
        ({"finished": True}, "training.finished of the record is not what its checkpoint says: it was edited"),
        ({"core_seconds": 1.0}, "training.core_seconds of the record is not what its checkpoint says: it was edited"),
        ({"seed": 4}, "training.seed of the record is not what its checkpoint says: it was edited"),
    ],
)
def test_a_record_cannot_say_of_its_training_what_the_checkpoint_does_not(said, problem):
    found = RecordedTraining(3, 100, finished=False, why="it still improves", core_seconds=12.5)
    assert edited_training(RecordedTraining(**{"seed": 3, **said}), found) == problem
    assert edited_training(None, found) == edited_training(found, None) == edited_training(found, found) == ""


# Boards ---------------------------------------------------------------------------------------------------------------


def of_training(name, seed, *values, **said):
    record = trained(name, seed, *values)
    training = dataclasses.replace(record.method.training, **said)
    return dataclasses.replace(record, method=dataclasses.replace(record.method, training=training))


def boards_row(*records):
    (row,) = make_board(ToyShapes(), None, records).rows
    return row


def test_a_row_is_finished_where_all_of_its_trainings_are():
    done = {"finished": True}
    falls = {"finished": False, "why": "it still improves"}
    both = boards_row(of_training("a", 0, 0.1, 0.2, **done), of_training("a", 1, 0.1, 0.3, **done))
    one = boards_row(of_training("a", 0, 0.1, 0.2, **done), of_training("a", 1, 0.1, 0.3, **falls))
    none = boards_row(of_training("a", 0, 0.1, 0.2, **falls), of_training("a", 1, 0.1, 0.3, **falls))
    assert (is_unfinished(both), in_words(both)) == (False, "")
    assert in_words(one) == "it still improves (training seed 1)"
    assert in_words(none) == "it still improves"


def test_what_is_not_trained_is_not_unfinished_and_what_nothing_is_known_of_is():
    weights = {"checkpoint": "c" * 64}
    assert doubt(make("noise")) == ""
    assert doubt(make("real", method=method("real", **weights))) == "", "a reference row"
    assert doubt(make("x", method=method("folder", **weights))) == "", "images that another program made"
    assert doubt(make("x", method=method("x", **weights))) == "nothing is known of its training"
    assert doubt(trained("x", 0, 0.1, 0.2)) == "no validation curve was kept", "a record of before"


def board():
    curve = RecordedCurve(RANKING, ((50, 0.5, 0.1), (100, 0.4, None)))
    return make_board(
        ToyShapes(),
        None,
        [
            of_training("done", 0, 0.1, 0.2, finished=True, curve=curve),
            of_training("falls", 0, 0.2, 0.3, finished=False, why="it still improves", curve=curve),
            trained("old", 0, 0.3, 0.4),
            with_values("noise", 0.5, 0.6),
        ],
    )


@pytest.mark.parametrize("form", [table.markdown, table.latex, table.html])
def test_every_format_marks_unfinished_rows_and_says_what_the_mark_means(form):
    mark = r"\textdaggerdbl{}" if form is table.latex else "‡"
    written = form(text.table(board()))
    for label, is_marked in (("done", False), ("falls", True), ("old", True), ("noise", False)):
        assert (f"{label}{mark}" in written) is is_marked, label
    assert f"{mark}: unfinished (a training still improves, fails" in written
    assert f"{mark} falls: it still improves" in written
    assert f"{mark} old: no validation curve was kept" in written


def test_data_say_why_a_row_is_unfinished():
    whys = ["", "it still improves", "no validation curve was kept", ""]
    assert [row["unfinished"] for row in json.loads(export.as_json(board()))["rows"]] == whys
    titles, *lines = (line.split(",") for line in export.csv(board()).splitlines())
    assert [line[titles.index("unfinished")] for line in lines] == whys


def test_a_board_of_finished_rows_has_no_mark():
    only = make_board(ToyShapes(), None, [of_training("done", 0, 0.1, 0.2, finished=True)])
    assert "‡" not in table.markdown(text.table(only))


def test_the_site_has_the_curves_and_why_rows_are_unfinished():
    view = views.training_curves(board())
    assert view["y"] == f"{RANKING} ↓"
    assert [(line["label"], line["why"]) for line in view["lines"]] == [("done", ""), ("falls‡", "it still improves")]
    assert view["lines"][0]["points"] == [[50, 0.5, 0.1], [100, 0.4, None]]
    assert views.training_curves(make_board(ToyShapes(), None, [make()])) is None


def test_the_overview_marks_leaders_that_are_unfinished(tmp_path):
    from benchbench.core.edition import Edition
    from benchbench.leaderboards.editions import standings
    from benchbench.leaderboards.folder import BoardFolder
    from benchbench.leaderboards.leaders import Leader, leaders
    from benchbench.publish import page

    folder = BoardFolder(tmp_path, "toy-shapes", 1)
    falls = {"finished": False, "why": "it still improves"}
    for record in (
        of_training("done", 0, 0.1, 0.5, finished=True),
        trained("old", 0, 0.3, 0.35),
        of_training("falls", 0, 0.4, 0.3, **falls),
        with_values("noise", 0.5, 0.22),
    ):
        folder.add(record)
    shown = make_board(ToyShapes(), None, folder.entries())
    digests = tuple(digest for row in shown.rows for digest in row.digests)
    edition = Edition(
        "toy-shapes", 1, "f" * 64, 1, "2026-01-01", "0", RANKING, digests, standings(shown), (), "", len(shown.rows)
    )
    first = leaders(folder, edition)  # all, for two conditions tell nothing apart
    assert first == (Leader("done"), Leader("old", unfinished=True), Leader("falls", unfinished=True), Leader("noise"))
    index = page.of_all([(edition, first)], [])
    assert "| done, old‡, falls‡, noise " in index
    assert "‡: unfinished (a training still improves" in index
    assert "‡" not in page.of_all([(edition, [Leader("done")])], [])
