"""`benchbench data`: the data sets that tasks need, fetched or taken from where they are, decoded once, checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.data import PreparedTask
    from benchbench.data.cache import Manifest

root_option = click.option(
    "--root",
    type=_common.UserPath(),
    envvar="BENCHBENCH_DATA",
    default=Path("data"),
    show_default=True,
    help="Folder of data sets.",
)
tasks_argument = click.argument(
    "names", metavar="TASK…", nargs=-1, required=True, shell_complete=_common.complete("tasks")
)


@click.group()
def command() -> None:
    """Prepare, check or list the data sets of tasks."""


@command.command()
@tasks_argument
@click.option(
    "--from",
    "given",
    type=_common.UserPath(),
    multiple=True,
    help="The data set as you have it: a folder, an archive, or a file of its own; again for another.",
)
@root_option
@click.option("--force", is_flag=True, help="Make it again.")
@_common.json_option
def prepare(names: tuple[str, ...], given: tuple[Path, ...], root: Path, force: bool, as_json: bool) -> None:
    """Find, fetch or take the data of tasks, and decode them once into a cache that evaluates and trains fast.

    Without --from the data set is looked for in the folder of data sets, then downloaded where its licence and its host
    allow. Run again, it changes nothing.
    """
    from benchbench.data.prepare import prepare

    for name in names:
        task = _task(name)
        with _bar() as progress:
            manifest = prepare(task, root, given, force, progress)
        _show(task, manifest, root, as_json)


@command.command()
@tasks_argument
@root_option
@click.pass_context
def check(ctx: click.Context, names: tuple[str, ...], root: Path) -> None:
    """Read prepared data again, and the files that they were made of; exit 1 if anything is wrong."""
    from benchbench.data import cache
    from benchbench.data.check import check

    wrong = False
    for name in names:
        task = _task(name)
        with _bar() as progress:
            problems = check(task, root, progress)
        manifest = cache.read_manifest(cache.folder_of(root, name))
        assert manifest is not None
        _show(task, manifest, root, False)
        for problem in problems:
            click.echo(f"  wrong: {problem}")
        wrongs = "1 thing is wrong" if len(problems) == 1 else f"{len(problems)} things are wrong"
        click.echo(f"{name}: {wrongs if problems else 'nothing is wrong'}")
        wrong |= bool(problems)
    if wrong:
        ctx.exit(1)


@command.command("list")
@root_option
@_common.json_option
def list_data(root: Path, as_json: bool) -> None:
    """Show which tasks need data, where these come from, under which licence, and whether they are prepared."""
    from benchbench.data import PreparedTask, cache
    from benchbench.plugins import registry

    rows = []
    for name, task in sorted(registry().tasks.items()):
        if not issubclass(task, PreparedTask):
            continue
        rows.append(
            {
                "task": name,
                "data set": task.source.name,
                "prepared": cache.prepared(root, name, task.version) is not None,
                "available": "by hand" if task.source.by_hand else "download",
                "licence": task.source.licence,
                "homepage": task.source.homepage,
            }
        )
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    from tabulate import tabulate

    shown = [{**row, "prepared": "yes" if row["prepared"] else "no"} for row in rows]
    click.echo(tabulate(shown, headers="keys", tablefmt="github"))


def _task(name: str) -> PreparedTask:
    from benchbench.core import BenchbenchError
    from benchbench.data import PreparedTask
    from benchbench.plugins import registry

    task = registry().get("tasks", name)()
    if not isinstance(task, PreparedTask):
        raise BenchbenchError(f"{name} needs no data: it is ready to run")
    return task


def _show(task: PreparedTask, manifest: Manifest, root: Path, as_json: bool) -> None:
    from benchbench.data import cache
    from benchbench.data.check import verdicts

    answers = verdicts(task, manifest)
    if as_json:
        click.echo(json.dumps({**json.loads(cache.manifest_text(manifest)), "verdicts": answers}, indent=1))
        return
    click.echo(f"{task.name}@{task.version}: prepared in {cache.folder_of(root, task.name)}, from {manifest.folder}")
    for split, number in manifest.rows().items():
        click.echo(f"  {split:<10} {number:>9,}  {answers[split]}")
    for what, number in manifest.notes.items():
        click.echo(f"  {number:,} converted: {what}")
    for each in manifest.bad:
        click.echo(f"  left out: {each}")


@contextmanager
def _bar() -> Iterator[Callable[[str, int, int], None]]:
    """Give what shows the progress of one thing after the other on standard error."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<32}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=_common.stderr_console()) as bar:
        known: dict[str, Any] = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in known:
                known[what] = bar.add_task(what, total=total or None)
            bar.update(known[what], completed=done, total=total or None)

        yield progress
