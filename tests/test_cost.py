"""What a row costs: counted in the networks, kept in records, shown in every format and on the fronts of the site."""

import dataclasses
import json
import math

import pytest
import torch
from made_records import make, method, trained, with_values
from torch import nn

from benchbench.core import BenchbenchError
from benchbench.core.record import Cost, RecordedCurve, RecordedTraining, Timing
from benchbench.core.record_json import parse_record, to_json
from benchbench.evaluation.networks import Evaluations, networks_of, num_parameters
from benchbench.leaderboards.costs import RowCost, cost_of
from benchbench.leaderboards.rows import make_board
from benchbench.publish import cost as columns
from benchbench.publish import export, table, text
from benchbench.publish.site import views
from benchbench.runs.cost import cost_of as cost_of_run
from benchbench.tasks.toy_shapes import ToyShapes

COST = Cost(seconds_per_sample=0.002, calls=300, parameters=1234567, evaluations_per_sample=16.0)


# Networks -------------------------------------------------------------------------------------------------------------


class Twice(nn.Module):
    """A network that evaluates one layer `steps` times and another once."""

    def __init__(self, steps):
        super().__init__()
        self.first, self.step, self.steps = nn.Linear(2, 3), nn.Linear(3, 3), steps

    def forward(self, x):
        x = self.first(x)
        for _ in range(self.steps):
            x = self.step(x)
        return x


class Holder:
    """A method with a network, one more in a list, and one inside an object of a stranger's library."""

    def __init__(self):
        self.network, self.others = Twice(4), [nn.Conv2d(3, 5, 3)]
        self.step = self.network.step
        self.pipeline = type("Pipeline", (), {})()
        self.pipeline.unet = nn.Linear(7, 1, bias=False)
        self.number, self.tensor, self.kind = 3, torch.zeros(2), nn.Linear


def test_networks_are_found_once_each():
    holder = Holder()
    assert networks_of(holder) == [holder.network, holder.others[0], holder.pipeline.unet]
    assert num_parameters(networks_of(holder)) == (2 * 3 + 3) + (3 * 3 + 3) + (3 * 5 * 9 + 5) + 7
    assert num_parameters([]) is None


@pytest.mark.parametrize("shape", [(6, 2), (2, 3, 2)])
def test_evaluations_are_those_of_the_layer_that_is_used_most(shape):
    """For six samples, in a batch of six or as three samples of each of two conditions."""
    network = Twice(4)
    evaluations = Evaluations([network], 3)
    with evaluations.counted():
        network(torch.zeros(shape))
    assert evaluations.per_sample(6) == 4
    network(torch.zeros(shape))
    assert evaluations.per_sample(6) == 4, "nothing is counted outside the block"
    assert not any(layer._forward_hooks for layer in network.modules())


def test_what_works_once_per_condition_counts_as_a_part():
    encoder = nn.Linear(2, 2)
    evaluations = Evaluations([encoder], 5)
    with evaluations.counted():
        encoder(torch.zeros(2, 2))
    assert evaluations.per_sample(2 * 5) == 0.2
    assert Evaluations([], 5).per_sample(10) is None
    assert Evaluations([nn.ReLU()], 5).per_sample(10) is None


def test_counting_changes_no_bit():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.TransformerEncoderLayer(6, 2, batch_first=True)).eval()
    x = torch.randn(2, 3, 8, 8)

    def outputs():
        with torch.no_grad():
            return network[2](network[1](network[0](x)).flatten(0, 1))

    before = outputs()
    evaluations = Evaluations([network], 2)
    with evaluations.counted():
        assert outputs().equal(before)
    assert evaluations.per_sample(2) == 1


# Runs and records -----------------------------------------------------------------------------------------------------


def test_a_runs_seconds_are_the_median_over_its_calls():
    shards = [
        {"seconds_per_sample": [9.0, 0.2], "parameters": 10, "evaluations_per_sample": 8.0},
        {"seconds_per_sample": [0.1, 0.3, 0.4]},
    ]
    assert cost_of_run(shards) == Cost(0.3, 5, 10, 8.0)
    assert cost_of_run([{"sampling_seconds": 1.0}]) is None, "shards of an earlier version"


def test_a_real_run_counts_what_its_method_holds(bench, tmp_path, monkeypatch):
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "euler.py").write_text(EULER)
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(tmp_path / "plugins"))
    done = bench("run", "-t", "ring8", "-m", "euler", "-m", "noise", "-j", 0, "--limit", 2, "--samples", 3, "--json")
    assert done.code == 0, done.err
    euler, noise = (each["cost"] for each in json.loads(done.out))
    assert (euler["parameters"], euler["evaluations_per_sample"], euler["calls"]) == (2 * 2 + 2, 5, 2)
    assert (noise["parameters"], noise["evaluations_per_sample"]) == (None, None)
    assert 0 < euler["seconds_per_sample"] < 10
    assert "NFE" in bench("leaderboard", "ring8", "--off-protocol", "--format", "markdown").out


EULER = '''"""Moves noise by a layer, five times."""

import benchbench


class Euler(benchbench.Method):
    name = "euler"

    def prepare(self, task, device, checkpoint):
        import torch

        with torch.random.fork_rng():
            self.layer = torch.nn.Linear(2, 2).requires_grad_(False)
        torch.nn.init.eye_(self.layer.weight)
        torch.nn.init.zeros_(self.layer.bias)

    def sample(self, conditions, num_samples, noise):
        points = noise.normal(2).flatten(0, 1)
        for _ in range(5):
            points = points + self.layer(points) / 5
        return points.unflatten(0, (len(conditions), num_samples))


@benchbench.hookimpl
def benchbench_methods():
    return [Euler]
'''


def test_cost_and_curve_travel_through_json():
    training = RecordedTraining(
        0,
        10,
        finished=True,
        curve=RecordedCurve("energy-score[mini]", ((5, 0.5, 0.1), (10, 0.4, None))),
        core_seconds=7.5,
    )
    record = make(cost=COST, method=method("mine", training=training))
    assert parse_record(to_json(record), "here") == record


def test_a_record_of_before_has_no_cost():
    fields = json.loads(to_json(make()))
    del fields["cost"]
    record = parse_record(json.dumps(fields), "here")
    assert (record.cost, cost_of(make_board(ToyShapes(), None, [record]).rows[0]).seconds) == (None, None)
    timed = make(timing=Timing(0.25, 1, 1))
    found = cost_of(make_board(ToyShapes(), None, [timed]).rows[0])
    assert (found.seconds, found.is_mean) == (0.25, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"cost": dataclasses.replace(COST, seconds_per_sample=-1.0)},
        {"cost": dataclasses.replace(COST, seconds_per_sample=math.inf)},
        {"cost": dataclasses.replace(COST, parameters=-5)},
        {"method": method("mine", training=RecordedTraining(0, 10, core_seconds=-1.0))},
        {"method": method("mine", training=RecordedTraining(0, 9, curve=RecordedCurve("a", ((5, math.nan, 0.1),))))},
        {"method": method("mine", training=RecordedTraining(0, 9, curve=RecordedCurve("a", ((5, 0.1, -0.1),))))},
    ],
)
def test_a_cost_that_cannot_be_is_refused(changes):
    with pytest.raises(BenchbenchError, match="from zero is needed|is no score"):
        to_json(make(**changes))


# Boards ---------------------------------------------------------------------------------------------------------------


def board():
    first, second = (
        trained("a", seed, 0.1, 0.3, cost=dataclasses.replace(COST, seconds_per_sample=0.001 * (seed + 1)))
        for seed in (0, 2)
    )
    stated = [
        dataclasses.replace(
            each,
            method=dataclasses.replace(
                each.method, training=dataclasses.replace(each.training, core_seconds=1000.0 * (i + 1))
            ),
        )
        for i, each in enumerate((first, second))
    ]
    return make_board(ToyShapes(), None, [*stated, with_values("b", 0.2, 0.4)])


def test_a_row_has_the_median_of_its_runs_and_the_mean_of_its_trainings():
    found = {row.label: cost_of(row) for row in board().rows}
    assert found["a"] == RowCost(1234567, 16.0, pytest.approx(0.002), False, 1500.0, None)
    assert found["b"] == RowCost(None, None, None, False, None, None)


def test_columns_without_any_value_are_not_shown():
    assert [each.title for each in columns.columns_of(board())] == ["parameters", "NFE", "s/sample", "core-s"]
    assert columns.columns_of(make_board(ToyShapes(), None, [make()])) == []


def test_every_format_has_the_columns():
    shown = board()
    for form in (table.markdown, table.latex, table.html):
        written = form(text.table(shown))
        for cell in ("parameters", "NFE", "s/sample", "core-s", "1.23 M", "16", "0.002", "1,500"):
            assert cell in written, (form, cell)
        assert "median over a run" in written
    first, second = json.loads(export.as_json(shown))["rows"]
    assert first["cost"]["parameters"] == 1234567
    assert second["cost"]["training_core_seconds"] is None
    head, one, other = export.csv(shown).splitlines()
    titles = head.split(",")
    assert one.split(",")[titles.index("training_core_seconds")] == "1500.0"
    assert other.split(",")[titles.index("parameters")] == ""


def test_columns_that_are_chosen_leave_out_costs_unless_they_are_named():
    from benchbench.cli.leaderboard import _with_columns

    ranking = ToyShapes.metrics[0]
    titles = text.table(_with_columns(board(), [ranking])).titles
    assert titles == ("rank", "method", "seeds", f"{ranking} ↓")
    assert text.table(_with_columns(board(), [ranking, "parameters"])).titles == (*titles, "parameters")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (812, "812"), (1000, "1 k"), (1234567, "1.23 M"), (86.3e6, "86.3 M"), (2.5e9, "2.5 G")],
)
def test_numbers_of_parameters_are_short(value, shown):
    assert columns.column("parameters").shown(value) == shown


# The site -------------------------------------------------------------------------------------------------------------


def priced(name, value, seconds, realism=0.5, **changes):
    record = make(name, value, cost=dataclasses.replace(COST, seconds_per_sample=seconds), **changes)
    scores = [dataclasses.replace(each, value=realism) if each.name == "realism" else each for each in record.scores]
    return dataclasses.replace(record, scores=tuple(scores))


def test_the_front_joins_what_is_neither_dearer_nor_worse():
    records = [
        priced("cheap", 0.3, 0.001),
        priced("good", 0.1, 0.1),
        priced("between", 0.2, 0.01),
        priced("dear", 0.25, 0.02),
        priced("noise", 0.9, 0.0001, realism=0),
        priced("real", 0.0, 0.0001),
        make("untold", 0.05),
    ]
    view = views.score_for_cost(make_board(ToyShapes(), None, records), columns.column("seconds_per_sample"))
    points = {point["label"]: point for point in view["points"]}
    assert {name for name, point in points.items() if point["front"]} == {"cheap", "good", "between"}
    assert "untold" not in points
    assert points["dear"]["x"] == [0.02, None, None]
    assert (view["x"], view["y"]) == ("seconds per sample ↓", "energy-score[mini] ↓")
    assert views.score_for_cost(make_board(ToyShapes(), None, [make()]), columns.column("training_gpu_seconds")) is None


def test_a_row_without_realism_is_on_no_front():
    records = [priced("a", 0.1, 0.1, realism=0.4), priced("wild", 0.2, 0.1, realism=0)]
    records = [
        dataclasses.replace(
            each,
            scores=tuple(
                dataclasses.replace(score, value=1.0 if each.method.name == "wild" else 0.1)
                if score.name == "relative-diversity"
                else score
                for score in each.scores
            ),
        )
        for each in records
    ]
    view = views.realism_diversity(make_board(ToyShapes(), None, records))
    assert {point["label"]: point["front"] for point in view["points"]} == {"a": True, "wild": False}
