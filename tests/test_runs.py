"""Runs: the same scores however the work is cut, and nothing lost whatever goes wrong."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pandas
import processes
import pytest

pytestmark = pytest.mark.usefixtures("one_off")
HERE = Path(__file__).parent


def records(folder):
    found = [json.loads(path.read_text()) for path in sorted(Path(folder).glob("**/record.json"))]
    return {record["method"]["label"]: record for record in found}


def scores(folder, label="shades"):
    return records(folder)[label]["scores"]


def tables(folder):
    return [pandas.read_parquet(path) for path in sorted(Path(folder).glob("**/conditions.parquet"))]


def test_scores_do_not_depend_on_how_the_work_is_cut(bench):
    ways = {
        "one": ["-j", 0],
        "two": ["-j", 2],
        "batch3": ["-j", 0, "--batch-size", 3],
        "batch100": ["-j", 0, "--batch-size", 100],
    }
    for way, words in ways.items():
        assert bench("run", "-t", "tiny", "-m", "shades", "-o", way, *words).code == 0
    assert bench("run", "-t", "tiny", "-m", "copy", "-m", "real", "-m", "shades", "-o", "after", "-j", 0).code == 0
    for way in [*ways, "after"]:
        assert scores(way) == scores("one"), way
        assert tables(way)[-1].equals(tables("one")[0]), way


def start(tmp_path, *words, **options):
    """Start a run of `tiny` in a process of its own; return it once its first shard is whole."""
    environment = {**os.environ, "BENCHBENCH_PLUGINS_DIR": str(HERE / "one_off")}
    command = ["-m", "benchbench", "run", "-t", "tiny", *words]
    process = processes.start(command, env=environment, stdout=subprocess.DEVNULL, **options)
    for _ in range(6000):
        if list(tmp_path.glob("**/shards/*.json")) or process.poll() is not None:
            break
        time.sleep(0.02)
    return process


def test_a_killed_run_goes_on_where_it_stopped_and_gives_the_same(bench, tmp_path):
    log = tmp_path / "log"
    method = f"slow[where={log}]"
    process = start(tmp_path, "-m", method, "-j", "0", "-o", "killed", stderr=subprocess.DEVNULL)
    process.send_signal(signal.SIGKILL)
    process.wait()
    whole = len(list(tmp_path.glob("killed/tiny/slow/*/shards/*.json")))
    assert 1 <= whole < 3, "the run was to be killed half-way"
    log.unlink()
    assert bench("run", "-t", "tiny", "-m", method, "-j", 0, "-o", "killed").code == 0
    assert log.read_text().split() == [f"e{i:02d}" for i in range(10 * whole, 25)], "whole shards are not made again"
    assert bench("run", "-t", "tiny", "-m", "slow", "-j", 0, "-o", "whole").code == 0
    assert scores("killed", method) == scores("whole", "slow")
    assert tables("killed")[0].equals(tables("whole")[0])


def test_a_killed_workers_shard_is_worked_by_another_one(bench, monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("TINY_FLAG", str(tmp_path / "flag"))
    done = bench("run", "-t", "tiny", "-m", "dies", "-m", "shades", "-j", 2)
    assert done.code == 0
    assert "a worker process ended in the middle of its work (SIGKILL" in caplog.text
    assert records("runs")["shades"]["status"] == "ok"
    assert scores("runs", "dies") == scores("runs")


def test_a_damaged_shard_is_worked_again(bench, tmp_path):
    log = tmp_path / "log"
    method = f"shades[where={log}]"
    assert bench("run", "-t", "tiny", "-m", method, "-j", 0, "-o", "whole").code == 0
    (folder,) = tmp_path.glob("whole/tiny/shades/*/")
    whole = records("whole")[method]["scores"]

    from benchbench.runs import directory as store

    log.unlink()
    (folder / "record.json").unlink()
    monkey = store.RunDirectory.drop_shards
    store.RunDirectory.drop_shards = lambda self: None
    try:
        assert bench("run", "-t", "tiny", "-m", method, "-j", 0, "-o", "whole").code == 0
        assert len(log.read_text().split()) == 25
        data = folder / "shards" / "00001.safetensors"
        content = bytearray(data.read_bytes())
        content[-7] ^= 1  # of its full length, and still a safetensors file
        data.write_bytes(content)
        (folder / "shards" / "00002.json").write_text("{")
        (folder / "record.json").unlink()
        log.unlink()
        assert bench("run", "-t", "tiny", "-m", method, "-j", 0, "-o", "whole").code == 0
    finally:
        store.RunDirectory.drop_shards = monkey
    assert sorted(log.read_text().split()) == [f"e{i:02d}" for i in range(10, 25)]
    assert records("whole")[method]["scores"] == whole


@pytest.mark.parametrize(
    ("method", "status", "reason"),
    [
        ("gives-nan", "failed", "sample() returned NaN or infinite values"),
        ("gives-float", "failed", "sample() returned dtype torch.float32, expected torch.uint8: scale to 0..255"),
        ("gives-shape", "failed", "sample() returned shape [1, 3, 3, 8, 8], expected [1, 4, 3, 8, 8]"),
        ("raises", "failed", "IndexError: the latent is too short (tiny.py:"),
        ("refuses", "skipped", "needs a text condition"),
    ],
)
def test_a_fault_is_a_record_with_its_reason_and_spares_the_others(bench, method, status, reason):
    done = bench("run", "-t", "tiny", "-m", method, "-m", "shades", "-j", 2 if method == "raises" else 1)
    assert done.code == 1
    assert records("runs")[method]["status"] == status
    assert reason in records("runs")[method]["reason"]
    assert reason[:40] in done.err
    assert "Traceback" not in done.err
    assert records("runs")[method]["scores"] == []
    assert records("runs")["shades"]["status"] == "ok"
    assert "shades" in done.out
    assert f"| {method}" not in done.out


def test_the_traceback_of_a_plugins_exception_is_kept_for_its_author(bench, tmp_path):
    done = bench("run", "-t", "tiny", "-m", "raises", "-j", 0)
    (error,) = tmp_path.glob("runs/tiny/raises/*/error.txt")
    assert f"the traceback is in {error.relative_to(tmp_path)}" in done.err
    assert "tiny.py" in error.read_text()
    assert "the latent is too short" in error.read_text()


def test_a_score_that_is_no_number_fails_the_run_with_its_name(bench):
    done = bench("run", "-t", "tiny-nan", "-m", "shades", "-j", 0)
    assert done.code == 1
    assert records("runs")["shades"]["reason"].startswith("nan-score@1 is nan")


def test_what_a_run_without_names_skips_is_no_failure(bench, monkeypatch):
    monkeypatch.delenv("BENCHBENCH_PLUGINS_DIR")
    done = bench("run", "-t", "ring8", "-j", 0, "--limit", 4)
    assert done.code == 0
    assert " skipped: unconditional, copy, " in " ".join(done.err.split())
    (path,) = Path("runs/ring8/unconditional").glob("*/record.json")
    assert "there is no condition to ignore" in json.loads(path.read_text())["reason"]


def test_a_recorded_run_is_not_made_again_unless_forced(bench, tmp_path):
    log = tmp_path / "log"
    words = ("run", "-t", "tiny", "-m", f"shades[where={log}]", "-j", 0)
    assert bench(*words).code == 0
    assert "recorded before" in bench(*words).err
    assert len(log.read_text().split()) == 25
    assert bench(*words, "--force").code == 0
    assert len(log.read_text().split()) == 50
    assert bench(*words, "--keep-samples", "all").code == 0
    assert len(log.read_text().split()) == 75
    assert len(list(tmp_path.glob("runs/tiny/shades/*/samples/*/*.png"))) == 100


def test_each_image_passes_once_through_each_extractor_whatever_the_metrics(bench, monkeypatch, tmp_path):
    """25 conditions of 4 samples, each with 2 points beside them: a real image, and the condition as one.

    The real ones once a task: 25 x 6 references, 60 x 6 of the pool, 2 thresholds.
    """
    log = tmp_path / "counts"
    monkeypatch.setenv("TINY_COUNTS", str(log))
    words = ["run", "-t", "tiny", "-f", "tallying", "--metric", "all", "-j", 0]
    assert bench(*words, "-m", "shades").code == 0
    real = 25 * 6 + 60 * 6 + 3 * 100
    assert sum(map(int, log.read_text().split())) == real + 25 * (4 + 2)
    assert bench(*words, "-m", "copy").code == 0
    assert sum(map(int, log.read_text().split())) == real + 2 * 25 * (4 + 2), "the real side is kept"


def test_features_of_real_images_are_kept_under_all_that_they_depend_on(tmp_path):
    from benchbench.evaluation.real import cache_path
    from benchbench.features.pixels import Pixels
    from benchbench.plugins import get_task

    class Other(Pixels):
        version = 2

    class Trained(Pixels):
        def weight_hash(self):
            return "abc"

    task, other = get_task("toy-shapes"), get_task("sr-photos")
    paths = {cache_path(tmp_path, *key) for key in ((task, "f", Pixels()), (task, "g", Pixels()))}
    paths |= {cache_path(tmp_path, *key) for key in ((other, "f", Pixels()), (task, "f", Other()))}
    paths.add(cache_path(tmp_path, task, "f", Trained()))
    assert len(paths) == 5


def test_a_score_says_all_that_it_depends_on(bench):
    assert bench("run", "-t", "tiny", "-m", "shades", "-j", 0).code == 0
    ids = {score["metric"]: score["id"] for score in scores(".")}
    assert ids["diversity[pixels]"] == "diversity@1[pixels@1,8px]"


def test_the_identity_holds_what_changes_the_numbers(bench):
    for words in ([], ["--seed", 1], ["--limit", 20], ["--samples", 6]):
        assert bench("run", "-t", "tiny", "-m", "shades", "-j", 0, *words).code == 0
    assert bench("run", "-t", "tiny", "-m", "shades[spread=3]", "-j", 0).code == 0
    assert bench("run", "-t", "tiny", "-m", "shades", "--batch-size", 7, "-j", 0).code == 0
    assert len(list(Path("runs/tiny/shades").iterdir())) == 5
    for size in (1, 7):
        assert bench("run", "-t", "tiny", "-m", "greedy", "--batch-size", size, "-j", 0).code == 0
    assert len(list(Path("runs/tiny/greedy").iterdir())) == 2


def test_a_shortened_run_is_marked_and_kept_off_the_leaderboard(bench):
    done = bench("run", "-t", "tiny", "-m", "shades", "-j", 0, "--limit", 12)
    assert "OFF-PROTOCOL" in done.out
    assert records("runs")["shades"]["protocol"]["off_protocol"] is True
    table = bench("leaderboard", "tiny")
    assert table.code == 1
    assert "off-protocol: 12 conditions, 4 samples each" in table.err
    assert bench("leaderboard", "tiny", "--off-protocol").code == 0


def test_a_second_run_beside_the_first_is_told_and_harms_nothing(bench, one_off):
    from benchbench.core import Busy
    from benchbench.executors.local import Local
    from benchbench.plugins import registry
    from benchbench.runs.request import Request, open_stage
    from benchbench.runs.run import Run

    stage = open_stage(Request(task="tiny", output=Path("runs")), registry())
    first, second = (Run(stage, stage.subject("shades", {})) for _ in range(2))
    with first.directory.locked(), pytest.raises(Busy, match="another process is at work on"):
        second.record(Local(0), lambda done, total: None)
    assert second.record(Local(0), lambda done, total: None)[0].status == "ok"


def test_a_full_disk_is_one_sentence_and_loses_no_shard(bench, monkeypatch, tmp_path):
    from benchbench.system import files as store

    written = []
    replace = os.replace

    def fills_up(source, target):
        if "shards" in str(target):
            written.append(target)
            if len(written) > 3:
                raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(store.os, "replace", fills_up)
    done = bench("run", "-t", "tiny", "-m", "shades", "-j", 0)
    assert done.code == 1
    assert "the disk is full: could not write" in done.err
    assert "what was finished before is kept" in done.err
    assert not list(tmp_path.glob("runs/**/.*.tmp"))
    monkeypatch.setattr(store.os, "replace", replace)
    assert len(list(tmp_path.glob("runs/tiny/shades/*/shards/*.json"))) == 1
    (failed,) = tmp_path.glob("runs/tiny/shades/*/record.json")

    def has_no_room_for_the_record(source, target):
        if str(target) == os.path.relpath(failed):
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(store.os, "replace", has_no_room_for_the_record)
    done = bench("run", "-t", "tiny", "-m", "shades", "-j", 0)
    assert (done.code, "the disk is full: could not write" in done.err) == (1, True)
    monkeypatch.setattr(store.os, "replace", replace)
    done = bench("run", "-t", "tiny", "-m", "shades", "-j", 0)
    assert done.code == 0, done.err


def test_an_output_that_cannot_be_written_is_one_sentence(bench):
    Path("file").write_text("")
    done = bench("run", "-t", "tiny", "-m", "shades", "-o", "file", "-j", 0)
    assert done.code == 1
    assert "error:" in done.err
    assert "file" in done.err


@pytest.fixture
def slow_run(tmp_path):
    """Return a function that starts a slow run of two workers, and returns it once its first shard is done."""
    started = []

    def start():
        with open(tmp_path / "said", "w") as said:
            process = processes.start(
                ["-m", "benchbench", "run", "-t", "tiny", "-m", "slow", "-j", "2"],
                cwd=tmp_path,
                env={**os.environ, "BENCHBENCH_PLUGINS_DIR": str(HERE / "one_off")},
                stderr=said,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        started.append(process)
        for _ in range(3000):
            if list(tmp_path.glob("runs/tiny/slow/*/shards/*.json")):
                return process
            time.sleep(0.05)
        raise AssertionError((tmp_path / "said").read_text())

    yield start
    for process in started:
        process.kill()
        process.wait(20)


def workers_of(process):
    """Return the processes of a command's session that still run, as `ps` lists them."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,stat=", "-s", str(process.pid)], capture_output=True, text=True, check=False
    )
    return [line for line in listed.stdout.splitlines() if "Z" not in line]


def ended(process):
    """Return whether nothing of a command is left within 20 seconds."""
    for _ in range(400):
        if not workers_of(process):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_command_that_is_asked_to_end_keeps_what_is_done(bench, slow_run, tmp_path, number):
    process = slow_run()
    os.kill(process.pid, number)
    assert process.wait(60) == 128 + number
    err = (tmp_path / "said").read_text()
    assert "shards of slow are kept; run the same command to go on" in " ".join(err.split())
    assert "Traceback" not in err
    assert ended(process)
    assert bench("run", "-t", "tiny", "-m", "slow", "-j", 0).code == 0


def test_ctrl_c_twice_ends_at_once_with_all_workers(bench, slow_run):
    process = slow_run()
    for _ in range(2):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.1)
    process.wait(20)
    assert process.returncode in (130, -signal.SIGINT), "a shell calls both 130"
    assert ended(process)
    assert bench("run", "-t", "tiny", "-m", "slow", "-j", 0).code == 0


def test_workers_end_with_a_command_that_is_killed(bench, slow_run):
    process = slow_run()
    assert len(workers_of(process)) > 2, "the command, its server and its workers"
    process.kill()
    assert ended(process)
    assert bench("run", "-t", "tiny", "-m", "slow", "-j", 0).code == 0


def test_a_folder_of_images_is_scored_like_the_run_that_made_it(bench, tmp_path):
    assert bench("run", "-t", "tiny", "-m", "shades", "-j", 0, "--keep-samples", "all").code == 0
    (run,) = tmp_path.glob("runs/tiny/shades/*")
    done = bench("score", "--samples", run / "samples", "-t", "tiny", "--name", "theirs", "-j", 0)
    assert done.code == 0
    assert scores("runs", "theirs") == scores("runs")
    assert bench("score", run, "-j", 0, "-o", "again").code == 0
    assert scores("again", "folder[label=shades]") == scores("runs")


def test_a_folder_that_lacks_something_says_what(bench, tmp_path):
    assert bench("run", "-t", "tiny", "-m", "shades", "-j", 0, "--keep-samples", "all").code == 0
    (run,) = tmp_path.glob("runs/tiny/shades/*")
    samples = run / "samples"
    (samples / "e03" / "02.png").unlink()
    words = ("score", "--samples", samples, "-t", "tiny", "-j", 0)
    assert "e03 holds 3 images of e03, 4 samples per condition are needed" in bench(*words).err
    (samples / "e03" / "02.png").write_bytes(b"not a picture")
    assert "02.png: cannot be decoded" in bench(*words).err
    from PIL import Image

    Image.new("RGB", (9, 8)).save(samples / "e03" / "02.png")
    assert "02.png: 9 x 8 px, expected 8 x 8 px" in bench(*words).err
    assert bench("score", "--samples", tmp_path / "none", "-t", "tiny").code == 1
    assert bench("score", "--samples", samples).code == 2
    assert bench("score").code == 2


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["run", "-t", "tinny"], 2, "no task is named 'tinny'; did you mean 'tiny'?"),
        (["run", "-t", "tiny", "-m", "shade"], 2, "did you mean 'shades'?"),
        (["run", "-t", "tiny", "-f", "minni"], 2, "no feature extractor is named 'minni'; did you mean 'mini'?"),
        (["run", "-t", "tiny", "--executor", "locl"], 2, "did you mean 'local'?"),
        (["rum"], 2, "no command is named 'rum'; did you mean 'run'?"),
        (["run"], 2, "Missing option '-t'"),
        (["run", "-t", "tiny", "-m", "shades", "--device", "gpu"], 1, "device 'gpu' is not available"),
        (["run", "-t", "tiny", "-m", "shades", "--limit", "99"], 1, "--limit 99: tiny has 25 test conditions"),
        (["run", "-t", "tiny", "-m", "shades", "--samples", "1"], 1, "needs at least two samples"),
        (["run", "-t", "tiny", "-m", "shades", "--limit", "1"], 1, "needs at least two conditions"),
        (["run", "-t", "tiny", "-m", "shades", "--limit", "0"], 1, "--limit 0: tiny has 25 test conditions"),
        (["run", "-t", "tiny", "--checkpoint", "x"], 2, "--checkpoint belongs to one method"),
        (["run", "-t", "tiny", "-m", "copy", "--checkpoint", "x", "-j", "0"], 1, "copy takes no checkpoint"),
        (["leaderboard", "tiny", "--records", "nowhere"], 1, "no records at nowhere"),
        (["info", "tinny"], 2, "did you mean 'tiny'?"),
        (["fit", "-t", "tiny", "-m", "copy"], 1, "copy has nothing to train"),
    ],
)
def test_a_hurried_users_mistake_is_one_clear_sentence(bench, words, code, message):
    done = bench(*words)
    assert (done.code, message in done.err) == (code, True), done.err
    assert "Traceback" not in done.err


EXITS = """
import os, sys
from collections.abc import Iterable
from dataclasses import dataclass
import benchbench

@dataclass
class Leaves(benchbench.Method):
    name = "leaves"
    where: str = "sample"
    how: str = "sys"

    def _leave(self):
        import ctypes
        {"sys": lambda: sys.exit(0), "os": lambda: os._exit(0), "crash": lambda: ctypes.string_at(0)}[self.how]()

    def prepare(self, task, device, checkpoint):
        if self.where == "prepare":
            self._leave()

    def sample(self, conditions, num_samples, noise):
        self._leave()

@dataclass
class Talks(benchbench.Method):
    name = "talks"

    def prepare(self, task, device, checkpoint):
        print("a word from prepare")
        os.chdir("/")

    def sample(self, conditions, num_samples, noise):
        print("a word from sample")
        os.system("echo a word from a child process")
        os.chdir("/")
        return (conditions["image"][:, None].float() + 20 * noise.normal(3, 1, 1)).clamp(0, 255).byte()

@benchbench.hookimpl
def benchbench_methods():
    return [Leaves, Talks]
"""


def command_in(folder):
    """Return a function that runs the command line in a process of its own, with two methods of bad manners."""
    plugins = folder / "plugins"
    plugins.mkdir()
    (plugins / "exits.py").write_text(EXITS)
    folders = os.pathsep.join([os.environ["BENCHBENCH_PLUGINS_DIR"], str(plugins)])
    environment = {**os.environ, "BENCHBENCH_PLUGINS_DIR": folders}
    return lambda *words: processes.run(["-m", "benchbench", *words], folder, environment)


@pytest.fixture
def command(tmp_path, one_off):
    return command_in(tmp_path)


LEAVES = ("leaves", "leaves[how=os]", "leaves[how=crash]", "leaves[how=os,where=prepare]")


@pytest.fixture
def left(once, one_off):
    """The folder of one run of every way to leave and of a method that stays, with what it said."""

    def make(folder):
        methods = [word for method in (*LEAVES, "shades") for word in ("-m", method)]
        done = command_in(folder)("run", "-t", "tiny", *methods, "-j", 1)
        (folder / "said.json").write_text(json.dumps([done.returncode, done.stderr]))

    return once("leaves", make)


@pytest.mark.parametrize("method", LEAVES)
def test_a_method_that_ends_its_process_has_failed_and_the_others_go_on(left, method):
    code, err = json.loads((left / "said.json").read_text())
    assert code == 1
    found = records(left / "runs")
    assert found[method]["status"] == "failed"
    reason = "SystemExit: 0" if method == "leaves" else "a worker process ended in the middle of its work"
    assert reason in found[method]["reason"]
    assert found["shades"]["status"] == "ok"
    assert "Traceback" not in err


def test_a_method_that_exits_has_failed_in_this_process_too(command, tmp_path):
    done = command("run", "-t", "tiny", "-m", "leaves", "-m", "shades", "-j", 0)
    assert done.returncode == 1
    assert {name: found["status"] for name, found in records(tmp_path / "runs").items()} == {
        "leaves": "failed",
        "shades": "ok",
    }


@pytest.mark.parametrize("workers", [0, 2])
def test_what_a_plugin_prints_or_where_it_goes_disturbs_nobody(command, tmp_path, workers):
    done = command("run", "-t", "tiny", "-m", "talks", "-m", "shades", "-j", workers, "--json")
    assert done.returncode == 0, done.stderr
    assert [record["status"] for record in json.loads(done.stdout)] == ["ok", "ok"]
    assert "a word from prepare" in done.stderr
    assert "a word from sample" in done.stderr
    assert len(list(tmp_path.glob("runs/tiny/*/*/record.json"))) == 2


EDITED = """
from dataclasses import dataclass
import benchbench

@dataclass
class Edited(benchbench.Method):
    name = "edited"

    def prepare(self, task, device, checkpoint):
        pass

    def sample(self, conditions, num_samples, noise):
        return (conditions["image"][:, None].float() + WIDTH * noise.normal(3, 1, 1)).clamp(0, 255).byte()

@benchbench.hookimpl
def benchbench_methods():
    return [Edited]
"""


def test_a_run_of_edited_code_is_made_again_and_says_so(command, tmp_path):
    """Neither a finished run of other code is shown, nor is one gone on with that would mix two laws."""

    def run(width):
        (tmp_path / "plugins" / "edited.py").write_text(EDITED.replace("WIDTH", str(width)))
        done = command("run", "-t", "tiny", "-m", "edited", "-j", 0)
        assert done.returncode == 0, done.stderr
        return scores(tmp_path / "runs", "edited"), done.stderr

    narrow, _ = run(20)
    again, said = run(20)
    assert again == narrow
    assert "recorded before" in said
    wide, said = run(60)
    assert wide != narrow
    assert "the code of edited has changed since this run; it is run again" in said
    assert len(list(tmp_path.glob("runs/tiny/edited/*"))) == 1
