"""A compact letter display: methods that share a letter are not distinguishable; pure.

Piepho 2004 says what such a display is; the letters are found by growing cliques (Gramm et al. 2006, section 3).
"""

from __future__ import annotations

import string
from collections.abc import Sequence

import numpy as np

from benchbench.stats.paired import LEVEL
from benchbench.stats.ranking import Pairs

ALPHABET = string.ascii_lowercase


def letters_of(pairs: Pairs, level: float = LEVEL) -> list[str]:
    """Return the letters of each method: two share one where, and only where, their difference is not significant."""
    alike = np.eye(pairs.number, dtype=bool)
    open_ = pairs.adjusted > level
    alike[pairs.first[open_], pairs.second[open_]] = alike[pairs.second[open_], pairs.first[open_]] = True
    return letters(alike)


def letters(alike: np.ndarray) -> list[str]:
    """Return the letters of each of M methods, `bool[M, M]`: which are alike, in an order that letters follow."""
    cover = _needed(_cliques(alike), alike)
    found = [""] * len(alike)
    for place, members in enumerate(sorted(cover)):
        for member in members:
            found[member] += letter(place)
    return found


def letter(place: int) -> str:
    """Return `a` … `z`, then `a2` … `z2`, `a3` …: a letter each."""
    turn, within = divmod(place, len(ALPHABET))
    return ALPHABET[within] + (str(turn + 1) if turn else "")


def _cliques(alike: np.ndarray) -> list[tuple[int, ...]]:
    """Return cliques that cover each pair of methods that are alike, and each method; none inside another."""
    left = alike.copy()
    found = []
    for first in range(len(alike)):
        while (after := np.flatnonzero(left[first, first:])).size:
            second = first + int(after[-1])  # the farthest: such sets are mostly neighbours in rank
            members = _grown(sorted({first, second}), alike, left)
            left[np.ix_(members, members)] = False
            found.append(tuple(members))
    return found


def _grown(members: list[int], alike: np.ndarray, left: np.ndarray) -> list[int]:
    """Return the clique with all that fit into it, those first that cover most pairs that no other one covers."""
    able: np.ndarray = np.asarray(alike[members].all(0))
    gain = left[members].sum(0)
    able[members] = False
    while able[chosen := int(np.argmax(np.where(able, gain, -1)))]:
        members.append(chosen)
        gain += left[chosen]
        able &= alike[chosen]
        able[chosen] = False
    return sorted(members)


def _needed(cliques: Sequence[tuple[int, ...]], alike: np.ndarray) -> list[tuple[int, ...]]:
    """Return the cliques without those whose pairs are all covered by others."""
    times = np.zeros(alike.shape, dtype=np.int64)
    for members in cliques:
        times[np.ix_(members, members)] += 1
    kept = []
    for members in sorted(cliques, key=len):
        block = np.ix_(members, members)
        if (times[block] > 1).all():
            times[block] -= 1
        else:
            kept.append(members)
    return kept
