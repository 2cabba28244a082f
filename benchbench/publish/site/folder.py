"""A folder that is replaced as a whole: built beside, swapped in when it is whole, and never another's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchbench.core import BenchbenchError
from benchbench.system.files import held, writing

MARK = ".benchbench-site"
"""The file that says that a folder was made here and may be replaced."""


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield an empty folder to build in; at the end it takes the place of `target`, which until then stays whole.

    Raise `BenchbenchError` where `target` holds anything that this did not make, or another process is building it.
    """
    target = target.absolute()
    own = f".{target.name}."
    with held(target.parent / f"{own}lock", f"another process is building {target}; let it finish"):
        _mend(target, own)
        _check(target)
        fresh, old = (target.parent / f"{own}{os.getpid()}.{end}" for end in ("new", "old"))
        try:
            with writing(target):
                fresh.mkdir()
                yield fresh
                (fresh / MARK).write_text("made by `benchbench publish --site`, which replaces this folder\n")
                if target.exists():
                    os.rename(target, old)
                try:
                    os.rename(fresh, target)
                except OSError:
                    if old.exists():
                        os.rename(old, target)
                    raise
        finally:
            for folder in (fresh, old):
                shutil.rmtree(folder, ignore_errors=True)


def _check(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise BenchbenchError(f"{target} is no folder; give --site a folder of its own")
    if target.exists() and any(target.iterdir()) and not (target / MARK).is_file():
        raise BenchbenchError(
            f"{target} holds files that `benchbench publish --site` did not make, and would be replaced; give another"
            f" folder, or remove this one"
        )


def _mend(target: Path, own: str) -> None:
    """Put back or remove what a build that was killed left behind."""
    for folder in sorted(target.parent.glob(f"{own}*.old")):
        if (folder / MARK).is_file() and not target.exists():
            os.rename(folder, target)
    for folder in [*target.parent.glob(f"{own}*.old"), *target.parent.glob(f"{own}*.new")]:
        shutil.rmtree(folder, ignore_errors=True)
