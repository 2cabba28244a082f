"""The global state of the process, which a plugin must not change."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Setting:
    """One global value: its name, how it is read and how it is restored."""

    name: str
    get: Callable[[], Any]
    put: Callable[[Any], Any]


def generators() -> tuple[Setting, ...]:
    """Return the states of the global random generators of torch, numpy and random."""
    import torch

    return (
        Setting("torch", lambda: torch.get_rng_state().numpy().tobytes(), _put_torch),
        Setting("numpy", lambda: _frozen(np.random.get_state()), lambda state: np.random.set_state(_thawed(state))),
        Setting("random", random.getstate, random.setstate),
    )


def settings() -> tuple[Setting, ...]:
    """Return the other global settings that a library could change."""
    import torch

    cudnn = torch.backends.cudnn
    return (
        Setting("torch.get_num_threads()", torch.get_num_threads, torch.set_num_threads),
        Setting("torch.get_default_dtype()", torch.get_default_dtype, torch.set_default_dtype),
        Setting("torch.get_default_device()", torch.get_default_device, _put_device),
        Setting("torch.is_grad_enabled()", torch.is_grad_enabled, torch.set_grad_enabled),
        Setting(
            "torch.are_deterministic_algorithms_enabled()",
            torch.are_deterministic_algorithms_enabled,
            torch.use_deterministic_algorithms,
        ),
        Setting("torch.backends.cudnn.benchmark", lambda: cudnn.benchmark, lambda on: setattr(cudnn, "benchmark", on)),
        Setting("numpy.geterr()", np.geterr, lambda kinds: np.seterr(**kinds)),
        Setting("os.getcwd()", os.getcwd, os.chdir),
    )


def read(what: Sequence[Setting]) -> dict[str, Any]:
    """Return the present values by name."""
    return {each.name: each.get() for each in what}


def put_back(what: Sequence[Setting], values: dict[str, Any]) -> None:
    """Restore the values that changed."""
    for each in what:
        if each.get() != values[each.name]:
            each.put(values[each.name])


def seed_generators(seed: int) -> None:
    """Seed the three global generators, so that a reader of them always gets the same values."""
    import torch

    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)


def _put_torch(state: bytes) -> None:
    import torch

    torch.set_rng_state(torch.from_numpy(np.frombuffer(state, dtype=np.uint8).copy()))


def _put_device(device: Any) -> None:
    import torch

    torch.set_default_device(None if str(device) == "cpu" else device)


def _frozen(state: Any) -> tuple[Any, ...]:
    """Return numpy's state with its array as bytes, which compare."""
    name, keys, *rest = state
    return (name, keys.tobytes(), *rest)


def _thawed(state: tuple[Any, ...]) -> tuple[Any, ...]:
    name, keys, *rest = state
    return (name, np.frombuffer(keys, dtype=np.uint32), *rest)
