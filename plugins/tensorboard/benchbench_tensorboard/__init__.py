"""Runs and trainings in TensorBoard, in the folder BENCHBENCH_TENSORBOARD: scores, settings, losses, samples."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import benchbench

if TYPE_CHECKING:
    from benchbench import Record, RunInfo, TrainingInfo
    from torch import Tensor

CONDITIONS = 5
_OPEN: list[tuple[str, Any, int, Any]] = []
"""Of the training under way, if there is one: the folder, the training, its step, and the writer."""


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
        settings: dict[str, Any] = {"method": run.method, "seed": record.seed, **record.method["options"]}
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

    if not _OPEN or _OPEN[0][:2] != (folder, training) or _OPEN[0][2] >= done:
        _close()
        name = f"{training.method} training {training.checkpoint.stem.rpartition('-')[2]}"
        _OPEN.append(
            (folder, training, done, SummaryWriter(Path(folder) / training.task / _folder_name(name), purge_step=done))
        )
    writer = _OPEN[0][3]
    _OPEN[0] = folder, training, done, writer
    return writer


def _close() -> None:
    while _OPEN:
        _OPEN.pop()[3].close()


def _folder_name(label: str) -> str:
    """Return a label as one folder's name: options may hold paths."""
    return label.replace("/", "_")


def _kept(directory: Path) -> list[tuple[str, Any]]:
    """Return the first conditions' ids with their kept samples, `uint8[K, 3, H, W]`."""
    import numpy as np
    from PIL import Image

    folders = sorted(path for path in (directory / "samples").glob("*") if path.is_dir())[:CONDITIONS]
    return [
        (
            folder.name,
            np.stack([np.asarray(Image.open(path)).transpose(2, 0, 1) for path in sorted(folder.glob("*.png"))]),
        )
        for folder in folders
    ]
