"""Sealed editions on a board's page, and as tables."""

from __future__ import annotations

from collections.abc import Sequence

from benchbench.core import Task
from benchbench.core.edition import Edition
from benchbench.core.record import Entry
from benchbench.leaderboards.sealed_rows import MOST_ERRORS, SealedRow, sealed_rows
from benchbench.leaderboards.sealing import frozen_edition
from benchbench.leaderboards.seals import Commitment, Opening, Seal
from benchbench.publish.table import Table, markdown
from benchbench.publish.text import cell, rank
from benchbench.publish.words import ARROWS, number

TITLES = ("sealed rank", "public rank", "method")


def sections(found: Sequence[Seal], task: Task, entries: list[Entry], editions: Sequence[Edition]) -> tuple[str, ...]:
    """Return what a board's page says of its sealed editions, the newest first; nothing where there is none.

    `entries` and `editions` are the board's.
    """
    said = [
        markdown(table_of(seal, task, entries, editions)) if seal.is_open else waiting(seal.commitment())
        for seal in reversed(found)
    ]
    return ("## Sealed editions", *said) if said else ()


def table_of(seal: Seal, task: Task, entries: list[Entry], editions: Sequence[Edition]) -> Table:
    """Return an open sealed edition as a table."""
    commitment, opening = seal.commitment(), seal.opening()
    edition = frozen_edition(commitment, editions, str(seal.commitment_file))
    rows = sealed_rows(task, seal.folder.board(task, edition, entries), opening, seal.entries())
    return table(task.name, rows, commitment, opening)


def waiting(commitment: Commitment) -> str:
    """Return what a page says of a sealed edition whose secret is not published yet."""
    return (
        f"Sealed edition {commitment.number} was committed to on {commitment.date}: the rows of edition"
        f" {commitment.edition} are frozen. SHA-256 of the secret: `{commitment.commitment}`."
    )


def table(name: str, rows: Sequence[SealedRow], commitment: Commitment, opening: Opening) -> Table:
    """Return the rows of a sealed edition as a table: public score, sealed score, difference, verdict."""
    scores = [each.sealed for each in rows if each.sealed]
    metric = scores[0].metric + ARROWS[scores[0].higher_is_better] if scores else "score"
    titles = (*TITLES, f"public {metric}", f"sealed {metric}", "difference", "verdict")
    ranked = tuple(_cells(each) for each in rows if each.row.rank is not None)
    references = tuple(_cells(each) for each in rows if each.row.rank is None)
    notes = [f"{each.row.label}: {each.why}" for each in rows if each.why]
    return Table(
        name=f"{name}-sealed-{commitment.number}",
        titles=titles,
        groups=(ranked, references),
        words=("method", "verdict"),
        heads=len(TITLES),
        caption=_caption(commitment, opening),
        notes=tuple(notes),
    )


def _caption(commitment: Commitment, opening: Opening) -> str:
    return (
        f"Sealed edition {commitment.number}, {opening.date}: the rows of edition {commitment.edition} on draw"
        f" {opening.draw} of the test, which nobody knew when they were frozen on {commitment.date}. Sampled with the"
        f" draw as seed. Difference: sealed minus public; ± is √(a² + b²) of the two standard errors, as the tests"
        f" share no condition. Worse: by more than {MOST_ERRORS:g} of these errors."
    )


def _cells(each: SealedRow) -> tuple[str, ...]:
    place = rank(each.on_draw) if each.on_draw else "–"
    return (
        place,
        rank(each.row),
        each.row.label,
        cell(each.public),
        cell(each.sealed),
        _difference(each),
        _verdict(each),
    )


def _difference(each: SealedRow) -> str:
    if each.difference is None:
        return "–"
    return ("+" if each.difference > 0 else "") + number(each.difference, each.error)


def _verdict(each: SealedRow) -> str:
    if each.sealed is None:
        return "not run"
    return f"worse by {each.errors_worse:.1f} errors" if each.is_worse and each.errors_worse is not None else "–"
