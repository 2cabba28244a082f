"""Files of a shard that travel: for clusters whose machines share no folder (`BENCHBENCH_RAY_TRANSPORT=return`)."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from benchbench.core import BenchbenchError
from benchbench.runs.work import Work
from benchbench.system.files import write_bytes

Files = dict[str, bytes]
"""Contents by path in the run directory, data before markers."""
MOST_BYTES = 64_000_000
"""That one answer may hold: more belongs into a shared folder."""


def elsewhere(work: Work, directory: Path, cache: Path) -> Work:
    """Return the same work, whose files and features of real images lie in folders of this machine."""
    assert work.plan is not None
    plan = dataclasses.replace(work.plan, cache=str(cache))
    return Work(plan, dataclasses.replace(work.place, directory=directory))


def collect(directory: Path) -> Files:
    """Return what a job wrote, and remove it; raise `BenchbenchError` where that is too much to send."""
    paths = sorted((path for path in directory.rglob("*") if path.is_file()), key=lambda path: path.suffix == ".json")
    size = sum(path.stat().st_size for path in paths)
    if size > MOST_BYTES:
        raise BenchbenchError(
            f"a shard has {size / 1e6:.0f} MB: too much to return ({MOST_BYTES / 1e6:.0f} MB);"
            " use a folder that all machines share, without BENCHBENCH_RAY_TRANSPORT=return"
        )
    files = {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}
    for path in paths:
        path.unlink()
    return files


def write(files: Files, directory: Path) -> None:
    """Write what came into a run directory: the data of a shard first, then its marker."""
    for name, content in files.items():
        write_bytes(directory / name, content)
