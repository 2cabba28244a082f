"""Studies beside the records of runs: the column, how metrics agree with people, the site, LaTeX, and refusals."""

import pytest
from studies import VALUES, judged_board, records, study

from benchbench.core import BenchbenchError
from benchbench.core.record import RecordedTask
from benchbench.leaderboards.people import HUMAN_REALISM, agreements, with_people
from benchbench.leaderboards.rows import make_board
from benchbench.plugins import get_task
from benchbench.publish.pages import check
from benchbench.stats.correlation import spearman
from benchbench.study.boards import add_to_board, studies_of


@pytest.fixture
def boards(tmp_path):
    return judged_board(tmp_path / "boards")


def test_spearman_agrees_with_pandas_and_has_an_honest_interval():
    import pandas

    one, other = [1.0, 2.0, 2.0, 5.0, 4.0, 9.0], [0.3, 0.1, 0.5, 0.5, 0.9, 0.8]
    found = spearman(one, other)
    assert found.value == pytest.approx(pandas.Series(one).rank().corr(pandas.Series(other).rank()))
    assert found.low < found.value < found.high <= 1
    assert found.high - found.low > 1  # six pairs say little
    assert spearman([1, 2, 3], [3, 2, 1]).value == -1
    assert spearman([1, 2, 3], [3, 2, 1]).low is None
    assert spearman([1, 1, 1], [3, 2, 1]) is None


def test_rows_are_joined_by_their_runs():
    board = make_board(get_task("toy-shapes"), None, records())
    joined = with_people(board, [study()])
    assert joined.columns == (*board.columns, HUMAN_REALISM)
    assert {row.label: row.scores[HUMAN_REALISM].value for row in joined.rows} == VALUES
    assert [row.rank for row in joined.rows] == [row.rank for row in board.rows]
    newest = study({"a": 0.4, "b": 0.5}, created="2026-03-01")
    values = [row.scores.get(HUMAN_REALISM) for row in with_people(board, [study(), newest]).rows]
    assert [each.value if each else None for each in values] == [0.4, 0.5, None, None, None]
    assert with_people(board, [study({"a": 0.4})]) is board  # one row is nothing to compare
    assert with_people(board, [study({"x": 0.4, "y": 0.5})]) is board
    elsewhere = study(task=RecordedTask("toy-shapes", 1, "e" * 64))
    assert with_people(board, [elsewhere]) is board


def test_agreement_is_the_rank_correlation():
    board = with_people(make_board(get_task("toy-shapes"), None, records()), [study()])
    found = {each.metric: each for each in agreements(board)}
    assert HUMAN_REALISM not in found
    ranking = found[board.ranked_by].correlation
    assert (ranking.n, ranking.value) == (5, pytest.approx(-0.9))


def test_a_study_stands_on_the_board_and_its_pages(boards, bench, tmp_path):
    path = add_to_board(study(), boards)
    assert path.relative_to(boards).as_posix() == f"toy-shapes/v1/studies/{'5' * 12}.json"
    with pytest.raises(BenchbenchError, match="is there already"):
        add_to_board(study(), boards)
    assert any("is not what its records give" in each for each in check(boards, get_task))
    done = bench("publish", "--boards", boards, "--site", tmp_path / "site", "--runs", boards)
    assert done.code == 0, done.err
    assert "nothing new" in done.out  # no rank changes
    assert check(boards, get_task) == []
    readme = (boards / "toy-shapes" / "v1" / "README.md").read_text()
    assert "human-realism ↑" in readme
    assert "0.90 ± 0.05" in readme.replace("0.900 ± 0.050", "0.90 ± 0.05")
    assert "33 people and the images that they judged" in readme
    assert "a lab & its &lt;people>, 2026" in readme
    page = (tmp_path / "site" / "toy-shapes" / "v1" / "index.html").read_text()
    assert 'id="plot-people"' in page
    assert "-0.90" in page
    assert "a lab &amp; its &lt;people&gt;, 2026" in page

    latex = bench("leaderboard", "toy-shapes", "--edition", 1, "--boards", boards, "--format", "latex").out
    assert r"human-realism $\uparrow$" in latex
    words = ["study", "agree", "-t", "toy-shapes", "--boards", boards]
    table = bench(*words, "--format", "markdown").out
    assert "-0.90" in table
    figure = bench(*words, "--format", "latex", "--metric", "energy-score[mini]").out
    assert r"\begin{axis}" in figure
    assert r"a lab \& its \textless{}people\textgreater{}, 2026" in figure
    assert bench(*words, "--metric", "energy").code == 2


def test_what_stands_on_no_board(boards, bench):
    with pytest.raises(BenchbenchError, match="simulated observers: it stands on no board"):
        add_to_board(study(simulated=True), boards)
    with pytest.raises(BenchbenchError, match="add --source"):
        add_to_board(study(source=""), boards)
    with pytest.raises(BenchbenchError, match="has no records"):
        add_to_board(study(task=RecordedTask("toy-faces", 1, "f" * 64)), boards)
    path = add_to_board(study(), boards)
    path.write_text(path.read_text().replace('"simulated": false', '"simulated": true'))
    with pytest.raises(BenchbenchError, match="is simulated and stands on no board"):
        studies_of(boards / "toy-shapes" / "v1")
    done = bench("study", "agree", "-t", "sr-photos", "--boards", boards)
    assert done.code == 1
    assert "no study of two rows or more" in done.err
