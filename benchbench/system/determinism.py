"""Computing so that nothing outside can change a number, also where threads compute side by side."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchbench.core.engine import GLOBAL_RANDOM

_SETTINGS = threading.Lock()
_inside = 0
"""How many threads are inside `isolated`."""
_before: dict[str, Any] = {}
"""The process-wide settings as the first of them found them."""


@contextmanager
def isolated(device: str, gradients: bool = False) -> Iterator[None]:
    """Compute on one CPU thread, without TF32, and restore the global generators and settings at the end.

    The settings belong to the process: the first thread that enters sets them, the last one that leaves restores them.
    Gradients are a setting of each thread: off, unless `gradients`.
    """
    import torch

    _enter(device)
    try:
        with torch.set_grad_enabled(gradients):
            yield
    finally:
        _leave()


def _enter(device: str) -> None:
    import torch

    global _inside
    with _SETTINGS:
        backends = torch.backends
        if _inside == 0:
            with GLOBAL_RANDOM:
                _before["random"] = torch.get_rng_state()
            _before["threads"] = torch.get_num_threads()
            _before["tf32"] = backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32
            _before["deterministic"] = backends.cudnn.deterministic
            _before["cuda"] = {}
        if device.startswith("cuda") and device not in _before["cuda"]:
            _before["cuda"][device] = torch.cuda.get_rng_state(device)
        if device == "cpu":
            torch.set_num_threads(1)
        backends.cuda.matmul.allow_tf32 = backends.cudnn.allow_tf32 = False
        backends.cudnn.deterministic = True
        _inside += 1


def _leave() -> None:
    import torch

    global _inside
    with _SETTINGS:
        _inside -= 1
        if _inside:
            return
        with GLOBAL_RANDOM:
            torch.set_rng_state(_before["random"])
            for device, state in _before["cuda"].items():
                torch.cuda.set_rng_state(state, device)
        torch.set_num_threads(_before["threads"])
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = _before["tf32"]
        torch.backends.cudnn.deterministic = _before["deterministic"]
        _before.clear()
