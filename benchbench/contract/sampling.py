"""What a method is held to when it samples for a task."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench import evaluation
from benchbench.contract import state
from benchbench.contract.findings import Check, Failed, Finding, Passed, Skipped, Warned, line_of, raised_at
from benchbench.contract.method import MethodItem
from benchbench.core import BenchbenchError, Conditions, Example, Method, MissingData, Unsupported
from benchbench.noise import Noise

if TYPE_CHECKING:
    from torch import Tensor

ALL = (0, 1, 2)
"""Three conditions of the task, far apart."""
MANY = 200
"""How many samples are looked at for values that are wrong at times."""
ROUNDING = 0.01
"""Share of values that may be off by one grey level when sums are taken in another order."""


class Sampling:
    """A method on a task, to be asked for samples in many ways."""

    def __init__(self, method: MethodItem, task: str) -> None:
        self.method, self.task, self.seconds = method, evaluation.get_task(task), method.seconds
        self.label, self.files = f"{method.label} on {task}", method.files
        self.where = line_of(method.cls.sample)
        self.found: dict[str, Finding] = {}

    @functools.cached_property
    def examples(self) -> list[Example]:
        """Three test examples, far apart; fewer where there are fewer."""
        found = self.task.examples("test")
        number = min(len(found), len(ALL))
        return [found[i * len(found) // number] for i in range(number)]

    def prepared(self) -> Method:
        """Return a new object, made ready."""
        method = self.method.make()
        method.prepare(self.task, "cpu", self.method.checkpoint)
        return method

    @functools.cached_property
    def ready(self) -> Method:
        """The object that most checks share."""
        return self.prepared()

    def conditions(self, which: Sequence[int]) -> Conditions:
        """Return the batch of these conditions."""
        import torch

        examples = [self.examples[i % len(self.examples)] for i in which]
        values = {
            modality: torch.stack([example.condition[modality] for example in examples])
            for modality in examples[0].condition
        }
        return Conditions(tuple(example.id for example in examples), values)

    def draw(
        self,
        which: Sequence[int] = ALL,
        num_samples: int = 3,
        seed: int = 0,
        method: Method | None = None,
        conditions: Conditions | None = None,
    ) -> Any:
        """Return what `sample` gives for the noise of these conditions; global generators are seeded the same before.

        `conditions`: other ones than those whose noise it is.
        """
        state.seed_generators(0)
        own = self.conditions(which)
        noise = Noise.for_samples((self.task.name, self.task.version), seed, own.ids, num_samples)
        return (method or self.ready).sample(conditions or own, num_samples, noise)


def prepares(case: Sampling) -> Finding:
    """`prepare` gets ready, or says in a sentence of the suite's own errors why not."""
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
        samples = case.draw()
    except Unsupported as error:
        expected = "prepare() to raise Unsupported, so that the run is skipped"
        return Failed(f"sample() refused: {error}", expected, raised_at(error, case.files))
    if not isinstance(samples, torch.Tensor):
        return Failed(f"sample() returned {type(samples).__name__}", "a torch.Tensor", case.where)
    return Passed("sample() returned a tensor")


def device(case: Sampling) -> Finding:
    """Samples are on the device that was asked for."""
    samples = case.draw()
    if samples.device.type != "cpu":
        return Failed(f"samples are on {samples.device}", "cpu, the device that prepare() was given", case.where)
    return Passed("cpu")


def dtype(case: Sampling) -> Finding:
    """Samples are of the task's type: `uint8` images, `float32` points."""
    samples = case.draw()
    wanted = case.task.space.dtype
    if str(samples.dtype) == f"torch.{wanted}":
        return Passed(wanted)
    advice = f"{wanted}: scale to 0..255, round, clamp and cast" if wanted == "uint8" else wanted
    spread = f" in {float(samples.min()):.3g}..{float(samples.max()):.3g}" if samples.numel() else ""
    return Failed(f"samples are {str(samples.dtype).removeprefix('torch.')}{spread}", advice, case.where)


def shape(case: Sampling) -> Finding:
    """Samples are `[B, K, *shape]`: three conditions of three samples each."""
    samples = case.draw()
    own = case.task.space.shape
    if samples.ndim == 2 + len(own) and len(samples) == len(ALL) and tuple(samples.shape[2:]) == own:
        return Passed(str(list(samples.shape)))
    return Failed(f"sample() returned shape {list(samples.shape)}", str([len(ALL), 3, *own]), case.where)


def numbers(case: Sampling) -> Finding:
    """As many samples as were asked for, down to one of one condition."""
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
            samples = case.draw(num_samples=16, seed=seed)
        if watch.found:
            return Failed(watch.found, "finite values, clamped to 0..255 before they are cast", watch.where)
        if samples.is_floating_point() and not bool(torch.isfinite(samples).all()):
            return Failed("samples hold NaN or infinite values", "finite values", case.where)
        drawn += samples.shape[0] * samples.shape[1]
        if drawn >= MANY or time.perf_counter() - began > case.seconds / 4:
            break
    return Passed(f"{drawn} samples are finite and in range")


def modules(case: Sampling) -> Finding:
    """Networks are in eval mode when they sample, and samples carry no gradients."""
    import torch
    from torch.nn.modules.batchnorm import _NormBase
    from torch.nn.modules.dropout import _DropoutNd

    samples = case.draw()
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


def global_state(case: Sampling) -> Finding:
    """No global random generator is read or changed, nor anything else that is global."""
    import torch

    rest, drawn, after = state.settings(), [], []
    prepared_by: set[str] = set()
    for seed, threads in ((1, 3), (2, 2)):
        torch.set_num_threads(threads)
        state.seed_generators(seed)
        before, settings = state.read(state.generators()), state.read(rest)
        method = case.prepared()
        between = state.read(state.generators())
        changed = _changed_setting("prepare", settings, state.read(rest), line_of(case.method.cls.prepare))
        own = case.conditions(ALL)
        noise = Noise.for_samples((case.task.name, case.task.version), 0, own.ids, 3)
        drawn.append(method.sample(own, 3, noise))
        end = state.read(state.generators())
        changed = changed or _changed_setting("sample", settings, state.read(rest), case.where)
        if changed:
            return changed
        prepared_by |= {name for name in before if between[name] != before[name]}
        after.append((between, end))
    for name in after[0][1]:
        if any(between[name] != end[name] for between, end in after):
            return _generator("sample", name, after[0][1][name] == after[1][1][name], case.where)
        if name in prepared_by and after[0][0][name] == after[1][0][name]:
            return _generator("prepare", name, True, line_of(case.method.cls.prepare))
    if not torch.equal(drawn[0], drawn[1]):
        return Failed("samples depend on the seed of a global generator", "all randomness from `noise`", case.where)
    if prepared_by:
        return Warned(
            f"prepare() draws from the global generator of {' and '.join(sorted(prepared_by))}",
            "harmless where the weights are replaced; torch.random.fork_rng() around it leaves no trace",
        )
    return Passed("torch, numpy and random are left alone")


def _changed_setting(what: str, before: dict[str, Any], after: dict[str, Any], where: str) -> Failed | None:
    for name, value in before.items():
        if after[name] != value:
            return Failed(f"{what}() changed {name} from {value} to {after[name]}", "it as it was", where)
    return None


def _generator(what: str, name: str, seeded: bool, where: str) -> Failed:
    does = "sets the seed of" if seeded else "draws from"
    return Failed(f"{what}() {does} the global generator of {name}", "all randomness from `noise`", where)


def deterministic(case: Sampling) -> Finding:
    """The same seed gives the same samples, from one object and from a new one."""
    import torch

    first = case.draw()
    for what, again in (("the same object", case.draw()), ("a new object", case.draw(method=case.prepared()))):
        if not torch.equal(first, again):
            return Failed(
                f"a second call of {what} with the same noise gives other samples ({_difference(first, again)})",
                "the same: all randomness from `noise`, and no state that sampling changes",
                case.where,
            )
    return Passed("the same seed gives the same samples")


def batch(case: Sampling) -> Finding:
    """A condition's samples do not depend on what else is in the batch, nor on its order."""
    import torch

    if case.method.cls.uses_batch_generator:
        return Passed("its noise belongs to the batch, as it says")
    together = case.draw()
    alone = torch.cat([case.draw((i,)) for i in ALL])
    reversed_ = case.draw(ALL[::-1]).flip(0)
    for what, other in (("alone", alone), ("in another order", reversed_)):
        if torch.equal(together, other):
            continue
        seen = f"a condition {what} gives other samples than in a batch ({_difference(together, other)})"
        if _is_rounding(together, other):
            return Warned(seen, "call the network for one condition at a time (noise.condition(i)) to be exact")
        expected = "the same: `noise.normal(…)` draws a stream a sample (`noise.generator()` is one for the batch)"
        return Failed(seen, expected, case.where)
    return Passed("alone, in a batch and in another order: the same samples")


def noise(case: Sampling) -> Finding:
    """The samples of one condition differ, and so do those of another seed."""
    samples = case.draw(num_samples=4)
    if bool((samples == samples[:, :1]).all()):
        return Warned("the samples of one condition are all the same", "its diversity is 0: is `noise` used?")
    if bool((samples == case.draw(num_samples=4, seed=1)).all()):
        return Warned("another seed gives the same samples", "runs with other seeds tell nothing new")
    return Passed("samples of one condition differ, and with the seed")


def condition(case: Sampling) -> Finding:
    """The condition matters, and each modality of it."""
    own = case.conditions(ALL)
    if not own.values:
        return Passed("the task gives none")
    others = case.conditions((1, 2, 0))
    samples = case.draw()

    def matters(conditions: Conditions) -> bool:
        return bool((case.draw(conditions=conditions) != samples).any())

    if not matters(others):
        return Warned("the samples are the same under other conditions", "is `conditions` used?")
    if matters(Conditions(others.ids, own.values)):
        return Passed("it matters, by its id")
    ignored = [
        each for each in own.values if not matters(Conditions(own.ids, {**own.values, each: others.values[each]}))
    ]
    if ignored:
        return Warned(f"conditions[{ignored[0]!r}] does not matter", "is it used?")
    return Passed(f"{', '.join(own.values)}: it matters")


def inputs(case: Sampling) -> Finding:
    """The condition is left as it was."""
    import torch

    own, given = case.conditions(ALL), case.conditions(ALL)
    case.draw(conditions=given)
    for modality, value in own.values.items():
        if not torch.equal(value, given.values[modality]):
            seen = f"sample() changed conditions[{modality!r}] in place"
            return Failed(seen, "it as it was: the metrics compare with it", case.where)
    return Passed("conditions are left as they were")


def files(case: Sampling) -> Finding:
    """Nothing is written in the working directory."""
    here = Path.cwd()
    case.draw(method=case.prepared())
    found = sorted(str(path.relative_to(here)) for path in here.rglob("*"))
    if found:
        return Failed(f"it wrote {', '.join(found[:3])} in the working directory", "nothing there", case.where)
    return Passed("nothing is written in the working directory")


def checkpoint(case: Sampling) -> Finding:
    """The checkpoint is there, is what `prepare` loads, and a wrong path is told."""
    import torch

    from benchbench.runs import checkpoint_hash

    method, where = case.method.make(), line_of(case.method.cls.prepare)
    path = case.method.checkpoint or method.default_checkpoint(case.task)
    if path is None:
        return Passed("it has none")
    if not path.exists():
        place = line_of(case.method.cls.default_checkpoint)
        return Failed(f"default_checkpoint() is {path}, which does not exist", "a file that ships, or None", place)
    again = case.method.make()
    again.prepare(case.task, "cpu", path)
    if not torch.equal(case.draw(), case.draw(method=again)):
        return Failed(f"prepare(…, {path.name}) samples otherwise than prepare(…, None)", "the same weights", where)
    try:
        case.method.make().prepare(case.task, "cpu", Path.cwd() / "no-such-checkpoint")
    except BenchbenchError:
        return Passed(f"{path.name}, {checkpoint_hash(path)[:12]}; a wrong path is told")
    except Exception as error:
        return Warned(f"a wrong path raises {type(error).__name__}", "raise benchbench.MissingData with the path")
    return Failed("prepare() took a checkpoint that does not exist", "benchbench.MissingData, or its weights", where)


def _difference(one: Tensor, other: Tensor) -> str:
    if one.shape != other.shape:
        return f"{list(one.shape)} and {list(other.shape)}"
    return f"{float((one != other).double().mean()):.0%} of the values, by up to {_largest(one, other):.3g}"


def _largest(one: Tensor, other: Tensor) -> float:
    return float((one.double() - other.double()).abs().max())


def _is_rounding(one: Tensor, other: Tensor) -> bool:
    if one.shape != other.shape:
        return False
    if one.is_floating_point():
        return _largest(one, other) < 1e-4 * float(one.abs().max())
    return _largest(one, other) <= 1 and float((one != other).double().mean()) < ROUNDING


_SAMPLES = ("returns", "device", "dtype", "shape", "numbers")
_FIXED = (*_SAMPLES, "modules", "global-state", "deterministic")
CHECKS = (
    Check(prepares),
    Check(returns, needs=("prepares",)),
    Check(device, needs=("returns",)),
    Check(dtype, needs=("device",)),
    Check(shape, needs=("device",)),
    Check(numbers, needs=("shape",)),
    Check(values, needs=_SAMPLES),
    Check(modules, needs=_SAMPLES),
    Check(global_state, needs=(*_SAMPLES, "modules")),
    Check(deterministic, needs=(*_SAMPLES, "modules", "global-state")),
    Check(batch, needs=_FIXED),
    Check(noise, needs=_FIXED),
    Check(condition, needs=_FIXED),
    Check(inputs, needs=_FIXED),
    Check(files, needs=("returns",)),
    Check(checkpoint, needs=_FIXED),
)
