"""Joining a board: a stranger's walk from a plugin to a row, and each attack with the step that finds it."""

import hashlib
import io
import json
import os
import re
import shlex
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from benchbench.evaluation.by_condition import text_of
from benchbench.leaderboards.folder import BoardFolder
from benchbench.plugins import get_task
from benchbench.system.envelope import sealed
from benchbench.system.hashes import identity_hash
from benchbench.system.records import digest

HERE = Path(__file__).parent
PLUGINS = os.pathsep.join(str(HERE / name) for name in ("one_off", "stranger"))


def type_in(*words):
    from click.testing import CliRunner

    from benchbench.cli.main import main

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCHBENCH_PLUGINS_DIR", "")
        done = CliRunner().invoke(main, ["--plugins-dir", PLUGINS, *map(str, words)])
    assert done.exit_code == 0, (done.output, done.exception)


def committed(run):
    """Say in the record of a run that its code was committed, as far as this checkout has edits."""
    record = json.loads((run / "record.json").read_text())
    record["environment"].update(git_dirty=False)
    (run / "record.json").write_text(json.dumps(record))
    (run / "checksums.sha256").unlink()


def make_bundles(folder):
    """Make what three strangers send: a trained method, one without weights, and one with a picked seed."""
    type_in("fit", "-t", "tiny", "-m", "stranger", "--steps", 8, "--output", folder / "checkpoints")
    (trained,) = (folder / "checkpoints").rglob("*.safetensors")
    weights = shutil.copyfile(trained, folder / "stranger.safetensors")
    for method, *more in (
        ("stranger", "--checkpoint", weights),
        ("shades",),
        ("lucky", "--seed", 7),
    ):
        type_in("run", "-t", "tiny", "-m", method, "-j", 0, "-o", folder / "runs", "--keep-samples", "all", *more)
        (run,) = (folder / "runs" / "tiny" / method).iterdir()
        committed(run)
        sent = more if method == "stranger" else ()
        type_in("submit", run, "--bundle", folder / f"{method}.zip", "--boards", folder / "none", *sent)


@pytest.fixture(scope="module")
def sent(once):
    """The folder of these bundles and of the runs that they are of."""
    return once("bundles-of-tiny", make_bundles)


@pytest.fixture
def join(bench, monkeypatch):
    """Return the command line with the strangers' plugins, in an empty folder."""
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", PLUGINS)
    return bench


def members(bundle):
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(bundle, target, edit):
    """Write the bundle with other members, and a manifest that is of these, as somebody who cheats would."""
    held = members(bundle)
    edit(held)
    manifest = json.loads(held.pop("manifest.json"))
    del manifest["sha256"]
    manifest["files"] = {name: hashlib.sha256(content).hexdigest() for name, content in held.items()}
    record = json.loads(held["run/record.json"])
    manifest["run_id"], manifest["method"] = record["run_id"], record["method"]["label"]
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("manifest.json", sealed(manifest))
        for name, content in held.items():
            archive.writestr(name, content)
    return target


def edited(held, edit):
    """Edit the record among the members; the checksums of the run go."""
    record = json.loads(held["run/record.json"])
    edit(record)
    held["run/record.json"] = json.dumps(record).encode()
    held.pop("run/checksums.sha256", None)


def refused(join, file, *options):
    """Return the one sentence with which a bundle is refused; nothing may have been written."""
    done = join("accept", file, *options)
    assert (done.code, done.out) == (1, "")
    assert not Path("leaderboards").exists()
    (sentence,) = done.err.splitlines()
    return sentence


def board():
    return BoardFolder(Path("leaderboards"), "tiny", 1)


# The walk -------------------------------------------------------------------------------------------------------------


def test_a_stranger_walks_from_a_plugin_to_a_row_of_the_site(join, sent, tmp_path):
    weights, runs = sent / "stranger.safetensors", sent / "runs"
    (run,) = (runs / "tiny" / "stranger").iterdir()
    done = join("submit", run, "--bundle", "mine.zip", "--checkpoint", weights)
    assert (done.code, done.out) == (0, "mine.zip: stranger on tiny, 100 samples, checkpoint inside\n"), done.err
    done = join("accept", "mine.zip", "--challenge", 5)
    assert done.code == 0, done.err
    assert "all 25 conditions scored again from kept samples: energy-score[pixels]" in done.out
    assert "12 samples are the same to the bit" in done.out
    assert "challenged with seed 5 (25 conditions x 4 samples): all scores agree" in done.out
    assert done.out.splitlines()[-1] == f"added stranger as reproduced to {board().records_file}"
    assert join("accept", sent / "shades.zip", "--no-resample").code == 0
    first, second, third = board().attestations()
    assert (first.tier, second.tier, third.tier) == ("rescored", "reproduced", "rescored")
    assert (first.facts["samples"], first.facts["largest relative difference"]) == (100, 0)
    assert (second.facts["challenge seed"], first.facts["conditions sampled again"]) == (5, 3)
    assert "conditions sampled again" not in third.facts
    done = join("publish", "--site", "site")
    assert done.code == 0, done.err
    assert join("leaderboard", "--check").code == 0
    page = (board().path / "README.md").read_text()
    (line,) = [line for line in page.splitlines() if line.startswith("|") and "stranger" in line]
    assert "| B " in line, "reproduced"
    assert "| closed " in line, "declared to be trained on the task's own data alone"
    assert "open: shades: what it was trained with is not declared" in page
    record = board().entries()[0].record.method
    assert record.declaration.data == ("tiny",)
    assert record.declaration.trained_against == ()
    shown = Path("site/tiny/v1/index.html").read_text()
    assert 'data-tiers="C|rescored|' in shown
    assert 'data-tier="B" title="reproduced: ' in shown
    assert "site/tiny/v1/index.html" in [str(path) for path in Path("site").rglob("index.html")]


def test_the_same_run_gives_the_same_bytes(join, sent):
    for method in ("shades", "lucky"):
        (run,) = (sent / "runs" / "tiny" / method).iterdir()
        assert join("submit", run, "--bundle", "again.zip").code == 0
        assert Path("again.zip").read_bytes() == (sent / f"{method}.zip").read_bytes()
    kept = members("again.zip")
    assert sum(name.endswith(".png") for name in kept) == 100
    manifest = json.loads(kept["manifest.json"])
    assert manifest["checkpoint"]["place"] == "none"
    assert "version of torch" in manifest["provenance"]


def test_a_bundle_that_is_on_the_board_already_is_refused_unless_more_was_found(join, sent):
    assert join("accept", sent / "shades.zip", "--no-resample").code == 0
    done = join("accept", sent / "shades.zip", "--challenge", 3)
    assert (done.code, "already there: shades as reproduced" in done.out) == (0, True), done.err
    assert len(board().entries()) == 1


def test_without_samples_a_row_is_submitted_and_may_be_reproduced(join, sent, tmp_path):
    def edit(held):
        for name in [name for name in held if name.endswith(".png")]:
            del held[name]

    bare = repacked(sent / "shades.zip", tmp_path / "bare.zip", edit)
    done = join("accept", bare)
    assert (done.code, "not rescored: " in done.out) == (0, True), done.err
    assert [each.tier for each in board().attestations()] == ["submitted"]
    assert "has this very record already" in join("accept", bare).err


def test_a_checkpoint_that_is_too_large_has_an_address(join, sent, monkeypatch):
    from benchbench.runs import weights

    monkeypatch.setattr(weights, "MOST_CHECKPOINT", 10)
    (run,) = (sent / "runs" / "tiny" / "stranger").iterdir()
    own = ("--checkpoint", sent / "stranger.safetensors")
    assert (
        "a bundle takes 10: publish it, and say where with --address"
        in join("submit", run, "--bundle", "a.zip", *own).err
    )
    assert "pass those with SHA-256 " in join("submit", run, "--bundle", "a.zip").err
    done = join("submit", run, "--bundle", "a.zip", *own, "--address", "https://example.org/w")
    assert "checkpoint at https://example.org/w" in done.out
    assert "pass the one with SHA-256 " in refused(join, "a.zip", "--resample", 2)
    assert join("accept", "a.zip", "--resample", 2, *own).code == 0


# The attacks ----------------------------------------------------------------------------------------------------------


def better(record):
    record["scores"][0].update(value=record["scores"][0]["value"] / 2)


def test_an_edited_record_is_found(join, sent, tmp_path):
    file = repacked(sent / "shades.zip", tmp_path / "cheat.zip", lambda held: edited(held, better))
    assert "its energy-score[pixels] is " in refused(join, file)
    file = repacked(sent / "shades.zip", file, lambda held: edited(held, lambda record: record.update(seed=4)))
    assert "does not match the record: it was edited" in refused(join, file)


def test_a_record_edited_together_with_its_conditions_is_found(join, sent, tmp_path):
    import pandas

    def edit(held):
        table = pandas.read_parquet(io.BytesIO(held["run/conditions.parquet"]))
        table["energy-score[pixels]"] /= 2
        stored = io.BytesIO()
        table.to_parquet(stored, index=False)
        held["run/conditions.parquet"] = stored.getvalue()

        def whole(record):
            better(record)
            values = [float(f"{value:.7g}") for value in table["energy-score[pixels]"]]
            record["paired"].update(values=values)
            record["by_condition"] = digest(text_of(table, get_task(record["task"]["name"]).metrics))

        edited(held, whole)

    file = repacked(sent / "shades.zip", tmp_path / "cheat.zip", edit)
    assert "energy-score[pixels] of the kept samples is " in refused(join, file, "--no-resample")


def test_replaced_samples_are_found(join, sent, tmp_path):
    others = members(sent / "stranger.zip")

    def edit(held):
        held.update({name: content for name, content in others.items() if name.endswith(".png")})

    file = repacked(sent / "shades.zip", tmp_path / "cheat.zip", edit)
    assert " of the kept samples " in refused(join, file, "--no-resample")


def test_samples_and_scores_of_another_method_are_found(join, sent, tmp_path):
    others = members(sent / "stranger.zip")

    def edit(held):
        own = json.loads(held["run/record.json"])["method"]
        held.update({name: content for name, content in others.items() if name.startswith("run/")})

        def as_own(record):
            from benchbench.core.identity import identity_of
            from benchbench.core.record_json import parse_record

            record["method"] = own
            record["run_id"] = identity_hash(identity_of(parse_record(json.dumps(record), "")))

        edited(held, as_own)

    file = repacked(sent / "shades.zip", tmp_path / "cheat.zip", edit)
    assert "differs by up to " in refused(join, file)


def test_another_checkpoint_is_found(join, sent, tmp_path):
    import torch
    from safetensors.torch import save

    other = save({"spread": torch.tensor(17.0)})
    file = repacked(
        sent / "stranger.zip",
        tmp_path / "cheat.zip",
        lambda held: held.update({"checkpoint/weights.safetensors": other}),
    )
    assert "its checkpoint is another one than the record's: SHA-256 " in refused(join, file, "--no-resample")


def test_an_edited_declaration_is_found(join, sent, tmp_path):
    def cleaner(record):
        record["method"]["declaration"].update(data=[])

    file = repacked(sent / "stranger.zip", tmp_path / "cheat.zip", lambda held: edited(held, cleaner))
    assert "what it says that stranger was trained with is not what stranger declares" in refused(join, file)

    def other(record):
        record["method"]["declaration"].update(trained_against=["mini@1"])

    file = repacked(sent / "stranger.zip", file, lambda held: edited(held, other))
    assert "declaration.trained_against of the record is not what its method" in refused(join, file)


def test_a_picked_seed_is_found_by_a_challenge(join, sent):
    sentence = refused(join, sent / "lucky.zip", "--challenge", 8)
    assert "more than chance allows; the seed may be picked" in sentence
    (run,) = (sent / "runs" / "tiny" / "lucky").iterdir()
    done = join("verify", run, "--challenge", 8)
    assert (done.code, "the seed may be picked" in done.err) == (1, True)
    assert "the record's own seed 7" in join("verify", run, "--challenge", 7).err
    assert join("accept", sent / "lucky.zip").code == 0  # all else is in order


def test_a_row_of_a_board_is_challenged_by_its_digest(join, sent):
    for method in ("lucky", "shades"):
        assert join("accept", sent / f"{method}.zip").code == 0
    lucky, shades = (entry.digest for entry in board().entries())
    assert "the seed may be picked" in join("verify", lucky[:12], "--challenge", 8).err
    done = join("verify", shades[:12], "--challenge", 8, "--attest")
    assert (done.code, "all scores agree" in done.out) == (0, True), done.err
    assert [(each.record, each.tier) for each in board().attestations()][2:] == [(shades, "reproduced")]
    assert "no record of a leaderboard begins with 00000000" in join("verify", "00000000", "--challenge", 8).err


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "run/../../evil", "..\\evil"])
def test_a_path_that_leaves_the_folder_is_refused(join, sent, tmp_path, name):
    file = repacked(sent / "shades.zip", tmp_path / "cheat.zip", lambda held: held.update({name: b"evil"}))
    assert "leads out of the target; nothing was unpacked" in refused(join, file)


def test_a_small_archive_with_much_inside_is_refused(join, tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("run/samples/e00/00.png", bytes(70 << 20))
    assert (tmp_path / "bomb.zip").stat().st_size < 200_000
    assert "unpacks to more than 67,108,864 bytes (most_ratio of bundles); nothing was unpacked" in refused(
        join, tmp_path / "bomb.zip"
    )


def test_a_link_in_place_of_a_file_is_refused(join, sent, tmp_path):
    held = members(sent / "shades.zip")
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        for name, content in held.items():
            info = zipfile.ZipInfo(name)
            if name == "run/conditions.parquet":
                info.create_system, info.external_attr, content = 3, (stat.S_IFLNK | 0o777) << 16, b"/etc/passwd"
            archive.writestr(info, content)
    assert "'run/conditions.parquet' is in its manifest and no plain file" in refused(join, tmp_path / "link.zip")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (
            lambda held: held.update({"run/samples/e00/00.png": b"no"}),
            "is not the file of its manifest: it was replaced",
        ),
        (lambda held: held.update({"run/more.txt": b"no"}), "'run/more.txt' is not in its manifest"),
        (lambda held: held.pop("manifest.json"), "is no bundle: it has no manifest.json"),
        (lambda held: held.update({"manifest.json": b"{}"}), "its checksum does not match its content"),
        (lambda held: held.update({"manifest.json": sealed({}).encode()}), "manifest.json is not one of a bundle"),
        (lambda held: held.update({"manifest.json": sealed({"schema": 9}).encode()}), "schema 9 is of a later"),
    ],
)
def test_what_is_not_as_its_manifest_says_is_refused(join, sent, tmp_path, edit, said):
    held = members(sent / "shades.zip")
    edit(held)
    with zipfile.ZipFile(tmp_path / "cheat.zip", "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    assert said in refused(join, tmp_path / "cheat.zip")


def test_what_is_no_archive_is_refused(join, tmp_path):
    (tmp_path / "no.zip").write_bytes(b"no")
    assert "is not a whole archive" in refused(join, tmp_path / "no.zip")
    assert "is not a file" in refused(join, tmp_path / "absent.zip")


def test_a_bundle_is_of_one_run_that_may_stand(join, sent):
    runs = shutil.copytree(sent / "runs", "mine")
    assert "--bundle takes one run, and mine holds 3" in join("submit", runs, "--bundle", "a.zip").err
    (run,) = Path("mine/tiny/shades").iterdir()
    record = json.loads((run / "record.json").read_text())
    record["environment"].update(git_dirty=True)
    (run / "record.json").write_text(json.dumps(record))
    assert "made with edited code that no commit holds" in join("submit", run, "--bundle", "a.zip").err
    assert "a bundle is a .zip" in join("submit", run, "--bundle", "a.tar").err
    assert not Path("a.zip").exists()


# The workflow ---------------------------------------------------------------------------------------------------------


def test_the_workflow_takes_the_bundles_of_a_pull_request(join, sent):
    yaml = pytest.importorskip("yaml")
    steps = yaml.safe_load((HERE.parent / ".github/workflows/accept.yml").read_text())["jobs"]["accept"]["steps"]
    commands = {step["name"]: step["run"] for step in steps if "run" in step}
    Path("incoming/bundles").mkdir(parents=True)
    shutil.copy(sent / "shades.zip", "incoming/bundles")
    said = ""
    for name in ("Accept", "Publish"):
        program, *words = shlex.split(commands[name])
        assert program == "benchbench"
        found = [path for word in words for path in (sorted(Path().glob(word)) if "*" in word else [word])]
        done = join(*found)
        assert done.code == 0, done.err
        said += done.out
    assert "added shades as rescored to leaderboards/tiny/v1/records.jsonl" in said
    assert "tiny: edition 1, 1 rows" in said
    page = (board().path / "README.md").read_text()
    assert "Tier: C rescored (its scores were computed again here, from its samples)" in page


def test_every_attack_of_the_page_has_its_test():
    page = (HERE.parent / "docs" / "joining.md").read_text().split("## Attacks")[1]
    named = re.findall(r"`(test_\w+)` \|", page)
    code = "".join((HERE / name).read_text() for name in ("test_joining.py", "test_tiers.py", "test_draws.py"))
    assert len(named) >= 13
    assert [name for name in named if f"def {name}(" not in code] == []
