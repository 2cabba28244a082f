"""What changed between editions is said, with its cause."""

import pytest
from boards import edition, standing

from benchbench.leaderboards.changes import changes
from benchbench.publish.changes import sentences


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (
            [standing("a", 1, "A"), standing("c", 2, "C"), standing("b", 3, "B")],
            ["added: c, rank 2", "b falls from rank 2 to 3: c added"],
        ),
        (
            [*(standing(name, 1, name) for name in "cdef"), standing("a", 5, "A"), standing("b", 6, "B")],
            [
                *(f"added: {name}, rank 1" for name in "cdef"),
                "a falls from rank 1 to 5: 4 rows added",
                "b falls from rank 2 to 6: 4 rows added",
            ],
        ),
        ([standing("b", 1, "B")], ["removed: a, which was rank 1", "b rises from rank 2 to 1: a removed"]),
        (
            [standing("b", 1, "B2", 0.25), standing("a", 2, "A")],
            [
                "measured again: b, 0.5 before, 0.25 now",
                "b rises from rank 2 to 1: its own score is new",
                "a falls from rank 1 to 2: b measured again",
            ],
        ),
        (
            [standing("b", 1, ("B", "B2", "B3"), 0.25), standing("a", 2, "A")],
            [
                "2 training seeds more: b, 0.5 before, 0.25 now",
                "b rises from rank 2 to 1: its own score is new",
                "a falls from rank 1 to 2: b measured again",
            ],
        ),
    ],
)
def test_changes_are_said_with_their_causes(now, said):
    last = edition(standing("a", 1, "A"), standing("b", 2, "B"))
    shown = [each.records for each in now]
    assert sentences(changes(last, now, shown, {})) == said


def test_new_references_are_said():
    last = edition(standing("a", 1, "A"))
    rows = [("R", "R2"), ("A",)]
    found = changes(last, [standing("a", 1, "A")], rows, {"R": "real", "R2": "real", "A": "a"})
    assert sentences(found) == ["reference rows new or measured again: real"]
