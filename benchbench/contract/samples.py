"""The contract of samples: `sample` returns them, and they fit the task's sample space."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from benchbench.contract.findings import Check, Failed, Finding, Passed, Skipped, Warned, line_of, raised_at
from benchbench.contract.sampling import ALL, Sampling
from benchbench.core import BenchbenchError, Method, MissingData, Unsupported
from benchbench.evaluation.leaks import copied, holds_a_reference

MANY = 200
"""The number of samples in which values that are sometimes wrong are looked for."""


def prepares(case: Sampling) -> Finding:
    """`prepare` gets ready, or says by one of the suite's own errors why not."""
    try:
        case.examples  # noqa: B018 (they are read here)
    except MissingData as error:
        return Skipped(str(error))
    try:
        case.ready  # noqa: B018 (it is made here)
    except BenchbenchError as error:
        return Failed(f"prepare() refused: {error}", "a method that is ready", raised_at(error, case.files))
    return Passed("it is ready")


def returns(case: Sampling) -> Finding:
    """`sample` returns a tensor."""
    import torch

    try:
        samples = case.drawn
    except Unsupported as error:
        expected = "prepare() to raise Unsupported, so that the run is skipped"
        return Failed(f"sample() refused: {error}", expected, raised_at(error, case.files))
    if not isinstance(samples, torch.Tensor):
        return Failed(f"sample() returned {type(samples).__name__}", "a torch.Tensor", case.where)
    return Passed("sample() returned a tensor")


def device(case: Sampling) -> Finding:
    """Samples are on the device that was asked for."""
    samples = case.drawn
    if samples.device.type != "cpu":
        return Failed(f"samples are on {samples.device}", "cpu, the device that prepare() was given", case.where)
    return Passed("cpu")


def dtype(case: Sampling) -> Finding:
    """Samples are of the task's type: `uint8` images, `float32` points."""
    samples = case.drawn
    wanted = case.task.space.dtype
    if str(samples.dtype) == f"torch.{wanted}":
        return Passed(wanted)
    advice = f"{wanted}: scale to 0..255, round, clamp and cast" if wanted == "uint8" else wanted
    spread = f" in {float(samples.min()):.3g}..{float(samples.max()):.3g}" if samples.numel() else ""
    return Failed(f"samples are {str(samples.dtype).removeprefix('torch.')}{spread}", advice, case.where)


def shape(case: Sampling) -> Finding:
    """Samples are `[B, K, *shape]`: three conditions of three samples each."""
    samples = case.drawn
    own = case.task.space.shape
    if samples.ndim == 2 + len(own) and len(samples) == len(ALL) and tuple(samples.shape[2:]) == own:
        return Passed(str(list(samples.shape)))
    return Failed(f"sample() returned shape {list(samples.shape)}", str([len(ALL), 3, *own]), case.where)


def numbers(case: Sampling) -> Finding:
    """The number of samples is the one asked for, down to one sample of one condition."""
    for which, num_samples in ((ALL, 3), ((0,), 1), ((0,), 5), (ALL, 1), (ALL[:2], 2)):
        samples = case.draw(which, num_samples)
        if tuple(samples.shape[:2]) != (len(which), num_samples):
            asked = f"{num_samples} samples of {len(which)} conditions"
            return Failed(
                f"asked for {asked}, sample() returned {list(samples.shape)}",
                f"{[len(which), num_samples]} in front",
                case.where,
            )
    return Passed("K = 1, 2, 3, 5 and B = 1, 2, 3")


def values(case: Sampling) -> Finding:
    """No sample of many holds NaN, or values that do not fit in a byte."""
    import torch

    from benchbench.contract.casts import CastWatch

    drawn, began = 0, time.perf_counter()
    for seed in range(MANY):
        with CastWatch(case.files) as watch:
            samples = case.draw(num_samples=14, seed=seed)
        if watch.found:
            return Failed(watch.found, "finite values, clamped to 0..255 before they are cast", watch.where)
        if samples.is_floating_point() and not bool(torch.isfinite(samples).all()):
            return Failed("samples hold NaN or infinite values", "finite values", case.where)
        drawn += samples.shape[0] * samples.shape[1]
        if drawn >= MANY or time.perf_counter() - began > case.seconds / 4:
            break
    return Passed(f"{drawn} samples are finite and in range")


def answers(case: Sampling) -> Finding:
    """No sample is a reference of the test split, to within one grey level, unless `reads_the_answers` is set."""
    if case.method.cls.reads_the_answers:
        return Passed("it reads the answers, and says so")
    if case.task.space.kind != "images":
        return Passed("points: there are no grey levels to compare")
    pairs = zip(case.draw(num_samples=8), case.examples, strict=False)
    number = sum(holds_a_reference(samples, example.references) for samples, example in pairs)
    if any(copied(number, len(case.examples))):
        seen = f"samples of {number} of {len(case.examples)} conditions are references of the test split"
        return Failed(seen, "samples made without the answers", case.where)
    return Passed(f"no reference of {len(case.examples)} conditions is among 8 samples of each")


def modules(case: Sampling) -> Finding:
    """Networks are in eval mode when they sample, and samples carry no gradients."""
    import torch
    from torch.nn.modules.batchnorm import _NormBase
    from torch.nn.modules.dropout import _DropoutNd

    samples = case.drawn
    if samples.requires_grad:
        return Failed("samples require gradients", "none: torch.no_grad() around the network's call", case.where)
    networks = {name: each for name, each in _attributes(case.ready) if isinstance(each, torch.nn.Module)}
    for attribute, network in networks.items():
        for name, module in network.named_modules():
            if module.training and isinstance(module, (_NormBase, _DropoutNd)):
                path = f"self.{attribute}" + (f".{name}" if name else "")
                kind = type(module).__name__
                expected = f"self.{attribute}.eval() in prepare()"
                return Failed(f"{path} ({kind}) is in training mode", expected, line_of(case.method.cls.prepare))
    training = [name for name, network in networks.items() if network.training]
    if training:
        return Warned(f"self.{training[0]} is in training mode", "call .eval() in prepare()")
    return Passed(f"{', '.join(f'self.{name}' for name in networks)}: eval mode" if networks else "no network is kept")


def _attributes(method: Method) -> Iterator[tuple[str, Any]]:
    """Yield the names and values of attributes, and of what lists and mappings among them hold."""
    for name, value in vars(method).items():
        yield name, value
        if isinstance(value, Mapping):
            yield from ((f"{name}[{key!r}]", each) for key, each in value.items())
        elif isinstance(value, (list, tuple)):
            yield from ((f"{name}[{i}]", each) for i, each in enumerate(value))


SOUND = ("returns", "device", "dtype", "shape", "numbers")
"""Checks without which nothing can be said of the samples' values."""
CHECKS = (
    Check(prepares),
    Check(returns, needs=("prepares",)),
    Check(device, needs=("returns",)),
    Check(dtype, needs=("device",)),
    Check(shape, needs=("device",)),
    Check(numbers, needs=("shape",)),
    Check(values, needs=SOUND),
    Check(answers, needs=SOUND),
    Check(modules, needs=SOUND),
)
