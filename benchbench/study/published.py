"""Per-person answers as dgm-eval published them: one row per person, who judged 100 fakes of one model and 100 reals.

Columns (Stein et al. 2023, https://github.com/layer6ai-labs/dgm-eval, MIT): `id`, `model`, `num_correct` of 200,
`err_rt`, `f_err_rt` (share of fakes called real), `r_err_rt` (share of reals called fake), `r_ans_rt` (share called
real), and times.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import BenchbenchError
from benchbench.study.folder import Judged
from benchbench.study.outcome import statistics
from benchbench.study.record import Measure, MethodScores, Outcome
from benchbench.study.resampling import REPLICATES, Cells, of_all, over_people, people_weights
from benchbench.study.setting import SINGLE
from benchbench.system.records import read_text

if TYPE_CHECKING:
    import numpy as np

FAKES = REALS = 100
COLUMNS = ("id", "model", "num_correct", "f_err_rt", "r_err_rt")


def read_published(path: Path) -> dict[str, np.ndarray]:
    """Return `float64[4, P]` per model: fakes, fooled, reals, missed; raise `BenchbenchError` where a row is unfit."""
    import numpy as np

    reader = csv.DictReader(io.StringIO(read_text(path)))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise BenchbenchError(f"{path} is not in dgm-eval's format: no column {', '.join(missing)}")
    people: dict[str, list[tuple[float, float, float, float]]] = {}
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(reader, 2):
        try:
            fooled, missed = (round(100 * float(row[name])) for name in ("f_err_rt", "r_err_rt"))
            right = float(row["num_correct"])
        except (TypeError, ValueError):
            raise BenchbenchError(
                f"{path}:{number}: a number is expected in num_correct, f_err_rt and r_err_rt"
            ) from None
        if not (0 <= fooled <= FAKES and 0 <= missed <= REALS) or FAKES + REALS - fooled - missed != right:
            raise BenchbenchError(
                f"{path}:{number}: {right:g} right answers of 200 do not agree with {fooled} fakes called real and"
                f" {missed} reals called fake"
            )
        person = (row["model"], row["id"])
        if person in seen:
            raise BenchbenchError(f"{path}:{number}: person {row['id']} is there twice for {row['model']}")
        seen.add(person)
        people.setdefault(row["model"], []).append((FAKES, fooled, REALS, missed))
    if not people:
        raise BenchbenchError(f"{path} has no rows")
    return {model: np.array(rows, dtype=np.float64).T for model, rows in people.items()}


def score_published(path: Path, replicates: int = REPLICATES) -> Outcome:
    """Return the outcome of a published file; its images are not known, so that intervals are over people alone.

    Each model has people of its own: methods are not paired, and no contrast is tested.
    """
    import numpy as np

    found = read_published(path)
    scored = []
    for model, total in found.items():
        cells = Cells(total, np.zeros((0, *total.shape)), np.zeros((0, *total.shape)), np.zeros(0))
        weights = people_weights(cells.people, replicates)
        measures = tuple(
            Measure(name, of_all(cells, statistic), over_people(cells, statistic, weights), None)
            for name, statistic in statistics(SINGLE).items()
        )
        scored.append(MethodScores(Judged(model, "", None, False), int(total[0].sum()), measures))
    people = sum(total.shape[1] for total in found.values())
    return Outcome(people, (FAKES + REALS) * people, tuple(scored), ())
