"""`benchbench study`: people as judges, in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.study.record import Outcome, StudyRecord

DESIGNS = ("single", "pairs", "side-by-side")
folder_argument = click.argument("folder", metavar="DIR", type=_common.UserPath())
design_option = click.option(
    "--design",
    type=click.Choice(DESIGNS),
    default="single",
    show_default=True,
    help="One image, real or fake; a real and a fake in turn, which is fake; two methods, which is more real.",
)


@click.group()
def command() -> None:
    """Let people judge the samples of runs: plan, make, serve, score."""


@command.command()
@click.argument("runs", metavar="RUN…", nargs=-1, required=True, type=_common.UserPath())
@_common.task_option
@design_option
@click.option("--exposure", type=int, default=1000, show_default=True, help="Milliseconds per image; 0: no limit.")
@click.option("--trials", type=int, default=60, show_default=True, help="Scored trials per person.")
@click.option("--people", type=int, default=33, show_default=True, help="Seats.")
@click.option("--practice", type=int, default=10, show_default=True, help="Trials with feedback, never scored.")
@click.option("--mask", type=int, default=0, show_default=True, help="Milliseconds of a mask; 0: none.")
@click.option("--pixelated", is_flag=True, help="Enlarge images without smoothing.")
@click.option("--title", help="The first line of the page.")
@click.option(
    "--consent", type=_common.UserPath(exists=True, dir_okay=False), help="The lab's own consent text (plain text)."
)
@_common.seed_option
@click.option("-o", "--output", "folder", required=True, type=_common.UserPath(), help="Folder of the study.")
def make(runs: tuple[Path, ...], task: str, folder: Path, **options: Any) -> None:
    """Make a study of the kept samples of RUNs: images under random names, a list per seat, a key.

    Everything follows from the runs, the options and the seed. The key and the answers are never served.
    """
    from benchbench.plugins import get_task
    from benchbench.study.entrants import find_entrants
    from benchbench.study.make import make_study
    from benchbench.study.setting import Setting, Timing
    from benchbench.system.records import read_text

    timing = Timing(exposure=options.pop("exposure"), mask=options.pop("mask"))
    title, consent = options.pop("title"), options.pop("consent")
    texts = {"title": title} if title else {}
    if consent:
        texts["consent"] = read_text(consent).strip()
    setting = Setting(timing=timing, **options, **texts)
    with _common.stderr_console().status(f"{task}: preparing the images"):
        study = make_study(setting, find_entrants(get_task(task), runs), folder)
    click.echo(f"study {study.id}: {setting.people} seats, {setting.trials} scored trials each, in {folder}")
    for method in study.methods:
        click.echo(f"  {method.label}")
    click.echo(f"next: benchbench study serve {folder}", err=True)


@command.command()
@folder_argument
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0: open to the network, with a token.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: a free one.")
def serve(folder: Path, host: str, port: int) -> None:
    """Serve a study until Ctrl-C; a restart goes on where it was.

    Each browser gets the next free seat and keeps it. Every answer is on the disk before the page goes on.
    """
    from benchbench.study.folder import StudyFolder
    from benchbench.study.server import StudyServer
    from benchbench.system.files import held

    study = StudyFolder(folder)
    study.read()
    busy = f"another process serves {folder}; stop it first"
    with held(study.answers / ".lock", busy), StudyServer(study, host, port) as server:
        click.echo(server.link)
        if not server.loopback:
            click.echo("open to the network: who has this link can take a seat; put TLS in front of it", err=True)
        try:
            server.serve_forever()
        finally:
            seats, taken, done = server.sittings.counts()
            click.echo(f"{taken} of {seats} seats taken, {done} finished", err=True)


@command.command()
@folder_argument
@click.option("-o", "--output", required=True, type=_common.UserPath(), help="Folder to write.")
@click.option("--jatos", is_flag=True, help="For JATOS: answers go there, not into a file.")
def export(folder: Path, output: Path, jatos: bool) -> None:
    """Write a study as files for another host; a person opens index.html?seat=N, and answers come back as files."""
    from benchbench.study.export import export as write
    from benchbench.study.folder import StudyFolder

    write(StudyFolder(folder), output, jatos)
    click.echo(f"{output}: serve it, and score what comes back with `benchbench study score {folder} --answers FILE`")


@command.command()
@folder_argument
@click.option("--sensitivity", multiple=True, type=float, help="d' of each method in turn. Default: 0.5, 1, 1.5, …")
@_common.seed_option
def rehearse(folder: Path, sensitivity: tuple[float, ...], seed: int) -> None:
    """Answer a study by simulated observers, to rehearse its scoring; its record says so and stands on no board."""
    from benchbench.study.folder import StudyFolder
    from benchbench.study.rehearse import rehearse as answer

    number = answer(StudyFolder(folder), sensitivity, seed)
    click.echo(f"{number} simulated observers answered {folder}: benchbench study score {folder}")


@command.command()
@click.argument("folder", metavar="[DIR]", required=False, type=_common.UserPath())
@click.option(
    "--answers",
    multiple=True,
    type=_common.UserPath(exists=True, dir_okay=False),
    help="A file of answers that a static host gave; again for another.",
)
@click.option(
    "--published",
    type=_common.UserPath(exists=True, dir_okay=False),
    help="Score per-person data in dgm-eval's format (.csv) in place of a study.",
)
@click.option("--source", default="", help="Who ran the study, where and when: stands beside its numbers.")
@click.option("--board", type=_common.UserPath(), help="Folder of leaderboards to add the record to.")
@_common.json_option
def score(
    folder: Path | None,
    answers: tuple[Path, ...],
    published: Path | None,
    source: str,
    board: Path | None,
    as_json: bool,
) -> None:
    """Score a study: fooling rates, d', criterion, 2(1 - F) or strengths, with intervals and corrected tests.

    Prints them with and without the exclusions, and writes DIR/record.json.
    """
    from benchbench.core import WrongUsage

    if (folder is None) == (published is None):
        raise WrongUsage("give the folder of a study, or --published FILE")
    if published is not None:
        _score_published(published, as_json)
        return
    from benchbench.study.boards import add_to_board
    from benchbench.study.folder import StudyFolder
    from benchbench.study.record import study_to_json
    from benchbench.study.score import score_study
    from benchbench.system.files import write_text

    assert folder is not None
    record = score_study(StudyFolder(folder), answers, source)
    text = study_to_json(record)
    write_text(folder / "record.json", text)
    click.echo(text, nl=False) if as_json else _show(record)
    if board is not None:
        click.echo(str(add_to_board(record, board)), err=True)


def _score_published(path: Path, as_json: bool) -> None:
    import dataclasses
    import json

    from benchbench.study.published import score_published

    outcome = score_published(path)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(outcome), indent=1))
    else:
        _print_table(outcome, "")


def _show(record: StudyRecord) -> None:
    from benchbench.publish.study import facts

    for line in facts(record):
        click.echo(line)
    _print_table(record.outcome, "")
    _print_table(record.without_exclusions, "Without the exclusions:")


def _print_table(outcome: Outcome, heading: str) -> None:
    from benchbench.publish.study import contrast_table, method_table

    if heading:
        click.echo(f"\n{heading}")
    tables = [method_table(outcome), *([contrast_table(outcome)] if outcome.contrasts else [])]
    for titles, rows in tables:
        from tabulate import tabulate

        click.echo()
        click.echo(tabulate(rows, titles, tablefmt="github", disable_numparse=True))


@command.command()
@_common.task_option
@_common.boards_option
@click.option("--format", "form", type=click.Choice(["table", "markdown", "latex"]), default="table", show_default=True)
@click.option("--metric", help="LaTeX: draw this metric against human realism too, such as realism[mini].")
def agree(task: str, boards: Path, form: str, metric: str | None) -> None:
    """Say how each metric of a published board agrees with what people said of its rows."""
    from benchbench.core import MissingData, UnknownName
    from benchbench.leaderboards.folder import BoardFolder
    from benchbench.leaderboards.people import agreements, with_people
    from benchbench.plugins import get_task, unknown_name
    from benchbench.publish import people
    from benchbench.publish import table as formats
    from benchbench.study.boards import studies_of

    found = get_task(task)
    folder = BoardFolder(boards, task, found.version)
    editions = folder.editions()
    board = with_people(folder.board(found, editions[-1]), studies_of(folder.path)) if editions else None
    metrics = [each.metric for each in agreements(board)] if board else []
    if board is None or not metrics:
        raise MissingData(
            f"no study of two rows or more of {task} stands under {boards}: `benchbench study score --board`"
        )
    if metric is not None and metric not in metrics:
        raise UnknownName(unknown_name("metric", metric, metrics))
    if form == "table":
        _common.show_table(people.table(board))
    else:
        click.echo({"markdown": formats.markdown, "latex": formats.latex}[form](people.table(board)))
    if metric is not None and form == "latex":
        click.echo(people.latex_scatter(board, metric))


@command.command()
@click.option("--difference", type=float, required=True, help="To find: of two fooling rates, such as 0.1.")
@design_option
@click.option("--rate", type=float, default=0.3, show_default=True, help="The lower of the two fooling rates.")
@click.option("--methods", type=int, default=2, show_default=True, help="How many; all pairs are tested, after Holm.")
@click.option("--people", type=int, default=33, show_default=True)
@click.option("--trials", type=int, default=60, show_default=True, help="Scored trials per person.")
@click.option("--images", type=int, default=300, show_default=True, help="Conditions with kept samples.")
@click.option("--people-sd", type=float, default=0.08, show_default=True, help="Of a method's rate between people.")
@click.option("--images-sd", type=float, default=0.08, show_default=True, help="Of a method's rate between images.")
@click.option("--correlation", type=float, default=0.5, show_default=True, help="Of two methods' rates over people.")
@click.option("--power", type=float, default=0.8, show_default=True, help="Wanted probability to find it.")
def plan(power: float, **settings: Any) -> None:
    """Say how many people and trials a difference needs."""
    from tabulate import tabulate

    from benchbench.publish.study import plan_lines, plan_table
    from benchbench.study.power import Plan

    made = Plan(**settings)
    for line in plan_lines(made):
        click.echo(line)
    titles, rows = plan_table(made, power)
    click.echo()
    click.echo(tabulate(rows, titles, tablefmt="github", disable_numparse=True))
