"""`benchbench fit`: train a method on a task."""

from __future__ import annotations

from pathlib import Path

import click

from benchbench.cli import _common


@click.command()
@_common.task_option
@click.option("-m", "--method", "methods", multiple=True, required=True, metavar="METHOD[opt=value,…]")
@_common.seed_option
@_common.device_option
@click.option("--steps", type=click.IntRange(1), help="Another number of steps than the method's own.")
@click.option("-o", "--output", default="checkpoints", show_default=True, type=click.Path(path_type=Path))
@click.pass_context
def command(
    ctx: click.Context, task: str, methods: tuple[str, ...], seed: int, device: str, steps: int | None, output: Path
) -> None:
    """Train methods on a task, one after the other; run the same command again to go on after an interruption."""
    from benchbench import names
    from benchbench.core import BenchbenchError
    from benchbench.plugins import registry
    from benchbench.runs import resolve_device
    from benchbench.training import Training, fit

    found = registry()
    found.get("tasks", task)
    wanted = [names.parse_method(text, found) for text in methods]
    where = resolve_device(device)
    console = _common.stderr_console()
    failed = False
    for name, options in wanted:
        training = Training(task, name, options, seed, where, output, steps)
        try:
            with _common.progress_bar(names.format_method(name, options)) as update:

                def progress(done: int, total: int, losses: dict[str, float], update: object = update) -> None:
                    assert callable(update)
                    update(done, total, "  ".join(f"{key} {value:.3f}" for key, value in losses.items()))

                path = fit(training, progress)
        except BenchbenchError as error:
            console.print(f"{name}: error: {error}", style="red", markup=False)
            failed = True
            continue
        except KeyboardInterrupt:
            kept = training.state_path.exists()
            console.print(
                f"interrupted: {name} is {'kept at its last saved step' if kept else 'not saved yet'};"
                " run the same command to go on"
            )
            raise SystemExit(130) from None
        click.echo(str(path))
        console.print(f"sample from it: benchbench run -t {task} -m {name} --checkpoint {path}", markup=False)
    if failed:
        ctx.exit(1)
