"""What TensorBoard reads back of a real run."""

import json

import pytest
from benchbench.cli.main import main
from click.testing import CliRunner


def test_a_runs_scores_settings_and_samples_are_on_the_board(tmp_path, monkeypatch):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCHBENCH_TENSORBOARD", "board")
    words = ["run", "-t", "toy-shapes", "-m", "dial[noise=4]", "--limit", "12", "-j", "0"]
    assert CliRunner().invoke(main, words).exit_code == 0
    record = json.loads(next(tmp_path.glob("runs/**/record.json")).read_text())
    (folder,) = (tmp_path / "board" / "toy-shapes").iterdir()
    assert folder.name == f"dial[noise=4.0] {record['run_id']}"
    board = EventAccumulator(str(folder), size_guidance={"images": 0})
    board.Reload()
    for score in record["scores"]:
        (event, *_) = board.Scalars(f"toy-shapes/{score['metric']}")
        assert abs(event.value - score["value"]) <= 1e-6 * max(1, abs(score["value"]))
    images = [tag for tag in board.Tags()["images"] if tag.startswith("toy-shapes/0000")]
    assert images


def test_a_trainings_losses_and_previews_are_on_the_board(tmp_path, monkeypatch):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCHBENCH_TENSORBOARD", "board")
    words = ["fit", "-t", "toy-shapes", "-m", "mr1[num_samples=2]", "--steps", "12", "--device", "cpu"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.stderr
    (folder,) = (tmp_path / "board" / "toy-shapes").iterdir()
    assert folder.name.startswith("mr1[num_samples=2] training ")
    board = EventAccumulator(str(folder), size_guidance={"images": 0})
    board.Reload()
    assert [event.step for event in board.Scalars("toy-shapes/training/D")] == [10, 12]
    assert board.Scalars("toy-shapes/training/spread")[-1].value > 0
    assert [tag for tag in board.Tags()["images"] if tag.startswith("toy-shapes/training/0")]


@pytest.mark.parametrize("closed", [True, False])
def test_a_training_that_goes_on_has_one_point_a_step(tmp_path, monkeypatch, closed):
    from pathlib import Path

    from benchbench import TrainingInfo
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from benchbench_tensorboard import benchbench_training_finished, benchbench_training_progress

    monkeypatch.setenv("BENCHBENCH_TENSORBOARD", str(tmp_path / "board"))
    about = TrainingInfo("ring8", "walker", 0, 50, Path("walker-0.safetensors"))
    for steps in ((10, 20, 30), (20, 30, 40)):  # a state of step 10, and an interruption after 30
        for done in steps:
            benchbench_training_progress(about, done, {"loss": float(done)}, None)
        if closed or done == 40:
            benchbench_training_finished(about)
    board = EventAccumulator(str(tmp_path / "board" / "ring8" / "walker training 0"))
    board.Reload()
    assert [event.step for event in board.Scalars("ring8/training/loss")] == [10, 20, 30, 40]


def test_without_the_variable_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BENCHBENCH_TENSORBOARD", raising=False)
    words = ["run", "-t", "ring8", "-m", "noise", "--limit", "12", "-j", "0"]
    assert CliRunner().invoke(main, words).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_a_label_with_a_path_is_one_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCHBENCH_TENSORBOARD", str(tmp_path / "board"))
    from pathlib import Path

    from benchbench import TrainingInfo

    from benchbench_tensorboard import benchbench_training_progress

    about = TrainingInfo("ring8", "walker[path=../../x]", 0, 10, Path("walker-0.safetensors"))
    benchbench_training_progress(about, 1, {"loss": 1.0}, None)
    (folder,) = (tmp_path / "board" / "ring8").iterdir()
    assert folder.name == "walker[path=.._.._x] training 0"
    assert [path.name for path in tmp_path.iterdir()] == ["board"]
