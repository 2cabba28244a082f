"""Runs on a local Ray cluster; those that need Ray are skipped, by name, where it is absent."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import errands
import pytest
from benchbench.cli.main import main
from benchbench.core import BenchbenchError
from benchbench.core.jobs import Job, Queue
from benchbench.runs.agreement import facts_of_installation, require_same
from click.testing import CliRunner

from benchbench_ray import Ray
from benchbench_ray.files import collect, write
from benchbench_ray.member import Member

ONE_OFF = Path(__file__).parents[3] / "tests" / "one_off"


def run(*words):
    return CliRunner().invoke(main, ["run", "-t", "tiny", *map(str, words)], catch_exceptions=False)


def scores(folder):
    found = [json.loads(path.read_text()) for path in sorted(Path(folder).glob("**/record.json"))]
    return {
        (record["method"]["label"], record["seed"]): (record["status"], record["scores"], record["reason"])
        for record in found
    }


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(ONE_OFF))
    return tmp_path


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """One cluster for all tests of this file that do not start one themselves; executors find it and leave it up."""
    ray = pytest.importorskip("ray", reason="Ray is not here (pip install ray)")
    from benchbench_ray.cluster import connect

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "TINY_FLAG", str(tmp_path_factory.mktemp("flags") / "died")
        )  # actors have the cluster's environment
        assert connect(4)
        yield ray
        ray.shutdown()


def test_scores_are_the_same_bits_wherever_shards_are_worked(here, cluster):
    """In this process, in 2 and 4 worker processes, and on 2 and 4 actors."""
    words = ["-m", "shades", "-m", "copy", "--seeds", "0,1"]
    assert run(*words, "-j", 0, "-o", "here").exit_code == 0
    wanted = scores("here")
    assert len(wanted) == 4
    for executor in ("local", "ray"):
        for number in (2, 4):
            done = run(*words, "--executor", executor, "-j", number, "-o", f"{executor}{number}")
            assert (done.exit_code, scores(f"{executor}{number}")) == (0, wanted), (executor, number, done.output)


def test_a_killed_actor_is_replaced_and_what_raises_is_not_tried_again(here, cluster, caplog):
    """`dies` kills its actor with SIGKILL at its second shard, once."""
    words = ["-m", "shades", "-m", "dies", "-m", "raises"]
    done = run(*words, "--executor", "ray", "-j", 2, "-o", "ray")
    assert done.exit_code == 1, "raises raises"
    assert caplog.text.count("a worker process ended in the middle of its work") == 1
    run(*words, "-j", 0, "-o", "here")
    assert scores("ray") == scores("here")
    assert scores("ray")["dies", 0][0] == "ok"
    assert "the latent is too short" in scores("ray")["raises", 0][2]


class Listed(Queue):
    """Jobs that are all there from the beginning."""

    def __init__(self, jobs):
        self.jobs = list(jobs)

    def take(self, warm):
        return self.jobs.pop(0) if self.jobs else None


def test_lost_jobs_go_in_front_and_three_deaths_over_one_are_its_failure(here, cluster):
    """The actor dies over `b` while `c` waits behind it: both are worked before the rest, `b` until it has failed."""
    log = str(here / "log")
    jobs = [Job(errands.jot, (log, name, name == "b"), "run", "owner") for name in "abcdef"]
    with Ray(1) as executor:
        outcomes = {each.job.argument[1]: each for each in executor.work(Listed(jobs))}
    assert [name for name, each in outcomes.items() if each.error is None] == list("acdef")
    assert "3 times over the same piece" in str(outcomes["b"].error)
    assert Path(log).read_text().startswith("ab")
    assert Path(log).read_text().replace("b", "") == "acdef"
    assert Path(log).read_text().count("b") == 3
    assert Path(log).read_text().rindex("b") < Path(log).read_text().index("e")


def test_behind_a_long_job_none_waits(here, cluster):
    """Else one actor would end with two jobs left and the other with none."""
    queue = Listed([Job(time.sleep, 1.1, "run", "owner") for _ in range(5)])
    with Ray(2) as executor:
        left = [5 - done - len(queue.jobs) for done, _ in enumerate(executor.work(queue), 1)]
    assert len(left) == 5
    assert max(left) <= 1, "of those that were taken, beside the one that is done"


def test_actors_that_find_no_room_hold_no_job_up(here, cluster):
    """Six are asked for, four fit: what the other two were given goes to those that are up."""
    jobs = [Job(errands.jot, (str(here / "log"), str(number), False), "run", "owner") for number in range(12)]
    with Ray(6) as executor:
        assert sorted(int(each.result) for each in executor.work(Listed(jobs))) == list(range(12))


def test_a_command_starts_a_cluster_of_its_own_and_says_when_that_is_gone(here):
    """Its raylet gets SIGKILL after the first shard; the same command then goes on, on a cluster of its own again.

    Actors notice after some five seconds, and work that long: there is more to do.
    """
    pytest.importorskip("ray", reason="Ray is not here (pip install ray)")
    words = [sys.executable, "-m", "benchbench", "run", "-t", "tiny", "-m", "slow", "-o", "ray"]
    words += ["--executor", "ray", "-j", "2", "--seeds", "0,1,2,3,4,5,6,7,8,9"]
    began = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while began.poll() is None and not list(here.glob("ray/tiny/slow/*/shards/*.json")):
        time.sleep(0.1)
    os.kill(raylet_of(began.pid), signal.SIGKILL)
    said = began.communicate()[1]
    assert began.returncode == 1, said
    assert "the Ray cluster that was started for this command has ended; finished shards are kept" in said
    again = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "ended without finishing it" not in again.stderr, "the first command freed its lock"
    run("-m", "slow", "-j", 0, "-o", "here", "--seeds", "0,1,2,3,4,5,6,7,8,9")
    assert scores("ray") == scores("here")


def raylet_of(process):
    """Return the process id of the node's daemon that a command has started."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        name, rest = path.read_text().partition("(")[2].rsplit(")", 1)
        if name == "raylet" and int(rest.split()[1]) == process:
            return int(path.parent.name)
    raise AssertionError("it has no raylet")


def test_shards_that_return_are_those_of_a_shared_folder(here, cluster, monkeypatch):
    monkeypatch.setenv("BENCHBENCH_RAY_TRANSPORT", "return")
    words = ["-m", "shades", "--keep-samples", "all"]
    assert run(*words, "--executor", "ray", "-j", 1, "-o", "ray").exit_code == 0
    assert run(*words, "-j", 0, "-o", "here").exit_code == 0
    assert scores("ray") == scores("here")
    kept = [sorted(path.relative_to(top).as_posix() for path in Path(top).glob("**/*.png")) for top in ("ray", "here")]
    assert len(kept[0]) == 100
    assert kept[0] == kept[1]


def test_a_worker_that_differs_is_refused_by_name(here):
    facts = facts_of_installation()
    require_same(facts, dict(facts))
    with pytest.raises(BenchbenchError, match=r"is not as the command: torch \(.*, the command has 1\.0\):"):
        require_same({**facts, "torch": "1.0"}, facts)
    member = Member({}, os.getcwd(), [], returned=False)
    with pytest.raises(BenchbenchError, match="the worker on .* is not as the command: python"):
        member.hello({**facts, "python": "2.7"})
    assert member.hello(facts)


def test_a_worker_with_other_data_or_code_is_refused_by_name(here):
    from benchbench.plugins import registry
    from benchbench.runs.agreement import facts_of_plan
    from benchbench.runs.request import Request, open_stage
    from benchbench.runs.run import Run

    stage = open_stage(Request(task="tiny", output=Path("runs"), limit=2), registry())
    work = Run(stage, stage.subject("shades", {})).work()
    facts = facts_of_plan(work.plan)
    member = Member({}, os.getcwd(), [], returned=False)
    _, error, _, _ = member.work(work, "prepare", "a", {**facts, "the data of tiny": "1, other"})
    assert "is not as the command: the data of tiny (" in str(error)
    _, error, _, _ = member.work(work, "prepare", "a", facts)
    assert error is None
    assert "the code of shades" in facts


def test_files_travel_data_first(tmp_path):
    own = tmp_path / "own"
    made = {"shards/00000.json": b"{}", "shards/00000.safetensors": b"data", "samples/e/00.png": b"p"}
    for name, content in made.items():
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_bytes(content)
    files = collect(own)
    assert list(files)[-1] == "shards/00000.json"
    assert not list(own.rglob("*.*"))
    write(files, tmp_path / "run")
    assert (tmp_path / "run" / "shards" / "00000.safetensors").read_bytes() == b"data"


def test_without_ray_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(BenchbenchError, match="pip install 'ray"):
        list(Ray(1).map(str, [1]))
