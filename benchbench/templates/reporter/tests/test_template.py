"""What this reporter does after a run."""


def test_a_run_leaves_its_scores_as_text(tiny_task, benchbench_cli, run_store):
    done = benchbench_cli("run", "-t", tiny_task.name, "-m", "noise", "-j", 0, "-o", run_store)
    assert done.code == 0, done.err
    (path,) = run_store.glob("*/*/*/template.txt")
    first, *scores = path.read_text().splitlines()
    assert first == "noise on tiny-discs: ok"
    assert any(line.startswith("energy-score[mini] ") for line in scores)
