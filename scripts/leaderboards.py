"""Train and measure everything that the leaderboards and docs/findings.md show, and ship what embedded tasks need.

python scripts/leaderboards.py measure --device cuda --trainers 6 --runners 8    trainings on the GPU, runs on the CPU
python scripts/leaderboards.py ship                                              seed 0 into the plugins

`measure` does what is not done yet, the first seeds first, and begins no training after `--minutes`. Checkpoints lie
in `checkpoints/`, runs in `runs/` (the boards') and `runs-findings/` (the others').
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import multiprocessing
import queue
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EIGHT = tuple(
    f"{name}{family}" for family in ("", "[family=laplace]") for name in ("mr1", "mr2", "proxy-mr1", "proxy-mr2")
)
BICYCLE = ("cae-gan", "cvae-gan", "cvae-gan++", "clr-gan", "bicyclegan")
TRANSLATION = ("pix2pix-noise", "mr1", "proxy-mr2", "cvae-gan", "clr-gan", "bicyclegan")
SUPER_RESOLUTION = ("srgan-noise", "mr1", "proxy-mr1", "proxy-mr2")
BOARDS = {
    "toy-shapes": ("pix2pix", "pix2pix-noise", *EIGHT, *BICYCLE, "predictor", "predictor[draw=mean]"),
    "ring8": ("mlp-noise", "mlp-noise[reconstruction_weight=0]", "mr1", "mr2", "proxy-mr1", "proxy-mr2"),
    "toy-faces": ("srgan-noise", *EIGHT),
    "toy-holes": ("glcic-noise", *EIGHT),
    "sr-photos": SUPER_RESOLUTION,
    "inpaint-photos": ("glcic-noise", "proxy-mr2"),
    "sr-hands": SUPER_RESOLUTION,
    "emoji-tones": TRANSLATION,
    "edges2clothes": TRANSLATION,
}
EMBEDDED = ("toy-shapes", "ring8", "toy-faces", "toy-holes", "sr-photos", "inpaint-photos")
ENCODED, RECONSTRUCTION = "encoded-", "encoder-reconstruction"
"""Methods that are given the answer and sample from another's checkpoint, and the metric that is theirs."""
PARTS = ("distance-to-truth", "spread")
"""The parts of the energy score, beside a task's own metrics."""
SEEDS = 3
STEPS = {"emoji-tones": 1500, "edges2clothes": 1500}
"""Steps of a task's trainings where the methods' own take too long on a CPU."""
MIXED = ("emoji-tones", "edges2clothes", "sr-hands proxy-mr2", "inpaint-photos proxy-mr2")
"""What trains in bfloat16 for the same reason: these tasks' trainings, or one, and every other seed than 0."""
FINDINGS_STEPS = 1000
FEATURES = {"sr-hands": ("lpips-alex",), "edges2clothes": ("lpips-alex",)}
"""Extractors beside a task's own, as the other rows of its board have them."""
FINDINGS = {
    "toy-shapes": (
        "pix2pix-noise",
        "mr1",
        "mr2",
        "proxy-mr1",
        "proxy-mr2",
        "bicyclegan",
        "pix2pix-noise[reconstruction_weight=0]",
        "pix2pix-noise[adversarial_weight=0]",
        *(f"{name}[adversarial_weight=0]" for name in ("mr1", "mr2", "proxy-mr1", "proxy-mr2")),
        *(f"proxy-mr1[reconstruction_weight={weight}]" for weight in (1, 10, 100)),
        *(f"{name}[weight={weight}]" for name, w in (("mr1", (2, 200)), ("proxy-mr1", (5, 500))) for weight in w),
        *(f"{name}[num_samples={k}]" for name in ("mr1", "mr2", "proxy-mr1", "proxy-mr2") for k in (2, 4)),
        "bicyclegan[latent=2]",
        "bicyclegan[latent=256]",
        "bicyclegan[encoder=cnn]",
        "bicyclegan[injection=input]",
        "encoded-bicyclegan",
        *(f"encoded-bicyclegan[{option}]" for option in ("latent=2", "latent=256", "encoder=cnn", "injection=input")),
    ),
}
"""What is trained with one seed and `FINDINGS_STEPS` steps, for docs/findings.md alone; what comes first trains."""


@dataclass(frozen=True)
class Job:
    """One training and its run."""

    task: str
    method: str
    """`name[option=value,…]`."""
    seed: int
    runs: str
    """The folder of its run."""


def jobs(tasks: list[str]) -> Iterator[Job]:
    """Yield everything, the most wanted first."""
    for seed in range(SEEDS):
        for task, methods in BOARDS.items():
            if task in tasks:
                yield from (Job(task, method, seed, "runs") for method in methods)
        if seed == 0:
            for task, methods in FINDINGS.items():
                if task in tasks:
                    yield from (Job(task, method, seed, "runs-findings") for method in methods)


def training_of(job: Job, device: str, output: Path) -> Any:
    """Return the training of a job."""
    from benchbench.plugins import registry
    from benchbench.specs import parse_method
    from benchbench.training.plan import Training

    name, options = parse_method(job.method.removeprefix(ENCODED), registry())
    one = f"{job.task} {job.method}"
    steps = FINDINGS_STEPS if job.runs == "runs-findings" else STEPS.get(job.task)
    mixed = (job.seed > 0 and job.task != "ring8") or one in MIXED or job.task in MIXED
    precision: Any = "bfloat16" if mixed else "float32"
    return Training(job.task, name, options, job.seed, device, output / "checkpoints", steps, precision=precision)


def train(job: Job, device: str, output: Path) -> str:
    """Train, and return the checkpoint's path; a training that diverges is noted beside the runs."""
    from benchbench.core import Busy, Diverged
    from benchbench.training.fit import fit

    training = training_of(job, device, output)
    try:
        while True:
            try:
                return str(fit(training, lambda done, total, losses: None))
            except Busy:  # another job samples from the same checkpoint, and trains it
                time.sleep(5)
    except Diverged as error:
        noted = dataclasses.asdict(job) | {
            "steps": training.steps,
            "device": device,
            "said": f"diverged: loss {error.loss} was {error.value:.2g} at step {error.step}",
        }
        path = output / job.runs / job.task / f"{training.path.stem}.diverged.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(noted, sort_keys=True) + "\n")
        raise


def measure_run(job: Job, checkpoint: str, output: Path) -> str:
    """Run on the CPU, and return the record's status."""
    from benchbench.plugins import registry
    from benchbench.runs.request import Request, open_stage
    from benchbench.runs.run import Run
    from benchbench.specs import parse_method

    keep = "gallery" if job.seed == 0 else "none"
    inside = "pixels" if job.task == "ring8" else "mini"
    metrics = tuple(f"{part}[{inside}]" for part in PARTS)
    request = Request(
        job.task,
        output / job.runs,
        features=FEATURES.get(job.task, ()),
        metrics=(*metrics, RECONSTRUCTION) if job.method.startswith(ENCODED) else metrics,
        keep_samples=keep,
    )
    stage = open_stage(request, registry())
    run = Run(stage, stage.subject(*parse_method(job.method, registry()), Path(checkpoint)))
    with registry().get("executors", "local")(0) as executor:
        record, _ = run.record(executor, lambda done, total: None)
    return f"{record.status} {record.reason}".strip()


def _trainers(threads: int, todo: Any, done: Any, device: str, output: Path) -> None:
    """Train in several threads, each on a CUDA stream of its own: one small network leaves most of a GPU idle."""
    import torch

    from benchbench.plugins import registry
    from benchbench.system.determinism import isolated

    registry()

    def work() -> None:
        stream = torch.cuda.Stream() if device.startswith("cuda") else None
        with torch.cuda.stream(stream):
            _worker("train", todo, done, device, output)

    with isolated(device):
        own = [threading.Thread(target=work) for _ in range(threads)]
        for thread in own:
            thread.start()
        for thread in own:
            thread.join()


def _worker(kind: str, todo: Any, done: Any, device: str, output: Path) -> None:
    import torch

    torch.set_num_threads(1)
    for job, checkpoint in iter(todo.get, None):
        began = time.monotonic()
        try:
            said = train(job, device, output) if kind == "train" else measure_run(job, checkpoint, output)
        except BaseException as error:
            said = f"failed: {type(error).__name__}: {error}"
        done.put((kind, job, said, time.monotonic() - began))


def measure(arguments: argparse.Namespace) -> int:
    """Train and run what there is to do."""
    began, context = time.monotonic(), multiprocessing.get_context("spawn")
    to_train, to_run, done = context.Queue(), context.Queue(), context.Queue()
    output, device = arguments.output, arguments.device
    processes = [
        context.Process(target=_trainers, args=(arguments.threads, to_train, done, device, output), daemon=True)
        for _ in range(arguments.trainers)
    ] + [
        context.Process(target=_worker, args=("run", to_run, done, device, output), daemon=True)
        for _ in range(arguments.runners)
    ]
    for process in processes:
        process.start()
    waiting = [job for job in jobs(arguments.task or list(BOARDS)) if job.seed < arguments.seeds]
    training = running = failed = 0
    while True:
        late = time.monotonic() - began > 60 * arguments.minutes
        while waiting and training < arguments.trainers * arguments.threads and not late:
            to_train.put((waiting.pop(0), ""))
            training += 1
        if not training and (not running or time.monotonic() - began > 60 * (arguments.minutes + arguments.grace)):
            break
        try:
            kind, job, said, seconds = done.get(timeout=5)
        except queue.Empty:
            killed = [process.exitcode for process in processes if process.exitcode]
            if killed:
                raise SystemExit(f"a worker ended with exit code {killed[0]}; run this again to go on") from None
            continue
        print(
            f"{time.monotonic() - began:6.0f} {seconds:6.1f} s {kind:5} {job.task} {job.method} {job.seed} {said}",
            flush=True,
        )
        failed += said.startswith("failed")
        training, running = (training - 1, running) if kind == "train" else (training, running - 1)
        if kind == "train" and not said.startswith("failed") and arguments.runners:
            to_run.put((job, said))
            running += 1
    for process in processes:
        process.terminate()
    print(f"{len(waiting)} not begun, {running} runs left, {failed} failed")
    return int(bool(failed or waiting))


def ship(arguments: argparse.Namespace) -> int:
    """Copy the checkpoints of seed 0 on embedded tasks into the plugins that own the methods."""
    from benchbench.plugins import registry
    from benchbench.training.checkpoints import file_name

    for task in EMBEDDED:
        for method in BOARDS[task]:
            job = Job(task, method, 0, "")
            found = [training_of(job, device, arguments.output) for device in ("cuda", "cpu")]
            training = next((each for each in found if each.path.is_file()), found[0])
            made = training.make_method()
            package = type(made).__module__.split(".")[0]
            folder = Path("plugins") / package.removeprefix("benchbench_") / package / "checkpoints"
            assert registry().distribution("methods", made.name).startswith("benchbench-")
            if not training.path.is_file():
                print(f"not trained yet: {task} {method}")
                continue
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(training.path, folder / file_name(made, task))
    return 0


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["measure", "ship"])
    parser.add_argument("-t", "--task", action="append")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--trainers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="of each trainer")
    parser.add_argument("--runners", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no training after so long")
    parser.add_argument("--grace", type=float, default=float("inf"), help="minutes after which runs are left")
    parser.add_argument("-o", "--output", type=Path, default=Path())
    arguments = parser.parse_args()
    return {"measure": measure, "ship": ship}[arguments.what](arguments)


if __name__ == "__main__":
    sys.exit(main())
