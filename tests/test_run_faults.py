"""Faults around a run beside signals and full disks: damaged notes, folders that cannot be written, clocks."""

import json
import re
from pathlib import Path

import processes
import pytest

from benchbench.system.confine import landlock_version

ROOT = Path(__file__).parent.parent


def scores(folder):
    (path,) = Path(folder).glob("tiny/shades/*/record.json")
    return json.loads(path.read_text())["scores"]


@pytest.mark.usefixtures("one_off")
def test_damaged_notes_of_a_run_cost_its_shards_and_change_no_score(bench, tmp_path):
    """`run.json` and the note of a lock's owner: cut, no JSON, JSON of another shape."""
    words = ["run", "-t", "tiny", "-m", "shades", "-j", 0, "--limit", 6]
    assert bench(*words).code == 0
    before = scores("runs")
    (run,) = tmp_path.glob("runs/tiny/shades/*")
    for content in (b"", b"\xff\x00{", b"[1, 2]", b'{"keep_samples": 7}', (run / "run.json").read_bytes()[:30]):
        (run / "run.json").write_bytes(content)
        (run / ".lock.owner").write_bytes(content)
        done = bench(*words)
        assert (done.code, scores("runs")) == (0, before), (content, done.err)


def test_a_damaged_run_file_is_wrong_usage_with_its_name(bench):
    for content in (b"tasks = [", b"\xff\xfe", b"tasks = 3 = 4"):
        Path("sweep.toml").write_bytes(content)
        done = bench("run", "--file", "sweep.toml")
        assert (done.code, "sweep.toml cannot be read as TOML" in done.err) == (2, True), done.err


@pytest.mark.skipif(
    landlock_version() < 1, reason="this kernel has no Landlock, which makes folders read-only for root"
)
def test_a_folder_of_runs_that_cannot_be_written_is_one_sentence(tmp_path):
    script = "from benchbench.system.confine import confine\nassert confine([])\n"
    script += "from benchbench.cli.main import main\nmain()"
    words = ["--plugins-dir", ROOT / "tests" / "one_off", "run", "-t", "tiny", "-m", "shades", "-j", "0"]
    done = processes.run(["-c", script, *words], tmp_path)
    assert done.returncode == 1
    assert re.fullmatch(r"shades: error: could not write runs/tiny/shades/\w+: Permission denied\n", done.stderr)
    assert not list(tmp_path.iterdir())


def test_no_duration_is_measured_on_a_clock_that_jumps():
    """Limits, timings and patience go by clocks that are never set; dates are noted, and nobody waits for one."""
    sources = [*ROOT.glob("benchbench/**/*.py"), *ROOT.glob("plugins/*/benchbench_*/**/*.py")]
    assert len(sources) > 300
    jumping = [str(path) for path in sources if re.search(r"\btime\.time\(|\bfrom time import", path.read_text())]
    assert not jumping
