"""Runs and trainings in TensorBoard, in the folder BENCHBENCH_TENSORBOARD: scores, settings, losses, samples."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import benchbench

if TYPE_CHECKING:
    from benchbench import Record, RunInfo, TrainingInfo
    from torch import Tensor

CONDITIONS = 5


@dataclass
class _Curves:
    """The file of a training under way."""

    folder: str
    training: TrainingInfo
    done: int
    """The last step that is in it."""
    writer: Any

    def goes_on(self, folder: str, training: TrainingInfo, done: int) -> bool:
        """Return whether this step comes next in it: a training that was interrupted tells some steps again."""
        return (self.folder, self.training) == (folder, training) and self.done < done


_OPEN: list[_Curves] = []
"""The one that is written to, if there is one."""


@benchbench.hookimpl
def benchbench_run_finished(run: RunInfo, record: Record) -> None:
    """Write the scores, the settings and the first conditions' samples of a run that went well."""
    folder = os.environ.get("BENCHBENCH_TENSORBOARD")
    if not folder or record.status != "ok":
        return
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(Path(folder) / run.task / _folder_name(f"{run.method} {run.run_id}")) as writer:
        scores = {score.metric: score.value for score in record.scores}
        for score in record.scores:
            writer.add_scalar(f"{run.task}/{score.metric}", score.value)
        settings: dict[str, Any] = {"method": run.method, "seed": record.seed, **record.method.options}
        plain = {key: value if isinstance(value, (bool, int, float)) else str(value) for key, value in settings.items()}
        writer.add_hparams(plain, {f"{run.task}/{metric}": value for metric, value in scores.items()}, run_name=".")
        for id, images in _kept(run.directory):
            writer.add_images(f"{run.task}/{id}", images)


@benchbench.hookimpl
def benchbench_training_progress(
    training: TrainingInfo, done: int, losses: dict[str, float], preview: Tensor | None
) -> None:
    """Write the losses of a training as curves, and what it draws of the first validation conditions."""
    folder = os.environ.get("BENCHBENCH_TENSORBOARD")
    if not folder:
        return
    writer = _writer(folder, training, done)
    for loss, value in losses.items():
        writer.add_scalar(f"{training.task}/training/{loss}", value, done)
    if preview is not None and preview.ndim == 5:
        for number, images in enumerate(preview[:CONDITIONS].cpu()):
            writer.add_images(f"{training.task}/training/{number}", images, done)
    writer.flush()


@benchbench.hookimpl
def benchbench_training_finished(training: TrainingInfo) -> None:
    """Close the file of a training."""
    _close()


def _writer(folder: str, training: TrainingInfo, done: int) -> Any:
    """Return the writer of the training under way, one file for all of it, without what it told from `done` on."""
    from torch.utils.tensorboard import SummaryWriter

    if not any(each.goes_on(folder, training, done) for each in _OPEN):
        _close()
        name = f"{training.method} training {training.checkpoint.stem.rpartition('-')[2]}"
        place = Path(folder) / training.task / _folder_name(name)
        _OPEN.append(_Curves(folder, training, done, SummaryWriter(place, purge_step=done)))
    _OPEN[0].done = done
    return _OPEN[0].writer


def _close() -> None:
    while _OPEN:
        _OPEN.pop().writer.close()


def _folder_name(label: str) -> str:
    """Return a label as one folder's name: options may hold paths."""
    return label.replace("/", "_")


def _kept(directory: Path) -> list[tuple[str, Any]]:
    """Return the first conditions' ids with their kept samples, `uint8[K, 3, H, W]`."""
    import torch
    from benchbench.data import read_image

    folders = sorted(path for path in (directory / "samples").glob("*") if path.is_dir())[:CONDITIONS]
    return [
        (
            folder.name,
            torch.stack([read_image(path) for path in sorted(folder.glob("*.png"))]),
        )
        for folder in folders
    ]
