"""Training as a service: steps, progress, atomic resumable state, and a checkpoint that says where it comes from."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from benchbench import evaluation
from benchbench.core import BenchbenchError, Method, MissingData, Trainer
from benchbench.plugins import registry
from benchbench.store import held, identity_hash, write_bytes

Progress = Callable[[int, int, dict[str, float]], None]
"""Told the steps done, of how many, and the latest losses."""


@dataclass(frozen=True)
class Training:
    """What one training is made of; its checkpoint lies at `<output>/<task>/<method>-<id>.safetensors`."""

    task: str
    method: str
    options: dict[str, Any]
    seed: int
    device: str
    output: Path
    steps: int | None = None
    """Another number of steps than the trainer's own."""
    save_every: int = 200

    def identity(self) -> dict[str, Any]:
        """Return everything that can change the weights."""
        task = evaluation.get_task(self.task)
        method = self.make_method()
        return {
            "task": {"name": task.name, "version": task.version},
            "method": {"name": method.name, "version": method.version, "options": method.options()},
            "seed": self.seed,
            "steps": self.steps,
            "device": self.device.split(":")[0],
        }

    def make_method(self) -> Method:
        """Return the method with its options, not prepared."""
        method: Method = registry().get("methods", self.method)(**self.options)
        return method

    @property
    def path(self) -> Path:
        """Where the checkpoint is written when training is done."""
        return self.output / self.task / f"{self.method}-{identity_hash(self.identity())}.safetensors"

    @property
    def state_path(self) -> Path:
        """Where an unfinished training is kept."""
        return self.path.with_suffix(".state.pt")


def fit(training: Training, progress: Progress) -> Path:
    """Train to the end, from the saved state if there is one, and return the checkpoint's path.

    The result is the same as that of an uninterrupted training; an interruption loses `save_every` steps at most.
    """
    if training.path.exists():
        return training.path
    busy = f"another process is training {training.path}; let it finish"
    with held(training.path.with_suffix(".lock"), busy), evaluation.isolated(training.device, gradients=True):
        _train(training, progress)
    return training.path


def _train(training: Training, progress: Progress) -> None:
    import torch

    task = evaluation.get_task(training.task)
    trainer = training.make_method().trainer(task, training.device, training.seed)
    trainer.num_steps = total = training.steps or trainer.num_steps
    done = _resume(training, trainer)
    while done < total:
        losses = trainer.step(done)
        done += 1
        progress(done, total, losses)
        if any(value != value for value in losses.values()):
            raise BenchbenchError(f"{training.method}: a loss is NaN at step {done}: {losses}; nothing was saved of it")
        if done % training.save_every == 0 and done < total:
            _save_state(training, {"done": done, "trainer": trainer.state()})
    from safetensors.torch import save

    made_with = {"steps": total, "torch": torch.__version__, "benchbench": metadata.version("benchbench")}
    about = json.dumps({**training.identity(), "made_with": made_with}, sort_keys=True)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in trainer.weights().items()}
    write_bytes(training.path, save(tensors, metadata={"training": about}))
    training.state_path.unlink(missing_ok=True)


def _save_state(training: Training, state: dict[str, Any]) -> None:
    import io

    import torch

    content = io.BytesIO()
    torch.save(state, content)
    write_bytes(training.state_path, content.getvalue())


def _resume(training: Training, trainer: Trainer) -> int:
    import torch

    if not training.state_path.exists():
        return 0
    try:
        saved = torch.load(training.state_path, map_location=training.device, weights_only=True)
        trainer.restore(saved["trainer"])
        return int(saved["done"])
    except Exception as error:
        raise MissingData(
            f"{training.state_path} cannot be read ({type(error).__name__}: {error}); remove it to train from the start"
        ) from None
