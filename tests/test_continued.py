"""More samples per condition begin with the images of a run that kept them."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("one_off")


def run(bench, tmp_path, *words, method="notes"):
    done = bench("run", "-t", "tiny", "-m", f"{method}[where={tmp_path / 'log'}]", "--keep-samples", "all", *words)
    assert done.code == 0, done.err


def drawn():
    """Return how many samples were drawn of each condition since the last time, in order."""
    log = Path("log")
    numbers = [int(line.split()[1]) for line in log.read_text().splitlines()]
    log.unlink()
    return numbers


def record(folder="runs", samples=7):
    found = [json.loads(path.read_text()) for path in Path(folder).glob("tiny/*/*/record.json")]
    (own,) = (each for each in found if each["protocol"]["samples_per_condition"] == samples)
    return own


@pytest.mark.parametrize("batch", [1, 3])
def test_only_what_is_lacking_is_drawn_and_the_numbers_are_those_of_a_fresh_run(bench, tmp_path, batch):
    run(bench, tmp_path, "--samples", 4)
    drawn()
    run(bench, tmp_path, "--samples", 7, "--batch-size", batch)
    numbers = drawn()
    first = [7] * 10  # the first shard, whose evaluations are counted, is drawn in full
    assert numbers == [*first, 7, *[3] * 9, 7, *[3] * 4], "and so is the first condition of each shard"
    run(bench, tmp_path, "--samples", 7, "-o", "fresh")
    assert set(drawn()) == {7}
    continued, fresh = record(), record("fresh")
    for name in ("scores", "run_id", "paired", "undefined"):
        assert continued[name] == fresh[name]
    assert continued["cost"]["evaluations_per_sample"] == fresh["cost"]["evaluations_per_sample"]
    folder = f"runs/tiny/notes/{continued['run_id']}"
    assert sorted(path.name for path in Path(folder, "samples", "e24").iterdir()) == [f"{k:02d}.png" for k in range(7)]
    for path in Path("fresh/tiny/notes").glob("*/samples/*/*.png"):
        assert Path(folder, *path.parts[-3:]).read_bytes() == path.read_bytes()


def test_images_that_are_not_the_methods_are_drawn_again(bench, tmp_path):
    """A changed image of the first condition of a shard costs the shard; a missing one of another its batch."""
    run(bench, tmp_path, "--samples", 4)
    (folder,) = Path("runs/tiny/notes").iterdir()
    changed, whole = folder / "samples" / "e10" / "00.png", folder / "samples" / "e11" / "00.png"
    changed.write_bytes(whole.read_bytes())
    (folder / "samples" / "e22" / "03.png").unlink()
    drawn()
    run(bench, tmp_path, "--samples", 7)
    assert drawn() == [7] * 20 + [7, 3, 7, 3, 3]
    run(bench, tmp_path, "--samples", 7, "-o", "fresh")
    assert record()["scores"] == record("fresh")["scores"]


def test_samples_that_depend_on_their_number_are_all_drawn(bench, tmp_path):
    run(bench, tmp_path, "--samples", 4, method="counts")
    drawn()
    run(bench, tmp_path, "--samples", 7, method="counts")
    assert set(drawn()) == {7}


@pytest.mark.parametrize("words", [["--force"], ["--seed", 1], ["--limit", 12]], ids=lambda words: words[0])
def test_a_run_that_differs_in_anything_else_is_drawn_in_full(bench, tmp_path, words):
    run(bench, tmp_path, "--samples", 4)
    drawn()
    run(bench, tmp_path, "--samples", 7, *words)
    assert set(drawn()) == {7}


def test_a_run_that_kept_a_gallery_alone_is_no_beginning(bench, tmp_path):
    run(bench, tmp_path, "--samples", 4, "--keep-samples", "gallery")
    drawn()
    run(bench, tmp_path, "--samples", 7)
    assert set(drawn()) == {7}


@pytest.mark.parametrize("name", ["record.json", "run.json"])
def test_a_damaged_run_beside_it_is_no_beginning_and_no_error(bench, tmp_path, name):
    run(bench, tmp_path, "--samples", 4)
    drawn()
    (folder,) = Path("runs/tiny/notes").iterdir()
    content = json.loads((folder / name).read_text())
    content["protocol"].pop("samples_per_condition")
    (folder / name).write_text(json.dumps(content))
    run(bench, tmp_path, "--samples", 7)
    assert set(drawn()) == {7}
