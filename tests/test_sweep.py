"""Many runs as one queue: limits, the order of jobs, plans, run files, and who holds a lock."""

import json
import os
import socket
from pathlib import Path

import pytest
from errands import halve, leave

from benchbench.core.jobs import Job, Outcome, Queue
from benchbench.executors.local import Local
from benchbench.system.lost import MOST_DEATHS, Lost
from benchbench.system.owner import owned, owner_of

pytestmark = pytest.mark.usefixtures("one_off")


def records(folder="runs"):
    found = [json.loads(path.read_text()) for path in sorted(Path(folder).glob("**/record.json"))]
    return {(each["task"]["name"], each["method"]["label"], each["seed"]): each for each in found}


def test_a_hung_and_a_swollen_method_have_failed_and_the_rest_goes_on(bench):
    words = ["-m", "hangs", "-m", "swells", "-m", "shades", "-j", 2, "--timeout", "20s", "--memory", "900MB"]
    done = bench("run", "-t", "tiny", *words)
    assert done.code == 1
    found = {method: each for (_, method, _), each in records().items()}
    assert found["hangs"]["status"] == "failed"
    assert "which --timeout left for it; finished shards are kept" in found["hangs"]["reason"]
    assert found["swells"]["status"] == "failed"
    assert "GB of memory, --memory allows 0.9 GB" in found["swells"]["reason"]
    assert found["shades"]["status"] == "ok"
    (hung,) = Path("runs/tiny/hangs").iterdir()
    assert len(list(hung.glob("shards/*.json"))) == 2, "shards before and after the hung one are kept"
    assert "hung" not in bench("runs", "list").out
    listed = json.loads(bench("runs", "list", "--json").out)
    assert {each["method"]: (each["state"], each["shards"]) for each in listed} == {
        "hangs": ("failed", 2),
        "swells": ("failed", 0),
        "shades": ("ok", 0),
    }
    assert "which --timeout left" in bench("runs", "show", hung).out
    assert "1 failed" not in bench("runs", "list").out
    assert "2 failed" in bench("runs", "list").out
    assert "would remove" in bench("runs", "clean", "--state", "failed").out
    assert hung.is_dir()
    assert bench("runs", "clean", "--state", "failed", "--yes").out.count("removed") == 2
    assert not hung.exists()
    assert [each["method"] for each in json.loads(bench("runs", "list", "--json").out)] == ["shades"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--timeout", "soon"], "'soon' is no time: write 90s, 30m or 2h"),
        (["--memory", "4"], "'4' is no size: write 500MB or 4GB"),
        (["--timeout", "9s", "-j", "0"], "--timeout needs a worker process"),
        (["--seeds", "0,x"], "seeds are integers with commas"),
        (["--seeds", "0,1", "--seed", "1"], "either with --seed or with --seeds"),
        (["--file", "sweep.toml"], "did you mean 'limit'?"),
    ],
)
def test_a_limit_or_list_that_cannot_be_meant_is_wrong_usage(bench, words, message):
    Path("sweep.toml").write_text("limt = 3\n")
    done = bench("run", "-t", "tiny", "-m", "shades", *words)
    assert (done.code, message in done.err) == (2, True), done.err


def test_a_sweep_gives_what_its_runs_give_alone(bench):
    """Two tasks, two methods, two seeds: from a file in two workers, in another order by option in this process."""
    Path("sweep.toml").write_text(
        'tasks = ["tiny", "tiny-nan"]\nmethods = ["shades", "copy"]\nseeds = [0, 1]\nlimit = 12\nworkers = 2\n'
    )
    planned = json.loads(bench("run", "--file", "sweep.toml", "--dry-run", "--json").out)
    assert [(each["task"], each["method"], each["seed"]) for each in planned][:3] == [
        ("tiny", "shades", 0),
        ("tiny", "shades", 1),
        ("tiny", "copy", 0),
    ]
    assert not Path("runs/tiny").exists()
    done = bench("run", "--file", "sweep.toml", "--profile")
    assert done.code == 1, "the metric of tiny-nan fails"
    assert "tiny-nan copy seed 1: failed: nan-score@1 is nan" in done.err
    assert "% of their" in done.err
    here = ["-m", "copy", "-m", "shades", "--limit", 12, "-j", 0, "-o", "here"]
    assert bench("run", "-t", "tiny", "--seeds", "1,0", *here).code == 0
    swept, alone = records(), records("here")
    assert len(swept) == 8
    assert len(alone) == 4
    for key, record in alone.items():
        assert swept[key]["scores"] == record["scores"], key
    again = json.loads(bench("run", "--file", "sweep.toml", "--dry-run", "--json").out)
    assert [each["recorded"] for each in again] == [True] * 4 + [False] * 4
    plan = bench("run", "-t", "tiny", "-m", "shades", "--seeds", "0,5", "--limit", 12, "--dry-run").out
    assert "2 runs, 2 shards to work; about 0 s of sampling" in plan


def test_a_batch_that_does_not_fit_is_halved_without_changing_a_number(bench, caplog):
    assert bench("run", "-t", "tiny", "-m", "large", "-m", "shades", "--batch-size", 9, "-j", 0).code == 0
    assert "out of memory with 9 conditions at once; going on with 4" in caplog.text
    assert "out of memory with 4 conditions at once; going on with 2" in caplog.text
    found = {method: each["scores"] for (_, method, _), each in records().items()}
    assert found["large"] == found["shades"]
    done = bench("run", "-t", "tiny", "-m", "shades", "--batch-size", "auto", "-j", 0)
    assert "recorded before" in done.err


class Listed(Queue):
    """Jobs of two runs, and the order in which they went."""

    def __init__(self, jobs):
        self.jobs, self.asked = list(jobs), []

    def take(self, warm):
        self.asked.append(warm)
        return self.jobs.pop(0) if self.jobs else None


def test_workers_outlive_jobs_that_raise_and_are_replaced_after_those_that_end_them():
    jobs = [Job(halve, each, "a") for each in (1, "x", 3)] + [Job(leave, 7, "b"), Job(halve, lambda: 0, "b")]
    queue = Listed(jobs)
    with Local(1) as executor:
        outcomes = {id(each.job): each for each in executor.work(queue)}
        first, wrong, third, left, local = (outcomes[id(job)] for job in jobs)
        assert (first.result, third.result) == (0.5, 1.5)
        assert isinstance(wrong.error, TypeError)
        assert "3 times over the same piece (the last time: exit code 7)" in str(left.error)
        assert "pickle" in str(local.error)
        assert queue.asked[1] == "a", "a worker says what it has loaded"


def test_a_job_is_lost_when_three_workers_end_over_it_alone():
    lost, (one, other) = Lost(), (Job(halve, 1), Job(halve, 1))
    for _ in range(MOST_DEATHS - 1):
        assert lost.ended(one, "SIGKILL") is None
        assert lost.take() is one
    assert lost.ended(other, "SIGKILL") is None, "the deaths of an equal job are its own"
    assert isinstance(lost.ended(one, "SIGKILL"), Outcome)
    assert lost.take() is other
    assert lost.take() is None


def note(lock, process, started, host=None):
    found = {"host": host or socket.gethostname(), "process": process, "started": started, "since": "noon"}
    Path(f"{lock}.owner").write_text(json.dumps(found))


def test_a_lock_names_its_owner_and_a_stale_one_is_broken_with_a_message(tmp_path, caplog):
    from filelock import FileLock

    from benchbench.core import Busy

    lock = tmp_path / ".lock"
    with owned(lock, "the run", "wait"):
        assert (owner_of(lock).process, owner_of(lock).gone) == (os.getpid(), False)
        with (
            pytest.raises(Busy, match=rf"at work on the run \(process {os.getpid()} on .*\); wait"),
            owned(lock, "the run", "wait"),
        ):
            pass
    assert owner_of(lock) is None
    assert not caplog.text
    note(lock, 2**22 + 1, "5")
    with owned(lock, "the run", "wait"):
        assert "ended without finishing it" in caplog.text
    note(lock, 2**22 + 1, "5")
    with FileLock(lock), owned(lock, "the run", "wait"):  # held, by nobody who is there
        assert "which is gone, is broken" in caplog.text
    note(lock, os.getpid(), "another start")
    assert owner_of(lock).gone, "a later process with the number"
    note(lock, 2**22 + 1, "5", "elsewhere")
    assert not owner_of(lock).gone
    with FileLock(lock), pytest.raises(Busy, match="on elsewhere, since noon"), owned(lock, "the run", "wait"):
        pass


def test_many_methods_that_do_not_serve_a_task_are_one_line(bench):
    """Named or not: with up to five each says why."""
    others = ("cgan", "ac-gan", "cyclegan", "srgan-noise", "glcic-noise", "bicyclegan")
    words = [word for name in others for word in ("-m", name)]
    done = bench("run", "-t", "tiny", "-m", "shades", *words, "-j", 0)
    assert f"6 skipped: {', '.join(others)}; name one with -m to read why" in " ".join(done.err.split())
    assert "runs/tiny/shades" in done.err
    assert "runs/tiny/cgan" not in done.err
    few = bench("run", "-t", "tiny", "-m", "cgan", "-j", 0)
    assert "cgan: skipped: " in few.err


def test_more_conditions_begin_with_the_shards_of_a_run_that_kept_them(bench, tmp_path):
    """The log of the method says what was sampled: none of the first 20 conditions again; with `--force` all."""
    words = ["run", "-t", "tiny", "-m", f"shades[where={tmp_path / 'log'}]", "-j", 0, "--keep-samples", "all"]
    assert bench(*words, "--limit", 25, "--keep-shards").code == 0
    sampled = Path("log").read_text().split()
    assert bench(*words, "--limit", 22).code == 0
    assert Path("log").read_text().split()[25:] == sampled[20:22]
    (adopted,) = (each for each in Path("runs").glob("tiny/shades/*") if not (each / "shards").exists())
    assert len(list(adopted.glob("samples/*"))) == 22
    assert bench(*words, "--limit", 22, "-o", "fresh").code == 0
    path = Path("tiny", "shades", adopted.name, "record.json")
    taken, fresh = (json.loads((top / path).read_text()) for top in (Path("runs"), Path("fresh")))
    assert taken["scores"] == fresh["scores"]
    assert taken["cost"]["calls"] == fresh["cost"]["calls"]
    assert bench(*words, "--limit", 21, "--force").code == 0
    assert Path("log").read_text().split()[-21:] == sampled[:21], "--force samples all"
    assert bench(*words, "--limit", 21, "--seed", 1).code == 0
    assert Path("log").read_text().split()[-21:] == sampled[:21], "another seed is another run"


def test_what_is_refused_before_it_is_prepared_costs_no_worker_a_job(bench, tmp_path, monkeypatch):
    """A method that says beforehand why it cannot serve is skipped with its reason, and no estimate counts it."""
    (tmp_path / "choosy.py").write_text(CHOOSY)
    words = ("--plugins-dir", tmp_path, "run", "-t", "ring8", "-m", "choosy", "-m", "noise", "--limit", 4)
    plan = bench(*words, "--dry-run").out
    assert "1 runs, 1 shards to work" in plan
    assert "choosy would be skipped: choosy wants moons." in plan
    left = {each["method"]: each for each in json.loads(bench(*words, "--dry-run", "--json").out)}
    assert (left["choosy"]["refused"], left["choosy"]["missing"], left["choosy"]["seconds"]) == (
        "choosy wants moons",
        0,
        0,
    )
    assert (left["noise"]["refused"], left["noise"]["missing"], left["noise"]["seconds"]) == ("", 1, None)
    done = bench(*words, "-j", 1)
    assert "choosy: skipped: choosy wants moons" in done.err
    assert "of 2 shards" not in done.err, "what is skipped has none"
    assert not (tmp_path / "prepared").exists()
    (record,) = (json.loads(path.read_text()) for path in tmp_path.glob("runs/ring8/choosy/*/record.json"))
    assert (record["status"], record["reason"]) == ("skipped", "choosy wants moons")


CHOOSY = """
from dataclasses import dataclass
from pathlib import Path

import torch
from benchbench import Method, Unsupported, hookimpl


@dataclass
class Choosy(Method):
    name = "choosy"

    def supports(self, task, checkpoint):
        if task.name != "moons":
            raise Unsupported("choosy wants moons")

    def prepare(self, task, device, checkpoint):
        Path("prepared").touch()

    def sample(self, conditions, num_samples, noise):
        return torch.zeros(len(conditions), num_samples, 2)


@dataclass
class Broken(Choosy):
    name = "broken"

    def supports(self, task, checkpoint):
        return self.nothing

    def prepare(self, task, device, checkpoint):
        self.supports(task, checkpoint)


@hookimpl
def benchbench_methods():
    return [Choosy, Broken]
"""


def test_a_fault_in_what_a_method_says_beforehand_fails_its_run_alone(bench, tmp_path):
    (tmp_path / "choosy.py").write_text(CHOOSY)
    done = bench("--plugins-dir", tmp_path, "run", "-t", "ring8", "-m", "broken", "-m", "noise", "--limit", 4, "-j", 0)
    assert done.code == 1
    assert "broken: failed: AttributeError: 'Broken' object has no attribute 'nothing'" in done.err
    assert list(tmp_path.glob("runs/ring8/noise/*/record.json"))
