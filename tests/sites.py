"""Sites to look at: of the project's own leaderboards, and of short real runs among names that strangers chose."""

import dataclasses
import functools
import json
import re
from html.parser import HTMLParser
from pathlib import Path

from benchbench.core.record_json import parse_record, to_json
from benchbench.leaderboards.folder import BoardFolder
from benchbench.plugins import get_task
from benchbench.publish.pages import publish
from benchbench.publish.site.build import build
from benchbench.publish.text import in_groups

HERE = Path(__file__).parent
BOARDS = HERE.parent / "leaderboards"
HOSTILE = '<img src=x onerror="document.title=1">'
CLOSING = "</script><script>document.title='2'</script>&amp;{{ 7 * 7 }}"
MARKUP = '<b>b</b><a href="//x">y</a>'
"""Which plotly would draw as markup."""
STRANGERS = (HOSTILE, CLOSING, MARKUP)
METHODS = ("oracle", "collapsed", "noise", "copy")
CONDITIONS, SAMPLES = 4, 6
BESIDE = ("distance-to-truth", "spread", "truth-rank", "rank-bias", "rank-shape", "tarp", "kernel")
"""Metrics of the small site beside the task's own: those of the plots and histograms, and one of the whole set."""


def of_the_project(folder):
    """Build the site of the leaderboards in the repository, as `own` in the folder."""
    build(HERE.parent / "leaderboards", folder / "own", folder / "no-runs", HERE.parent / "docs" / "calibration")


def made(folder):
    """Make the boards, the runs and the site of real, short runs of toy-shapes in the folder."""
    from benchbench.executors.local import Local
    from benchbench.plugins import registry
    from benchbench.runs.request import Request, open_stage
    from benchbench.runs.run import Run

    metrics = tuple(f"{name}[mini]" for name in BESIDE)
    request = Request("toy-shapes", folder / "runs", limit=CONDITIONS, samples=SAMPLES, metrics=metrics)
    stage = open_stage(request, registry())
    board = BoardFolder(folder / "leaderboards", "toy-shapes", 1)
    for name in METHODS:
        run = Run(stage, stage.subject(name, {}))
        run.record(Local(0), lambda done, total: None)
        record = as_if_whole(run.directory.path)
        board.add(record)
    publish(board, get_task("toy-shapes"), "2026-01-02")
    for label in STRANGERS:
        board.add(stranger(record, label))
    publish(board, get_task("toy-shapes"), "2026-01-03")
    build(folder / "leaderboards", folder / "site", folder / "runs", folder / "calibration")


def as_if_whole(run):
    """Return the record of a shortened run as one that may stand in a table."""
    content = json.loads((run / "record.json").read_text())
    content["protocol"]["off_protocol"] = False
    return parse_record(json.dumps(content), str(run))


def stranger(record, label):
    """Return the record under a name that somebody chose to do harm with."""
    content = json.loads(to_json(record))
    content["method"].update(name=label, label=label, options={label: label}, distribution=label)
    content["environment"].update(processor=label, git_commit=label, packages={label: label})
    content["run_id"] = "../../../etc"
    for score in content["scores"]:
        if score["metric"] in ("realism[mini]", "relative-diversity[mini]"):  # apart from others, so that plots name it
            score.update(value=0.3 + 0.2 * STRANGERS.index(label), interval=None)
    return parse_record(json.dumps(content), label)


@functools.cache
def board_of(task, boards=BOARDS):
    """Return the board of a task's newest edition, made once: nothing changes a board."""
    folder = BoardFolder(boards, task, 1)
    board = folder.board(get_task(folder.task), folder.editions()[-1])
    return dataclasses.replace(board, rows=tuple(in_groups(board)))


class Page(HTMLParser):
    """What a page links to, its tags, its texts, and the JSON that it holds."""

    def __init__(self, path):
        super().__init__()
        self.path, self.links, self.tags, self.ids = path, [], [], set()
        self.texts, self.data, self._in_script = [], "", None
        self.feed(path.read_text())
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        self.ids.add(attributes.get("id"))
        self.links += [attributes[name] for name in ("href", "src") if name in attributes]
        self.links += re.findall(r"url\(([^)]*)\)", attributes.get("style", ""))
        if tag == "script":
            self._in_script = attributes.get("type", "")

    def handle_endtag(self, tag):
        if tag == "script":
            self._in_script = None

    def handle_data(self, data):
        if self._in_script == "application/json":
            self.data += data
        elif self._in_script is None:
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())
