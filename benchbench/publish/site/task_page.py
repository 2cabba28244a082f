"""The page of one leaderboard, with the files beside it: records, editions, downloads, sprites."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from benchbench.calibration.report import Calibration
from benchbench.core import Task
from benchbench.core.specification import name_of
from benchbench.leaderboards.people import HUMAN_REALISM
from benchbench.leaderboards.rows import Board
from benchbench.leaderboards.seals import seals
from benchbench.leaderboards.steadiness import of_records
from benchbench.plugins import registry
from benchbench.publish import bibtex, cost, export, sealed, stability, text
from benchbench.publish import table as formats
from benchbench.publish.calibration import summary
from benchbench.publish.site import data, pvalues, ranks, sprites, views
from benchbench.publish.site.gallery import Gallery
from benchbench.publish.site.shown import Shown, file_of
from benchbench.system.records import digest, read_text

PAGE_BUDGET = 4_800_000
"""Bytes of a page with all that it loads."""
DOWNLOADS = {"table.csv": "CSV", "table.tex": "LaTeX", "table.json": "JSON", "cite.bib": "BibTeX"}
"""The files to download, with what readers call them."""


def values_of(shown: Shown) -> dict[str, Any]:
    """Return what a leaderboard's page shows."""
    assert shown.board is not None
    assert shown.task is not None
    return {
        **_of_board(shown.task, shown.board, shown.gallery, shown.calibration),
        "sealed": _sealed(shown, shown.task),
        "stability": _stability(shown.board),
        "scale": shown.scale,
        "downloads": DOWNLOADS,
        "bibtex": cited(shown),
        "file_of": file_of,
        "installed": registry().metrics,
    }


def _sealed(shown: Shown, task: Task) -> list[Markup]:
    """Return the board's sealed editions, the newest first: a table, or who waits for one."""
    found = seals(shown.folder)
    entries = shown.folder.entries() if found else []
    return [
        Markup(formats.html(sealed.table_of(each, task, entries, shown.editions)))
        if each.is_open
        else Markup("<p>{}</p>").format(sealed.waiting(each.commitment()).replace("`", ""))
        for each in reversed(found)
    ]


def _stability(board: Board) -> Markup | None:
    found = of_records(board)
    return found and Markup(formats.html(stability.table(board.task, name_of(board.ranked_by), found)))


def cited(shown: Shown) -> str:
    """Return the BibTeX entry of the newest edition."""
    return bibtex.of_edition(shown.edition, digest(read_text(shown.folder.edition_file(shown.edition.number))))


def _of_board(task: Task, board: Board, gallery: Gallery, calibration: Calibration | None) -> dict[str, Any]:
    summaries = {name: metric.summary for name, metric in registry().metrics.items()}
    summaries[HUMAN_REALISM] = "what people said of the images of this very run, in a study"
    drawn = {
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
        "views": {**drawn, "ranks": ranks.of_samples(board)},
        "pvalues": pvalues.of_board(board),
        "calibration": calibration,
        "calibration_table": _calibration_table(calibration, task) if calibration else None,
        "gallery": gallery,
        "payload": {**drawn, "tips": data.tips(board), "gallery": _order(gallery)},
    }


def _order(gallery: Gallery) -> dict[str, Any]:
    return {block.id: {metric: data.short(value) for metric, value in block.values.items()} for block in gallery.blocks}


def _calibration_table(calibration: Calibration, task: Task) -> Any:
    """Return the verdicts of the task's own metrics on every dial."""
    return summary(calibration, {name_of(metric) for metric in task.metrics})


def write_files(target: Path, shown: Shown, table: data.Table) -> None:
    """Write the records of a page, as their lines are, and what readers download."""
    assert shown.board is not None
    lines = {digest(line): line for line in read_text(shown.folder.records_file).splitlines()}
    (target / "records").mkdir()
    for line in table.lines:
        for source in line.sources:
            (target / source.file).write_text(lines[source.digest] + "\n", encoding="utf-8")
    for name, content in _downloads(shown, shown.board).items():
        (target / name).write_text(content + "\n", encoding="utf-8")


def _downloads(shown: Shown, board: Board) -> Mapping[str, str]:
    return {
        "table.csv": export.csv(board),
        "table.tex": formats.latex(text.table(board, shown.edition)),
        "table.json": export.as_json(board, shown.edition),
        "cite.bib": cited(shown),
    }


def write_sprites(target: Path, gallery: Gallery, budget: int) -> None:
    """Write the sprites of a page in the best quality that is left for them."""
    if gallery.sheets:
        (target / "gallery").mkdir()
        stored = sprites.encoded(list(gallery.sheets.values()), budget)
        for file, content in zip(gallery.sheets, stored, strict=True):
            (target / file).write_bytes(content)
