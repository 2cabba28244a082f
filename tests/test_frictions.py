"""A first hour with the suite: what it says to those who do not know it yet."""

import json
import os
import signal
from pathlib import Path

import pytest
from safetensors.torch import load_file

import benchbench
from benchbench.core import BenchbenchError
from benchbench.system import memory

ROOT = Path(__file__).parents[1]


@pytest.fixture
def recorded(bench, one_off):
    """The command line in a folder with the runs of two methods, in a folder each."""
    for method, folder in (("shades", "one"), ("noise", "two")):
        assert bench("run", "-t", "tiny", "-m", method, "-j", 0, "-o", folder, "--keep-samples", "all").code == 0
    return bench


def test_a_folder_is_called_by_its_name(recorded):
    (run,) = Path("one/tiny/shades").iterdir()
    done = recorded("score", "--samples", run / "samples", "-t", "tiny", "--name", "theirs", "-j", 0, "--json")
    (record,) = json.loads(done.out)
    assert record["method"]["label"] == "theirs"
    assert record["status"] == "ok"
    table = recorded("leaderboard", "tiny", "--records", "runs").out
    assert "theirs" in table
    assert "folder[" not in table


def test_a_folder_cannot_pass_for_an_installed_method(recorded):
    (run,) = Path("one/tiny/shades").iterdir()
    done = recorded("score", "--samples", run / "samples", "-t", "tiny", "--name", "oracle", "-j", 0, "--json")
    assert json.loads(done.out)[0]["method"]["label"] == "folder[label=oracle]"


def test_records_of_several_places_are_compared(recorded):
    places = ("--records", "one", "--records", "two", "--records", "one/tiny")
    table = recorded("leaderboard", "tiny", *places, "--format", "json").out
    assert [row["label"] for row in json.loads(table)["rows"]] == ["shades", "noise"]
    alone = recorded("leaderboard", "tiny", *places, "-m", "noise", "--format", "json").out
    assert [row["label"] for row in json.loads(alone)["rows"]] == ["noise"]
    assert "did you mean 'noise'?" in recorded("leaderboard", "tiny", *places, "--methods", "nois").err
    done = recorded("compare", "shades", "--methods", "noise", "-t", "tiny", *places, "--json")
    first = json.loads(done.out)["comparisons"][0]
    assert (first["first"], first["second"]) == ("shades", "noise")
    assert "no records at three" in recorded("leaderboard", "tiny", *places, "--records", "three").err


def test_a_table_has_a_method_with_all_its_options_or_without_any(bench):
    board = ROOT / "leaderboards" / "grid25" / "v1" / "records.jsonl"

    def rows(name):
        done = bench("leaderboard", "grid25", "--records", board, "-m", name, "--format", "json")
        return {row["label"].partition(" (")[0] for row in json.loads(done.out)["rows"]}

    assert rows("gan[]") == {"gan"}
    assert rows("gan[packing=2]") == {"gan[packing=2]"}
    assert rows("gan") > {"gan", "gan[packing=2]"}


def test_an_unknown_name_shows_the_five_nearest(bench):
    done = bench("info", "toy-face")
    assert "did you mean 'toy-faces'?" in done.err
    nearest = done.err.partition("the nearest are ")[2].strip().split(", ")
    assert len(nearest) == 5
    assert nearest[0] == "toy-faces"


def test_an_unprepared_task_names_the_first_step(bench, tmp_path, monkeypatch):
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path / "none"))
    done = bench("run", "-t", "sr-celeba", "-m", "copy", "-j", 0)
    assert (done.code, "benchbench data prepare sr-celeba" in done.err) == (1, True), done.err


def test_a_network_in_place_of_a_method_is_told_how_to_wrap_it(one_off):
    import torch

    class Wants(torch.nn.Module):
        def forward(self, conditions, num_samples, noise):
            return torch.zeros(len(conditions.ids), num_samples, 3, 8, 8, dtype=torch.uint8)

    with pytest.raises(BenchbenchError, match="Conv2d is a torch.nn.Module.*new method NAME --wrap torch-module"):
        benchbench.evaluate("tiny", torch.nn.Conv2d(3, 3, 1))
    with pytest.raises(BenchbenchError, match="--wrap torch-module"):
        benchbench.evaluate("tiny", torch.nn.Bilinear(2, 2, 2))


def test_an_optional_package_is_not_wrong_and_its_command_works(bench, monkeypatch):
    from importlib import metadata

    version = metadata.version
    absent = metadata.PackageNotFoundError

    def without_lmdb(name):
        if name == "lmdb":
            raise absent(name)
        return version(name)

    monkeypatch.setattr(metadata, "version", without_lmdb)
    from benchbench.contract.diagnosis import _packages

    (lmdb,) = [each for each in _packages(Path()) if each.about == "package lmdb"]
    assert (lmdb.state, lmdb.seen) == ("missing", "not installed; optional")
    assert lmdb.remedy == "python -m pip install --upgrade 'lmdb>=1.4'"


def test_a_version_is_printed_as_it_is(bench, monkeypatch, tmp_path):
    (tmp_path / "made.py").write_text(
        "import benchbench\n"
        "class Made(benchbench.Metric):\n    name = 'made'\n    version = '0.0'\n    scope = 'condition'\n"
        "    summary = 'none'\n    higher_is_better = True\n"
        "@benchbench.hookimpl\ndef benchbench_metrics():\n    return (Made,)\n"
    )
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(tmp_path))
    (line,) = [each for each in bench("list", "metrics").out.splitlines() if each.startswith("made ")]
    assert line.split()[1] == "0.0"


@pytest.mark.parametrize(
    ("words", "memory_bytes", "said"),
    [
        (("--samples", 10**9), 8 * 10**9, "--samples 1000000000: this machine has 8 GB of memory, enough for 31,622"),
        (
            ("--batch-size", 10**8, "--samples", 1000, "-j", 0),
            2 * 10**7,
            "--batch-size 100000000: this machine has 0.02 GB of memory, enough for 13 conditions of 1,000 samples",
        ),
        (("--limit", 10**9), 8 * 10**9, "--limit 1000000000: tiny has 25 test conditions"),
        (("-j", 1000), 8 * 10**9, "-j 1000: this machine has 8 GB of memory, enough for 29 worker processes"),
    ],
)
def test_a_number_beyond_the_machine_is_one_sentence(bench, one_off, monkeypatch, words, memory_bytes, said):
    monkeypatch.setattr(memory, "machine_memory_bytes", lambda: memory_bytes)
    from benchbench.runs import request

    monkeypatch.setattr(request, "machine_memory_bytes", lambda: memory_bytes)
    done = bench("run", "-t", "tiny", "-m", "shades", *words)
    assert (done.code, said in done.err) == (1, True), done.err


# Training that ends early ---------------------------------------------------------------------------------------------


def test_a_training_is_finished_early_on_request(bench, walker, tmp_path):
    from benchbench.training import states

    words = ("fit", "-t", "ring8", "-m", "walker[spoil=20]", "--save-every", 8, "--device", "cpu")
    nothing = bench(*words, "--finish-now")
    assert (nothing.code, "nothing of this training is saved" in nothing.err) == (1, True)
    assert "diverged" in bench(*words).err
    done = bench(*words, "--finish-now")
    assert done.code == 0, done.err
    path = Path(done.out.strip())
    assert path.name.startswith("stopped-walker-")
    assert path.name.endswith("-step-16.safetensors")
    (state,) = tmp_path.glob("checkpoints/ring8/*.state.pt")
    assert load_file(path)["weight"].equal(states.read(state, "cpu")["trainer"]["weight"])
    assert f"--checkpoint {path}" in done.err


@pytest.mark.skipif(not hasattr(signal, "SIGTERM"), reason="a system without signals")
def test_a_training_that_is_asked_to_end_finishes_its_step_and_keeps_state_and_weights(bench, walker, monkeypatch):
    from benchbench.training import states
    from benchbench.training.course import Course

    look = Course._look

    def asked_at_ten(self, done, preview):
        look(self, done, preview)
        if done == 10 and not list(Path("checkpoints/ring8").glob("*.state.pt")):
            os.kill(os.getpid(), signal.SIGTERM)

    words = ("fit", "-t", "ring8", "-m", "walker", "--device", "cpu")
    with monkeypatch.context() as patch:
        patch.setattr(Course, "_look", asked_at_ten)
        done = bench(*words)
    assert done.code == 128 + signal.SIGTERM, done.err
    (state,) = Path("checkpoints/ring8").glob("*.state.pt")
    (weights,) = Path("checkpoints/ring8").glob("stopped-*-step-10.safetensors")
    kept = states.read(state, "cpu")
    assert kept["done"] == 10
    assert load_file(weights)["weight"].equal(kept["trainer"]["weight"])
    path = bench(*words).out.strip()
    assert load_file(path)["weight"].equal(load_file(bench(*words, "-o", "whole").out.strip())["weight"])


def test_other_training_data_are_another_training(one_off, tmp_path):
    from benchbench.evaluation.training_split import training_hash
    from benchbench.plugins import registry

    kind = type(registry().task("tiny"))

    class Edited(kind):
        def examples(self, split):
            found = super().examples(split)
            return found[:-1] if split == self.shortened else found

    def hash_without_one_of(split):
        task = Edited()
        task.shortened = split
        return training_hash(task)

    assert hash_without_one_of("test") == hash_without_one_of("none") == training_hash(kind())
    assert len({hash_without_one_of(split) for split in ("none", "train", "validation")}) == 3


def test_any_example_of_the_training_split_changes_its_hash(one_off):
    """Also one between those that an evenly spaced choice would take."""
    from benchbench.core import Example
    from benchbench.evaluation.training_split import training_hash
    from benchbench.plugins import get_task

    kind = type(get_task("ring8"))

    class Edited(kind):
        def examples(self, split):
            found = list(super().examples(split))
            if split == "train" and self.place is not None:
                found[self.place] = Example(found[self.place].id, {}, found[self.place].references + 1)
            return found

    def hash_with(place):
        task = Edited()
        task.place = place
        return training_hash(task)

    assert len({hash_with(place) for place in (None, 1, 3999)}) == 3


def test_a_large_split_is_not_hashed_whole():
    import torch

    from benchbench.core import Example
    from benchbench.evaluation.training_split import is_whole

    small, photo, large = (Example("a", {}, torch.zeros(1, *shape)) for shape in ((2,), (3, 64, 128), (3, 256, 256)))
    assert is_whole([photo] * 4000), "as large as a pair of inpaint-photos, in four bytes per value"
    assert [is_whole([small] * number) for number in (0, 20_000, 20_001)] == [True, True, False]
    assert [is_whole([large] * number) for number in (600, 800)] == [True, False]


def test_prepared_data_are_known_by_their_manifest(one_off):
    from benchbench.evaluation.training_split import training_hash
    from benchbench.plugins import registry

    class Prepared(type(registry().task("tiny"))):
        def examples(self, split):
            raise AssertionError("no file is read")

        def data_hash(self, split):
            return f"{split}{self.edition}"

    first, second = Prepared(), Prepared()
    first.edition, second.edition = 1, 2
    assert training_hash(first) != training_hash(second)


def test_a_trainings_identity_has_its_training_data(one_off, tmp_path):
    from benchbench.evaluation.training_split import training_hash
    from benchbench.plugins import registry
    from benchbench.training.plan import Training

    one = Training("tiny", "shades", {}, 0, "cpu", tmp_path)
    assert one.identity["task"]["training_split"] == training_hash(registry().task("tiny"))
