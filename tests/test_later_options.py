"""An option may be added to a version of a method: what was made before it stands."""

from dataclasses import dataclass
from typing import Literal

import pytest
from made_records import make, method

from benchbench import Method
from benchbench.core import BenchbenchError
from benchbench.leaderboards.rows import make_board
from benchbench.plugins import get_task
from benchbench.specs import format_method, label_of
from benchbench.tasks.toy_shapes import ToyShapes
from benchbench.training import checkpoints


@dataclass
class Before(Method):
    """A method as it was."""

    name = "grower"
    width: int = 3

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise): ...


@dataclass
class After(Before):
    """The same with one option more."""

    later_options = ("how",)
    how: Literal["as-before", "otherwise"] = "as-before"


def test_at_its_default_a_later_option_identifies_nothing():
    assert After().options() == Before().options() == {"width": 3}
    assert After(how="otherwise").options() == {"width": 3, "how": "otherwise"}
    assert label_of(After(), ()) == "grower"
    assert label_of(After(how="otherwise"), ()) == "grower[how=otherwise]"
    assert format_method("grower", {"width": 3, "how": None}, {"width": 3}) == "grower[how=default]"


def test_a_checkpoint_from_before_serves_the_default_and_nothing_else(tmp_path):
    task, path = get_task("ring8"), tmp_path / "a.safetensors"
    about = {"method": {"name": "grower", "options": Before().options()}, "task": {"name": "ring8"}}
    checkpoints.write(path, {}, about)
    assert checkpoints.read(path, After(), task) == {}
    with pytest.raises(BenchbenchError, match=r"is of grower trained on ring8, not of grower\[how=otherwise\]"):
        checkpoints.read(path, After(how="otherwise"), task)


def row(day, label, version=1, value=0.2, **options):
    """Return a record of `grower`, of that day of January."""
    own = method("grower", version=version, options=options, label=label)
    return make("grower", value, method=own, created=f"2026-01-{day:02d}T00:00:00+00:00")


def labels_of(records):
    return sorted(row.label for row in make_board(ToyShapes(), None, records).rows)


@pytest.mark.parametrize("newest_is_plain", [False, True])
def test_rows_with_and_without_a_later_option_stand_side_by_side(newest_is_plain):
    plain = row(5 if newest_is_plain else 1, "grower", width=3)
    otherwise = row(3, "grower[how=otherwise]", width=3, how="otherwise")
    assert labels_of([plain, otherwise]) == ["grower", "grower[how=otherwise]"]


def test_an_option_that_is_recorded_at_its_default_replaces_the_row_of_that_name():
    board = make_board(ToyShapes(), None, [row(1, "grower", width=3), row(2, "grower", width=3, how="as-before")])
    (shown,) = board.rows
    assert shown.record.method.options == {"width": 3, "how": "as-before"}
    assert [each.why.kind for each in board.excluded] == ["options"]


def test_other_options_of_another_version_do_not_stand():
    older = row(1, "grower", width=3)
    newer = row(2, "grower[how=otherwise]", version=2, width=3, how="otherwise")
    assert labels_of([older, newer]) == ["grower[how=otherwise]"]


def test_an_option_that_is_gone_takes_its_rows_along():
    older = row(1, "grower[depth=2]", depth=2, width=3)
    newer = row(2, "grower[size=4]", size=4, width=3)
    assert labels_of([older, newer]) == ["grower[size=4]"]
