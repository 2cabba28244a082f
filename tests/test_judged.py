"""Rows that were trained on the extractor that ranks them: the mark, and what other judges say of them."""

import dataclasses
import json

import pytest
from made_records import make, method, score

from benchbench.core.declaration import Declaration
from benchbench.core.edition import Edition
from benchbench.leaderboards.judged import Standing, in_words, other_judges, saw_its_judge
from benchbench.leaderboards.leaders import Leader
from benchbench.leaderboards.rows import make_board
from benchbench.publish import export, page, table, text
from benchbench.publish.caption import caption, footnotes
from benchbench.publish.site.data import table_of
from benchbench.tasks.toy_shapes import ToyShapes

RANKING, LAW, OTHER = ToyShapes.metrics[0], "law-distance", "energy-score[lpips-alex]"


def row_of(name, *against, **values):
    """Return a record with these scores, of a method that was trained against these extractors."""
    declared = Declaration(trained_against=against)
    return make(name, scores=scores_of(**values), method=method(name, checkpoint="1" * 64, declaration=declared))


def scores_of(mini, law, alex=None):
    """Return a score of each metric of the task, these two among them, and perhaps the ranking one by LPIPS."""
    own = {RANKING: mini, LAW: law}
    found = [score(metric, own.get(metric, 0.2)) for metric in ToyShapes.metrics]
    return (*found, *([] if alex is None else [score(OTHER, alex)]))


def board(*against):
    """Return a board that the middle one of three methods leads, which was trained against these."""
    return make_board(
        ToyShapes(),
        None,
        [
            row_of("honest", mini=0.2, law=0.1, alex=0.3),
            row_of("judged", *against, mini=0.1, law=0.5, alex=0.4),
            row_of("blurred", mini=0.3, law=0.4, alex=0.5),
            make("real", scores=scores_of(0.0, 0.0, 0.0)),
        ],
    )


def leader_of(shown):
    (row,) = (each for each in shown.rows if each.label == "judged")
    return row


def test_a_row_that_saw_its_judge_has_ranks_by_the_others():
    shown = board("mini@1", "pixels@1")
    leader = leader_of(shown)
    assert leader.rank == 1
    assert saw_its_judge(leader.records, shown.ranked_by)
    assert set(other_judges(leader, shown)) == {Standing(LAW, 3, 3), Standing(OTHER, 2, 3)}, "references are no rivals"
    assert in_words(leader, shown).startswith("trained against mini, by which this board ranks; by ")
    assert "by law-distance it is 3 of 3" in in_words(leader, shown)
    assert [in_words(row, shown) for row in shown.rows if row is not leader] == ["", "", ""]


def test_a_judge_that_it_saw_too_does_not_count():
    shown = board("mini@1", "lpips-alex@0.1")
    assert list(other_judges(leader_of(shown), shown)) == [Standing(LAW, 3, 3)]


def test_one_that_saw_another_extractor_is_not_marked():
    assert [in_words(row, shown) for shown in (board("lpips-alex@0.1"), board()) for row in shown.rows] == [""] * 8


def test_where_nobody_else_has_judged_it_is_said():
    shown = board("mini@1")
    alone = dataclasses.replace(shown, columns=[each for each in shown.columns if each not in (LAW, OTHER)])
    assert in_words(leader_of(alone), alone).endswith("ranks; no other extractor has judged it")


@pytest.mark.parametrize("form", [table.markdown, table.latex, table.html])
def test_every_format_marks_the_row_and_says_what_the_mark_means(form):
    mark = r"\textparagraph{}" if form is table.latex else "¶"
    marked, plain = form(text.table(board("mini@1"))), form(text.table(board()))
    assert f"judged‡{mark}" in marked.replace(r"\textdaggerdbl{}", "‡")
    assert f"honest‡{mark}" not in marked.replace(r"\textdaggerdbl{}", "‡")
    assert f"{mark}: trained on the extractor that ranks it" in marked
    assert f"{mark} judged: trained against mini" in marked
    assert mark not in plain


def test_the_overview_marks_a_leader_that_saw_its_judge():
    edition = Edition("toy-shapes", 1, "f" * 64, 1, "2026-01-01", "0", RANKING, (), (), (), "")
    index = page.of_all([(edition, [Leader("judged", unfinished=True, judged=True), Leader("honest")])], [])
    assert "| judged‡¶, honest " in index
    assert "¶: trained on the extractor that ranks it." in index
    assert "¶" not in page.of_all([(edition, [Leader("honest")])], [])


def test_data_and_the_site_say_it():
    shown = board("mini@1")
    said = in_words(leader_of(shown), shown)
    assert [row["trained_on_its_judge"] for row in json.loads(export.as_json(shown))["rows"]] == [said, "", "", ""]
    assert export.csv(shown).splitlines()[0].split(",").count("trained_on_its_judge") == 1
    assert [line.judged for line in table_of(shown, (), {}).lines if line.label == "judged"] == [said]
    assert "trained on the extractor" not in caption(board())
    assert f"¶ judged: {said}" in footnotes(shown)
