"""Pages of leaderboards: written with each new edition, and checked against the records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from benchbench.core import BenchbenchError, MissingData, Task
from benchbench.core.edition import Edition
from benchbench.core.record import Entry
from benchbench.leaderboards import check as checks
from benchbench.leaderboards import reported as papers
from benchbench.leaderboards.check import Problem
from benchbench.leaderboards.editions import check_shown, draft, store
from benchbench.leaderboards.folder import BoardFolder, folders
from benchbench.leaderboards.heads import check_head, heads_file, heads_text
from benchbench.leaderboards.leaders import leaders
from benchbench.leaderboards.people import with_people
from benchbench.leaderboards.rows import Board
from benchbench.leaderboards.seal_check import check_seals
from benchbench.leaderboards.seals import seals
from benchbench.publish import page, reported, sealed, text
from benchbench.publish.changes import sentences
from benchbench.study.boards import studies_of
from benchbench.system.files import held, remove_temporaries, write_text

FindTask = Callable[[str], Task]
"""A task by its name."""


def publish(folder: BoardFolder, task: Task, date: str) -> Edition | None:
    """Write a new edition of a leaderboard and its page; return it, or `None` where the rows are those of the last one.

    One process at a time; the edition is written before the page that shows it, each whole or not at all, so the next
    `publish` completes what was cut short. The page is written anyway: a new form of it comes with that too. Raise
    `BenchbenchError` where a record or an edition that was published is no longer what it was.
    """
    with folder.held():
        remove_temporaries(folder.path, folder.path / "editions")
        return _publish(folder, task, date)


def _publish(folder: BoardFolder, task: Task, date: str) -> Edition | None:
    entries, editions = folder.entries(), folder.editions()
    check_head(_boards(folder), folder)
    if not entries:
        raise MissingData(f"no records in {folder.records_file}: add some with `benchbench submit RUN`")
    drafted = draft(folder, task, entries, editions)
    if not drafted.board.rows:
        raise MissingData(f"no record of {folder.records_file} can stand in a table\n{text.notes(drafted.board)}")
    if not drafted.is_new:
        write_text(folder.readme, _page(folder, task, entries, editions))
        return None
    edition = drafted.edition(date, sentences(drafted.changes))
    store(folder, edition)
    write_text(folder.readme, _page(folder, task, entries, [*editions, edition], drafted.board))
    return edition


def _boards(folder: BoardFolder) -> Path:
    return folder.path.parent.parent


def refresh(folder: BoardFolder, task: Task) -> None:
    """Write the page of a leaderboard's newest edition again, with what is beside its records by now."""
    with folder.held():
        write_text(folder.readme, _page(folder, task, folder.entries(), folder.editions()))


def _page(
    folder: BoardFolder, task: Task, entries: list[Entry], editions: Sequence[Edition], board: Board | None = None
) -> str:
    """Return the page of the newest edition, whose board may be given."""
    boards, board = _boards(folder), board or folder.board(task, editions[-1], entries)
    there = papers.reported_file(boards, folder.task).is_file()
    board = with_people(board, studies_of(folder.path))
    papers_say = reported.table(papers.read(boards, folder.task)) if there else None
    return page.of_board(board, editions, papers_say, sealed.sections(seals(folder), task, entries, editions))


def check(boards: Path, task_of: FindTask) -> list[str]:
    """Return what is wrong with the leaderboards, one sentence each: lost records, changed editions, edited tables."""
    problems: list[Problem] = []
    for folder in folders(boards):
        try:
            problems += _check_folder(folder, task_of)
        except BenchbenchError as error:
            problems.append(Problem("error", subject=str(error)))
    if not problems:
        problems = [each for path, content in _common(boards).items() for each in checks.stale(path, content)]
    return list(map(str, problems))


def _check_folder(folder: BoardFolder, task_of: FindTask) -> list[Problem]:
    editions, entries = folder.editions(), folder.entries()
    check_head(_boards(folder), folder)
    foreign = checks.foreign_lines(folder, entries) + checks.foreign_attestations(folder, entries)
    foreign += checks.foreign_objections(folder, entries)
    if foreign:
        return foreign
    if not editions:
        return [Problem("no edition", str(folder.path), folder.task)]
    check_shown(folder, entries, editions)
    lost = checks.foreign_conditions(folder, entries)
    if lost:
        return lost
    task = task_of(folder.task)
    if checks.is_older(folder, task):
        return []
    boards = [folder.board(task, edition, entries) for edition in editions]
    problems = checks.not_shown(folder, editions, boards) + checks.leaks(folder, boards[-1])
    sealed_problems = check_seals(folder, editions, entries, task)
    if sealed_problems:
        return problems + sealed_problems  # what the page would say of them is made from what is wrong
    return problems + checks.stale(folder.readme, _page(folder, task, entries, editions, boards[-1]), folder.task)


def write_index(boards: Path) -> None:
    """Write the pages of no single leaderboard, as the editions are once no other process writes these pages."""
    with held(boards / ".lock", f"another process writes to {boards}; let it finish", patience=60):
        remove_temporaries(boards)
        for path, content in _common(boards).items():
            write_text(path, content)


def _common(boards: Path) -> dict[Path, str]:
    """Return the content of the files that are of no single leaderboard."""
    tasks, found = papers.tasks(boards), folders(boards)
    pages = {
        boards / task / "reported.md": page.of_reported(task, reported.table(papers.read(boards, task)))
        for task in tasks
    }
    newest = [(folder, editions[-1]) for folder in found if (editions := folder.editions())]
    index = page.of_all([(edition, leaders(folder, edition)) for folder, edition in newest], tasks)
    return {**pages, heads_file(boards): heads_text(found), boards / "README.md": index}
