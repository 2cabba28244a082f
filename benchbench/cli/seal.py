"""`benchbench seal`: editions on a draw of the test that nobody knew when the rows were frozen."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.core import Task
    from benchbench.core.record import Entry, Record
    from benchbench.leaderboards.folder import BoardFolder
    from benchbench.leaderboards.seals import Seal
    from benchbench.runs.frozen import Shelf
    from benchbench.runs.request import Stage
    from benchbench.runs.run import Run

task_argument = click.argument("task", shell_complete=_common.complete("tasks"))
secret_option = click.option(
    "--secret",
    required=True,
    type=_common.UserPath(dir_okay=False),
    help="File of the secret, outside the boards; `seal commit` makes it, for its owner alone.",
)
runs_option = click.option(
    "-o", "--output", default="sealed-runs", show_default=True, type=_common.UserPath(), help="Folder of sealed runs."
)


@click.group()
def command() -> None:
    """Seal a leaderboard: freeze its rows, then run them on a draw of the test that nobody could know."""


@command.command()
@task_argument
@secret_option
@_common.boards_option
def commit(task: str, secret: Path, boards: Path) -> None:
    """Freeze the rows of the newest edition, and publish the SHA-256 of a new secret, which fixes the draw."""
    from benchbench.core import BenchbenchError
    from benchbench.evaluation.fingerprint import fingerprint
    from benchbench.leaderboards.seals import commit as freeze
    from benchbench.leaderboards.seals import new_secret
    from benchbench.publish.pages import refresh, write_index
    from benchbench.system.secret import write_secret

    folder, found = _folder(task, boards)
    if fingerprint(found.drawn(1)) == fingerprint(found):
        raise BenchbenchError(f"{task} has the same test on every draw: its streams are to be keyed by split_key")
    if secret.resolve().is_relative_to(boards.resolve()):
        raise BenchbenchError(f"{secret} is inside {boards}, which is published: keep the secret elsewhere")
    text = new_secret()
    write_secret(secret, text)
    try:
        seal = freeze(folder, text, _today())
    except BaseException:
        secret.unlink()
        raise
    refresh(folder, found)
    write_index(boards)
    commitment = seal.commitment()
    click.echo(f"{task}: sealed edition {seal.number} freezes the rows of edition {commitment.edition}")
    click.echo(f"commitment {commitment.commitment}")
    click.echo(f"the secret is in {secret}: keep it, and show it to nobody before `benchbench seal publish`")


@command.command()
@task_argument
@secret_option
@_common.boards_option
def draw(task: str, secret: Path, boards: Path) -> None:
    """Print the number of the draw, which follows from the secret, for `benchbench run --draw N --seed N`."""
    folder, _ = _folder(task, boards)
    click.echo(_sealed(folder, secret)[1])


@command.command()
@task_argument
@secret_option
@click.option(
    "--checkpoints",
    multiple=True,
    type=_common.UserPath(),
    help="A checkpoint, or a folder of some, which are found by their SHA-256; again for another.",
)
@_common.device_option
@_common.workers_option
@runs_option
@_common.boards_option
@click.pass_context
def run(ctx: click.Context, /, task: str, secret: Path, checkpoints: tuple[Path, ...], **settings: Any) -> None:
    """Run every frozen row that can be run here on the draw; exit 1 if a run failed.

    A row needs its plugin in the recorded version and its very checkpoint. Its seed is the draw, so none was picked.
    What was interrupted goes on where it stopped, and may go on elsewhere: `seal publish` takes what is in the folder.
    """
    from benchbench.cli._sweep import work
    from benchbench.executors.local import Local
    from benchbench.leaderboards.sealing import frozen
    from benchbench.plugins import registry
    from benchbench.runs.frozen import Shelf
    from benchbench.runs.request import Request, open_stage, resolve_device

    folder, _ = _folder(task, settings["boards"])
    seal, number = _sealed(folder, secret)
    device = resolve_device(settings["device"])
    request = Request(task, settings["output"], draw=number, seed=number, device=device, keep_samples="gallery")
    runs = _runs(frozen(seal), open_stage(request, registry()), Shelf(checkpoints))
    with Local(_common.default_workers(settings["workers"], device)) as executor:
        states = work(runs, executor)
    done = [state for state in states if state.record is not None and state.record.status == "ok"]
    click.echo(f"{task}: {len(done)} of {len(states)} runs on draw {number} are in {settings['output']}")
    if len(done) < len(states):
        ctx.exit(1)


@command.command()
@task_argument
@secret_option
@runs_option
@_common.boards_option
def publish(task: str, secret: Path, output: Path, boards: Path) -> None:
    """Publish the secret and the scores on the draw; rows that are not worse than in public get the tier `sealed`."""
    from benchbench.leaderboards.sealed_tier import attest_sealed
    from benchbench.leaderboards.sealing import Opener, open_seal_with
    from benchbench.publish import table as formats
    from benchbench.publish.escape import plain
    from benchbench.publish.pages import refresh, write_index
    from benchbench.publish.sealed import table_of
    from benchbench.system.records import find_records, read_text

    folder, found = _folder(task, boards)
    seal, number = _sealed(folder, secret)
    runs = {record.run_id: (path.parent, record) for path, record in find_records(output) if record.task.draw == number}
    records = [record for _, record in runs.values()]
    gate = _gate(found.drawn(number), {run_id: path for run_id, (path, _) in runs.items()}, records)
    opening = open_seal_with(seal, Opener(read_text(secret).strip(), number, _today(), records, gate))
    attest_sealed(seal, found)
    refresh(folder, found)
    write_index(boards)
    click.echo(f"{task}: sealed edition {seal.number}, secret {opening.secret}")
    click.echo(plain(formats.markdown(table_of(seal, found, folder.entries(), folder.editions()))))


def _gate(task: Task, runs: Mapping[str, Path], records: Sequence[Record]) -> Callable[[Record], str]:
    """Return what says why a run on the draw may not be published, by the gates of `benchbench submit`."""
    from benchbench.evaluation.fingerprint import fingerprint
    from benchbench.evaluation.resolve import resolve_scores
    from benchbench.leaderboards.here import Here
    from benchbench.leaderboards.submission import reasons
    from benchbench.plugins import registry

    scores, now = resolve_scores(task.metrics, task, registry()), datetime.datetime.now(datetime.timezone.utc)

    def refusal(record: Record) -> str:
        here = Here(task, fingerprint(task), scores, registry().methods.get(record.method.name), now)
        return str(next(reasons(runs[record.run_id], record, here, records), ""))

    return refusal


def _runs(entries: Sequence[Entry], stage: Stage, shelf: Shelf) -> list[Run]:
    """Return the runs of the frozen rows, each once, and say which cannot be run here."""
    from benchbench.core import BenchbenchError
    from benchbench.publish.escape import plain
    from benchbench.runs.frozen import frozen_subject
    from benchbench.runs.run import Run

    runs = {}
    for entry in entries:
        try:
            run = Run(stage, frozen_subject(entry.record, stage, shelf))
        except BenchbenchError as error:
            click.echo(plain(f"not run: {entry.record.method.label}: {error}"), err=True)
        else:
            runs[run.directory.path] = run
    return list(runs.values())


def _folder(task: str, boards: Path) -> tuple[BoardFolder, Task]:
    from benchbench.leaderboards.folder import BoardFolder
    from benchbench.plugins import registry

    found = registry().task(task)
    return BoardFolder(boards, task, found.version), found


def _sealed(folder: BoardFolder, secret: Path) -> tuple[Seal, int]:
    """Return the sealed edition that is to be opened, and its draw."""
    from benchbench.leaderboards.seals import open_seal
    from benchbench.system.records import read_text

    seal = open_seal(folder)
    return seal, seal.require(read_text(secret).strip())


def _today() -> str:
    return datetime.datetime.now(datetime.timezone.utc).date().isoformat()
