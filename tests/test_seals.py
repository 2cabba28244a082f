"""Sealed editions: commitment, freeze, draw and publication, and what `leaderboard --check` finds."""

import hashlib
import hmac
import json
import os
import shutil
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest
from boards import change, make_runs
from made_records import make, score

from benchbench.core import MissingData
from benchbench.leaderboards.folder import BoardFolder
from benchbench.leaderboards.rows import Row
from benchbench.leaderboards.sealed_rows import SealedRow
from benchbench.leaderboards.seals import Seal, commitment_of, draw_of
from benchbench.leaderboards.tiers import attestations
from benchbench.plugins import get_task
from benchbench.system.hashes import checkpoint_hash


def command(*words):
    """Run the command line and return its result."""
    from click.testing import CliRunner

    from benchbench.cli.main import main

    return CliRunner().invoke(main, [str(word) for word in words])


def done(*words):
    result = command(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def make_sealed(folder, runs):
    """Make a board of ring8, and a sealed edition of it from commitment to opening."""
    boards, secret, output = folder / "boards", folder / "secret", folder / "sealed-runs"
    done("submit", runs, "--boards", boards)
    done("publish", "ring8", "--boards", boards)
    done("seal", "commit", "ring8", "--secret", secret, "--boards", boards)
    shutil.copytree(boards, folder / "committed")
    done("seal", "run", "ring8", "--secret", secret, "-o", output, "-j", 0, "--device", "cpu", "--boards", boards)
    for path in output.glob("*/*/*/record.json"):
        change(path.parent, lambda record: record["environment"].update(git_dirty=False))
    done("seal", "publish", "ring8", "--secret", secret, "-o", output, "--boards", boards)


@pytest.fixture(scope="module")
def sealed(once):
    """The folder of a board with a published sealed edition: only read it."""
    runs = once("runs-of-ring8", make_runs)
    return once("sealed-ring8", lambda folder: make_sealed(folder, runs))


@pytest.fixture
def boards(sealed, tmp_path):
    """Return a copy of the boards, to be edited."""
    return Path(shutil.copytree(sealed / "boards", tmp_path / "boards"))


def seal_of(boards):
    return Seal(BoardFolder(boards, "ring8", 1), 1)


def edit(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}, indent=1, sort_keys=True) + "\n")


def commit_again(seal, **changes):
    """Edit a commitment, with the head of its chain taken away."""
    edit(seal.commitment_file, **changes)
    (seal.folder.path.parent.parent / "heads.json").unlink()


def check(boards):
    return command("leaderboard", "--check", "--boards", boards)


def test_the_draw_follows_from_the_secret_alone(sealed):
    secret = bytes.fromhex((sealed / "secret").read_text().strip())
    seal = seal_of(sealed / "boards")
    assert seal.commitment().commitment == hashlib.sha256(secret + b"ring8@1").hexdigest()
    first = hmac.new(secret, b"ring8@1", hashlib.sha256).digest()[:8]
    assert seal.opening().draw == sum(byte << (8 * (7 - place)) for place, byte in enumerate(first))
    told = done("seal", "draw", "ring8", "--secret", sealed / "secret", "--boards", sealed / "committed")
    assert int(told) == seal.opening().draw


def test_the_secret_is_its_owners_until_it_is_published(sealed):
    assert stat.S_IMODE(os.stat(sealed / "secret").st_mode) == 0o600
    secret = (sealed / "secret").read_text().strip()
    committed = [path.read_text() for path in (sealed / "committed").rglob("*") if path.is_file()]
    assert not any(secret in text for text in committed)
    assert "the rows of edition 1 are frozen" in (sealed / "committed/ring8/v1/README.md").read_text()
    assert check(sealed / "committed").exit_code == 0
    assert seal_of(sealed / "boards").opening().secret == secret


def test_every_row_ran_on_the_draw_with_the_draw_as_seed(sealed):
    seal = seal_of(sealed / "boards")
    draw, entries = seal.opening().draw, seal.entries()
    assert sorted(entry.record.method.name for entry in entries) == ["collapsed", "noise", "oracle", "real"]
    assert {(entry.record.task.draw, entry.record.seed) for entry in entries} == {(draw, draw)}
    assert all(row.sealed and not row.why for row in seal.opening().rows)


def test_the_page_and_the_command_show_both_scores_and_their_difference(sealed):
    page = (sealed / "boards/ring8/v1/README.md").read_text()
    table = done("leaderboard", "ring8", "--sealed", "--boards", sealed / "boards")
    assert "## Sealed editions" in page
    assert all(line in page for line in table.splitlines() if line.startswith("|"))
    seal = seal_of(sealed / "boards")
    public = {entry.digest: entry.record for entry in seal.folder.entries()}
    sealed_ones = {entry.digest: entry.record for entry in seal.entries()}
    (row,) = [row for row in seal.opening().rows if public[row.public].method.name == "noise"]
    before, now = public[row.public].scores[0], sealed_ones[row.sealed].scores[0]
    (line,) = [line for line in table.splitlines() if "| noise" in line]
    error = (before.standard_error**2 + now.standard_error**2) ** 0.5
    told, said = line.split("|")[6].split("±")
    assert float(told) == pytest.approx(now.value - before.value, abs=error / 10)
    assert float(said) == pytest.approx(error, rel=0.1)


def test_the_site_shows_it_too(boards, tmp_path):
    done("publish", "ring8", "--boards", boards, "--site", tmp_path / "site")
    page = (tmp_path / "site" / "ring8" / "v1" / "index.html").read_text()
    section = page.partition('<section id="sealed">')[2].partition("</section>")[0]
    assert "sealed law-distance" in section
    assert all(f'<th scope="row">{name}</th>' in section for name in ("noise", "oracle"))


def test_honest_rows_get_the_tier(sealed):
    found = attestations(sealed / "boards/ring8/v1")
    assert {each.record for each in found} == {row.public for row in seal_of(sealed / "boards").opening().rows}
    assert {each.tier for each in found} == {"sealed"}


def test_what_was_published_comes_out_again(boards):
    assert check(boards).exit_code == 0, check(boards).stdout


def of_another_checkpoint(seal):
    """Put a record of other options among the sealed ones, with the digests that go with it."""
    lines = seal.records_file.read_text().splitlines()
    fields = json.loads(lines[0])
    fields["method"]["options"] = {"retrained": 1}
    before, line = hashlib.sha256(lines[0].encode()).hexdigest(), json.dumps(fields, sort_keys=True)
    seal.records_file.write_text("\n".join([line, *lines[1:]]) + "\n")
    opening = seal.opening_file.read_text()
    seal.opening_file.write_text(opening.replace(before, hashlib.sha256(line.encode()).hexdigest()))


def without_a_row(seal):
    edit(seal.opening_file, rows=json.loads(seal.opening_file.read_text())["rows"][1:])


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        (lambda seal: edit(seal.opening_file, secret="ab" * 32), "its secret is not the one that was committed to"),
        (lambda seal: edit(seal.opening_file, draw=5), "its draw 5 does not follow from its secret"),
        (lambda seal: edit(seal.opening_file, date="2024-01-01"), "it was opened before it was committed to"),
        (lambda seal: commit_again(seal, commitment="0" * 64), "its commitment was changed after the opening"),
        (lambda seal: commit_again(seal, edition_sha256="0" * 64), "it froze another edition 1"),
        (lambda seal: commit_again(seal, edition=2), "there is no edition 2, whose rows it froze"),
        (lambda seal: commit_again(seal, date="2024-01-01"), "was made after the commitment of 2024-01-01"),
        (lambda seal: edit(seal.opening_file, more=1), "is no opening of a sealed edition: more"),
        (of_another_checkpoint, "is not of the frozen method and checkpoint of"),
        (without_a_row, "its rows are not those of edition 1, which it froze"),
        (lambda seal: shutil.rmtree(seal.path), "the newest sealed edition that was published was changed or removed"),
        (lambda seal: seal.records_file.unlink(), "its records are not those that its opening lists"),
    ],
)
def test_whatever_was_changed_is_found(boards, attack, said):
    attack(seal_of(boards))
    found = check(boards)
    assert found.exit_code == 1
    assert said in found.stdout


def test_records_of_another_draw_are_found(boards):
    """A maintainer who has the secret could pick among draws: the draw is computed again, and so is its test."""
    seal = seal_of(boards)
    text = seal.records_file.read_text()
    other = text.replace(json.loads(text.splitlines()[0])["task"]["fingerprint"], "f" * 64)
    opening = seal.opening_file.read_text()
    for old, new in zip(text.splitlines(), other.splitlines(), strict=True):
        opening = opening.replace(*(hashlib.sha256(line.encode()).hexdigest() for line in (old, new)))
    seal.records_file.write_text(other)
    seal.opening_file.write_text(opening)
    assert f"was made on other test data than draw {seal.opening().draw}" in check(boards).stdout


def test_a_second_one_waits_for_the_first(sealed, tmp_path):
    committed = Path(shutil.copytree(sealed / "committed", tmp_path / "committed"))
    again = command("seal", "commit", "ring8", "--secret", tmp_path / "new", "--boards", committed)
    assert again.exit_code == 1
    assert "is not published yet" in again.stderr
    assert not (tmp_path / "new").exists()
    wrong = tmp_path / "wrong"
    wrong.write_text("ab" * 32)
    for verb in ("draw", "run", "publish"):
        refused = command("seal", verb, "ring8", "--secret", wrong, "--boards", committed)
        assert "this secret is not the one that" in refused.stderr


def test_a_second_one_follows_the_first(boards, tmp_path):
    done("seal", "commit", "ring8", "--secret", tmp_path / "new", "--boards", boards)
    assert seal_of(boards).is_open
    assert Seal(BoardFolder(boards, "ring8", 1), 2).commitment().number == 2


def test_a_secret_is_not_written_where_it_would_be_seen_or_lost(boards, tmp_path):
    inside = command("seal", "commit", "ring8", "--secret", boards / "secret", "--boards", boards)
    assert "keep the secret elsewhere" in inside.stderr
    (tmp_path / "old").write_text("a secret\n")
    there = command("seal", "commit", "ring8", "--secret", tmp_path / "old", "--boards", boards)
    assert "may hold a secret" in there.stderr
    assert (tmp_path / "old").read_text() == "a secret\n"


def test_a_task_without_a_generator_cannot_be_sealed(tmp_path):
    refused = command("seal", "commit", "sr-photos", "--secret", tmp_path / "secret", "--boards", tmp_path / "boards")
    assert "no generator makes it" in refused.stderr
    assert not (tmp_path / "secret").exists()


def test_secrets_and_boards_give_other_draws():
    draws = {draw_of(secret * 32, name, version) for secret in ("ab", "cd") for name in "xy" for version in (1, 2)}
    assert len(draws) == 8
    assert commitment_of("ab" * 32, "x", 1) != commitment_of("ab" * 32, "x", 2)


@pytest.mark.parametrize(("higher", "sign"), [(True, -1), (False, 1)])
def test_more_than_three_errors_worse_is_marked(higher, sign):
    row = Row(1, (SimpleNamespace(record=make()),), {}, "mine")
    public = score("x", 1.0, 0.3, higher_is_better=higher)

    def by(errors):
        return SealedRow(row, None, public, score("x", 1.0 + sign * errors * 0.5, 0.4, higher_is_better=higher), "")

    assert by(2).error == pytest.approx(0.5)
    assert [by(errors).is_worse for errors in (-9, 2.99, 3.01)] == [False, False, True]
    assert by(4).errors_worse == pytest.approx(4)


def test_a_checkpoint_is_found_by_what_it_holds(tmp_path):
    from benchbench.methods.baselines import Copy
    from benchbench.runs.frozen import Shelf

    for name in ("a", "deep/b"):
        path = tmp_path / "shelf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    task = get_task("ring8")
    stage = SimpleNamespace(session=SimpleNamespace(task=task, protocol=task.protocol))
    shelf = Shelf([tmp_path / "shelf"])
    assert shelf.find(checkpoint_hash(tmp_path / "shelf/deep/b"), Copy(), stage) == tmp_path / "shelf/deep/b"
    assert shelf.find("0" * 64, Copy(), stage) is None
    with pytest.raises(MissingData, match="there is no checkpoint at"):
        Shelf([tmp_path / "nowhere"])
