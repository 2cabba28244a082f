"""Images of a finished run that one with more samples per condition begins with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.core.errors import BenchbenchError
from benchbench.methods.folder import read_samples
from benchbench.runs.directory import RunDirectory
from benchbench.system.records import object_in

if TYPE_CHECKING:
    from torch import Tensor

_OTHERWISE = ("scores", "keep_samples")
_NUMBERS = ("samples_per_condition", "pairs_per_condition")


class Earlier:
    """The images of a run: of each condition the first ones that another run needs."""

    def __init__(self, folder: Path, number: int, shape: tuple[int, ...]) -> None:
        self._folder, self._shape = folder, shape
        self.number = number
        """How many there are of a condition."""

    def __call__(self, id: str) -> Tensor | None:
        """Return the images `uint8[number, 3, H, W]` of a condition, or `None` where they cannot be read."""
        files = [self._folder / id / f"{k:02d}.png" for k in range(self.number)]
        try:
            return read_samples(files, self._shape, None)
        except (BenchbenchError, OSError):
            return None


def earlier_run(run: RunDirectory, facts: Mapping[str, Any]) -> tuple[Path, int] | None:
    """Return the folder of samples, and their number per condition, of the run beside this one that has the most.

    `facts` is what `run.json` says of this run. The other one was finished, kept all its samples, has fewer of each
    condition, and differs in nothing else that could change a sample. What a method draws from its batch's generator
    depends on the number of samples: of such a run there is none.
    """
    if "batch_size" in facts:
        return None
    wanted, found = facts["protocol"]["samples_per_condition"], None
    for beside in sorted(run.path.parent.iterdir()):
        theirs = object_in(beside / "run.json")
        if not theirs or theirs.get("keep_samples") != "all" or _samples(theirs) != _samples(facts):
            continue
        number = theirs["protocol"]["samples_per_condition"]
        record = RunDirectory(beside).read_record() if (found[1] if found else 0) < number < wanted else None
        if record is not None and record.status == "ok":
            found = beside / "samples", number
    return found


def _samples(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that decide what a sample is."""
    protocol = facts.get("protocol")
    if not isinstance(protocol, dict):
        return {}
    numbers = {name: value for name, value in protocol.items() if name not in _NUMBERS}
    return {**{name: value for name, value in facts.items() if name not in _OTHERWISE}, "protocol": numbers}
