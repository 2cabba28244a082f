"""Checkpoints: safetensors files that say in one metadata entry, `training`, what they are of and what made them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.core import BenchbenchError, Method, MissingData, Task
from benchbench.specs import format_method
from benchbench.system.envelope import SEAL, Damaged
from benchbench.system.files import write_bytes
from benchbench.system.signatures import what_file

if TYPE_CHECKING:
    from torch import Tensor, nn


def write(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    """Write the tensors with what they are of, atomically; raise `BenchbenchError` where one is not finite."""
    import torch
    from safetensors.torch import save

    if not isinstance(tensors, Mapping) or not all(isinstance(each, torch.Tensor) for each in tensors.values()):
        raise BenchbenchError(f"weights() gave no mapping of names to tensors: {path} is not written")
    broken = _not_finite(tensors)
    if broken:
        raise BenchbenchError(f"{broken} has values that are not finite: {path} is not written")
    # copies, for safetensors takes no two names of one storage
    kept = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    # one entry alone: safetensors writes several in any order, and the file has a hash
    said = {**about, SEAL: content_hash(kept, about)}
    write_bytes(path, save(kept, metadata={"training": json.dumps(said, sort_keys=True)}))


def content_hash(tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> str:
    """Return the SHA-256 over what a checkpoint says of its training and its tensors, in the order of their names."""
    import torch

    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        digest.update(f"\n{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _not_finite(tensors: Mapping[str, Tensor]) -> str | None:
    """Return the name of the first tensor with NaN or infinity; `None` where all are finite."""
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            return name
    return None


def origin(path: Path) -> dict[str, Any] | None:
    """Return what a checkpoint says of its training, or `None` where it is no such file or says nothing."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            found, _ = _about(file)
    except (SafetensorError, OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def read(path: Path, method: Method, task: Task) -> dict[str, Tensor]:
    """Return the tensors of a checkpoint; raise if it is of another task, method or options, or no checkpoint."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise MissingData(f"{path} is not a regular file" if path.exists() else f"no checkpoint at {path}")
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no mapping)
            about, stated = _about(file)
    except (SafetensorError, OSError, ValueError) as error:
        raise BenchbenchError(f"{path} is not a safetensors checkpoint ({_why(path, error)})") from None
    if stated is not None and stated != content_hash(tensors, about):
        raise Damaged(f"{path} is damaged: its checksum does not match its content; train again, or take a copy")
    _check_origin(path, about, method, task)
    broken = _not_finite(tensors)
    if broken:
        raise BenchbenchError(
            f"{path}: {broken} has NaN or infinite values; train again, or take an earlier checkpoint"
        )
    return tensors


def _why(path: Path, error: Exception) -> str:
    """Return what a file is that is no safetensors file, and what to do with it."""
    found = what_file(path)
    if "torch.save" in found or "pickle" in found:
        return f"it is {found}; convert it with `benchbench weights convert {path}`"
    return f"it is {found}" if found and "safetensors" not in found else f"{type(error).__name__}: {error}"


def fill(module: nn.Module, tensors: Mapping[str, Tensor], source: str) -> None:
    """Give the module these weights, as float32; raise `BenchbenchError` naming the first that does not fit."""
    expected = {
        name: tuple(tensor.shape)
        for name, tensor in module.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    given = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    if given != expected:
        name = sorted(name for name in {*given, *expected} if given.get(name) != expected.get(name))[0]
        raise BenchbenchError(
            f"{source} does not hold these weights: {name} is {_shape(given.get(name))},"
            f" expected {_shape(expected.get(name))}"
        )
    module.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, strict=False)


def shipped(folder: Path, method: Method, task: Task) -> Path | None:
    """Return the checkpoint that a plugin ships in `folder` for the method, its trained options and the task."""
    path = folder / file_name(method, task.name)
    return path if path.is_file() else None


def file_name(method: Method, task: str) -> str:
    """Return the name under which a plugin ships a checkpoint: `toy-shapes--mr1--family-laplace.safetensors`."""
    label = format_method(method.name, method.trained_options(), type(method)().options())
    plain = label.replace("[", "--").replace("]", "").replace("=", "-").replace(",", "--")
    return f"{task}--{plain}.safetensors"


def _about(file: Any) -> tuple[Any, str | None]:
    """Return what the metadata of an open file say of its training, and its checksum; `None` where they say nothing."""
    about = json.loads((file.metadata() or {}).get("training", "null"))
    return about, about.pop(SEAL, None) if isinstance(about, dict) else None


def _check_origin(path: Path, about: Any, method: Method, task: Task) -> None:
    if not about:
        return
    try:
        options = {
            name: value for name, value in about["method"]["options"].items() if name not in method.sampling_options
        }
        made = format_method(about["method"]["name"], options), about["task"]["name"]
    except (AttributeError, KeyError, TypeError):
        raise BenchbenchError(f"{path} is not from `benchbench fit`: its metadata name no method and task") from None
    asked = format_method(method.name, method.trained_options()), task.name
    if made != asked:
        theirs, ours = _told_apart(about["method"]["name"], options, method)
        raise BenchbenchError(f"{path} is of {theirs} trained on {made[1]}, not of {ours} on {asked[1]}")
    for one, was in ((task, about["task"]), (method, about["method"])):
        version = was.get("version", one.version)
        if version != one.version:
            raise BenchbenchError(f"{path} was trained with version {version} of {one.name}, now {one.version}")


def _told_apart(name: str, options: Mapping[str, Any], method: Method) -> tuple[str, str]:
    """Return how both are called: by name, by the options that are no defaults, or by all where these are the same."""
    defaults, own = type(method)().options(), method.trained_options()
    if name != method.name:
        return name, format_method(method.name, own, defaults)
    brief = [format_method(name, each, defaults) for each in (options, own)]
    whole = [format_method(name, each) for each in (options, own)]
    theirs, ours = brief if brief[0] != brief[1] or whole[0] == whole[1] else whole
    return theirs, ours


def _shape(shape: tuple[int, ...] | None) -> str:
    return "absent" if shape is None else "a number" if shape == () else " x ".join(map(str, shape))
