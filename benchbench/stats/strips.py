"""Matrices of pairs are made a strip of rows at a time, so that memory does not grow with the number of samples."""

from __future__ import annotations

ROWS = 512
CELLS = 2**22
"""Of a strip: 32 MiB in float64. Up to 8,192 columns a strip has all its rows."""


def strip_rows(columns: int) -> int:
    """Return how many rows of a matrix with so many columns are made at once."""
    return max(1, min(ROWS, CELLS // max(1, columns)))
