"""The parts that GAN trainers share: networks and optimizers as the CPU likes them, averaging, decay, what is saved.

Losses and networks stay with their papers, in the plugins.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import torch
from torch import Tensor, nn

from benchbench.core.engine import Engine, set_rate
from benchbench.core.task import Task
from benchbench.core.trainer import Trainer
from benchbench.training.method import TrainingSet

Stateful = Any
"""A module or an optimizer: it has `state_dict` and `load_state_dict`."""
STATISTICS_BATCHES = 20
"""Batches from which `renewed` takes batch-norm statistics."""


def build(engine: Engine, make: Callable[[], nn.Module]) -> Any:
    """Return the module that `make` makes, as `Engine.build` does; on a CPU its kernels lie channels last.

    So small convolutions take about two thirds of the time there.
    """
    network = engine.build(make)
    return network.to(memory_format=torch.channels_last) if engine.device == "cpu" else network


def adam(
    engine: Engine,
    parameters: Iterable[nn.Parameter],
    rate: float,
    betas: tuple[float, float] = (0.9, 0.999),
    weight_decay: float = 0.0,
    amsgrad: bool = False,
) -> torch.optim.Adam:
    """Return `Engine.adam`'s optimizer; on a CPU one that updates all tensors in one fused call.

    Parameters that are not trained (`requires_grad` is false) are left out.
    """
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    if engine.device != "cpu":
        return engine.adam(trained, rate, betas, weight_decay, amsgrad)
    return torch.optim.Adam(trained, rate, betas, weight_decay=weight_decay, amsgrad=amsgrad, fused=True)


def optimizer(
    engine: Engine,
    module: nn.Module,
    rate: float,
    kind: Literal["adam", "rmsprop"] = "adam",
    betas: tuple[float, float] = (0.9, 0.999),
) -> torch.optim.Optimizer:
    """Return the optimizer of a network; `betas` are Adam's."""
    if kind == "adam":
        return adam(engine, module.parameters(), rate, betas)
    given: Any = torch.tensor(rate, device=engine.device) if engine.graphs else rate
    return torch.optim.RMSprop(module.parameters(), lr=given, capturable=engine.graphs)


def descend(loss: Tensor, *optimizers: torch.optim.Optimizer) -> None:
    """Make one step of the optimizers down the gradient of a scalar loss; gradients of before are forgotten.

    Only the gradient of the weights that they move is computed: what the loss passes through on its way gets none.
    """
    for each in optimizers:
        each.zero_grad(set_to_none=True)
    moved = [
        weight
        for each in optimizers
        for group in each.param_groups
        for weight in group["params"]
        if weight.requires_grad
    ]
    torch.autograd.backward(loss, inputs=moved)
    for each in optimizers:
        each.step()


def renewed(network: nn.Module, run: Callable[[Any, int], object]) -> Any:
    """Return a copy of the network whose batch-norm statistics are those of `STATISTICS_BATCHES` batches.

    `run(copy, i)` computes the batch number i; without batch norm it is not called. The copy is left in training mode.
    """
    found = copy.deepcopy(network).train()
    norms = [module for module in found.modules() if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d))]
    for module in norms:
        module.reset_running_stats()
        module.momentum = None
    for i in range(STATISTICS_BATCHES if norms else 0):
        with torch.no_grad():
            run(found, i)
    return found


def height(index: int, num_steps: int, falling: float) -> float:
    """Return the share of its full value that a learning rate has in step `index` of `num_steps`.

    1, and over the last part `falling` (a share of the steps; 0: never) a straight line to 0.
    """
    return min(1.0, (num_steps - index) / (num_steps * falling)) if falling else 1.0


def set_rates(optimizers: Mapping[str, torch.optim.Optimizer], rates: Mapping[str, float], share: float) -> None:
    """Give each optimizer the rate of its name times `share`."""
    for name, optimizer in optimizers.items():
        set_rate(optimizer, rates[name] * share)


class Average:
    """The exponential moving average of a network's weights: what is sampled from.

    The decay rises to its value, min(decay, (1 + n) / (10 + n)) after n updates: with 0.999 from the first update on, a
    twentieth of an average over 3000 would be initial weights. With decay 0 it is the network itself, and costs
    nothing. Buffers (batch-norm statistics) are never averaged.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._network, self.decay = network, decay
        self.weights: Any = copy.deepcopy(network).requires_grad_(False) if decay else network
        """The averaged network; its buffers are of the beginning."""
        self._kept, self._new = list(self.weights.parameters()), list(network.parameters())
        self._updates = torch.zeros((), dtype=torch.float64, device=self._new[0].device)
        """On the device, so that a captured update counts too."""

    def update(self) -> None:
        """Move the average towards the present weights."""
        if not self.decay:
            return
        with torch.no_grad():
            rising = (1 + self._updates) / (10 + self._updates)
            ways = torch._foreach_sub(self._new, self._kept)
            torch._foreach_mul_(ways, (1 - rising.clamp(max=self.decay)).to(self._new[0].dtype))
            torch._foreach_add_(self._kept, ways)
            self._updates += 1

    def network(self) -> Any:
        """Return a copy of the averaged network with the buffers of the present one, ready to sample."""
        network = copy.deepcopy(self.weights)
        for kept, new in zip(network.buffers(), self._network.buffers(), strict=True):
            kept.copy_(new)
        return network.requires_grad_(False).eval()

    def state_dict(self) -> dict[str, Any]:
        """Return the averaged weights and the number of updates; nothing where the decay is 0."""
        return {"weights": self.weights.state_dict(), "updates": self._updates} if self.decay else {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Load the averaged weights and the number of updates."""
        if self.decay:
            self.weights.load_state_dict(state["weights"])
            self._updates.copy_(state["updates"])


def state_of(parts: Mapping[str, Stateful]) -> dict[str, Any]:
    """Return the states of the parts by name: all that a resumed training needs of them."""
    return {name: part.state_dict() for name, part in parts.items()}


def restore(parts: Mapping[str, Stateful], state: Mapping[str, Any]) -> None:
    """Load the states that `state_of` gave."""
    for name, part in parts.items():
        part.load_state_dict(state[name])


class PartsTrainer(Trainer):
    """A trainer whose whole state is that of its parts: networks, their averages, optimizers."""

    @abstractmethod
    def _parts(self) -> dict[str, Stateful]:
        """Return the parts by name."""

    def state(self) -> dict[str, Any]:
        """Return the states of the parts."""
        return state_of(self._parts())

    def restore(self, state: dict[str, Any]) -> None:
        """Load the states of the parts."""
        restore(self._parts(), state)


def kept(tensors: Mapping[str, Tensor], halved: bool) -> dict[str, Tensor]:
    """Return the tensors of a checkpoint: where `halved`, kernels and matrices as float16.

    Vectors, which are few, stay float32, so that no statistic leaves float16's range. Counts of batches are left out.
    """
    return {
        name: (tensor.half() if halved and tensor.ndim > 1 else tensor).contiguous()
        for name, tensor in tensors.items()
        if not name.endswith("num_batches_tracked")
    }


class HeldOut:
    """The first validation conditions, read when they are first wanted, and the noise that previews always take."""

    def __init__(self, task: Task, engine: Engine) -> None:
        self._task, self._engine = task, engine
        self._data: TrainingSet | None = None

    @property
    def data(self) -> TrainingSet:
        """The validation split."""
        if self._data is None:
            self._data = TrainingSet(self._task, "validation", self._engine.device)
        return self._data

    def first(self, number: int) -> tuple[dict[str, Tensor], Tensor]:
        """Return conditions and targets of the first pairs, at most `number`."""
        return self.data.batch(torch.arange(min(number, len(self.data))))

    def noise(self, inputs: int, samples: int, shapes: Iterable[tuple[int, ...]]) -> list[Tensor]:
        """Return standard normal `float32[inputs, samples, *shape]` of each shape, the same in every call."""
        random = torch.Generator().manual_seed(self._engine.seed)
        drawn = [torch.randn((inputs, samples, *shape), generator=random) for shape in shapes]
        return [each.to(self._engine.device) for each in drawn]
