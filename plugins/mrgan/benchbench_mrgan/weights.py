"""Reading checkpoints: safetensors files, float16 on disk, that say what they are of."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from benchbench.core import BenchbenchError, Method, MissingData, Task
from benchbench.names import format_method
from safetensors import SafetensorError, safe_open
from torch import Tensor

from benchbench_mrgan.network import Network


def load(path: Path, make: Callable[[], Network], method: Method, task: Task) -> Network:
    """Return a network with the weights at `path`, in eval mode, without gradients; raise what is wrong with them."""
    tensors, identity = _read(path)
    _check_origin(path, identity, method, task)
    with torch.random.fork_rng(devices=[]):  # initial weights are drawn, only to be replaced
        network = make()
    expected = {
        name: tuple(tensor.shape)
        for name, tensor in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    given = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    if given != expected:
        name = sorted(name for name in {*given, *expected} if given.get(name) != expected.get(name))[0]
        raise BenchbenchError(
            f"{path} does not hold the weights of {method.name} for {task.name}: {name} is"
            f" {_shape(given.get(name))}, expected {_shape(expected.get(name))}"
        )
    network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, strict=False)
    return network.eval().requires_grad_(False)


def _read(path: Path) -> tuple[dict[str, Tensor], Any]:
    if not path.is_file():
        raise MissingData(f"no checkpoint at {path}")
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no mapping)
            return tensors, json.loads((file.metadata() or {}).get("training", "{}"))
    except (SafetensorError, OSError, ValueError) as error:
        raise BenchbenchError(f"{path} is not a safetensors checkpoint ({type(error).__name__}: {error})") from None


def _check_origin(path: Path, identity: Any, method: Method, task: Task) -> None:
    """Raise if the file says that it is of another task, or of a method with other options."""
    if not identity:
        return
    try:
        origin = format_method(identity["method"]["name"], identity["method"]["options"]), identity["task"]["name"]
    except (AttributeError, KeyError, TypeError):
        raise BenchbenchError(f"{path} is not from `benchbench fit`: its metadata name no method and task") from None
    asked = format_method(method.name, method.options()), task.name
    if origin != asked:
        raise BenchbenchError(f"{path} is of {origin[0]} trained on {origin[1]}, not of {asked[0]} on {asked[1]}")


def _shape(shape: tuple[int, ...] | None) -> str:
    return "absent" if shape is None else "a number" if shape == () else " x ".join(map(str, shape))
