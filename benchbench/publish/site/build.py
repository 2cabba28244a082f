"""The site: an overview, pages of boards, editions, methods and metrics, with all they need, to open from a disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from benchbench import __version__
from benchbench.leaderboards import reported as papers_of
from benchbench.leaderboards.folder import folders
from benchbench.plugins import registry
from benchbench.publish import bibtex, reported
from benchbench.publish.caption import JUDGED_MEANS, UNFINISHED_MEANS
from benchbench.publish.site import heat, method_pages, metric_pages, search, task_page
from benchbench.publish.site.folder import replacing
from benchbench.publish.site.shown import Shown, file_of, read
from benchbench.publish.site.task_page import PAGE_BUDGET
from benchbench.publish.table import html
from benchbench.system.records import digest, read_text

if TYPE_CHECKING:
    import jinja2

HERE = Path(__file__).parent


def build(boards: Path, site: Path, runs: Path, calibrations: Path) -> list[str]:
    """Write the site of all leaderboards that have an edition, in place of the last one; return the names of its pages.

    `runs` holds run directories, whose samples are shown; `calibrations` the reports of `benchbench calibrate --json`.
    """
    with replacing(site) as fresh:
        shown = [
            read(folder, editions, runs, calibrations) for folder in folders(boards) if (editions := folder.editions())
        ]
        return _Site(_templates(), fresh, shown).write(boards)


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


class _Site:
    """The folder that is being filled, with what its pages have in common."""

    def __init__(self, templates: jinja2.Environment, folder: Path, boards: Sequence[Shown]) -> None:
        self._templates, self._folder, self._boards = templates, folder, boards
        self._entries = method_pages.all_entries(boards)
        self._columns = metric_pages.on_boards(boards)
        self._pages: list[str] = []

    def write(self, boards: Path) -> list[str]:
        """Write everything; return the names of the pages."""
        _copy(sorted((HERE / "assets").iterdir()), self._folder / "assets")
        methods = [
            method_pages.summary_of(name, self._entries.get(name, ())) for name in method_pages.names(self._entries)
        ]
        metrics = sorted(registry().metrics.values(), key=lambda kind: kind.name)
        papers = [(task, papers_of.read(boards, task)) for task in papers_of.tasks(boards)]
        lines = list(self._index(methods, [(each.name, each.summary) for each in metrics]))
        (self._folder / "assets" / search.NAME).write_text(search.script(lines), encoding="utf-8")
        reports = [
            {"task": task, "page": f"{task}/reported.html", "about": found.about, "methods": len(found.methods)}
            for task, found in papers
        ]
        self._render("index.html", "index.html", "", self._overview(reports))
        for shown in self._boards:
            self._board(shown)
        for task, found in papers:
            (self._folder / task).mkdir(exist_ok=True)
            values = {"reported": found, "table": Markup(html(reported.table(found)))}  # escaped by `html`
            self._render("reported.html", f"{task}/reported.html", "../", values)
        self._methods(methods)
        self._metrics(metrics)
        return self._pages

    def _render(self, template: str, page: str, root: str, values: dict[str, Any]) -> None:
        content = self._templates.get_template(template).render({"root": root, **values})
        (self._folder / page).write_text(content, encoding="utf-8")
        self._pages.append(page)

    def _index(
        self, methods: Sequence[dict[str, str]], metrics: Sequence[tuple[str, str]]
    ) -> Iterator[tuple[str, str, str, str]]:
        """Yield the lines of the search: boards, methods, metrics."""
        for shown in self._boards:
            yield shown.folder.task, "board", shown.page, shown.task.summary if shown.task else ""
        for each in methods:
            yield each["name"], "method", each["page"], each["summary"]
        for name, summary in metrics:
            yield name, "metric", f"metrics/{file_of(name)}", summary

    def _overview(self, reports: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return {
            "heat": heat.of_families(self._boards),
            "means": heat.MEANS,
            "entries": [_line(shown) for shown in self._boards],
            "papers": reports,
            "unfinished_means": UNFINISHED_MEANS,
            "judged_means": JUDGED_MEANS,
        }

    def _board(self, shown: Shown) -> None:
        """Write the pages of a leaderboard and of its editions, with their files."""
        target = self._folder / shown.own
        target.mkdir(parents=True)
        _copy(shown.folder.edition_files(), target / "editions")
        values: dict[str, Any] = {"edition": shown.edition, "editions": list(reversed(shown.editions))}
        for edition in shown.editions:
            sha256 = digest(read_text(shown.folder.edition_file(edition.number)))
            of_one = {"edition": edition, "sha256": sha256, "bibtex": bibtex.of_edition(edition, sha256)}
            self._render("edition.html", f"{shown.own}/editions/{edition.number:04d}.html", "../../../", of_one)
        if shown.task is None:
            self._render("old.html", shown.page, "../../", {**values, "folder": shown.folder})
            return
        values |= task_page.values_of(shown)
        task_page.write_files(target, shown, values["table"])
        self._render("task.html", shown.page, "../../", values)
        taken = _size(self._folder / shown.page, *(self._folder / "assets").iterdir())
        task_page.write_sprites(target, shown.gallery, PAGE_BUDGET - taken)

    def _methods(self, methods: Sequence[dict[str, str]]) -> None:
        (self._folder / "methods").mkdir()
        boards = {shown.page: shown for shown in self._boards}
        cells = heat.of_methods(self._boards)
        tasks = [(shown.folder.task, shown.page) for shown in self._boards if shown.scale is not None]
        values = {"methods": methods, "cells": cells, "tasks": tasks, "means": heat.MEANS}
        self._render("methods.html", "methods/index.html", "../", values)
        for each in methods:
            name = each["name"]
            own = method_pages.of_method(name, self._entries.get(name, ()), boards)
            self._render("method.html", each["page"], "../", own)

    def _metrics(self, metrics: Sequence[Any]) -> None:
        (self._folder / "metrics").mkdir()
        lines = [(kind, f"metrics/{file_of(kind.name)}", self._columns.get(kind.name, ())) for kind in metrics]
        self._render("metrics.html", "metrics/index.html", "../", {"metrics": lines, "file_of": file_of})
        for kind, page, columns in lines:
            own = metric_pages.of_metric(kind, columns, self._boards)
            self._render("metric.html", page, "../", {**own, "file_of": file_of})


def _line(shown: Shown) -> dict[str, Any]:
    """Return a leaderboard's line of the overview."""
    last = shown.edition
    return {
        "task": shown.folder.task,
        "version": shown.folder.version,
        "page": shown.page,
        "edition": last,
        "kind": shown.task.kind if shown.task else "",
        "summary": shown.task.summary if shown.task else "",
        "leaders": shown.leaders,
    }


def _copy(files: Sequence[Path], target: Path) -> None:
    """Copy files one by one: an error of the system keeps its number, so that a full disk is reported as one."""
    target.mkdir()
    for file in files:
        shutil.copyfile(file, target / file.name)


def _size(*files: Path) -> int:
    return sum(file.stat().st_size for file in files)
