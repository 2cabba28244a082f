"""One row from several trainings: the mean of each score, with the spread of the seeds in its error; pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from statistics import fmean, variance

from benchbench.core.differences import ScoreIdentity
from benchbench.core.record import Record, Score
from benchbench.core.uncertainty import SEEDS, Threshold, Uncertainty
from benchbench.leaderboards.phrases import spans
from benchbench.stats.estimates import interval95, satterthwaite


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
    mean of theirs, and the variance of the mean over seeds is added. The interval has that sum's degrees of freedom.
    """
    values, number = [score.value for score in scores], len(scores)
    between = variance(values) / number
    errors = [score.standard_error**2 for score in scores if score.standard_error is not None]
    kinds = tuple(dict.fromkeys(score.uncertainty.kind for score in scores if score.uncertainty))
    first = scores[0].uncertainty
    if len(errors) == number and first is not None:
        over = fmean(errors)
        uncertainty = dataclasses.replace(first, kind=" or ".join(kinds), training_seeds=number)
    else:
        over, uncertainty = 0.0, Uncertainty(SEEDS, number, number, training_seeds=number)
    degrees = satterthwaite([(over, uncertainty.degrees or 1), (between, number - 1)])
    error = (over + between) ** 0.5
    return dataclasses.replace(
        scores[0],
        value=fmean(values),
        standard_error=error,
        uncertainty=uncertainty,
        interval=None if uncertainty.degrees is None else interval95(fmean(values), error, degrees),
        threshold=_common([score.threshold for score in scores]),
        counts=_shared_counts(scores),
        detail=_together([score.detail for score in scores if score.detail]),
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


def _together(details: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the phrases of several trainings, with ranges where they differ in numbers alone."""
    written = spans(phrase for detail in details for phrase in detail)
    return tuple(dict.fromkeys(written.values()))
