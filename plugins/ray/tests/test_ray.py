"""Runs on a local Ray cluster of two actors; skipped where Ray is absent."""

import json
import os
import sys
from pathlib import Path

import pytest
from benchbench.cli.main import main
from benchbench.core import BenchbenchError
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
    return {record["method"]["label"]: (record["status"], record["scores"], record["reason"]) for record in found}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(ONE_OFF))
    monkeypatch.setenv("TINY_FLAG", str(tmp_path / "flag"))
    return tmp_path


def test_a_sweep_on_two_actors_one_of_which_is_killed_gives_what_this_process_gives(here, caplog):
    """`dies` kills its actor with SIGKILL at its second shard, once."""
    pytest.importorskip("ray", reason="Ray is not here (pip install ray)")
    words = ["-m", "shades", "-m", "dies", "-m", "raises"]
    done = run(*words, "--executor", "ray", "-j", 2, "-o", "ray")
    assert done.exit_code == 1, "raises raises"
    assert "a worker process ended in the middle of its work" in caplog.text
    run(*words, "-j", 0, "-o", "here")
    assert scores("ray") == scores("here")
    assert scores("ray")["dies"][0] == "ok"
    assert "the latent is too short" in scores("ray")["raises"][2]


def test_shards_that_return_are_those_of_a_shared_folder(here, monkeypatch):
    pytest.importorskip("ray", reason="Ray is not here (pip install ray)")
    monkeypatch.setenv("BENCHBENCH_RAY_TRANSPORT", "return")
    Path("flag").touch()
    assert run("-m", "shades", "--executor", "ray", "-j", 1, "-o", "ray", "--keep-samples", "all").exit_code == 0
    assert run("-m", "shades", "-j", 0, "-o", "here", "--keep-samples", "all").exit_code == 0
    assert scores("ray") == scores("here")
    kept = [sorted(path.relative_to(top).as_posix() for path in Path(top).glob("**/*.png")) for top in ("ray", "here")]
    assert len(kept[0]) == 100
    assert kept[0] == kept[1]


def test_a_worker_that_differs_is_refused_by_name(here):
    facts = facts_of_installation()
    require_same(facts, dict(facts))
    with pytest.raises(BenchbenchError, match=r"is not as the command: torch \(.*, the command has 1\.0\):"):
        require_same({**facts, "torch": "1.0"}, facts)
    member = Member(os.getcwd(), [], returned=False)
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
    member = Member(os.getcwd(), [], returned=False)
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
