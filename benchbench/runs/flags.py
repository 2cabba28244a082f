"""What makes a run's ranking score one not to be trusted: samples of one colour, answers that it saw."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchbench.core import BenchbenchError
from benchbench.core.record import Record
from benchbench.evaluation.leaks import better_than_the_truth, copied
from benchbench.system.records import read_record, record_files


def flagged(record: Record, ranking: str, summaries: Sequence[Mapping[str, Any]], oracles: Iterable[Record]) -> Record:
    """Return the record with what is wrong with its samples as the flag of its ranking score.

    `summaries` are those of the shards; `oracles` are records of the truth under the same protocol.
    """
    found = [*_of_samples(record.protocol.num_conditions, summaries), *map(str, better_than_the_truth(record, oracles))]
    if not found:
        return record
    scores = tuple(
        dataclasses.replace(score, flag="; ".join([*filter(None, [score.flag]), *found]))
        if score.metric == ranking
        else score
        for score in record.scores
    )
    return dataclasses.replace(record, scores=scores)


def _of_samples(conditions: int, summaries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    flat, copies = (sum(each.get(f"{what}_conditions", 0) for each in summaries) for what in ("flat", "copied"))
    if flat:
        yield f"all samples of {flat} of {conditions} conditions are of one colour"
    yield from map(str, copied(copies, conditions))


def oracles(runs: Path, record: Record) -> Iterator[Record]:
    """Yield the records of the task's oracle under a folder of runs; a damaged one is left out."""
    for path in record_files(runs / record.task.name / "oracle"):
        try:
            yield read_record(path)
        except BenchbenchError:
            continue
