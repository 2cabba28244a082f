"""What `cite` prints is BibTeX with the version and the hash of what is cited."""

import hashlib
import re
from pathlib import Path

import pytest

BOARDS = Path(__file__).parent.parent / "leaderboards"
ENTRY = re.compile(r"@misc\{[A-Za-z0-9-]+,\n(?:  [a-z]+ = \{[^{}]*(?:\{[^{}]*\}[^{}]*)*\},\n)+\}\n")


def test_a_task_is_cited_with_the_hash_that_its_records_have(bench):
    done = bench("cite", "toy-shapes")
    assert done.code == 0, done.err
    assert ENTRY.fullmatch(done.out)
    shown = bench(
        "leaderboard", "toy-shapes", "--records", BOARDS / "toy-shapes/v1/records.jsonl", "--format", "markdown"
    )
    assert re.search(r"SHA-256 of the test data: ([0-9a-f]{8})", done.out)[1] in shown.out


def test_a_method_is_cited_with_its_paper(bench):
    done = bench("cite", "bicyclegan")
    assert ENTRY.fullmatch(done.out)
    assert "arXiv 1711.11586" in done.out
    assert "version 2" in done.out


def test_a_board_is_cited_with_the_hash_that_its_next_edition_holds(bench):
    import json

    done = bench("cite", "toy-shapes", "--board", "--edition", 1, "--boards", BOARDS)
    assert ENTRY.fullmatch(done.out)
    after = json.loads((BOARDS / "toy-shapes/v1/editions/0002.json").read_text())
    assert re.search(r"SHA-256 of the edition: ([0-9a-f]{64})", done.out)[1] == after["previous"]


def test_the_newest_edition_is_the_default(bench):
    newest = sorted((BOARDS / "toy-shapes/v1/editions").glob("*.json"))[-1]
    done = bench("cite", "toy-shapes", "--board", "--boards", BOARDS)
    assert hashlib.sha256(newest.read_bytes()).hexdigest() in done.out


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["toy-shape"], 2, "toy-shapes"),
        (["toy-shapes", "--edition", 1], 2, "--board"),
        (["toy-shapes", "--board", "--edition", 99, "--boards", BOARDS], 1, "no number 99"),
    ],
)
def test_what_cannot_be_cited_is_said(bench, words, code, reason):
    done = bench("cite", *words)
    assert done.code == code
    assert reason in done.err
