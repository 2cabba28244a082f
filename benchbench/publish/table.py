"""Cells under titles, and how each format shows them; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from benchbench.publish import escape, numbers

if TYPE_CHECKING:
    from rich.table import Table as RichTable

Rows = tuple[tuple[str, ...], ...]
MOST_WORDS = 40
"""Of a caption in LaTeX; the sentences after them stand below the table, with the notes."""


@dataclass(frozen=True)
class Table:
    """What one table shows, as plain text; formats escape it."""

    name: str
    """For references to it: `toy-shapes`."""
    titles: tuple[str, ...]
    groups: tuple[Rows, ...]
    """Rows of cells, in groups that are set apart."""
    words: tuple[str, ...]
    """The titles of columns of words, which are set left; numbers are set right."""
    heads: int
    """How many first columns say which row it is."""
    caption: str
    notes: tuple[str, ...] = ()
    bold: frozenset[tuple[int, int]] = frozenset()
    """Which cells stand out, by the places of row and column."""

    @property
    def rows(self) -> Rows:
        """All rows."""
        return tuple(chain.from_iterable(self.groups))


def markdown(table: Table) -> str:
    """Return the table as GitHub's Markdown, with its caption and its notes."""
    from tabulate import tabulate

    rows = [[escape.markdown(cell) for cell in row] for row in table.rows]
    titles = [escape.markdown(title) for title in table.titles]
    cells = tabulate(rows, titles, tablefmt="github", colalign=_align(table), disable_numparse=True) if rows else ""
    notes = "\n".join(f"- {escape.markdown(note)}" for note in table.notes)
    return "\n\n".join(filter(None, [cells, escape.markdown(table.caption), notes]))


def latex(table: Table) -> str:
    r"""Return the table as LaTeX with `\usepackage{booktabs}`: a float in small type, with short caption and label.

    With `\usepackage{siunitx}` numbers stand with their points below one another; without it they are set right.
    """
    caption, rest = short(table.caption)
    formats = [numbers.format_of([row[i] for row in table.rows]) for i in range(len(table.titles))]
    columns = "".join("l" if title in table.words else "r" for title in table.titles)
    label = "".join(each if each.isascii() and each.isalnum() else "-" for each in table.name)
    lines = [
        r"% \usepackage{booktabs}, and \usepackage{siunitx} to align the numbers",
        r"\begin{table}",
        *(numbers.SETUP if any(formats) else ()),
        r"\centering\small\setlength{\tabcolsep}{4pt}",
        rf"\caption{{{escape.latex(caption)}}}",
        rf"\label{{tab:{label}}}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        " & ".join(map(escape.latex, table.titles)) + r" \\",
    ]
    place = 0
    for group in filter(None, table.groups):
        lines.append(r"\midrule")
        for row in group:
            lines.append(" & ".join(_latex_cell(table, place, i, formats[i]) for i in range(len(row))) + r" \\")
            place += 1
    lines += [r"\bottomrule", r"\end{tabular}"]
    lines += [rf"\par\smallskip\footnotesize {escape.latex(note)}" for note in filter(None, [rest, *table.notes])]
    return "\n".join([*lines, r"\end{table}"])


def short(caption: str) -> tuple[str, str]:
    """Return the first sentences of a caption, `MOST_WORDS` words or one sentence, and the sentences after them.

    Between two numbers, as in `300 conditions x 20 samples`, x becomes the sign of multiplication.
    """
    first, *others = re.sub(r" x (?=\d)", " × ", caption).split(". ")
    while others and len(f"{first}. {others[0]}".split()) <= MOST_WORDS:
        first += f". {others.pop(0)}"
    return (f"{first}.", ". ".join(others)) if others else (first, "")


def _latex_cell(table: Table, row: int, column: int, form: str) -> str:
    text = table.rows[row][column]
    cell = (numbers.cell(text, form) if form else None) or escape.latex(text)
    return rf"\textbf{{{cell}}}" if (row, column) in table.bold else cell


def html(table: Table) -> str:
    """Return the table as a fragment of HTML: caption, scopes of heads, a body a group, the notes as a foot."""
    lines = ['<table class="benchbench">', f"<caption>{escape.html(table.caption)}</caption>", "<thead>", "<tr>"]
    lines += [f'<th scope="col">{escape.html(title)}</th>' for title in table.titles]
    lines += ["</tr>", "</thead>"]
    place = 0
    for group in filter(None, table.groups):
        lines.append("<tbody>")
        for row in group:
            lines.append("<tr>" + "".join(_html_cell(table, place, column) for column in range(len(row))) + "</tr>")
            place += 1
        lines.append("</tbody>")
    if table.notes:
        lines += ["<tfoot>"]
        lines += [f'<tr><td colspan="{len(table.titles)}">{escape.html(note)}</td></tr>' for note in table.notes]
        lines += ["</tfoot>"]
    return "\n".join([*lines, "</table>"])


def _html_cell(table: Table, row: int, column: int) -> str:
    cell = escape.html(table.rows[row][column])
    inside = f"<strong>{cell}</strong>" if (row, column) in table.bold else cell
    is_head = table.titles.index(next(title for title in table.titles if title in table.words)) == column
    return f'<th scope="row">{inside}</th>' if is_head else f"<td>{inside}</td>"


def terminal(table: Table, width: int) -> list[RichTable]:
    """Return the table as rich tables, cut in as many as the width asks for, each with the first columns."""
    return cut(table.titles, table.rows, table.heads, width, table.words)


def cut(
    titles: Sequence[str], rows: Sequence[Sequence[str]], fixed: int, width: int, words: Sequence[str]
) -> list[RichTable]:
    """Return rows of cells as rich tables, in as many as the width asks for, each with the first `fixed` columns."""
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    rows = [[escape.plain(cell) for cell in row] for row in rows]
    folded = [_folded(escape.plain(title)) for title in titles]
    widths = [
        max(len(line) for line in [*folded[i].split("\n"), *(row[i] for row in rows)]) + 3 for i in range(len(titles))
    ]
    room = width - sum(widths[:fixed])
    pieces: list[list[int]] = [[]]
    for i in range(fixed, len(titles)):
        if pieces[-1] and sum(widths[j] for j in pieces[-1]) + widths[i] > room:
            pieces.append([])
        pieces[-1].append(i)
    tables = []
    for piece in pieces:
        shown = [*range(fixed), *piece]
        table = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
        for i in shown:
            table.add_column(Text(folded[i]), justify="left" if titles[i] in words else "right", no_wrap=True)
        for row in rows:
            table.add_row(*[Text(row[i]) for i in shown], style="dim" if row[0] == "ref" else None)
        tables.append(table)
    return tables


def _align(table: Table) -> list[str]:
    return ["left" if title in table.words else "right" for title in table.titles]


def _folded(title: str) -> str:
    """Return the title on two lines, the extractor below the metric."""
    name, bracket, inside = title.partition("[")
    if not bracket:
        return title
    inside, _, arrow = inside.partition("]")
    return f"{name}{arrow}\n{inside}"
