"""Jobs of submitit in this process (`debug`) and in processes of this machine (`local`); there is no Slurm here."""

import gc
import json
import warnings
from pathlib import Path

import errands
import pytest
from benchbench.cli.main import main
from benchbench.core import BenchbenchError
from benchbench.core.jobs import Job, Waiting
from click.testing import CliRunner

from benchbench_slurm import Slurm

pytest.importorskip("submitit", reason="submitit is not here (pip install submitit)")
ONE_OFF = Path(__file__).parents[3] / "tests" / "one_off"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(ONE_OFF))
    monkeypatch.setenv("BENCHBENCH_SLURM_CLUSTER", "debug")
    return tmp_path


def run(*words):
    return CliRunner().invoke(main, ["run", "-t", "tiny", *map(str, words)], catch_exceptions=False)


def scores(folder):
    found = [json.loads(path.read_text()) for path in sorted(Path(folder).glob("**/record.json"))]
    return {each["method"]["label"]: (each["status"], each["scores"]) for each in found}


def test_a_sweep_in_jobs_of_slurm_gives_what_this_process_gives():
    words = ["-m", "shades", "-m", "raises"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # submitit's `debug` leaves its logs open
        assert run(*words, "--executor", "slurm", "-j", 2, "-o", "slurm").exit_code == 1, "raises raises"
        gc.collect()
    assert run(*words, "-j", 0, "-o", "here").exit_code == 1
    assert scores("slurm") == scores("here")
    assert scores("slurm")["shades"][0] == "ok"


def test_a_piece_that_ends_its_job_three_times_has_failed_and_the_others_of_its_group_are_worked(here, monkeypatch):
    monkeypatch.setenv("BENCHBENCH_SLURM_CLUSTER", "local")
    monkeypatch.setenv("PYTHONPATH", str(Path(errands.__file__).parent))
    log = str(here / "log")
    jobs = [Job(errands.jot, (log, name, name == "c"), "run") for name in "abcd"]
    with Slurm(1) as executor:
        outcomes = {each.job.argument[1]: each for each in executor.work(Waiting(jobs))}
    assert [name for name in "abcd" if outcomes[name].error is None] == ["a", "b", "d"]
    assert "3 times over the same piece" in str(outcomes["c"].error)
    assert Path(log).read_text().startswith("abc"), "b and c are one group, once a's pace is known"
    assert Path(log).read_text().count("c") == 4, "in its group, then three times alone"


def test_an_option_that_slurm_does_not_have_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("BENCHBENCH_SLURM", "partition=gpu,tyme=5")
    with Slurm(1) as executor, pytest.raises(BenchbenchError, match="Unknown argument 'tyme'"):
        list(executor.map(str, [1]))
