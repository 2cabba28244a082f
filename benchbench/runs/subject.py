"""What is under test: a method by name with its options, or an object of this process."""

from __future__ import annotations

import dataclasses
import inspect
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from benchbench.core import BenchbenchError, Conditions, Method, Task
from benchbench.core.noise import Noise
from benchbench.evaluation.answers import shipped_checkpoint
from benchbench.plugins import Registry
from benchbench.specs import convert_options, format_method, label_of

if TYPE_CHECKING:
    from torch import Tensor

Sampler: TypeAlias = "Callable[[Conditions, int, Noise], Tensor]"
"""`(conditions, num_samples, noise) -> uint8[B, K, 3, H, W]`."""


@dataclass(frozen=True)
class Subject:
    """A method with where it comes from."""

    method: Method
    label: str
    """The name with the options that are not the default's."""
    distribution: str
    checkpoint: Path | None
    """The trained weights to test; `None` where the method needs none."""
    token: str = ""
    """Tells an object of this process from every other one, since it has no version; empty for what has a name."""


def by_name(name: str, options: Mapping[str, Any], checkpoint: Path | None, task: Task, registry: Registry) -> Subject:
    """Return the registered method of this name; raise `BenchbenchError` where there is none or an option is wrong."""
    kind: type[Method] = registry.get("methods", name)
    method = kind(**convert_options(kind, options))
    return Subject(
        method=method,
        label=label_of(method, registry.methods),
        distribution=registry.distribution("methods", name),
        checkpoint=checkpoint or shipped_checkpoint(method, task),
    )


def given(subject: Method | Sampler, checkpoint: Path | None, task: Task) -> Subject:
    """Return an object or a function of this process as what is under test; each call tests it on its own."""
    method = subject if isinstance(subject, Method) else _Function(subject)
    defaults = {field.name: field.default for field in dataclasses.fields(method)}
    return Subject(
        method=method,
        label=format_method(method.name, method.options(), defaults),
        distribution="this process",
        checkpoint=checkpoint or shipped_checkpoint(method, task),
        token=secrets.token_hex(8),
    )


def _is_network(given: object) -> bool:
    """Return whether an object is a network whose `forward` does not take what a method's `sample` takes."""
    from torch import nn

    if not isinstance(given, nn.Module):
        return False
    try:
        inspect.signature(given.forward).bind(None, 2, None)
    except TypeError:
        return True
    return "noise" not in inspect.signature(given.forward).parameters


class _Function(Method):
    """A function as a method without options."""

    def __init__(self, function: Sampler) -> None:
        if _is_network(function):
            raise BenchbenchError(
                f"evaluate: a {type(function).__name__} is a torch.nn.Module, which says nothing of conditions and"
                " noise: wrap it in a function (conditions, num_samples, noise) -> samples, or start a plugin with"
                " `benchbench new method NAME --wrap torch-module`"
            )
        if not callable(function):
            raise BenchbenchError(
                f"evaluate: a {type(function).__name__} is not a method: give a name, a Method, or a function"
                " (conditions, num_samples, noise) -> samples"
            )
        raw = getattr(function, "__name__", type(function).__name__)
        self.name = re.sub(r"[^a-z0-9]+", "-", raw.lower()).strip("-") or "function"  # type: ignore[misc]
        self._function = function

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Do nothing: a function is ready."""

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return what the function gives."""
        return self._function(conditions, num_samples, noise)

    def options(self) -> dict[str, Any]:
        """Return no options."""
        return {}
