"""What samples may depend on: their own noise and their own condition, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchbench.contract import state
from benchbench.contract.findings import Check, Failed, Finding, Passed, Warned, line_of
from benchbench.contract.samples import SOUND
from benchbench.contract.sampling import ALL, Sampling
from benchbench.core import Conditions
from benchbench.core.noise import Noise

if TYPE_CHECKING:
    from torch import Tensor

ROUNDING = 0.01
"""Share of values that may be off by one grey level when sums are taken in another order."""


def global_state(case: Sampling) -> Finding:
    """No global random generator is read or changed, nor any other global setting."""
    import torch

    one, other = _watched(case, seed=1, threads=3), _watched(case, seed=2, threads=1)
    changed = one.changed or other.changed
    if changed:
        return changed
    for name, end in one.end.items():
        if one.ready[name] != end or other.ready[name] != other.end[name]:
            return _generator("sample", name, end == other.end[name], case.where)
        if one.start[name] != one.ready[name] == other.ready[name]:
            return _generator("prepare", name, True, line_of(case.method.cls.prepare))
    if not torch.equal(one.samples, other.samples):  # the seed, or the rounding of other threads?
        seeded = not torch.equal(_watched(case, seed=1, threads=1).samples, other.samples)
        if seeded and torch.equal(_watched(case, seed=2, threads=1).samples, other.samples):
            return Failed("samples depend on the seed of a global generator", "all randomness from `noise`", case.where)
    drawn = [name for name in one.start if one.start[name] != one.ready[name]]
    if drawn:
        return Warned(
            f"prepare() draws from the global generator of {' and '.join(drawn)}",
            "harmless where the weights are replaced; torch.random.fork_rng() around it leaves no trace",
        )
    return Passed("torch, numpy and random are left alone")


@dataclass(frozen=True)
class _Watched:
    """The states of the global generators, before and after `prepare` and `sample`."""

    start: dict[str, Any]
    ready: dict[str, Any]
    end: dict[str, Any]
    changed: Failed | None
    """Another global setting that changed."""
    samples: Any


def _watched(case: Sampling, seed: int, threads: int) -> _Watched:
    import torch

    torch.set_num_threads(threads)
    state.seed_generators(seed)
    start, settings = state.read(state.generators()), state.read(state.settings())
    method = case.prepared()
    ready = state.read(state.generators())
    changed = _changed_setting("prepare", settings, line_of(case.method.cls.prepare))
    own = case.conditions(ALL)
    samples = method.sample(own, 3, Noise.for_samples((case.task.name, case.task.version), 0, own.ids, 3))
    changed = changed or _changed_setting("sample", settings, case.where)
    return _Watched(start, ready, state.read(state.generators()), changed, samples)


def _changed_setting(what: str, before: dict[str, Any], where: str) -> Failed | None:
    after = state.read(state.settings())
    for name, value in before.items():
        if after[name] != value:
            return Failed(f"{what}() changed {name} from {value} to {after[name]}", "it unchanged", where)
    return None


def _generator(what: str, name: str, seeded: bool, where: str) -> Failed:
    does = "sets the seed of" if seeded else "draws from"
    return Failed(f"{what}() {does} the global generator of {name}", "all randomness from `noise`", where)


def deterministic(case: Sampling) -> Finding:
    """The same seed gives the same samples, from one object and from a new one."""
    import torch

    for what, again in (("the same object", case.draw()), ("a new object", case.draw(method=case.prepared()))):
        if not torch.equal(case.drawn, again):
            return Failed(
                f"a second call of {what} with the same noise gives other samples ({_difference(case.drawn, again)})",
                "the same: all randomness from `noise`, and no state that sampling changes",
                case.where,
            )
    return Passed("the same seed gives the same samples")


def batch(case: Sampling) -> Finding:
    """A condition's samples do not depend on what else is in the batch, nor on its order."""
    import torch

    if case.method.cls.uses_batch_generator:
        return Passed("its noise belongs to the batch, as it declares")
    together = case.drawn
    alone = torch.cat([case.draw((i,)) for i in ALL])
    reversed_ = case.draw(ALL[::-1]).flip(0)
    for what, other in (("alone", alone), ("in another order", reversed_)):
        if torch.equal(together, other):
            continue
        seen = f"a condition {what} gives other samples than in a batch ({_difference(together, other)})"
        if _is_rounding(together, other):
            return Warned(seen, "for exact equality, call the network for one condition at a time (noise.condition(i))")
        expected = "the same: `noise.normal(…)` draws one stream per sample (`noise.generator()` is one for the batch)"
        return Failed(seen, expected, case.where)
    return Passed("alone, in a batch and in another order: the same samples")


def noise(case: Sampling) -> Finding:
    """The samples of one condition differ, and so do those of another seed."""
    samples = case.draw(num_samples=4)
    if bool((samples == samples[:, :1]).all()):
        return Warned("the samples of one condition are all the same", "its diversity is 0: is `noise` used?")
    if bool((samples == case.draw(num_samples=4, seed=1)).all()):
        return Warned("another seed gives the same samples", "runs with other seeds give no new information")
    return Passed("samples of one condition differ, and with the seed")


def condition(case: Sampling) -> Finding:
    """The condition matters, and each modality of it."""
    own = case.conditions(ALL)
    if not own.values:
        return Passed("the task gives none")
    others = case.conditions((1, 2, 0))
    samples = case.drawn

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


FIXED = (*SOUND, "modules", "global-state", "deterministic")
"""Checks without which two draws cannot be compared."""
CHECKS = (
    Check(global_state, needs=(*SOUND, "modules")),
    Check(deterministic, needs=(*SOUND, "modules", "global-state")),
    Check(batch, needs=FIXED),
    Check(noise, needs=FIXED),
    Check(condition, needs=FIXED),
)
