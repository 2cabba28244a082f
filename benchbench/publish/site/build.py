"""The site: one page per task and one over all, with everything that they need, so that they open from a disk."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from benchbench import __version__
from benchbench.core import BenchbenchError, Task
from benchbench.core.edition import Edition
from benchbench.core.specification import name_of
from benchbench.leaderboards import reported as papers_of
from benchbench.leaderboards.folder import BoardFolder, folders
from benchbench.leaderboards.people import HUMAN_REALISM, with_people
from benchbench.leaderboards.unfinished import unfinished_leaders
from benchbench.plugins import registry
from benchbench.publish import cost, reported, text
from benchbench.publish.caption import UNFINISHED_MEANS
from benchbench.publish.site import data, ranks, sprites, views
from benchbench.publish.site.folder import replacing
from benchbench.publish.site.gallery import Gallery, make_gallery
from benchbench.publish.table import html
from benchbench.study.boards import studies_of
from benchbench.system.records import digest, read_text

if TYPE_CHECKING:
    import jinja2

    from benchbench.calibration.report import Calibration
from benchbench.leaderboards.rows import Board

HERE = Path(__file__).parent
PAGE_BUDGET = 4_800_000
"""Bytes of a page with all that it loads."""


def build(boards: Path, site: Path, runs: Path, calibrations: Path) -> list[str]:
    """Write the site of all leaderboards that have an edition, in place of the last one; return the names of its pages.

    `runs` holds run directories, whose samples are shown; `calibrations` the reports of `benchbench calibrate --json`.
    """
    templates = _templates()
    with replacing(site) as fresh:
        _copy(sorted((HERE / "assets").iterdir()), fresh / "assets")
        entries = []
        for folder in folders(boards):
            editions = folder.editions()
            if editions:
                entries.append(_write_task(templates, fresh, folder, editions, (runs, calibrations)))
        papers = [_write_reported(templates, fresh, boards, task) for task in papers_of.tasks(boards)]
        values = {"root": "", "entries": entries, "papers": papers, "unfinished_means": UNFINISHED_MEANS}
        _write(templates, "index.html", fresh / "index.html", values)
        return ["index.html", *(entry["page"] for entry in entries), *(paper["page"] for paper in papers)]


def _templates() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,  # names and reasons are written by strangers
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.globals["version"] = __version__
    return environment


def _write(templates: jinja2.Environment, name: str, path: Path, values: dict[str, Any]) -> None:
    path.write_text(templates.get_template(name).render(values), encoding="utf-8")


def _write_task(
    templates: jinja2.Environment,
    site: Path,
    folder: BoardFolder,
    editions: Sequence[Edition],
    sources: tuple[Path, Path],
) -> dict[str, Any]:
    """Write a task's page with its files; return its line of the index."""
    own = f"{folder.task}/v{folder.version}"
    target = site / own
    target.mkdir(parents=True)
    _copy(folder.edition_files(), target / "editions")
    last = editions[-1]
    values: dict[str, Any] = {"root": "../../", "edition": last, "editions": list(reversed(editions))}
    task = _task(folder)
    if task is None:
        _write(templates, "old.html", target / "index.html", {**values, "folder": folder})
    else:
        board = with_people(folder.board(task, last), studies_of(folder.path))
        board = dataclasses.replace(board, rows=tuple(text.in_groups(board)))  # the references set apart
        runs, calibrations = sources
        gallery, calibration = make_gallery(task, board, runs), _calibration(calibrations, folder.task)
        values |= _of_board(task, board, gallery, calibration)
        _write_records(target, folder, values["table"])
        _write(templates, "task.html", target / "index.html", values)
        _write_sprites(target, gallery, PAGE_BUDGET - _size(target / "index.html", *(site / "assets").iterdir()))
    return {
        "task": folder.task,
        "version": folder.version,
        "page": f"{own}/index.html",
        "edition": last,
        "kind": task.kind if task else "",
        "summary": task.summary if task else "",
        "leaders": [each for each in last.standings if each.best == 1],
        "unfinished": unfinished_leaders(folder, last),
    }


def _write_reported(templates: jinja2.Environment, site: Path, boards: Path, task: str) -> dict[str, Any]:
    """Write the page of what papers report of a task; return its line of the index."""
    found = papers_of.read(boards, task)
    page = f"{task}/reported.html"
    (site / task).mkdir(exist_ok=True)
    values = {"root": "../", "reported": found, "table": Markup(html(reported.table(found)))}  # escaped by `html`
    _write(templates, "reported.html", site / page, values)
    return {"task": task, "page": page, "about": found.about, "methods": len(found.methods)}


def _task(folder: BoardFolder) -> Task | None:
    """Return the task; `None` where it is not installed, or is of another version by now."""
    try:
        task = registry().task(folder.task)
    except BenchbenchError:
        return None
    return task if task.version == folder.version else None


def _of_board(task: Task, board: Board, gallery: Gallery, calibration: Calibration | None) -> dict[str, Any]:
    """Return what a task's page shows."""
    summaries = {name: metric.summary for name, metric in registry().metrics.items()}
    summaries[HUMAN_REALISM] = "what people said of the images of this very run, in a study"
    shown = {
        "people": views.agreement_with_people(board),
        "realism": views.realism_diversity(board),
        "energy": views.energy_parts(board),
        "conditions": views.over_conditions(board),
        "sampling": views.score_for_cost(board, cost.column("seconds_per_sample")),
        "training": views.score_for_cost(board, cost.column("training_core_seconds")),
        "training_gpu": views.score_for_cost(board, cost.column("training_gpu_seconds")),
        "curves": views.training_curves(board),
        "calibration": views.calibration_curves(calibration) if calibration else None,
    }
    return {
        "task": task,
        "board": board,
        "table": data.table_of(board, task.metrics, summaries),
        "views": {**shown, "ranks": ranks.of_samples(board)},
        "calibration": calibration,
        "calibration_table": _calibration_table(calibration, task) if calibration else None,
        "gallery": gallery,
        "payload": {
            **{name: view for name, view in shown.items() if name != "ranks"},
            "tips": data.tips(board),
            "gallery": _order(gallery),
        },
    }


def _order(gallery: Gallery) -> dict[str, Any]:
    return {block.id: {metric: data.short(value) for metric, value in block.values.items()} for block in gallery.blocks}


def _calibration(calibrations: Path, task: str) -> Calibration | None:
    """Return the stored report of the task, if one is there and can be read."""
    from benchbench.calibration.stored import read_calibration

    path = calibrations / f"{task}.json"
    if not path.is_file():
        return None
    try:
        return read_calibration(path)
    except BenchbenchError:
        return None


def _calibration_table(calibration: Calibration, task: Task) -> Any:
    """Return the verdicts of the task's own metrics on every dial."""
    from benchbench.publish.calibration import summary

    return summary(calibration, {name_of(metric) for metric in task.metrics})


def _write_records(target: Path, folder: BoardFolder, table: data.Table) -> None:
    """Write the records of a page, as their lines are."""
    lines = {digest(line): line for line in read_text(folder.records_file).splitlines()}
    (target / "records").mkdir()
    for line in table.lines:
        for source in line.sources:
            (target / source.file).write_text(lines[source.digest] + "\n", encoding="utf-8")


def _write_sprites(target: Path, gallery: Gallery, budget: int) -> None:
    """Write the sprites of a page in the best quality that is left for them."""
    if gallery.sheets:
        (target / "gallery").mkdir()
        stored = sprites.encoded(list(gallery.sheets.values()), budget)
        for file, content in zip(gallery.sheets, stored, strict=True):
            (target / file).write_bytes(content)


def _copy(files: Sequence[Path], target: Path) -> None:
    """Copy files one by one: an error of the system keeps its number, so that a full disk is reported as one."""
    target.mkdir()
    for file in files:
        shutil.copyfile(file, target / file.name)


def _size(*files: Path) -> int:
    return sum(file.stat().st_size for file in files)
