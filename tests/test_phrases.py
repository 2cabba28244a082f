"""Phrases that say the same but for their numbers become one, with ranges."""

import pytest

from benchbench.leaderboards.phrases import spans


@pytest.mark.parametrize(
    ("phrases", "expected"),
    [
        (["5540 of 6000 samples", "5083 of 6000 samples"], ["5083 to 5540 of 6000 samples"]),
        (["9 of 10", "10 of 10", "9 of 10"], ["9 to 10 of 10"]),
        (["about 6.2e-04 on average", "about 0.389 on average"], ["about 6.2e-04 to 0.389 on average"]),
        (["1 to 3 found", "2 found", "7 to 9 found"], ["1 to 9 found"]),
        (["gains -0.5 dB", "gains 2.50 dB"], ["gains -0.5 to 2.50 dB"]),
        (["none", "batch 27"], ["none", "batch 27"]),
        (["seed1 3", "seed2 3"], ["seed1 3", "seed2 3"]),
        (["8.0 of 8", "8 of 8"], ["8.0 of 8"]),
        ([], []),
    ],
)
def test_numbers_become_ranges_and_words_stay(phrases, expected):
    found = spans(phrases)
    assert set(found) == set(phrases)
    assert list(dict.fromkeys(found.values())) == expected


def test_ranges_of_ranges_are_ranges_of_all():
    some, others = ["3 of 9", "5 of 9"], ["4 of 9", "8 of 9"]
    merged = [*spans(some).values(), *spans(others).values()]
    assert set(spans(merged).values()) == set(spans(some + others).values()) == {"3 to 8 of 9"}


def test_few_of_a_kind_stay_as_they_are():
    assert spans(["1 left", "2 left"], most=2) == {"1 left": "1 left", "2 left": "2 left"}
    assert set(spans(["1 left", "2 left", "4 left"], most=2).values()) == {"1 to 4 left"}
