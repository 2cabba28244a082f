"""How far `unconditional` is from the oracle: by distances of outputs alone, and by joint ones of output and condition.

python benchmarks/joint.py [--task toy-shapes] [--conditions 300] [--samples 20] [--extractor mini]

`unconditional` draws real outputs of other conditions. Each alone is real; none belongs to its condition. The
separation is the difference over the errors of both, root of the sum of squares.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass

from benchbench import evaluate
from benchbench.publish.words import number

MARGINAL = ("frechet", "kernel")
JOINT = ("conditional-frechet", "joint-frechet", "joint-realism", "conditional-vendi", "information-vendi")
METHODS = ("oracle", "unconditional")


@dataclass(frozen=True)
class Separation:
    """Two methods by one metric."""

    metric: str
    values: tuple[float, float]
    errors: tuple[float, float]

    @property
    def errors_apart(self) -> float:
        """The difference in standard errors of both."""
        (one, other), (first, second) = self.errors, self.values
        return abs(first - second) / (one**2 + other**2) ** 0.5


def separations(task: str, extractor: str, conditions: int, samples: int, seed: int = 0) -> list[Separation]:
    """Return how far the two methods are apart by each metric, from a run of each."""
    metrics = tuple(f"{name}[{extractor}]" for name in MARGINAL + JOINT)
    asked = {"metrics": metrics, "limit": conditions, "samples": samples, "seed": seed, "keep_samples": "none"}
    with tempfile.TemporaryDirectory() as output:
        runs = [evaluate(task, method, output=output, device="cpu", **asked) for method in METHODS]
    scores = [{score.metric: score for score in run.scores} for run in runs]
    found = []
    for metric in metrics:
        both = [own[metric] for own in scores]
        errors = tuple(each.standard_error or 0.0 for each in both)
        found.append(Separation(metric, (both[0].value, both[1].value), (errors[0], errors[1])))
    return found


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", default="toy-shapes")
    parser.add_argument("--extractor", default="mini")
    parser.add_argument("--conditions", type=int, default=300)
    parser.add_argument("--samples", type=int, default=20)
    given = parser.parse_args()
    print(f"| {given.task}, {given.conditions} x {given.samples} | {' | '.join(METHODS)} | standard errors apart |")
    print("|---" * 4 + "|")
    for each in separations(given.task, given.extractor, given.conditions, given.samples):
        shown = [number(*pair) for pair in zip(each.values, each.errors, strict=True)]
        print(f"| `{each.metric}` | {' | '.join(shown)} | {each.errors_apart:.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
