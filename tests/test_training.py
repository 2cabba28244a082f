"""Training as a service: what fit does with a trainer, a failure, a step and several processes."""

import json

import processes
import pytest
from safetensors import safe_open
from safetensors.torch import load_file

pytestmark = pytest.mark.usefixtures("walker")


def test_a_nan_loss_is_told_and_writes_nothing(bench, tmp_path):
    done = bench("fit", "-t", "ring8", "-m", "walker[spoil=7]", "-m", "walker")
    assert done.code == 1
    assert "diverged: loss loss is nan at step 8; nothing was saved before it" in " ".join(done.err.split())
    assert len(list(tmp_path.glob("checkpoints/ring8/*.safetensors"))) == 1, "the other method was trained"


def test_a_training_beside_another_is_told(bench, tmp_path):
    from filelock import FileLock

    from benchbench.training import fit as training

    one = training.Training("ring8", "walker", {}, 0, "cpu", tmp_path / "checkpoints")
    one.path.parent.mkdir(parents=True)
    with FileLock(one.path.with_suffix(".lock")):
        done = bench("fit", "-t", "ring8", "-m", "walker", "--device", "cpu")
    assert done.code == 1
    assert "another process is training" in done.err


def test_the_command_of_a_training_makes_it(monkeypatch, tmp_path):
    import shlex

    from click.testing import CliRunner

    from benchbench.cli import fit
    from benchbench.cli.main import main
    from benchbench.training import fit as training

    options = {"pause": 0.001, "value": "a b"}
    one = training.Training("ring8", "walker", options, 3, "cpu", tmp_path, 12, precision="bfloat16", compile=True)
    made = []
    monkeypatch.setattr(fit, "_fit", lambda training, title, quiet: made.append(training) or training.path)
    command = shlex.split(one.command)
    done = CliRunner().invoke(main, [*command[1:], "-o", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert (command[0], made[0].identity) == ("benchbench", one.identity)


def test_the_bar_tells_how_far_samples_of_a_condition_are_spread(bench, tmp_path):
    from benchbench.training import fit as training

    seen = []
    one = training.Training("ring8", "walker", {}, 0, "cpu", tmp_path / "checkpoints", steps=120)
    training.fit(one, lambda done, total, losses: seen.append((done, dict(losses))))
    assert [done for done, _ in seen] == list(range(10, 121, 10))
    assert "spread" not in seen[0][1]
    assert seen[-1][1]["spread"] == pytest.approx(2**0.5), "two samples 2 apart have an unbiased variance of 2"


def fit_by_two(output, *methods):
    """Return what came of `benchbench fit` under torchrun, with two processes."""
    words = ["fit", "-t", "ring8", "--device", "cpu", "-o", str(output)]
    words += [word for method in methods for word in ("-m", method)]
    run = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    return processes.run([*run, "-m", "benchbench.cli.main", *words])


def test_processes_started_by_torchrun_train_together(tmp_path):
    done = fit_by_two(tmp_path / "together", "walker", "walker[pause=0.001]")
    assert done.returncode == 0, done.stderr
    paths = sorted(map(str, (tmp_path / "together" / "ring8").glob("*.safetensors")))
    assert len(paths) == 2
    assert sorted(done.stdout.split()) == paths, "the first process alone says where they are"
    for path in paths:
        with safe_open(path, "pt") as file:
            assert json.loads(file.metadata()["training"])["processes"] == 2


def test_processes_that_train_together_stop_at_the_first_failure(tmp_path):
    done = fit_by_two(tmp_path / "together", "walker[fault=step]", "walker")
    assert done.returncode != 0
    assert "the walk broke" in done.stderr
    assert not list((tmp_path / "together" / "ring8").glob("*.safetensors")), "what comes after it is not begun"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("none", "step() gave None, expected a mapping"),
        ("vector", "step() gave a tensor (2,) as loss loss, expected a number or a scalar"),
        ("text", "step() gave 'low' as loss loss"),
        ("list", "weights() gave no mapping of names to tensors"),
        ("made", "walker[fault=made] cannot be made: ValueError: no such walk"),
    ],
)
def test_a_trainer_that_keeps_no_contract_is_told_in_one_sentence(bench, tmp_path, fault, said):
    done = bench("fit", "-t", "ring8", "-m", f"walker[fault={fault}]")
    assert (done.code, said in " ".join(done.err.split())) == (1, True), done.err
    assert not list(tmp_path.glob("checkpoints/ring8/*.safetensors"))


def test_a_trainer_that_does_not_take_its_steps_is_refused(bench, tmp_path):
    done = bench("fit", "-t", "ring8", "-m", "walker[fault=steps]", "--steps", 7)
    said = "trainer() of walker was asked for 7 steps and makes 30: set num_steps of the trainer to the steps"
    assert (done.code, said in " ".join(done.err.split())) == (1, True), done.err
    assert not list(tmp_path.glob("checkpoints/ring8/*.safetensors"))


def test_what_a_trainer_raises_is_told_and_its_traceback_and_state_are_kept(bench, tmp_path):
    done = bench("fit", "-t", "ring8", "-m", "walker[fault=step]", "-m", "walker", "--save-every", 10)
    told = " ".join(done.err.split())
    assert done.code == 1
    assert "walker[fault=step]: error: RuntimeError: the walk broke (walk.py:" in told
    assert "the state of step 20 is kept in" in told
    (trace,) = tmp_path.glob("checkpoints/ring8/*.error.txt")
    assert "the walk broke" in trace.read_text()
    assert len(list(tmp_path.glob("checkpoints/ring8/*.safetensors"))) == 1, "the other method was trained"


@pytest.mark.parametrize("fault", ["empty", "preview", "shared"])
def test_what_needs_not_end_a_training_does_not(bench, tmp_path, fault):
    done = bench("fit", "-t", "ring8", "-m", f"walker[fault={fault}]")
    assert done.code == 0, done.err
    words = " ".join(done.err.split())
    assert f"-m 'walker[fault={fault}]' --checkpoint" in words, "what is sampled from is what was trained"
    (path,) = tmp_path.glob("checkpoints/ring8/*.safetensors")
    assert load_file(path)["weight"].shape == (3,)


def test_a_preview_that_breaks_is_told_once(bench, caplog):
    assert bench("fit", "-t", "ring8", "-m", "walker[fault=preview]", "--steps", 210).code == 0
    assert caplog.text.count("preview of walker[fault=preview]: RuntimeError: nothing to see") == 1, "of three"


@pytest.mark.parametrize("method", ["walker[pase=1]", "walker[pause=x]", "walker[pause]", "walker[pause"])
def test_an_option_that_cannot_be_meant_is_wrong_usage(bench, method):
    assert bench("fit", "-t", "ring8", "-m", method).code == 2


def test_a_reporter_that_breaks_at_every_step_is_told_of_once(bench, tmp_path, caplog):
    (tmp_path / "plugins" / "deaf.py").write_text(
        "import benchbench\n\n@benchbench.hookimpl\ndef benchbench_training_progress(done):\n"
        "    raise OSError(f'no room for step {done}')\n"
    )
    assert bench("fit", "-t", "ring8", "-m", "walker").code == 0
    assert caplog.text.count("the command continues") == 1
    assert "reporter deaf: OSError: no room for step 10 (at training_progress)" in caplog.text


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_that_no_generator_takes_is_wrong_usage(bench, seed):
    assert bench("fit", "-t", "ring8", "-m", "walker", "--seed", seed).code == 2


@pytest.mark.parametrize("variable", ["WORLD_SIZE", "RANK"])
def test_a_number_of_processes_that_is_none_is_told(monkeypatch, variable):
    from benchbench.core import WrongUsage
    from benchbench.training import distributed

    monkeypatch.setenv(variable, "abc")
    with pytest.raises(WrongUsage, match=f"{variable} is 'abc', expected a number"):
        {"WORLD_SIZE": distributed.world_size, "RANK": distributed.rank}[variable]()


def test_what_was_trained_before_is_told(bench):
    words = ("fit", "-t", "ring8", "-m", "walker")
    assert "was trained before" not in bench(*words).err
    assert "walker was trained before: remove the file to train it again" in " ".join(bench(*words).err.split())
