"""Leaderboards as Markdown pages; pure."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import tabulate

from benchbench.core.edition import Edition
from benchbench.core.record import Environment
from benchbench.core.specification import name_of
from benchbench.leaderboards.checkpoints import checkpoints
from benchbench.leaderboards.leaders import Leader
from benchbench.leaderboards.rows import Board
from benchbench.leaderboards.steadiness import of_records
from benchbench.publish import stability, table, text
from benchbench.publish.caption import JUDGED, JUDGED_MEANS, UNFINISHED, UNFINISHED_MEANS
from benchbench.publish.escape import markdown
from benchbench.publish.table import Table

MADE = "<!-- made by `benchbench publish`; do not edit -->"


def of_board(board: Board, editions: Sequence[Edition], reported: Table | None, sealed: Sequence[str] = ()) -> str:
    """Return the page of a leaderboard: its newest edition as a table, what papers report, and what changed in each.

    `sealed` has the paragraphs on its sealed editions.
    """
    last = editions[-1]
    parts = [
        f"# {board.task}, version {last.task_version}",
        MADE,
        f"Edition {last.number}, {last.date}. {_made_on(board)} `records.jsonl` is the source: every score of every"
        f" row, with the versions that it was made with.",
        text.markdown(board),
        *_checkpoints(board),
        *_stability(board),
        *sealed,
        *(("## Reported in papers", table.markdown(reported)) if reported else ()),
        "## Editions",
        *map(_changes, reversed(editions)),
    ]
    return "\n\n".join(parts) + "\n"


def _checkpoints(board: Board) -> tuple[str, ...]:
    """Return the table of checkpoints with its title, where some row has several trainings."""
    if board.tested is None or all(len(row.records) == 1 for row in board.rows if row.rank is not None):
        return ()
    return "## Checkpoints", table.markdown(text.of_checkpoints(checkpoints(board)))


def _stability(board: Board) -> tuple[str, ...]:
    """Return the table of how the ranking stands, with its title, where records hold what it is made of."""
    found = of_records(board)
    if found is None:
        return ()
    return "## Does the ranking stand?", table.markdown(stability.table(board.task, name_of(board.ranked_by), found))


def _changes(edition: Edition) -> str:
    """Return what an edition changed, one sentence per line."""
    head = f"Edition {edition.number}, {edition.date}, {edition.num_rows} rows:"
    return "\n".join([head, "", *(f"- {markdown(change)}" for change in edition.changes)])


def _made_on(board: Board) -> str:
    """Return what the rows were made on, and with which seeds."""
    records = [record for row in board.rows for record in row.records]
    machines = dict.fromkeys(_machine(each.environment) for each in records)
    seeds = sorted({each.seed for each in records})
    said = f"seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}"
    one = "one run per row" if len(records) == len(board.rows) else "one run per training seed of a row"
    return f"Made on {markdown(' and on '.join(machines))}; {said}; {one}."


def _machine(ran_on: Environment) -> str:
    cores = "?" if ran_on.cores is None else ran_on.cores
    torch = ran_on.packages.get("torch", "?")
    return f"{ran_on.processor or 'an unnamed processor'} ({cores} cores), {ran_on.device}, torch {torch}"


def of_reported(task: str, reported: Table) -> str:
    """Return the page of what papers report of a task."""
    return "\n\n".join([f"# {task}: reported in papers", MADE, table.markdown(reported)]) + "\n"


def of_all(newest: Sequence[tuple[Edition, Sequence[Leader]]], reported: Sequence[str]) -> str:
    """Return the page over all leaderboards, from the newest edition of each and its leaders.

    `reported` are the tasks of which there are papers' numbers.
    """
    rows = [
        (
            f"[{edition.task}]({edition.task}/v{edition.task_version}/README.md)",
            f"v{edition.task_version}",
            markdown(", ".join(map(_marked, leaders))) or "none is ranked",
            edition.ranked_by,
            len(edition.standings),
            _trainings(edition),
            edition.num_rows - len(edition.standings),
            edition.number,
            edition.date,
        )
        for edition, leaders in newest
    ]
    titles = (
        "task",
        "version",
        "leaders",
        "ranked by",
        "methods",
        "training seeds",
        "references",
        "edition",
        "date",
    )
    cells = tabulate(rows, headers=titles, tablefmt="github", disable_numparse=True)
    intro = (
        "One folder per task and version: `records.jsonl` is the source, one record per line, only added to"
        " (`benchbench submit`);\n`editions/` says what each edition shows and what changed (`benchbench publish`); the"
        " tables are generated, and\n`benchbench leaderboard --check` fails where one is not what its records give."
        " Leaders are the methods that the paired\ntests cannot tell from the first; training seeds are those of rows"
        " that have several."
    )
    every = [leader for _, leaders in newest for leader in leaders]
    unfinished = f"{UNFINISHED}: {UNFINISHED_MEANS}." if any(each.unfinished for each in every) else ""
    judged = f"{JUDGED}: {JUDGED_MEANS}." if any(each.judged for each in every) else ""
    marks = " ".join(filter(None, [unfinished, judged]))
    papers = ", ".join(f"[{task}]({task}/reported.md)" for task in reported)
    reports = f"What papers report, each number with its source: {papers}." if papers else ""
    return "\n\n".join(filter(None, ["# Leaderboards", MADE, intro, cells, marks, reports])) + "\n"


def _trainings(edition: Edition) -> str:
    """Return how many training seeds the ranked rows have, fewest to most, of those that have several."""
    numbers = sorted({len(each.records) for each in edition.standings if len(each.records) > 1})
    return "–" if not numbers else "–".join(map(str, dict.fromkeys((numbers[0], numbers[-1]))))


def _marked(leader: Leader) -> str:
    """Return a leader's label with its marks."""
    return leader.label + UNFINISHED * leader.unfinished + JUDGED * leader.judged
