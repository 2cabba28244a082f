"""Images of a finished run that one with more samples per condition begins with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core.errors import BenchbenchError
from benchbench.methods.folder import read_samples
from benchbench.runs.directory import RunDirectory
from benchbench.runs.siblings import Facts, other_than, siblings

if TYPE_CHECKING:
    from torch import Tensor

NUMBERS = ("samples_per_condition", "pairs_per_condition")


@dataclass(frozen=True)
class Earlier:
    """The images of a run: of each condition the first ones that another run needs."""

    folder: Path
    number: int
    """How many there are of a condition."""
    shape: tuple[int, ...]

    def __call__(self, id: str) -> Tensor | None:
        """Return the images `uint8[number, 3, H, W]` of a condition, or `None` where they cannot be read."""
        files = [self.folder / id / f"{k:02d}.png" for k in range(self.number)]
        try:
            return read_samples(files, self.shape, None)
        except (BenchbenchError, OSError):
            return None


def earlier_run(run: RunDirectory, facts: Facts, shape: tuple[int, ...]) -> Earlier | None:
    """Return the images, of this shape, of the run beside this one that has the most samples per condition.

    `facts` is what `run.json` says of this run. The other one was finished, kept all its samples, has fewer of each
    condition, and differs in nothing else that could change a sample; its scores may be others.
    """
    wanted, found = facts["protocol"]["samples_per_condition"], None
    for there, theirs in siblings(run, facts, lambda each: other_than(each, ("scores", "keep_samples"), NUMBERS)):
        number = theirs["protocol"].get("samples_per_condition")
        enough = isinstance(number, int) and (found.number if found else 0) < number < wanted
        if enough and theirs.get("keep_samples") == "all" and _is_finished(there):
            found = Earlier(there.samples.absolute(), number, shape)
    return found


def _is_finished(run: RunDirectory) -> bool:
    try:
        record = run.read_record()
    except BenchbenchError:  # a damaged one, which its own command reports
        return False
    return record is not None and record.status == "ok"
