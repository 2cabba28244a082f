"""What one training is made of: names and numbers, its identity, and where it writes."""

from __future__ import annotations

import functools
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from benchbench.core import BenchbenchError, Method, Task
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.evaluation.training_split import training_hash
from benchbench.plugins import registry
from benchbench.specs import convert_options, format_method
from benchbench.system.blame import describe
from benchbench.system.hashes import identity_hash
from benchbench.training import distributed


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
    save_every: int | None = None
    """Steps between states; the trainer's own number where none is given."""
    precision: Literal["float32", "bfloat16"] = "float32"
    compile: bool = False
    capture: bool = True
    """Capture updates as CUDA graphs on a GPU: quicker; the optimizer then rounds otherwise."""

    @functools.cached_property
    def on(self) -> Task:
        """The task itself, resolved once."""
        return registry().task(self.task)

    @functools.cached_property
    def distribution(self) -> str:
        """What the method was installed from."""
        return registry().distribution("methods", self.method)

    @functools.cached_property
    def identity(self) -> dict[str, Any]:
        """Everything that can change the weights."""
        task, method = self.on, self.make_method()
        return {
            "task": {
                "name": task.name,
                "version": task.version,
                "fingerprint": fingerprint(task),
                "training_split": training_hash(task),
            },
            "method": {"name": method.name, "version": method.version, "options": method.trained_options()},
            "seed": self.seed,
            "steps": self.steps,
            "device": self.device.split(":")[0],
            "precision": self.precision,
            "compile": self.compile,
            "processes": distributed.world_size(),
            **({} if self.capture or self.device == "cpu" else {"capture": False}),
        }

    @property
    def command(self) -> str:
        """The command that makes it, but for the folder and, where several processes do, for `torchrun`."""
        method = self.make_method()
        label = format_method(method.name, method.options(), type(method)().options())
        words = ["benchbench", "fit", "-t", self.task, "-m", label, "--seed", str(self.seed)]
        words += ["--steps", str(self.steps)] if self.steps else []
        words += ["--device", self.device]
        words += ["--precision", self.precision] if self.precision != "float32" else []
        words += ["--compile"] * self.compile + ["--no-capture"] * (not self.capture)
        return shlex.join(words)

    def make_method(self) -> Method:
        """Return the method with its options, not prepared."""
        kind = registry().get("methods", self.method)
        try:
            method: Method = kind(**convert_options(kind, self.options))
        except BenchbenchError:
            raise
        except Exception as error:
            wanted = format_method(self.method, self.options)
            raise BenchbenchError(f"{wanted} cannot be made: {describe(error)}") from error
        return method

    @functools.cached_property
    def path(self) -> Path:
        """Where the checkpoint is written when training is done."""
        return self.output / self.task / f"{self.method}-{identity_hash(self.identity)}.safetensors"

    @property
    def state_path(self) -> Path:
        """Where an unfinished training is kept."""
        return self.path.with_suffix(".state.pt")

    def early_path(self, step: int) -> Path:
        """Where the weights of the last good state are written when the training diverges."""
        return self.path.with_stem(f"diverged-{self.path.stem}-step-{step}")

    def stopped_path(self, step: int) -> Path:
        """Where the weights of a training that was finished early are written."""
        return self.path.with_stem(f"stopped-{self.path.stem}-step-{step}")

    @property
    def error_path(self) -> Path:
        """Where the traceback of a plugin's exception is written, for its author; of each process its own."""
        return self.path.with_suffix(f".error{distributed.rank() or ''}.txt")
