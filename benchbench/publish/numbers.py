r"""Numbers for LaTeX's package siunitx, whose `\tablenum` sets decimal points below one another; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

SETUP = (
    r"\ifdefined\sisetup\sisetup{separate-uncertainty=true,detect-weight=true}\fi",
    r"\let\plusminus\pm\providecommand{\tablenum}[2][]{{\def\pm{$\plusminus$}#2}}",
)
"""What stands before a table: without siunitx its command sets the number as it is."""
_NUMBER = re.compile(r"(-?)(\d+)(?:\.(\d+))?(?: ± (\d+)(?:\.(\d+))?)?(†?)")


def format_of(cells: Sequence[str]) -> str:
    """Return the `table-format` of a column, `1.4(2)`; empty where no cell is a decimal number."""
    found = [match for cell in cells if (match := _NUMBER.fullmatch(cell))]
    if not any(match[3] or match[4] for match in found):
        return ""
    sign = "-" if any(match[1] for match in found) else ""
    before = max(len(match[2]) for match in found)
    after = max(len(match[3] or "") for match in found)
    digits = [len(str(int(match[4] + _decimals(match)))) for match in found if match[4]]
    return f"{sign}{before}.{after}" + (f"({max(digits)})" if digits else "")


def cell(text: str, form: str) -> str | None:
    """Return a number as a cell of this format; `None` where it is no number."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    sign, whole, decimals, error, _, dagger = match.groups()
    shown = f"{sign}{whole}" + (f".{decimals}" if decimals else "")
    if error:
        own = _decimals(match)
        shown += rf" \pm {error}" + (f".{own}" if own else "")
    return rf"\tablenum[table-format={form}]{{{shown}}}" + (r"\textdagger{}" if dagger else "")


def _decimals(match: re.Match[str]) -> str:
    """Return the decimals of an error, as many as those of its value."""
    return (match[5] or "").ljust(len(match[3] or ""), "0")
