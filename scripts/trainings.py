"""Train and measure what the boards of cheap tasks show, one after the other, in one process; what is done is left.

nice -n 19 env OMP_NUM_THREADS=1 python scripts/trainings.py OUTPUT [TASK METHOD SEEDS]…
python scripts/trainings.py OUTPUT ship [TASK METHOD SEEDS]…
python scripts/trainings.py OUTPUT bfloat16 [ship] [TASK METHOD SEEDS]…

Checkpoints lie in OUTPUT/checkpoints, run directories in OUTPUT/runs, and the losses of every hundredth step in
OUTPUT/curves. Without jobs, all of `JOBS` are done; a job is a task, a method with its options, and how many seeds: `5`
for the first five, `2-4` for those alone.
`ship` copies the checkpoints of seed 0 into the package of their method; `bfloat16` means trainings in mixed precision.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from benchbench.plugins import registry
from benchbench.runs.request import Request, open_stage
from benchbench.runs.run import Run
from benchbench.specs import parse_method
from benchbench.training import checkpoints
from benchbench.training.fit import fit
from benchbench.training.plan import Training

GANS = ("gan", "lsgan", "wgan", "wgan-gp", "sngan", "f-gan", "mmd-gan", "ebgan", "ebgan-pt", "began")
REGULARISED = ("gan[packing=2]", "gan[unrolling=3]", "gan[mode_seeking=0.1]", "gan[loss=minimax]")
DIVERGENCES = ("reverse-kl", "pearson", "squared-hellinger", "jensen-shannon", "gan")
GAMMAS = ("began[gamma=0.3]", "began[gamma=0.7]")
VAES = ("vae", "aae", "vgh", "vgh++", "veegan")
OTHERS = ("engression", "cimle", "msgan", "dsgan", "rcgan")
JOBS = {
    "ring8": (
        (5, GANS + REGULARISED + VAES),
        (1, tuple(f"f-gan[divergence={name}]" for name in DIVERGENCES) + GAMMAS + OTHERS),
    ),
    "grid25": ((5, GANS + REGULARISED), (1, VAES)),
    "digits": (
        (1, ("dcgan", "wgan-gp", "began", "sngan", "lsgan", "gan", "ebgan", "ebgan-pt", "wgan", "f-gan", "mmd-gan")),
        (1, ("introvae", "vae-gan", *VAES, "cvae", "cimle", "engression")),
    ),
    "digits-by-class": ((1, ("cgan", "ac-gan", "sngan", "wgan-gp")),),
    "stacked-digits": ((1, ("dcgan", "wgan-gp")),),
    "hands-32": ((1, ("dcgan", "wgan-gp", "vae", "introvae")),),
    "toy-shapes": ((1, ("cyclegan",)),),
}
"""By task: how many seeds, and of what."""
STEPS = {"grid25": 12_000}
"""Where it takes more than the recipe's number: after 3,000 steps modes of the grid are still being found."""
SHOWN_EVERY = 100

Job = tuple[str, str, int]
Precision = Literal["float32", "bfloat16"]


def seeds_of(words: str) -> range:
    """Return the seeds that `5` or `2-4` means: the first five, or 2, 3 and 4."""
    first, _, last = words.rpartition("-")
    return range(int(first), int(last) + 1) if first else range(int(last))


def jobs(words: list[str]) -> Iterator[Job]:
    """Yield task, method and seed, the first seeds first."""
    wanted = [
        (task, method, range(seeds)) for task, groups in JOBS.items() for seeds, methods in groups for method in methods
    ]
    if words:
        wanted = [(words[i], words[i + 1], seeds_of(words[i + 2])) for i in range(0, len(words), 3)]
    for seed in range(max(seeds.stop for _, _, seeds in wanted)):
        yield from ((task, method, seed) for task, method, seeds in wanted if seed in seeds)


def training_of(job: Job, output: Path, precision: Precision = "float32") -> Training:
    """Return the training of a job."""
    task, method, seed = job
    place, steps = output / "checkpoints", STEPS.get(task)
    return Training(task, *parse_method(method, registry()), seed, "cpu", place, steps, precision=precision)


def measure(job: Job, output: Path, precision: Precision) -> str:
    """Train, run, and return the status."""
    task, method, seed = job
    training = training_of(job, output, precision)
    curve = output / "curves" / task / f"{training.path.stem}.jsonl"
    curve.parent.mkdir(parents=True, exist_ok=True)

    def progress(done: int, total: int, losses: Mapping[str, float]) -> None:
        if done % SHOWN_EVERY == 0 or done == total:
            with curve.open("a") as file:
                file.write(json.dumps({"method": method, "seed": seed, "step": done, **losses}) + "\n")

    checkpoint = fit(training, progress)
    stage = open_stage(Request(task, output / "runs", keep_samples="gallery" if seed == 0 else "none"), registry())
    run = Run(stage, stage.subject(*parse_method(method, registry()), checkpoint))
    with registry().get("executors", "local")(0) as executor:
        record, _ = run.record(executor, lambda done, total: None)
    shown = ", ".join(f"{score.id} {score.value:.4g}" for score in record.scores)
    return f"{record.status} {record.reason} {shown}"


def ship(output: Path, words: list[str], precision: Precision) -> None:
    """Copy the checkpoints of seed 0 into the packages of their methods."""
    for task, method, _ in (job for job in jobs(words) if job[2] == 0):
        training = training_of((task, method, 0), output, precision)
        if training.path.is_file():
            trained = training.make_method()
            trained.checkpoints.mkdir(exist_ok=True)
            shutil.copyfile(training.path, trained.checkpoints / checkpoints.file_name(trained, task))


def main() -> None:
    """Do the jobs that are named, or all of them; a job that fails is reported, and the others go on."""
    output, *words = sys.argv[1:]
    precision: Precision = "float32"
    if words[:1] == ["bfloat16"]:
        precision, words = "bfloat16", words[1:]
    if words[:1] == ["ship"]:
        ship(Path(output), words[1:], precision)
        return
    for job in jobs(words):
        start = time.monotonic()
        try:
            said = measure(job, Path(output), precision)
        except Exception:
            said = traceback.format_exc()
        print(*job, f"{time.monotonic() - start:.0f} s", said, flush=True)


if __name__ == "__main__":
    main()
