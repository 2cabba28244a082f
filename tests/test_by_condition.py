"""Scores by condition as the text beside a board's records: the same numbers back, and nothing else is read."""

import dataclasses

import pandas
import pytest
from made_records import with_values

from benchbench.core import BenchbenchError
from benchbench.evaluation.by_condition import parse, text_of
from benchbench.leaderboards import check, conditions, sides
from benchbench.leaderboards.folder import BoardFolder
from benchbench.system.records import digest
from benchbench.tasks.toy_shapes import ToyShapes

RANKING, OTHER = ToyShapes.metrics[0], "high-quality"
TABLE = pandas.DataFrame(
    {"id": ["a", "b, c", 'd"'], "group": ["x", "y", "x"], RANKING: [0.1, 0.2, 0.123456789], OTHER: [1.0, 0.0, 1 / 3]}
)


def stored(tmp_path, text, **changes):
    """Return a board's folder with one record that names this text, and the record."""
    record = with_values("mine", 0.1, 0.2, 0.1234568)
    paired = dataclasses.replace(record.paired, groups=(0, 1, 0))
    scores = tuple(
        dataclasses.replace(each, value=float(TABLE[each.metric].mean())) if each.metric in TABLE else each
        for each in record.scores
    )
    record = dataclasses.replace(record, paired=paired, scores=scores, by_condition=digest(text), **changes)
    folder = BoardFolder(tmp_path, "toy-shapes", 1)
    folder.path.mkdir(parents=True)
    folder.add(record, text)
    return folder, record


def test_the_numbers_come_back_with_seven_digits():
    found = parse(text_of(TABLE, [RANKING, OTHER, "not-there"]), "here")
    assert (found.ids, found.groups) == (("a", "b, c", 'd"'), (0, 1, 0))
    assert found.values == {RANKING: [0.1, 0.2, 0.1234568], OTHER: [1, 0, 0.3333333]}
    assert text_of(TABLE, ["not-there"]) == ""


@pytest.mark.parametrize("text", ["", "id,group\n", "id,b,c\n1,2,3\n", "id,group,c\n1,2,nan\n", "id,group,c\n1,2\n"])
def test_what_is_no_such_text_is_refused(text):
    with pytest.raises(BenchbenchError, match="here does not hold scores by condition"):
        parse(text, "here")


def test_methods_on_a_board_are_compared_by_all_that_lies_beside_it(tmp_path):
    folder, record = stored(tmp_path, text_of(TABLE, [RANKING, OTHER]))
    (side,) = sides.read([[sides.Found(folder.records_file, record)]])
    assert side.values == {RANKING: [[0.1, 0.2, 0.1234568]], OTHER: [[1, 0, 0.3333333]]}
    assert side.ids == ("a", "b, c", 'd"')
    older = dataclasses.replace(record, by_condition="")
    (side,) = sides.read([[sides.Found(folder.records_file, older)]])
    assert (side.ids, list(side.values)) == ((), [RANKING])


def test_texts_that_are_lost_or_changed_or_give_other_scores_are_found(tmp_path):
    text = text_of(TABLE, [RANKING, OTHER])
    folder, record = stored(tmp_path, text)
    assert not check.foreign_conditions(folder, folder.entries())
    path = conditions.file_of(folder.records_file, record.by_condition)
    path.write_text(text.replace("0.2", "0.3"))
    assert "the scores by condition of mine" in str(*check.foreign_conditions(folder, folder.entries()))
    with pytest.raises(BenchbenchError, match="was changed: it is not what the record of mine names"):
        conditions.read(folder.records_file, record)
    path.unlink()
    assert check.foreign_conditions(folder, folder.entries())
    other, _ = stored(tmp_path / "other", text_of(TABLE.assign(**{OTHER: 0.5}), [RANKING, OTHER]))
    assert check.foreign_conditions(other, other.entries())
