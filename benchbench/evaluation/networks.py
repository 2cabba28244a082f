"""The networks that a method holds: their parameters, and how often they are evaluated for a sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn


def networks_of(method: object) -> list[nn.Module]:
    """Return the networks among a method's attributes, and among what lists, mappings and plain objects there hold.

    A part of another network that is found is not listed again.
    """
    from torch import nn

    found = {id(each): each for each in _held(method, 2) if isinstance(each, nn.Module)}
    parts = {id(part) for network in found.values() for part in network.modules() if part is not network}
    return [network for key, network in found.items() if key not in parts]


def _held(value: object, depth: int) -> Iterator[object]:
    """Yield what an object holds, down to this depth of plain objects; networks are not looked into."""
    from torch import Tensor, nn

    if isinstance(value, (list, tuple)):
        inside: list[object] = list(value)
    elif isinstance(value, Mapping):
        inside = list(value.values())
    elif isinstance(value, (nn.Module, Tensor, type)) or not hasattr(value, "__dict__") or not depth:
        return
    else:
        inside, depth = list(vars(value).values()), depth - 1
    for each in inside:
        yield each
        yield from _held(each, depth)


def num_parameters(networks: Sequence[nn.Module]) -> int | None:
    """Return how many parameters the networks have, shared ones once; `None` where there is no network."""
    if not networks:
        return None
    return int(sum({id(each): each.numel() for network in networks for each in network.parameters()}.values()))


class Evaluations:
    """Counts for how many inputs each layer with parameters is evaluated."""

    def __init__(self, networks: Sequence[nn.Module], num_samples: int) -> None:
        """Look at these networks, where `num_samples` are drawn per condition."""
        self._layers = [layer for network in networks for layer in _layers(network)]
        self._k = num_samples
        self._inputs = [0] * len(self._layers)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count in this block."""
        with ExitStack() as stack:
            for place, layer in enumerate(self._layers):
                stack.callback(layer.register_forward_hook(self._hook(place)).remove)
            yield

    def _hook(self, place: int) -> Callable[[nn.Module, Any, Any], None]:
        def count(layer: nn.Module, given: Any, output: Any) -> None:
            shape: tuple[int, ...] = getattr(output, "shape", ())
            if len(shape) > 1:  # [N, …], or [B, K, …] of layers that work on the last axis
                self._inputs[place] += shape[0] * (shape[1] if len(shape) == 3 and shape[1] == self._k else 1)

        return count

    def per_sample(self, samples: int) -> float | None:
        """Return how often the layer that is used most is evaluated for each of `samples`; `None` where none is."""
        most = max(self._inputs, default=0)
        return most / samples if most and samples else None


def _layers(network: nn.Module) -> Iterator[nn.Module]:
    """Yield the parts of a network that have parameters of their own.

    What is inside torch's own attention is left out, since that computes otherwise while somebody listens.
    """
    from torch import nn

    if isinstance(network, (nn.TransformerEncoder, nn.TransformerEncoderLayer, nn.MultiheadAttention)):
        return
    if any(True for _ in network.parameters(recurse=False)):
        yield network
    for part in network.children():
        yield from _layers(part)
