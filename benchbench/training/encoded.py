"""Methods with an encoder that are given the answer: what the decoder makes of the answer's own code.

A metric sees samples, never the method. So a reconstruction is a method of its own, which reads the answers, and the
error of its samples is a metric like any other.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import Conditions, Task, Trainer, Unsupported
from benchbench.core.engine import Engine
from benchbench.core.noise import Noise
from benchbench.training.method import TrainedMethod, from_bytes, network_inputs, to_samples

if TYPE_CHECKING:
    from torch import Tensor


@dataclass
class Encoded(TrainedMethod):
    """A method given the answer: its noise is the mean of E(reference k) for sample k, counted around.

    The network has `encoder(images)`, which returns the mean `[N, latent]` and more, and takes that mean as its one
    noise. Options and checkpoint are those of `original`, which a subclass names and inherits from.
    """

    reads_the_answers = True
    by_name_only = True
    original: ClassVar[type[TrainedMethod]]
    """The method itself."""

    def supports(self, task: Task, checkpoint: Path | None) -> None:
        """Raise `Unsupported` where the method itself does."""
        self._original().supports(task, checkpoint)

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Load the checkpoint of the method itself, and look up the references."""
        method = self._original()
        method.prepare(task, device, checkpoint)
        self._network, self._device = method._network, device
        self._references = {example.id: example.references for example in task.examples("test")}

    def default_checkpoint(self, task: Task) -> Path | None:
        """Return the checkpoint that ships with the method itself."""
        return self._original().default_checkpoint(task)

    def trainer(self, task: Task, engine: Engine, steps: int | None = None) -> Trainer:
        """Raise `Unsupported`: it is the method itself that is trained."""
        raise Unsupported(f"{self.name} has nothing to train: it takes the checkpoint of {self.original.name}")

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return `[B, K, *space.shape]`, the decoded means; no noise is drawn."""
        import torch

        values = network_inputs(conditions.values)
        drawn = []
        with torch.no_grad():
            for i, id in enumerate(conditions.ids):
                own = {name: value[i : i + 1] for name, value in values.items()}
                drawn.append(self._network(own, [self.codes(id, num_samples)[None]]))
        return to_samples(torch.cat(drawn))

    def codes(self, id: str, num_samples: int) -> Tensor:
        """Return `float32[K, latent]`: what sample k of this test example starts from."""
        return self.encode(around(self._references[id], num_samples))

    def encode(self, references: Tensor) -> Tensor:
        """Return the means `float32[N, latent]` of references `[N, *space.shape]`."""
        mean: Tensor = self._network.encoder(from_bytes(references.to(self._device)))[0]
        return mean

    def _original(self) -> TrainedMethod:
        names = [field.name for field in dataclasses.fields(self.original) if field.init]
        return self.original(**{name: getattr(self, name) for name in names})


def around(references: Tensor, num_samples: int) -> Tensor:
    """Return `[num_samples, …]` of references `[R, …]`: one after the other, and again from the first."""
    import torch

    return references[torch.arange(num_samples) % len(references)]
