"""What a training computes on: device, randomness, precision, and its share where processes train together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from benchbench.core.errors import BenchbenchError
from benchbench.core.noise import stream

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

Update = Callable[[Mapping[str, "Tensor"]], dict[str, "Tensor"]]
"""From the tensors of a step to its losses, which are scalars; changes weights on the way."""
GLOBAL_RANDOM = threading.RLock()
"""Held by whoever sets the process-wide generator, so that threads may train side by side."""
_CAPTURING = threading.Lock()
_OWN = threading.local()
EAGER_UPDATES = 3
"""Updates before a CUDA graph is captured, so that the libraries have made their choices."""


@dataclass(frozen=True)
class Engine:
    """What a trainer computes with; what it draws and builds depends on the seed alone, never on the device."""

    device: str = "cpu"
    seed: int = 0
    precision: Literal["float32", "bfloat16"] = "float32"
    """`bfloat16`: the networks compute in mixed precision (`autocast`); weights and losses stay `float32`.

    Convolutions then lie in memory channels last, as the kernels of that precision need them.
    """
    compile: bool = False
    """Compile the wrapped modules (`torch.compile`)."""
    capture: bool = True
    """Capture updates as CUDA graphs where the device is one GPU."""
    rank: int = 0
    world_size: int = 1
    """How many processes train together, each on its own device and its own share of every batch."""

    @property
    def graphs(self) -> bool:
        """Whether updates are captured as CUDA graphs: otherwise a small network waits for kernel launches."""
        return self.capture and self.device.startswith("cuda") and self.world_size == 1 and not self.compile

    def build(self, make: Callable[[], nn.Module]) -> Any:
        """Return the module that `make` makes, on the device, with initial weights that depend on the seed alone."""
        import torch

        with GLOBAL_RANDOM, torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(self.seed)
            module = make()
        if self.precision == "bfloat16":
            module = module.to(memory_format=torch.channels_last)
        return module.to(self.device)

    def parallel(self, module: nn.Module) -> Any:
        """Return the module wrapped for the processes that train together, and compiled if that is wanted.

        An update is one forward call of a wrapped module whose trainable parameters are those that the update changes,
        so that `DistributedDataParallel` joins their gradients. Batch norm joins its statistics on GPUs.
        """
        import torch

        wrapped: Any = module.to(self.device)
        if self.world_size > 1:
            cuda = self.device.startswith("cuda")
            if cuda:
                wrapped = torch.nn.SyncBatchNorm.convert_sync_batchnorm(wrapped)
            devices = [torch.device(self.device)] if cuda else None
            wrapped = torch.nn.parallel.DistributedDataParallel(wrapped, device_ids=devices, broadcast_buffers=False)
        return torch.compile(wrapped) if self.compile else wrapped

    def autocast(self) -> AbstractContextManager[Any]:
        """Return the context in which networks compute in the wanted precision."""
        import torch

        enabled = self.precision == "bfloat16"
        kind = self.device.split(":")[0]
        context: AbstractContextManager[Any] = torch.autocast(
            kind, dtype=torch.bfloat16, enabled=enabled, cache_enabled=not self.graphs
        )
        return context

    def adam(
        self,
        parameters: Iterable[nn.Parameter],
        rate: float,
        betas: tuple[float, float] = (0.9, 0.999),
        weight_decay: float = 0.0,
        amsgrad: bool = False,
    ) -> torch.optim.Adam:
        """Return Adam (AMSGrad if asked for) with a learning rate that `set_rate` can change, also inside a graph."""
        import torch

        found: Any = torch.tensor(rate, device=self.device) if self.graphs else rate
        return torch.optim.Adam(
            parameters, lr=found, betas=betas, weight_decay=weight_decay, amsgrad=amsgrad, capturable=self.graphs
        )

    def random(self, *key: str | int) -> torch.Generator:
        """Return the generator, on the CPU, of what is drawn under `key` by this process."""
        import torch

        return torch.Generator().manual_seed(self._seed_of(*key))

    def seed_modules(self, index: int) -> None:
        """Seed the process-wide generators for a step: what modules draw by themselves (dropout) follows from it.

        Not where threads train side by side, for they share these generators.
        """
        import torch

        seed = self._seed_of("modules", index)
        with GLOBAL_RANDOM:
            torch.default_generator.manual_seed(seed)
            if self.device.startswith("cuda"):
                with torch.cuda.device(self.device):
                    torch.cuda.manual_seed(seed)

    def share(self, batch: int) -> int:
        """Return how much of a batch is this process's: as much as every other's, for their gradients count alike."""
        if batch % self.world_size:
            raise BenchbenchError(
                f"a batch of {batch} cannot be shared evenly by {self.world_size} processes: start another number"
            )
        return batch // self.world_size

    def _seed_of(self, *key: str | int) -> int:
        return int(stream("training", self.seed, self.rank, *key).integers(2**63))

    def updating(self, update: Update) -> Update:
        """Return `update`, taking tensors from any device, and on a GPU captured as a CUDA graph after a few calls.

        Each name must keep its shape from call to call, and `update` must leave nothing on the CPU to decide.
        """
        return _Graphed(update, self.device) if self.graphs else lambda given: update(_moved(given, self.device))


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every group, in place where it is a tensor."""
    for group in optimizer.param_groups:
        if hasattr(group["lr"], "fill_"):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


class _Graphed:
    """An update that is recorded once as a CUDA graph and then replayed on new inputs."""

    def __init__(self, update: Update, device: str) -> None:
        self._update, self._device = update, device
        self._calls = 0
        self._graph: Any = None
        self._inputs: dict[str, Tensor] = {}
        self._losses: dict[str, Tensor] = {}

    def __call__(self, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Update by the given tensors and return the losses."""
        import torch

        given = _moved(given, self._device)
        if self._calls < EAGER_UPDATES:
            self._calls += 1
            aside = _aside()
            aside.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(aside):
                losses = self._update(given)
            torch.cuda.current_stream().wait_stream(aside)
            return losses
        if self._graph is None:
            self._inputs = {name: tensor.clone() for name, tensor in given.items()}
            self._graph = torch.cuda.CUDAGraph()
            with _CAPTURING, torch.cuda.graph(self._graph, stream=_aside(), capture_error_mode="thread_local"):
                self._losses = self._update(self._inputs)
        for name, tensor in given.items():
            self._inputs[name].copy_(tensor)
        self._graph.replay()
        return {name: loss.clone() for name, loss in self._losses.items()}


def _aside() -> torch.cuda.Stream:
    """Return the stream of this thread on which it warms up and captures: torch deals the same 32 to all that ask."""
    import torch

    if not hasattr(_OWN, "aside"):
        _OWN.aside = torch.cuda.Stream()
    aside: torch.cuda.Stream = _OWN.aside
    return aside


def _moved(given: Mapping[str, Tensor], device: str) -> dict[str, Tensor]:
    return {name: tensor.to(device, non_blocking=True) for name, tensor in given.items()}
