"""The static site: the commands and the plots of a board show what its records hold."""

import json
import shlex

import numpy as np
import pytest
from sites import BOARDS, HERE, HOSTILE, Page, board_of

from benchbench.core.record_json import parse_record, to_json
from benchbench.plugins import get_task
from benchbench.publish.site import provenance, views
from benchbench.publish.site.aligned import aligned
from benchbench.publish.site.pareto import front
from benchbench.system.records import find_records


@pytest.mark.parametrize("label", [HOSTILE, "a b; rm -rf ~", "$(reboot)", "dial[blur=1]"])
def test_the_command_is_one_line_whose_words_are_the_labels(label):
    (_, record), *_ = find_records(BOARDS / "digits" / "v1" / "records.jsonl")
    content = json.loads(to_json(record))
    content["method"].update(label=label, name=label.partition("[")[0])
    (line,) = provenance.commands(parse_record(json.dumps(content), ""), get_task("digits").metrics)
    words = shlex.split(line)
    assert words == ["benchbench", "run", "-t", "digits", "-m", label, "--seed", "0"]


def test_the_command_has_what_the_record_has_beyond_the_task():
    found = {record.method.label: record for _, record in find_records(BOARDS / "emoji-tones" / "v1" / "records.jsonl")}
    metrics = get_task("emoji-tones").metrics
    run = "benchbench run -t emoji-tones -m copy --seed 0 -f lpips-alex --metric all"
    assert provenance.commands(found["copy"], metrics) == [run]
    content = json.loads(to_json(found["copy"]))
    content["method"]["training"] = {"seed": 3, "steps": 50, "device": "cuda", "precision": "bfloat16", "torch": None}
    assert provenance.commands(parse_record(json.dumps(content), ""), metrics) == [
        "benchbench fit -t emoji-tones -m copy --seed 3 --steps 50 --device cuda --precision bfloat16",
        run.replace("--seed 0", "--seed 0 --checkpoint CHECKPOINT"),
    ]


def test_the_front_is_what_no_other_beats():
    assert front([(0, 3), (1, 2), (2, 2), (3, 0), (0, 0), (2, 2)]) == [0, 2, 3, 5]
    assert front([]) == []
    generator = np.random.default_rng(0)
    points = [tuple(point) for point in generator.integers(0, 6, (60, 2)).tolist()]
    brute = [i for i, p in enumerate(points) if all(not (q[0] >= p[0] and q[1] >= p[1] and q != p) for q in points)]
    assert front(points) == brute


def test_the_front_takes_closeness_to_the_truth_where_that_is_known():
    view = views.realism_diversity(board_of("toy-shapes"))
    assert (view["truth"], view["x"]) == (1.0, "relative-diversity[mini]")
    places = {
        point["label"]: (point["y"][0], -abs(point["x"][0] - 1)) for point in view["points"] if not point["reference"]
    }
    unbeaten = {
        label
        for label, (realism, near) in places.items()
        if not any(each[0] >= realism and each[1] >= near and each != (realism, near) for each in places.values())
    }
    assert {point["label"] for point in view["points"] if point["front"]} == unbeaten
    assert 1 < len(unbeaten) < len(places)
    unknown = views.realism_diversity(board_of("sr-photos"))
    assert (unknown["truth"], unknown["x"]) == (None, "diversity[mini]")
    assert not any(point["front"] for point in unknown["points"] if point["reference"])


@pytest.mark.parametrize("task", ["toy-shapes", "toy-faces", "sr-photos", "emoji-tones"])
def test_the_parts_give_the_energy_score(task):
    board = board_of(task)
    view = views.energy_parts(board)
    metric = next(name for name in board.rows[0].scores if name.startswith("energy-score"))
    parts = ("distance-to-truth", "spread")
    whole = [row for row in board.rows if all(any(name.startswith(part) for name in row.scores) for part in parts)]
    assert len(view["points"]) == len(whole) >= 5  # not every run was asked for the parts
    for point in view["points"]:
        score = board.rows[point["row"]].scores[metric].value
        assert point["y"][0] - point["x"][0] / 2 == pytest.approx(score, abs=2e-4)


def test_boxes_are_the_quantiles_of_the_records():
    board = board_of("sr-photos")
    boxes = views.over_conditions(board)["boxes"]
    assert len(boxes) == len(board.rows)
    for box in boxes:
        values = np.mean([record.paired.values for record in board.rows[box["row"]].records], axis=0)
        assert box["quantiles"] == pytest.approx(np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95]), rel=1e-4, abs=1e-9)
        assert box["mean"] == pytest.approx(board.rows[box["row"]].scores[board.ranked_by].value, rel=1e-4, abs=1e-9)
    assert views.over_conditions(board_of("digits")) is None


def test_calibration_curves_are_the_stored_ones(own_site):
    view = json.loads(Page(own_site / "toy-shapes" / "v1" / "index.html").data)["calibration"]
    stored = json.loads((HERE.parent / "docs" / "calibration" / "toy-shapes.json").read_text())
    for dial, shown in zip(stored["dials"], view["dials"], strict=True):
        for answer in dial["answers"]:
            curve = shown["answers"][answer["metric"]]
            assert curve["values"] == pytest.approx([step["value"] for step in answer["steps"]], rel=1e-4)
            assert curve["verdict"] == answer["verdict"]


def test_decimal_points_stand_in_one_line():
    padded = aligned(["0.1712", "12", "-3.5", "0.50169"])
    assert [each.strip("\u2007\u2008") for each in padded] == ["0.1712", "12", "-3.5", "0.50169"]
    assert len({len(each) for each in padded}) == 1
    assert {max(each.find("."), each.find("\u2008")) for each in padded} == {2}
