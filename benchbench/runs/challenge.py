"""A run made again with a seed that was chosen after it was submitted: its scores must be the same up to chance."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchbench.core import BenchbenchError
from benchbench.core.record import PairedValues, Record, Score
from benchbench.evaluation.scores import paired
from benchbench.evaluation.sources import Live
from benchbench.methods.folder import Folder
from benchbench.runs.reopen import Reopened
from benchbench.runs.rescored import scored_from
from benchbench.runs.verify import ROUNDED, Found
from benchbench.stats.paired import paired_difference
from benchbench.system.blame import describe

MOST = 3.0
"""Standard errors by which two estimates of one score may differ."""
CHANCE = math.erfc(MOST / math.sqrt(2))
"""How often a normal variable is further than `MOST` from its mean: 0.0027; of the paired test of the ranking score."""


@dataclass(frozen=True)
class Compared:
    """One score of the record beside the same with the other seed."""

    metric: str
    recorded: float
    again: float
    standard_error: float
    """Of their difference: √(a² + b²), or of the paired difference where values by condition are known."""
    agrees: bool

    @property
    def standard_errors(self) -> float:
        """Their distance in standard errors; infinite where these are zero and the scores differ."""
        distance = abs(self.again - self.recorded)
        return distance / self.standard_error if self.standard_error else math.inf if distance else 0.0


def challenge(again: Reopened, seed: int) -> Found:
    """Return what differs when every condition is sampled again with another seed, and every score computed.

    Two independent estimates a and b differ by chance with the standard error √(a² + b²); that of the ranking score is
    also held against its paired difference, which is sharper, since both are of the same conditions. Raise
    `BenchbenchError` for the seed of the record, and for images from a folder, which no seed changes.
    """
    record = again.record
    if isinstance(again.method, Folder):
        raise BenchbenchError(f"{again.label} reads images that were made elsewhere: no seed changes them")
    if seed == record.seed:
        raise BenchbenchError(f"the challenge has the record's own seed {seed}: choose another one")
    session = dataclasses.replace(again.session, seed=seed)
    source = Live(session, again.method, again.batch_size)
    try:
        found = scored_from(source, session, session.scores)
    except BenchbenchError:
        raise
    except Exception as error:  # of a plugin
        raise BenchbenchError(f"{again.method.name} cannot be sampled again: {describe(error)}") from None
    compared = compare(record, found.scores, paired(found.table, session.task.metrics[0]))
    if not compared:
        raise BenchbenchError(f"no score of {again.label} has an error: there is nothing to hold a challenge against")
    worst = max(compared, key=lambda each: (not each.agrees, each.standard_errors))
    samples = f"{session.num_conditions} conditions x {session.protocol.samples_per_condition} samples"
    distance = f"{worst.standard_errors:.2g} standard errors"
    said = f"{worst.metric} is {worst.again:.5g} with seed {seed}, {worst.recorded:.5g} with the record's {record.seed}"
    if not worst.agrees:
        return Found(problem=f"{said}: they differ by {distance}, more than chance allows; the seed may be picked")
    facts: dict[str, bool | int | float | str] = {
        "challenge seed": seed,
        "samples": session.num_conditions * session.protocol.samples_per_condition,
        "scores": ", ".join(dict.fromkeys(each.metric for each in compared)),
        "largest difference in standard errors": round(worst.standard_errors, 3),
    }
    return Found((f"challenged with seed {seed} ({samples}): all scores agree; {said}, {distance} apart",), facts=facts)


def compare(record: Record, scores: Sequence[Score], values: PairedValues | None) -> list[Compared]:
    """Return each score of the record that has an error beside the one with the other seed, whose values these are.

    The ranking score comes twice where both have values by condition: √(a² + b²), and paired.
    """
    own = {each.metric: each for each in record.scores}
    found = []
    for each in scores:
        recorded = own.get(each.metric)
        if recorded is None or recorded.standard_error is None or each.standard_error is None:
            continue
        error = math.hypot(recorded.standard_error, each.standard_error)
        near = _near(recorded.value, each.value)
        agrees = near or abs(each.value - recorded.value) <= MOST * error
        found.append(Compared(each.metric, recorded.value, each.value, error, agrees))
    theirs = record.paired
    if values is not None and theirs is not None and (values.metric, values.groups) == (theirs.metric, theirs.groups):
        difference = paired_difference(values.values, theirs.values, values.groups)
        if difference.standard_error is not None:
            before, now = float(np.mean(theirs.values)), float(np.mean(values.values))
            agrees = _near(before, now) or difference.p >= CHANCE
            found.append(Compared(values.metric, before, now, difference.standard_error, agrees))
    return found


def _near(one: float, other: float) -> bool:
    """Return whether two scores differ by no more than another machine's rounding."""
    return abs(one - other) <= ROUNDED * max(abs(one), abs(other), 1e-3)
