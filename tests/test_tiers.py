"""Tiers of rows: what others found of a record, and how tables show it."""

import dataclasses
import json

import pytest
from made_records import method, trained, with_values

from benchbench.core import BenchbenchError
from benchbench.core.declaration import Declaration, Pretrained
from benchbench.core.record import Entry
from benchbench.core.record_json import parse_record, to_json
from benchbench.leaderboards import tiers
from benchbench.leaderboards.attested import has_tiers, with_tiers
from benchbench.leaderboards.check import foreign_attestations
from benchbench.leaderboards.divisions import division, why_open
from benchbench.leaderboards.folder import BoardFolder
from benchbench.leaderboards.rows import make_board
from benchbench.plugins import get_task
from benchbench.publish import export, text
from benchbench.publish.caption import caption, footnotes
from benchbench.publish.site.data import table_of
from benchbench.publish.table import latex
from benchbench.system.records import digest


@pytest.fixture
def folder(tmp_path):
    """A leaderboard with the records of two methods."""
    folder = BoardFolder(tmp_path, "toy-shapes", 1)
    folder.add(with_values("mine", 0.1, 0.2, 0.3))
    folder.add(with_values("yours", 0.3, 0.4, 0.5))
    return folder


def attested(entry, tier, **facts):
    return tiers.Attestation(entry.digest, tier, "2026-11-29", facts)


def resealed(line, **changes):
    """Return the line with other fields and the checksum of these."""
    fields = {**json.loads(line), **changes}
    del fields["sha256"]
    return tiers.sealed(fields, None)


def test_what_was_attested_is_read_back(folder):
    first, second = folder.entries()
    found = [attested(first, "rescored", samples=60, exact=True), attested(second, "reproduced", difference=0.5)]
    for each in found:
        folder.attest(each)
    folder.attest(found[0])  # the same once more adds nothing
    assert folder.attestations() == found
    assert (folder.path / tiers.FILE).read_text().count("\n") == 2


def test_an_attestation_of_no_record_here_is_refused(folder):
    with pytest.raises(BenchbenchError, match="has no record 000000000000: submit it first"):
        folder.attest(tiers.Attestation("0" * 64, "sealed", "2026-11-29"))
    assert not (folder.path / tiers.FILE).exists()


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda line: line.replace("rescored", "reproduced"), "its checksum does not match its content"),
        (lambda line: line[:-9], "it is no JSON"),
        (lambda line: resealed(line, tier="gold"), "is not an attestation: tier"),
        (lambda line: resealed(line, more=1), "is not an attestation: more"),
        (lambda line: tiers.sealed({"tier": "rescored"}, None), "is not an attestation"),
        (lambda line: tiers.sealed({"schema": 2}, None), "schema 2 is of a later benchbench"),
    ],
)
def test_an_edited_attestation_is_found(folder, edit, said):
    folder.attest(attested(folder.entries()[0], "rescored"))
    path = folder.path / tiers.FILE
    path.write_text(edit(path.read_text().rstrip("\n")) + "\n")
    with pytest.raises(BenchbenchError, match=said):
        folder.attestations()


def test_the_highest_tier_of_a_record_counts():
    found = [tiers.Attestation("a", tier, "2026-11-29") for tier in ("reproduced", "rescored", "submitted")]
    assert tiers.tiers_of(found) == {"a": "reproduced"}


def test_a_row_has_the_lowest_tier_of_its_trainings():
    entries = [Entry(digest(str(seed)), trained("mine", seed, 0.1, 0.2, 0.3)) for seed in (0, 1)]
    board = make_board(get_task("toy-shapes"), None, entries)
    assert len(board.rows) == 1
    assert not has_tiers(with_tiers(board, [attested(entries[0], "reproduced")]))
    both = [attested(entries[0], "reproduced"), attested(entries[1], "rescored")]
    assert with_tiers(board, both).rows[0].tier == "rescored"


def test_tables_have_the_column_where_a_row_was_checked(folder):
    entries = folder.entries()
    plain = make_board(get_task("toy-shapes"), None, entries)
    shown = with_tiers(plain, [attested(entries[0], "reproduced")])
    for board, expected in ((plain, False), (shown, True)):
        assert ("tier" in text.frame(board)) == expected
        assert ("Tier: B reproduced (" in caption(board)) == expected
        assert ("tier" in export.csv(board).splitlines()[0].split(",")) == expected
        assert bool(table_of(board, (), {}).tiers) == expected
    assert list(text.frame(shown)["tier"]) == ["B", "D"]
    assert [each["tier"] for each in json.loads(export.as_json(plain))["rows"]] == ["submitted", "submitted"]
    assert [letter for letter, _, _ in table_of(shown, (), {}).tiers] == ["D", "B"]
    assert r"\begin{tabular}{rrllr" in latex(text.table(shown))


def declared(name, **changes):
    """A record of a method that declares all, trained on its task alone, up to changes."""
    clean = Declaration(data=("toy-shapes",), pretrained=(), trained_against=(), weights="https://example.org")
    given = None if changes.get("unknown") else dataclasses.replace(clean, **changes)
    return with_values(name, 0.1, 0.2, 0.3, method=method(name, checkpoint="1" * 64, declaration=given))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unknown": True}, "what it was trained with is not declared"),
        ({"data": None}, "its training data are not declared"),
        ({"data": ("toy-shapes", "other")}, "trained on other"),
        ({"pretrained": None}, "whether it starts from pretrained weights is not declared"),
        ({"pretrained": (Pretrained("alexnet", ""),)}, "pretrained weights: alexnet (licence unknown)"),
        ({"trained_against": None}, "what it was trained against is not declared"),
        ({"trained_against": ("mini@1",)}, "trained against mini@1"),
        ({"weights": ""}, "its weights are not published"),
    ],
)
def test_a_row_is_open_for_a_reason_that_tables_give(changes, said):
    records = [declared("clean"), declared("other", **changes)]
    board = make_board(get_task("toy-shapes"), None, records)
    found = {row.label: row for row in board.rows}
    assert (division(found["clean"]), why_open(found["clean"])) == ("closed", [])
    assert (division(found["other"]), why_open(found["other"])) == ("open", [said])
    assert sorted(text.frame(board)["division"]) == ["closed", "open"]
    assert f"open: other: {said}" in footnotes(board)
    assert parse_record(to_json(records[1]), "") == records[1]


def test_tables_have_no_divisions_where_all_rows_are_of_one():
    for changes in ({}, {"unknown": True}):
        board = make_board(get_task("toy-shapes"), None, [declared(name, **changes) for name in ("mine", "yours")])
        assert "division" not in text.frame(board)
        assert "ivision" not in caption(board)


def test_every_tier_has_a_letter_and_a_meaning():
    assert list(tiers.LETTERS) == list(tiers.MEANINGS) == list(tiers.ORDER)
    assert len(set(tiers.LETTERS.values())) == len(tiers.ORDER)


def test_check_names_attestations_of_no_record_or_of_another_form(folder):
    first, second = folder.entries()
    folder.attest(attested(first, "rescored"))
    assert foreign_attestations(folder, [first, second]) == []
    path = folder.path / tiers.FILE
    line = path.read_text()
    path.write_text(line.replace(", ", ",  "))
    said = [*foreign_attestations(folder, [first]), *foreign_attestations(folder, [second])]
    assert [str(each).split(":1 ")[1] for each in said] == [
        "is not as benchbench writes it",
        "is not as benchbench writes it",
        f"attests a record that is not there ({first.digest[:12]})",
    ]
