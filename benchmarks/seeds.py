"""What more trainings would tell: the ranks of a published leaderboard with the first 1, 2, 3 … seeds of each row.

python benchmarks/seeds.py toy-shapes
python benchmarks/seeds.py ring8 --method gan --method wgan-gp …     these rows alone
python benchmarks/seeds.py toy-shapes --edition 10                   another edition than the newest

The ranked rows of an edition, from its records alone. The first group is what may be the first: rows whose range of
ranks begins at 1. With one seed nothing is known of trainings, so the conditions alone are tested. Then what rule 3
would say with more seeds, if each row kept its mean and the variance of its trainings: the mean of some seeded draws.
Last, the standard deviation between the trainings of each row.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchbench.core.noise import stream
from benchbench.leaderboards.folder import BoardFolder
from benchbench.leaderboards.ranks import Candidate, left_open
from benchbench.plugins import get_task
from benchbench.stats.ranking import rank_ranges
from benchbench.stats.simultaneous import simultaneous
from benchbench.stats.spreads import learned

ROOT = Path(__file__).parent.parent


RULES = (1, 2, 3)
PROJECTED, DRAWS = (3, 5, 8), 10


def projected(rows: Sequence[Candidate], seeds: int, draw: int, higher_is_better: bool) -> list[tuple[int, int]]:
    """Return the ranges of ranks by rule 3, had each trained row so many trainings as those that it has."""
    generator = stream("seeds", seeds, draw)
    values = []
    for row in rows:
        own = np.array([record.paired.values for record in row.records if record.paired])
        shifts = generator.standard_normal((seeds, 1)) * (deviation(row) if len(own) > 1 else 0.0)
        values.append(own.mean(0) + (shifts if len(own) > 1 else 0))
    several = [len(row.records) > 1 for row in rows]
    groups = next(record.paired.groups for record in rows[0].records if record.paired)
    kept = [each if more else each[:1] for each, more in zip(map(np.atleast_2d, values), several, strict=True)]
    return rank_ranges(simultaneous(kept, groups, learned(kept, several)), higher_is_better)


def deviation(row: Candidate) -> float:
    """Return the standard deviation of the ranking score between a row's trainings, of which there are several."""
    return float(np.std([np.mean(record.paired.values) for record in row.records if record.paired], ddof=1))


def summed_up(ranges: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Return how many rows may be the first, and how many ranks are left open per row."""
    widths = [worst - best + 1 for best, worst in ranges]
    return sum(best == 1 for best, _ in ranges), sum(widths) / len(widths)


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task")
    parser.add_argument("--method", action="append", help="these rows alone, by label")
    parser.add_argument("--edition", type=int, default=0, help="its number; the newest where none is given")
    given = parser.parse_args()
    task = get_task(given.task)
    folder = BoardFolder(ROOT / "leaderboards", task.name, task.version)
    board = folder.board(task, folder.editions()[given.edition - 1])
    ranked = [row for row in board.rows if row.rank is not None and (not given.method or row.label in given.method)]
    rows = [Candidate(row.label, row.records, row.trained) for row in ranked]
    most = max(len(row.records) for row in rows)
    rest = [f"rule {rule}" for rule in RULES[1:]]
    heads = [f"first group, rule {RULES[0]}", *rest, f"ranks left open per row, rule {RULES[0]}", *rest]
    print(f"| seeds | {' | '.join(heads)} |")
    print("|---" * (1 + len(heads)) + "|")
    for seeds in range(1, most + 1):
        cut = [dataclasses.replace(row, records=row.records[:seeds]) for row in rows]
        found = []
        for rule in RULES:
            ranges = [each for each in left_open(cut, board.ranked_by, rule)[0] if each is not None]
            found.append(summed_up(ranges))
        cells = [*(f"{first:g}" for first, _ in found), *(f"{width:.1f}" for _, width in found)]
        print(f"| {seeds} | {' | '.join(cells)} |")
    print("\n| seeds of each, projected | first group, rule 3 | ranks left open per row |")
    print("|---" * 3 + "|")
    higher = bool(board.rows[0].scores[board.ranked_by].higher_is_better)
    for seeds in PROJECTED:
        first, width = np.mean([summed_up(projected(rows, seeds, draw, higher)) for draw in range(DRAWS)], axis=0)
        print(f"| {seeds} | {first:.1f} | {width:.1f} |")
    print("\n| row | trainings | standard deviation between them |")
    print("|---" * 3 + "|")
    for row in rows:
        if len(row.records) > 1:
            print(f"| {row.label} | {len(row.records)} | {deviation(row):.4f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
