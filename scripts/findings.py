"""Write docs/findings.md, what papers say beside what we measured, from records alone.

python scripts/findings.py                     the page and its figures, from leaderboards/ and docs/findings/
python scripts/findings.py --check             fails where they are not what the records give
python scripts/findings.py --add DIR           adds what runs under a folder gave to docs/findings/*.jsonl
python scripts/findings.py --runs DIR --ablations DIR -o FILE    with runs under folders besides, to try it out
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from claims import ablations, budgets, generators, latent, metrics, moments, samplers
from claims.curves import draw, drawn, is_current
from claims.evidence import Evidence, verdict
from claims.finding import Finding, table

from benchbench.core.record import Record
from benchbench.core.record_json import to_json
from benchbench.system.records import find_records

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "findings.md"
FIGURES = ROOT / "docs" / "findings"
ABLATIONS = FIGURES / "records.jsonl"
"""Records that stand on no board: one line each, sorted."""
DIVERGED = FIGURES / "diverged.jsonl"
"""Trainings that ended in no checkpoint: one line each, sorted."""
ON_BOARDS, ABLATED = "runs", "runs-findings"
"""The folders of the runs, as `scripts/leaderboards.py` names them."""
CLAIMS = (
    (moments.diversity, ON_BOARDS),
    (latent.against_bicyclegan, ON_BOARDS),
    (moments.one_moment_or_two, ON_BOARDS),
    (ablations.over_weights, ABLATED),
    (ablations.over_samples, ABLATED),
    (ablations.without_gan, ABLATED),
    (ablations.with_reconstruction, ABLATED),
    (moments.losses, ABLATED),
    (latent.family, ON_BOARDS),
    (latent.latent, ABLATED),
    (moments.ring, ON_BOARDS),
    (metrics.firsts, ON_BOARDS),
    (latent.wrong_colours, ON_BOARDS),
    (generators.pulling_away, ON_BOARDS),
    (generators.gamma, ON_BOARDS),
    (generators.reconstruction, ON_BOARDS),
    (generators.regularised, ON_BOARDS),
    (generators.blur, ON_BOARDS),
    (generators.classes, ON_BOARDS),
    (generators.cycles, ON_BOARDS),
    (generators.noise, ON_BOARDS),
    (samplers.against_gans, ON_BOARDS),
    (samplers.over_steps, ON_BOARDS),
    (samplers.posterior, ON_BOARDS),
    (samplers.by_the_judge, ON_BOARDS),
    (budgets.budgets, ON_BOARDS),
    (samplers.ways, ON_BOARDS),
)
"""Each with the records that it is judged by."""
HEAD = """# What the papers say, and what we measured

Made only from records by `python scripts/findings.py`: those of the [leaderboards](leaderboards.md), and those of
trainings that are on no board (`docs/findings/records.jsonl`). The papers of 1 to 11 are MR-GAN (arXiv 1902.09225) and
BicycleGAN (arXiv 1711.11586). They trained larger networks on Cityscapes, maps, facades and CelebA (MR-GAN does not
say how long); here the small networks were trained on the suite's own tasks. So a claim that does not come out here
may still hold there. 14 to 20 are of papers on unconditional generators and on unpaired translation; their rules were
committed before their trainings.

Verdicts follow fixed rules. The rules of three findings were changed after the first results were known: realism counts
in 1, the limit of a collapse in 9 (this changed no verdict), ties in 12.

- One number is more than another if the difference exceeds two standard errors, √(a² + b²) of both. That is
  conservative, because all rows use the same conditions. In between they are *not distinguishable*.
- *Far above* is more than twice as much. *As good as* and *alike* mean: worse by less than 5 %, two standard errors
  included. Otherwise they do not come out if the one is worse by more than two standard errors, even by less than 5 %.
  Realism is *kept* above 90 % of the baseline's. Other limits are given with their findings.
- The ± of a row with several training seeds includes their spread. For a row with one seed the variation between
  trainings is unknown: its ±, and any verdict based on it, covers only conditions and draws.
- `relative-diversity` and `relative-std` are shares of the truth's: 1 is right, more is spurious. Tasks with one truth
  per condition (photographs) have only `diversity`. Less is better for the energy score and the law distance.
- Ablations (4 to 8 and 10) are trainings of 1,000 steps with one seed, and so are the plain methods that they are
  compared with. A predictor uses part of these steps (286, then 714 for the GAN). The boards' trainings are longer;
  in `emoji-tones` and `edges2clothes`, all of 1,500 steps, `proxy-mr2` gives 429 of them to its predictor.
- Among several training seeds, seed 0 often ran on another machine and in another precision: the spread includes that
  too. `toy-faces`' loss weights were chosen using the first 60 conditions of its test.
- A planned training that is not there is said to be missing, with the command that makes it. One whose loss
  became NaN, or enormous and stayed so, diverged: it has no samples; its loss and step stand in the place of scores.
"""


def page(findings: Sequence[Finding]) -> str:
    """Return the page: a table of all verdicts, then a section each."""
    summary = [
        [f"[{finding.title}](#{finding.anchor})", verdict(finding.parts, False) + finding.few, finding.source]
        for finding in findings
    ]
    sections = "\n".join(finding.text() for finding in findings)
    return f"{HEAD}\n{table(['finding', 'verdict', 'source'], summary)}\n\n{sections}"


def records_of(places: Sequence[Path]) -> Iterator[Record]:
    """Yield the records in files of them and under folders of runs."""
    for place in places:
        if place.exists():
            yield from (record for _, record in find_records(place))


def diverged(places: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Yield what is noted of trainings that diverged, in files of it and under folders of runs."""
    for place in places:
        for file in sorted(place.rglob("*.diverged.json")) if place.is_dir() else [place]:
            if "diverged" in file.name and file.is_file():
                yield from map(json.loads, file.read_text().splitlines())


def gathered(runs: Sequence[Path], ablated: Sequence[Path]) -> list[Finding]:
    """Return the findings that the submitted records give, with those of other runs."""
    boards = sorted((ROOT / "leaderboards").glob("*/v*/records.jsonl"))
    evidence = {
        ON_BOARDS: Evidence(records_of([*boards, *runs]), ON_BOARDS),
        ABLATED: Evidence(records_of([ABLATIONS, *ablated]), ABLATED, diverged([DIVERGED, *ablated])),
    }
    return [make(evidence[kind]) for make, kind in CLAIMS]


def add(folder: Path) -> None:
    """Add the finished runs' records under a folder, and the trainings that diverged, to what is kept, each once."""
    FIGURES.mkdir(exist_ok=True)
    records = [to_json(record) for _, record in find_records(folder) if record.status == "ok"]
    lost = [json.dumps(each, sort_keys=True) for each in diverged([folder])]
    for path, found, what in ((ABLATIONS, records, "records"), (DIVERGED, lost, "diverged trainings")):
        known = path.read_text().splitlines() if path.is_file() else []
        if known or found:
            path.write_text("".join(f"{line}\n" for line in sorted({*known, *found})))
        print(f"{len({*known, *found}) - len(known)} of {len(found)} {what} added")


def main() -> int:
    """Write or check the page and its figures; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--runs", nargs="+", type=Path, default=[], help="folders of runs, besides")
    parser.add_argument("--ablations", nargs="+", type=Path, default=[], help="folders of runs that stand on no board")
    parser.add_argument("--add", type=Path, help="a folder of runs whose records are kept")
    parser.add_argument("-o", "--output", type=Path, default=PAGE)
    given = parser.parse_args()
    if given.add:
        add(given.add)
    findings = gathered(given.runs, given.ablations)
    figures = [finding for finding in findings if drawn(finding.panels)]
    folder = given.output.parent / FIGURES.name
    if given.check:
        stale = [given.output] if not given.output.is_file() or given.output.read_text() != page(findings) else []
        stale += [folder / each.figure for each in figures if not is_current(folder / each.figure, each.panels)]
        for path in stale:
            print(f"{path.name} is out of date: run python scripts/findings.py", file=sys.stderr)
        return int(bool(stale))
    folder.mkdir(parents=True, exist_ok=True)
    for finding in figures:
        draw(folder / finding.figure, finding.panels)
    given.output.write_text(page(findings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
