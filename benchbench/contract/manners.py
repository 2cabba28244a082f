"""What a method does besides sampling: it leaves inputs and the working directory alone, and loads its checkpoint."""

from __future__ import annotations

from pathlib import Path

from benchbench.contract.findings import Check, Failed, Finding, Passed, Warned, line_of
from benchbench.contract.randomness import FIXED
from benchbench.contract.reads import weights_read
from benchbench.contract.sampling import ALL, Sampling
from benchbench.core import BenchbenchError


def inputs(case: Sampling) -> Finding:
    """The condition is left unchanged."""
    import torch

    own, given = case.conditions(ALL), case.conditions(ALL)
    case.draw(conditions=given)
    for modality, value in own.values.items():
        if not torch.equal(value, given.values[modality]):
            seen = f"sample() changed conditions[{modality!r}] in place"
            return Failed(seen, "it unchanged: the metrics compare with it", case.where)
    return Passed("conditions are left unchanged")


def files(case: Sampling) -> Finding:
    """Nothing is written in the working directory."""
    here = Path.cwd()
    case.draw(method=case.prepared())
    found = sorted(str(path.relative_to(here)) for path in here.rglob("*"))
    if found:
        return Failed(f"it wrote {', '.join(found[:3])} in the working directory", "nothing there", case.where)
    return Passed("nothing is written in the working directory")


def checkpoint(case: Sampling) -> Finding:
    """The checkpoint is there, so that it can be hashed, is all that `prepare` loads, and a wrong path is an error."""
    import torch

    from benchbench.system.hashes import checkpoint_hash

    method, where = case.method.make(), line_of(case.method.cls.prepare)
    path = case.method.checkpoint or method.default_checkpoint(case.task)
    if path is not None and not path.exists():
        place = line_of(case.method.cls.default_checkpoint)
        return Failed(f"default_checkpoint() is {path}, which does not exist", "a file that ships, or None", place)
    again = case.method.make()
    with weights_read() as read:
        again.prepare(case.task, "cpu", path)
    for other in read:
        if path is None or not (other == path.absolute() or path.absolute() in other.parents):
            seen = f"prepare() reads {other.name}, which is not the checkpoint"
            return Warned(seen, "return it from default_checkpoint(): other weights there would be mistaken for these")
    if path is None:
        return Passed("it has none")
    if not torch.equal(case.drawn, case.draw(method=again)):
        return Failed(f"prepare(…, {path.name}) gives other samples than prepare(…, None)", "the same weights", where)
    try:
        case.method.make().prepare(case.task, "cpu", Path.cwd() / "no-such-checkpoint")
    except BenchbenchError:
        return Passed(f"{path.name}, {checkpoint_hash(path)[:12]}; a wrong path is an error")
    except Exception as error:
        return Warned(f"a wrong path raises {type(error).__name__}", "raise benchbench.MissingData with the path")
    return Failed("prepare() took a checkpoint that does not exist", "benchbench.MissingData, or its weights", where)


CHECKS = (Check(inputs, needs=FIXED), Check(files, needs=("returns",)), Check(checkpoint, needs=FIXED))
