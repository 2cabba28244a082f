"""One row from several trainings: the mean of each score, with the spread of the seeds in its error; pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from statistics import fmean, variance

from benchbench.core.differences import ScoreIdentity
from benchbench.core.record import Record, Score
from benchbench.core.uncertainty import SEEDS, Threshold, Uncertainty


def merged(records: Sequence[Record]) -> dict[str, Score]:
    """Return the scores that all of a row's records have under one identity, of each the mean over the records."""
    found = [{score.metric: score for score in record.scores} for record in records]
    if len(found) == 1:
        return found[0]
    return {
        metric: merged_score([scores[metric] for scores in found])
        for metric, own in found[0].items()
        if all(metric in each and ScoreIdentity.of(each[metric]) == ScoreIdentity.of(own) for each in found)
    }


def merged_score(scores: Sequence[Score]) -> Score:
    """Return the mean of one score over trainings of one row, two at least.

    All meet the same conditions, so the error over these is taken as shared, which is cautious: its variance is the
    mean of theirs, and the variance of the mean over seeds is added.
    """
    values, number = [score.value for score in scores], len(scores)
    between = variance(values) / number
    within = [score.standard_error**2 for score in scores if score.standard_error is not None]
    stated = scores[0].uncertainty
    if len(within) == number and stated is not None:
        squared, uncertainty = fmean(within) + between, dataclasses.replace(stated, training_seeds=number)
    else:
        squared, uncertainty = between, Uncertainty(SEEDS, number, number, training_seeds=number)
    return dataclasses.replace(
        scores[0],
        value=fmean(values),
        standard_error=squared**0.5,
        uncertainty=uncertainty,
        interval=None,
        threshold=_common([score.threshold for score in scores]),
        counts=_shared_counts(scores),
        detail=_in_turn(dict.fromkeys(score.detail for score in scores if score.detail)),
        flag="; ".join(dict.fromkeys(score.flag for score in scores if score.flag)),
    )


def _common(thresholds: Sequence[Threshold | None]) -> Threshold | None:
    """Return the threshold, where all trainings have one and the same."""
    return thresholds[0] if len(set(thresholds)) == 1 else None


def _shared_counts(scores: Sequence[Score]) -> dict[str, int]:
    """Return the counts that all trainings have."""
    return {
        name: value
        for name, value in scores[0].counts.items()
        if all(each.counts.get(name) == value for each in scores)
    }


def _in_turn(details: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the phrases of several trainings, one after another, with a slash between trainings."""
    found: list[str] = []
    for first, *rest in details:
        found[-1:] = [f"{found[-1]} / {first}"] if found else [first]
        found += rest
    return tuple(found)
