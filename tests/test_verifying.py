"""Verifying: an honest run can be made again, and each way of being another one is told in a sentence."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parent.parent


def make_runs(folder):
    """Make runs of `tiny` that keep all, a few and none of their samples."""
    from click.testing import CliRunner

    from benchbench.cli.main import main

    for keep in ("all", "gallery", "none"):
        words = ["run", "-t", "tiny", "-m", "shades", "-j", "0", "-o", str(folder / keep), "--keep-samples", keep]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BENCHBENCH_PLUGINS_DIR", "")
            done = CliRunner().invoke(main, ["--plugins-dir", str(Path(__file__).parent / "one_off"), *words])
        assert done.exit_code == 0, done.output


@pytest.fixture(scope="module")
def made(once):
    """The folder of these runs."""
    return once("runs-of-tiny-to-verify", make_runs)


@pytest.fixture
def run_of(bench, one_off, made, tmp_path):
    """Return a function to a copy of the run that kept so much."""

    def copied(keep):
        shutil.copytree(made / keep, tmp_path / keep)
        (path,) = (tmp_path / keep).glob("tiny/shades/*")
        return path

    return copied


def change(run, edit):
    record = json.loads((run / "record.json").read_text())
    edit(record)
    (run / "checksums.sha256").unlink()
    (run / "record.json").write_text(json.dumps(record))


def elsewhere(record):
    """As made by another version of torch."""
    record["environment"]["packages"]["torch"] = "0.1"


def spoil(run, levels):
    """Change every kept sample by some grey levels in one pixel."""
    for path in run.glob("samples/*/*.png"):
        image = np.asarray(Image.open(path)).copy()
        image[3, 4, 1] = image[3, 4, 1] + levels if image[3, 4, 1] < 100 else image[3, 4, 1] - levels
        Image.fromarray(image).save(path)


def test_a_run_that_kept_all_is_made_and_scored_again(run_of, bench):
    done = bench("verify", run_of("all"))
    assert (done.code, done.err) == (0, "")
    assert "3 conditions sampled again, drawn with seed 0: 12 samples are the same to the bit" in done.out
    assert "their scores by condition are the same (within 0 of their size)" in done.out
    assert "all 25 conditions scored again from kept samples: energy-score[pixels], energy-skill[pixels]," in done.out
    assert "frechet[pixels] are the same" in done.out


def test_several_runs_are_verified_one_after_the_other(run_of, bench):
    whole, spoilt = run_of("all"), run_of("gallery")
    spoil(spoilt, 1)
    done = bench("verify", spoilt, whole)
    assert done.code == 1
    assert f"{whole}: 3 conditions sampled again" in done.out
    assert f"{spoilt} cannot be made again: sample " in done.err


def test_the_gallery_is_what_is_drawn_from(run_of, bench):
    done = bench("verify", run_of("gallery"), "--conditions", 99)
    assert done.code == 0
    assert "10 conditions sampled again, drawn with seed 0: 40 samples are the same to the bit" in done.out
    assert "not scored again: " in done.out
    assert "kept the samples of 10 of its 25 conditions" in done.out


def test_a_run_that_kept_nothing_tells_so_and_its_scores_are_compared(run_of, bench):
    done = bench("verify", run_of("none"))
    assert done.code == 0
    assert "the run kept no samples to compare with" in done.out
    assert "their scores by condition are the same" in done.out
    assert "no samples were kept to score again" in done.out


def test_points_have_no_pictures_and_are_verified_by_their_scores(bench):
    assert bench("run", "-t", "ring8", "-m", "noise", "-j", 0, "--limit", 12).code == 0
    (run,) = Path("runs/ring8/noise").iterdir()
    done = bench("verify", run)
    assert (done.code, "their scores by condition are the same" in done.out) == (0, True), done.err


def test_samples_that_depend_on_the_batch_are_made_in_that_batch(bench, one_off):
    words = ("run", "-t", "tiny", "-m", "greedy", "-j", 0, "--batch-size", 4, "--keep-samples", "all")
    assert bench(*words).code == 0
    (run,) = Path("runs/tiny/greedy").iterdir()
    done = bench("verify", run, "--conditions", 25)
    assert (done.code, "100 samples are the same to the bit" in done.out) == (0, True), done.err


def test_the_seed_draws_other_conditions(run_of, bench, one_off, monkeypatch):
    run, shades, drawn = run_of("all"), one_off.methods["shades"], []
    original = shades.sample

    def watched(self, conditions, num_samples, noise):
        drawn[-1].extend(conditions.ids)
        return original(self, conditions, num_samples, noise)

    monkeypatch.setattr(shades, "sample", watched)
    for seed in (1, 1, 2):
        drawn.append([])
        assert bench("verify", run, "--seed", seed).code == 0
    assert len(drawn[0]) == 3
    assert drawn[0] == drawn[1] != drawn[2]


def test_samples_that_were_changed_are_told(run_of, bench):
    run = run_of("all")
    spoil(run, 1)
    done = bench("verify", run)
    assert done.code == 1
    assert " cannot be made again: sample 0 of condition e" in done.err
    assert "differs by up to 1 grey levels\n" in done.err


def test_elsewhere_a_rounding_is_told_and_more_is_a_difference(run_of, bench):
    run = run_of("gallery")
    change(run, elsewhere)
    spoil(run, 2)
    done = bench("verify", run)
    assert (done.code, "12 samples differ by 2 grey levels at most" in done.out) == (0, True), done.err
    done = bench("verify", run, "--tolerance", 1)
    assert (done.code, "differs by up to 2 grey levels, on another machine or version of torch" in done.err) == (
        1,
        True,
    )


def test_a_record_of_other_scores_is_told(run_of, bench):
    run = run_of("all")
    change(run, lambda record: record["scores"][0].update(value=record["scores"][0]["value"] * 0.999999))
    done = bench("verify", run)
    assert done.code == 1
    assert "energy-score[pixels] of the kept samples is " in done.err
    assert " in the record" in done.err


def test_other_scores_by_condition_are_told(run_of, bench):
    import pandas

    run = run_of("none")
    table = pandas.read_parquet(run / "conditions.parquet")
    table["diversity[pixels]"] *= 1.001
    table.to_parquet(run / "conditions.parquet", index=False)
    assert "conditions.parquet is damaged" in bench("verify", run).err
    (run / "checksums.sha256").unlink()  # as one would who wants to be believed
    done = bench("verify", run)
    assert (done.code, "diversity[pixels] of condition e" in done.err) == (1, True)
    assert " in conditions.parquet" in done.err


def test_a_method_that_is_another_now_is_told(run_of, bench, one_off, monkeypatch):
    def brighter(self, conditions, num_samples, noise):
        return original(self, conditions, num_samples, noise).clamp(max=254) + 1

    run, shades = run_of("all"), one_off.methods["shades"]
    original = shades.sample
    monkeypatch.setattr(shades, "sample", brighter)
    assert "differs by up to 1 grey levels" in bench("verify", run).err
    monkeypatch.setattr(shades, "sample", lambda *given: 1 / 0)
    done = bench("verify", run)
    assert (done.code, "shades cannot be sampled again: ZeroDivisionError" in done.err) == (1, True)


def gone(run):
    next(run.glob("samples/*/02.png")).unlink()
    for folder in run.glob("samples/*"):
        (folder / "02.png").unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda run: change(run, lambda r: r.update(seed=5)), "does not match the record: it was edited"),
        (
            lambda run: change(run, lambda r: r.update(status="failed", reason="NaN")),
            "nothing to verify: the run is failed",
        ),
        (lambda run: (run / "record.json").unlink(), "is not a run directory: it has no record.json"),
        (gone, "02.png is missing: some of the run's kept samples are gone"),
        (lambda run: [p.write_bytes(b"no") for p in run.glob("samples/*/*.png")], "00.png: cannot be decoded"),
        (lambda run: (run / "conditions.parquet").write_bytes(b"no"), "conditions.parquet is damaged: "),
    ],
)
def test_what_cannot_be_verified_is_one_clear_sentence(run_of, bench, harm, said):
    run = run_of("all")
    harm(run)
    done = bench("verify", run)
    assert (done.code, said in done.err) == (1, True), done.err
    assert len(done.err.splitlines()) == 1


def test_a_checkpoint_is_wanted_and_checked(bench, one_off, tmp_path):
    assert bench("run", "-t", "tiny", "-m", "shades", "-j", 0, "--keep-samples", "all").code == 0
    (run,) = Path("runs/tiny/shades").iterdir()
    assert bench("score", run, "-j", 0).code == 0
    (scored,) = Path("runs/tiny/folder").iterdir()
    assert "the checkpoint is needed: pass the one with SHA-256" in bench("verify", scored).err
    assert "no such folder of samples" in bench("verify", scored, "--checkpoint", ROOT / "LICENSE").err
    shutil.copytree(run / "samples", tmp_path / "others")
    Image.new("RGB", (8, 8)).save(next((tmp_path / "others").glob("*/00.png")))
    assert "is another checkpoint" in bench("verify", scored, "--checkpoint", tmp_path / "others").err
    assert bench("verify", scored, "--checkpoint", run / "samples").code == 0
