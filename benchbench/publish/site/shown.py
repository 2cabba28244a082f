"""What the site shows of one leaderboard: read once, used by every page."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchbench.calibration.report import Calibration
from benchbench.core import BenchbenchError, Task
from benchbench.core.edition import Edition
from benchbench.leaderboards.folder import BoardFolder
from benchbench.leaderboards.leaders import Leader, leaders
from benchbench.leaderboards.people import with_people
from benchbench.leaderboards.rows import Board
from benchbench.leaderboards.skills import Scale, scale_of
from benchbench.plugins import registry
from benchbench.publish import text
from benchbench.publish.pictures import Pictures
from benchbench.publish.site.gallery import Gallery, make_gallery
from benchbench.study.boards import studies_of

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,60}")


@dataclass(frozen=True)
class Shown:
    """One leaderboard."""

    folder: BoardFolder
    editions: Sequence[Edition]
    task: Task | None
    """`None` where it is not installed, or is of another version by now; the rest is empty then too."""
    board: Board | None
    """With the references set apart, as tables have it."""
    scale: Scale | None
    gallery: Gallery
    calibration: Calibration | None
    leaders: tuple[Leader, ...]

    @property
    def own(self) -> str:
        """The folder of its pages, from the site's."""
        return f"{self.folder.task}/v{self.folder.version}"

    @property
    def page(self) -> str:
        """Its page, from the site's folder."""
        return f"{self.own}/index.html"

    @property
    def edition(self) -> Edition:
        """The newest edition."""
        return self.editions[-1]


def read(folder: BoardFolder, editions: Sequence[Edition], runs: Path, calibrations: Path) -> Shown:
    """Return what is shown of a leaderboard that has editions."""
    last, task = editions[-1], _task(folder)
    first = leaders(folder, last)
    if task is None:
        return Shown(folder, editions, None, None, None, Gallery(), None, first)
    board = with_people(folder.board(task, last), studies_of(folder.path))
    board = dataclasses.replace(board, rows=tuple(text.in_groups(board)))
    gallery, calibration = (
        make_gallery(task, board, runs, Pictures(folder.path)),
        _calibration(calibrations, folder.task),
    )
    return Shown(folder, editions, task, board, scale_of(board), gallery, calibration, first)


def file_of(name: str) -> str:
    """Return the name of the file of a page about this name, which a stranger may have chosen."""
    safe = _PLAIN.fullmatch(name) is not None
    return (name if safe else f"named-{hashlib.sha256(name.encode()).hexdigest()[:12]}") + ".html"


def _task(folder: BoardFolder) -> Task | None:
    try:
        task = registry().task(folder.task)
    except BenchbenchError:
        return None
    return task if task.version == folder.version else None


def _calibration(calibrations: Path, task: str) -> Calibration | None:
    """Return the stored report of the task, if one is there and can be read."""
    from benchbench.calibration.stored import read_calibration

    path = calibrations / f"{task}.json"
    if not path.is_file():
        return None
    try:
        return read_calibration(path)
    except BenchbenchError:
        return None
