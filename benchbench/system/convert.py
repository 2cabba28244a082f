"""Weights of other programs (`.pth`, `.pt`, `.ckpt`, `.bin`) as safetensors, executing nothing of what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.core import BenchbenchError, MissingData
from benchbench.system.files import write_bytes
from benchbench.system.regular import open_regular, shown
from benchbench.system.signatures import what_file

if TYPE_CHECKING:
    from torch import Tensor

PREFIXES = ("module.", "_orig_mod.")
"""What `DataParallel` and `torch.compile` put before each name."""
USUAL = ("state_dict", "model_state_dict", "model", "params_ema", "params", "ema", "generator", "net")
"""Under which keys programs keep the tensors, the likeliest first."""


def convert(source: Path, target: Path, key: str = "") -> dict[str, Tensor]:
    """Write the named tensors of a file of `torch.save` as safetensors, and return them.

    `key` says under which key of the file they are (`a.b` for nested ones); without one the file itself, then the usual
    keys are tried. Prefixes of `DataParallel` and `torch.compile` are removed. Nothing in the file is executed. Raise
    `BenchbenchError` where it holds no tensors, or other objects than tensors, numbers and text.
    """
    import torch
    from safetensors.torch import save

    state = _named(_loaded(source), key, source)
    names = {name: _without_prefixes(name) for name in state}
    if len(set(names.values())) < len(names):
        raise BenchbenchError(f"{shown(source)}: two tensors have one name without {' and '.join(PREFIXES)}")
    tensors = {names[name]: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in state.items()}
    bad = [name for name, each in tensors.items() if each.is_floating_point() and not bool(torch.isfinite(each).all())]
    if bad:
        raise BenchbenchError(f"{shown(source)}: {bad[0]} has values that are not finite; nothing was written")
    write_bytes(target, save(tensors))
    return tensors


def _loaded(source: Path) -> Any:
    import torch

    try:
        with open_regular(source) as file:
            return torch.load(file, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise MissingData(f"{shown(source)}: there is no such file") from None
    except BenchbenchError:
        raise
    except Exception as error:  # what is no such file fails in as many ways as it likes
        found = what_file(source)
        what = f"it is {found}" if found else type(error).__name__  # torch's own words advise to load it unsafely
        raise BenchbenchError(
            f"{shown(source)} cannot be read as tensors alone ({what}); nothing in it was executed"
        ) from None


def _named(state: Any, key: str, source: Path) -> dict[str, Tensor]:
    import torch

    for part in filter(None, key.split(".")):
        if not isinstance(state, Mapping) or part not in state:
            raise BenchbenchError(f"{shown(source)} has no key {key!r}; {_keys(state)}")
        state = state[part]
    candidates = [state]
    if not key and isinstance(state, Mapping):
        candidates += [state[name] for name in USUAL if isinstance(state.get(name), Mapping)]
    for each in candidates:
        if isinstance(each, Mapping) and each and all(isinstance(value, torch.Tensor) for value in each.values()):
            return {str(name): tensor for name, tensor in each.items()}
    raise BenchbenchError(f"{shown(source)} does not hold named tensors alone; {_keys(state)}; name one with --key")


def _keys(state: Any) -> str:
    if not isinstance(state, Mapping):
        return f"it holds a {type(state).__name__}"
    names = [str(name) for name in state]
    return f"its keys are {', '.join(map(shown, names[:8]))}" + (", …" if len(names) > 8 else "")


def _without_prefixes(name: str) -> str:
    while name.startswith(PREFIXES):
        name = name.split(".", 1)[1]
    return name
