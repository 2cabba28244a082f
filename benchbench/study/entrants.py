"""What a study may show: the kept samples of runs and the real images of their task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import BenchbenchError, Example, Task, Unsupported
from benchbench.data.listing import list_samples
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.study.design import Supply
from benchbench.study.folder import Judged
from benchbench.system.records import find_records

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Entrants:
    """The methods of a study with their images, and the conditions of which all of them kept samples."""

    task: Task
    fingerprint: str
    methods: tuple[Judged, ...]
    files: tuple[dict[str, tuple[Path, ...]], ...]
    """`[M]`: by the id of each condition."""
    examples: tuple[Example, ...]
    """`[C]`: the conditions that every run kept samples of, in the task's order."""

    def supply(self) -> Supply:
        """Return how many images there are of each condition."""
        samples = [[len(files[example.id]) for example in self.examples] for files in self.files]
        return Supply(samples, [len(example.references) for example in self.examples])

    def sample(self, method: int, condition: int, number: int) -> np.ndarray:
        """Return a kept sample, `uint8[H, W, 3]`."""
        from benchbench.data.files import Reader
        from benchbench.system.images import planes

        path = self.files[method][self.examples[condition].id][number]
        height, width = self.task.space.shape[1:]
        return planes(Reader(path.parent).image(path.name, (width, height))).transpose(1, 2, 0)

    def truth(self, condition: int, number: int) -> np.ndarray:
        """Return a real image, `uint8[H, W, 3]`."""
        found: np.ndarray = self.examples[condition].references[number].permute(1, 2, 0).numpy()
        return found


def find_entrants(task: Task, folders: Sequence[Path]) -> Entrants:
    """Return the runs under these folders, one method each, as a study's methods; raise `BenchbenchError` if unfit."""
    if task.space.kind != "images":
        raise Unsupported(f"{task.name} has {task.space.kind}: people judge images")
    here = fingerprint(task)
    found = [(path.parent, record) for folder in folders for path, record in find_records(folder)]
    runs = {record.run_id: (path, record) for path, record in found if record.status == "ok"}
    if not runs:
        raise BenchbenchError(f"no finished run under {', '.join(map(str, folders))}: `benchbench run -t {task.name}`")
    for path, record in runs.values():
        if record.task.name != task.name:
            raise BenchbenchError(f"{path} is a run of {record.task.name}, not of {task.name}")
        if record.task.fingerprint != here:
            raise BenchbenchError(
                f"{path}: made on other test data ({record.task.fingerprint[:8]}) than are here ({here[:8]});"
                " make the run again"
            )
    labels = [record.method.label for _, record in runs.values()]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice:
        raise BenchbenchError(f"{twice} is there more than once: name one run of each method")
    examples = list(task.examples("test"))
    ids = [example.id for example in examples]
    files = tuple(dict(list_samples(path / "samples", ids, None).files) for path, _ in runs.values())
    methods = tuple(
        Judged(each.method.label, each.run_id, each.method.checkpoint, each.method.reference)
        for _, each in runs.values()
    )
    kept = tuple(example for example in examples if all(each[example.id] for each in files))
    return Entrants(task, here, methods, files, kept)
