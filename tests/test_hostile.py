"""Names that strangers chose come out as harmless text, in every format."""

import csv
import dataclasses
import html.parser
import io
import json
import re

import pytest
from made_records import method, with_values

from benchbench.core.edition import Edition, Standing
from benchbench.core.record import RecordedTraining
from benchbench.leaderboards.leaders import Leader
from benchbench.leaderboards.reported import Method, Number, Reported
from benchbench.leaderboards.rows import make_board
from benchbench.publish import escape, export, page, reported, table, text
from benchbench.tasks.toy_shapes import ToyShapes

STRINGS = {
    "a formula": '=HYPERLINK("http://x.example","open")',
    "a sum": "+1+1",
    "a difference": "-2+3",
    "a macro": "@SUM(1,1)",
    "a wide formula": "\uff1d1+1",
    "a formula behind a space": " =1+1",
    "a formula behind a tab": "\t=1+1",
    "an escape code": "\x1b[2J\x1b]0;title\x07",
    "an escape code of one byte": "\x9b31m",
    "a direction": "abc\u202egnp.exe\u2066\u2069",
    "an invisible space": "a\u200bb\ufeff",
    "line breaks": "a\nb\rc\u2028d\x85e",
    "a null": "a\x00b",
    "a deletion": "a\x08\x7fb",
    "a surrogate": "a\ud800b",
    "markup": '<img src=x onerror="alert(1)"><!-- -->',
    "a link": "[t](javascript:alert(1)) ![i](http://x.example)",
    "a cell": "a | b \\| c",
    "a command": "\\input{/etc/passwd} $x$ % & # _ ^ ~",
}
"""One of each kind of harm."""
HARM = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""What moves the cursor, hides, or turns the direction of writing; line feeds of the format itself are none."""

hostile = pytest.mark.parametrize("name", STRINGS.values(), ids=STRINGS)


def board(name):
    records = [with_values(name, 0.1, 0.14, 0.1, 0.13), with_values("plain", 0.2, 0.21, 0.19, 0.2)]
    records[0] = dataclasses.replace(records[0], method=method(name, options={name: name}))
    training = RecordedTraining(0, 10, finished=False, why=name)
    records[1] = dataclasses.replace(records[1], method=method("plain", checkpoint="c" * 64, training=training))
    return make_board(ToyShapes(), None, records)


def papers(name):
    return Reported("t", name, {"s": name}, (Method(name, (Number(name, name, "s"),), note=name),))


def edition(name):
    standing = Standing(name, 1, 1, 2, 0.1, ("x",))
    return Edition("toy-shapes", 1, "f", 1, "2026-11-26", "0", "m", ("x",), (standing,), (f"added: {name}",), "")


class Tags(html.parser.HTMLParser):
    """The names of a page's tags, and its comments."""

    def __init__(self, content):
        super().__init__()
        self.found = set()
        self.feed(content)

    def handle_starttag(self, tag, attributes):
        self.found.add(tag)

    def handle_comment(self, data):
        self.found.add("comment")


def pages(name):
    """Return every text that is made for people, by its format."""
    shown = board(name)
    tables, editions = [text.table(shown), reported.table(papers(name))], [edition(name)]
    return {
        "markdown": "\n".join(
            [
                *map(table.markdown, tables),
                page.of_board(shown, editions, None),
                page.of_all([(each, [Leader(name)]) for each in editions], []),
            ]
        ),
        "latex": "\n".join(map(table.latex, tables)),
        "html": "\n".join(map(table.html, tables)),
        "csv": export.csv(shown) + "\n" + reported.as_csv(papers(name)),
        "json": export.as_json(shown) + "\n" + reported.as_json(papers(name)),
        "notes": text.notes(dataclasses.replace(shown, excluded=())),
    }


@hostile
def test_no_format_holds_a_character_that_does_harm(name):
    for form, content in pages(name).items():
        assert not HARM.search(content), form


@hostile
def test_no_cell_of_a_spreadsheet_is_a_formula(name):
    for content in (export.csv(board(name)), reported.as_csv(papers(name))):
        for row in csv.reader(io.StringIO(content)):
            for cell in row:
                assert not re.match("[=+@\uff1d\uff0b\uff0d\uff20]", cell), cell
                assert not cell.startswith("-") or float(cell) < 0, cell


@hostile
def test_no_page_has_tags_or_links_of_a_name(name):
    made = pages(name)
    assert Tags(made["html"]).found <= {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "strong"}
    assert not re.search(r"<[a-zA-Z/?]", made["markdown"])
    assert not re.search(r"(?<!\\)\]\((http|j)", made["markdown"])


@hostile
def test_data_can_be_read_back(name):
    assert json.loads(export.as_json(board(name)))["rows"][0]["label"] == name
    rows = list(csv.DictReader(io.StringIO(export.csv(board(name)))))
    assert rows[0]["method"] == escape.csv(name)


@hostile
def test_a_terminal_shows_one_line(name):
    from rich.console import Console

    console = Console(width=400, record=True, file=io.StringIO())
    for piece in table.terminal(text.table(board(name)), 400):
        console.print(piece)
    assert not HARM.search(console.export_text())


def test_what_is_no_formula_stays_as_it_is():
    for name in ("mr1[weight=40]", "a-b", "dial[blur=-1]", "1e-3"):
        assert escape.csv(name) == name
