"""`benchbench fit`: train a method on a task."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.training.plan import Training


@click.command()
@_common.task_option
@click.option("-m", "--method", "methods", multiple=True, required=True, metavar="METHOD[opt=value,…]")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=0,
    show_default=True,
    help="Seed of weights, batches and noise: the training seed.",
)
@_common.device_option
@click.option("--steps", type=click.IntRange(1), help="Another number of steps than the method's own.")
@click.option(
    "--precision",
    type=click.Choice(["float32", "bfloat16"]),
    default="float32",
    show_default=True,
    help="bfloat16: mixed precision, quicker where the device multiplies in it.",
)
@click.option("--compile", is_flag=True, help="Compile the networks (torch.compile).")
@click.option("--capture/--no-capture", default=True, help="On one GPU, capture updates as CUDA graphs (default).")
@click.option(
    "--finish-now",
    is_flag=True,
    help="Train no more: write the weights of the last saved state as a checkpoint, even of a training under way.",
)
@click.option("--save-every", type=click.IntRange(1), help="Steps between states, if not the method's own.")
@click.option("-o", "--output", default="checkpoints", show_default=True, type=_common.UserPath())
@click.pass_context
def command(
    ctx: click.Context,
    /,
    task: str,
    methods: tuple[str, ...],
    seed: int,
    device: str,
    output: Path,
    finish_now: bool,
    **how: Any,
) -> None:
    """Train methods on a task, one after the other; run the same command again to go on after an interruption.

    The bar shows the losses, and as `spread` the standard deviation of samples of one condition, on validation. Several
    GPUs: torchrun --nproc-per-node N --no-python benchbench fit …
    """
    from benchbench import specs as names
    from benchbench.core import BenchbenchError
    from benchbench.plugins import registry
    from benchbench.runs.request import resolve_device
    from benchbench.training import distributed
    from benchbench.training.plan import Training

    found = registry()
    found.get("tasks", task)
    wanted = [names.parse_method(text, found) for text in methods]
    where = resolve_device(device)
    failed = False
    with distributed.together(where):
        for name, options in wanted:
            label = names.format_method(name, options)
            try:
                _one(Training(task, name, options, seed, where, output, **how), label, finish_now)
            except BenchbenchError as error:
                _common.stderr_console().print(f"{label}: error: {error}", style="red", markup=False)
                failed = True
                if distributed.world_size() > 1:  # the other processes may wait for this one in the same training
                    break
    if failed:
        ctx.exit(1)


def _one(training: Training, label: str, finish_now: bool) -> None:
    """Train, or finish, and say where the checkpoint is and how to sample from it; exit where it is interrupted."""
    from benchbench.training import distributed
    from benchbench.training.fit import finish

    console = _common.stderr_console()
    before = training.path.exists()
    try:
        path = finish(training) if finish_now else _fit(training, label, before or distributed.rank() > 0)
    except KeyboardInterrupt as ended:
        kept = training.state_path.exists()
        console.print(
            f"interrupted: {label} is {'kept at its last saved step' if kept else 'not saved yet'};"
            " run the same command to go on"
            + ("; with --finish-now it writes the weights of that step as a checkpoint" if kept else ""),
            markup=False,
        )
        raise SystemExit(getattr(ended, "code", 130)) from None
    if distributed.rank() == 0:
        click.echo(str(path))
        if before:
            console.print(f"{label} was trained before: remove the file to train it again", markup=False)
        words = f"-t {training.task} -m {shlex.quote(label)} --checkpoint {shlex.quote(str(path))}"
        console.print(f"sample from it: benchbench run {words}", markup=False)


def _fit(training: Training, title: str, quiet: bool) -> Path:
    """Train with a progress bar, unless another process shows one, and return the checkpoint's path."""
    from benchbench.training.fit import fit

    if quiet:
        return fit(training, lambda done, total, losses: None)
    with _common.progress_bar(title) as update:

        def progress(done: int, total: int, losses: Mapping[str, float]) -> None:
            update(done, total, "  ".join(f"{key} {value:.3f}" for key, value in losses.items()))

        return fit(training, progress)
