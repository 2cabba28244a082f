"""The state of an unfinished training: one file, whole or not there, which can be read again and is finite."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchbench.core import BenchbenchError, MissingData
from benchbench.system.envelope import MAGIC, Damaged, unwrap, write_wrapped
from benchbench.system.regular import read_regular, shown


def write(path: Path, state: Mapping[str, Any]) -> None:
    """Write a state atomically; raise `BenchbenchError` where it holds what could not be read again."""
    import torch

    content = io.BytesIO()
    torch.save(dict(state), content)
    if not path.exists():  # the first one shows what all of them hold
        content.seek(0)
        try:
            torch.load(content, map_location="meta", weights_only=True)
        except Exception as error:
            raise BenchbenchError(
                f"state() gave what cannot be read again ({_brief(error)}): give tensors, numbers, texts, lists, dicts"
            ) from None
    write_wrapped(path, content.getvalue())


def read(path: Path, device: str) -> dict[str, Any]:
    """Return a state: what was on a GPU on `device`, the rest on the CPU; raise `MissingData` if it is corrupt."""
    import torch

    def place(storage: Any, tag: str) -> Any:
        return storage if tag == "cpu" else torch.serialization.default_restore_location(storage, device)

    try:
        content = read_regular(path)
        content = unwrap(content, shown(path)) if content.startswith(MAGIC) else content  # of an earlier version
        state: dict[str, Any] = torch.load(io.BytesIO(content), map_location=place, weights_only=True)
        known = {name: state[name] for name in ("trainer", "watch", "made_with")}
        later = {name: state.get(name) for name in ("curve", "health", "spent")}  # that earlier versions lack
        return {**known, "done": int(state["done"]), **later}
    except (torch.cuda.OutOfMemoryError, MemoryError):
        raise
    except Damaged as error:
        raise Damaged(f"{error}; remove it to train from the start") from None
    except Exception as error:
        raise MissingData(f"{path} cannot be read ({_brief(error)}); remove it to train from the start") from None


def kept(path: Path) -> str:
    """Return what is left of a training that stops, in words."""
    if not path.exists():
        return "nothing was saved before it"
    try:
        return kept_at(read(path, "cpu")["done"], path)
    except Exception:  # what stopped the training is reported, not this
        return f"{path} cannot be read"


def kept_at(step: int, path: Path) -> str:
    """Return what is left of a training whose state is of this step, in words."""
    return f"the state of step {step} is kept in {path}; nothing broken was written"


def not_finite(state: Any, name: str = "state") -> str | None:
    """Return the name of the first part of a state that is out of bounds, as `state.network.weight`.

    It is a number that is NaN, or a tensor that has NaN or, unless it is a single number, infinity: the best loss of
    none so far may be infinite, a weight or a moment of an optimizer may not.
    """
    import torch

    if isinstance(state, torch.Tensor):
        bad = state.isnan() if state.numel() == 1 else ~state.isfinite()
        return name if state.is_floating_point() and bool(bad.any()) else None
    if isinstance(state, float):
        return name if math.isnan(state) else None
    if isinstance(state, Mapping):
        parts = [(f"{name}.{key}", value) for key, value in state.items()]
    elif isinstance(state, (list, tuple)):
        parts = [(f"{name}.{index}", value) for index, value in enumerate(state)]
    else:
        return None
    return next((found for part, value in parts if (found := not_finite(value, part))), None)


def _brief(error: Exception) -> str:
    """Return the kind of an error and the line of what it says that tells most."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = next((line for line in lines if "Unsupported" in line), lines[0] if lines else "")
    return f"{type(error).__name__}: {told.partition(' was not an allowed')[0]}".removesuffix(": ")
