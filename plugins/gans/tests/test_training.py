"""The trainer: exact resumption, its own randomness, every option, and processes that train together."""

import math

import pytest
import torch
from benchbench import Conditions
from benchbench.training import Engine, checkpoints
from processes import run_together
from states import equal, saved

from benchbench_gans import AcGan, Began, Dcgan, Ebgan, EbganPt, FGan, Gan, MmdGan, Sngan, Wgan, WganGp
from benchbench_gans.methods import METHODS

REGULARISED = {"mode_seeking": 0.5, "unrolling": 2, "packing": 2}


class Given:
    """Noise that is given, in the place of a stream's."""

    def __init__(self, drawn):
        self.drawn = drawn

    def condition(self, index):
        return Given(self.drawn[index : index + 1])

    def normal(self, *shape):
        assert self.drawn.shape[2:] == shape
        return self.drawn


def task_of(method, few):
    kind = next(iter(method.kinds))
    return few(kind, (2,) if kind == "points" else (3, 16, 16))


def check_resumption(method, task, steps=4):
    whole, first, second = (method.trainer(task, Engine(seed=5), steps) for _ in range(3))
    assert whole.num_steps == steps
    shown = [whole.step(index) for index in range(steps)]
    for index in range(steps // 2):
        first.step(index)
    second.restore(saved(first.state()))
    rest = [second.step(index) for index in range(steps // 2, steps)]
    assert all(equal(one, other) for one, other in zip(shown[steps // 2 :], rest))
    assert equal(whole.weights(), second.weights())
    assert torch.equal(whole.preview(), second.preview())


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_resumed_training_is_the_same_to_the_bit(method, few):
    check_resumption(method(), task_of(method, few))


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_regulariser_applies_to_every_method(method, few):
    check_resumption(method(**REGULARISED), task_of(method, few), steps=2)


@pytest.mark.parametrize("kind", ["unconditional", "class-conditional"])
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_it_trains_on_images_and_both_networks_move(method, kind, few):
    if kind not in method.kinds:
        pytest.skip(f"{method.name} does not serve {kind}")
    trainer = method().trainer(few(kind), Engine())
    before = {name: weight.clone() for name, weight in trainer.state()["judge"].items()}, trainer.weights()
    losses = trainer.step(0)
    assert all(loss.ndim == 0 and torch.isfinite(loss) and not loss.requires_grad for loss in losses.values())
    assert not equal(before[0], trainer.state()["judge"])
    assert not equal(before[1], trainer.weights())
    assert trainer.preview().shape == (8, 8, 3, 16, 16)
    assert trainer.preview().dtype == torch.uint8


@pytest.mark.parametrize("method", [Dcgan, WganGp, Sngan, EbganPt, Began, AcGan, Gan], ids=lambda method: method.name)
def test_the_size_of_the_paper_makes_a_step(method, few, monkeypatch):
    """With narrow networks and few images, but the paper's families, norms and optimizers."""
    changed = {**method.changes, "paper": {**method.changes.get("paper", {}), "width": 4, "batch": 4}}
    monkeypatch.setattr(method, "changes", changed)
    task = few("class-conditional" if method is AcGan else "unconditional", (3, 32, 32))
    trainer = method(size="paper").trainer(task, Engine())
    assert all(torch.isfinite(loss) for loss in trainer.step(0).values())
    assert {tensor.dtype for tensor in trainer.weights().values()} == {torch.float32}
    assert trainer._average.weights is trainer._generator


@pytest.mark.parametrize(
    ("method", "options"),
    [
        (Gan, {"loss": "minimax"}),
        (FGan, {"divergence": "pearson"}),
        (FGan, {"divergence": "reverse-kl", "loss": "bound"}),
        (FGan, {"divergence": "squared-hellinger"}),
        (FGan, {"divergence": "jensen-shannon"}),
        (FGan, {"divergence": "gan", "loss": "bound"}),
        (MmdGan, {"kernel": "gaussian", "penalty_weight": 0.0}),
        (Began, {"gamma": 0.7, "k_rate": 0.01}),
        (Ebgan, {"margin": 1e-4}),
    ],
)
def test_options_train_and_matter(method, options, few):
    task = few("points", (2,))
    first, second = method().trainer(task, Engine()), method(**options).trainer(task, Engine())
    for index in range(3):
        assert all(torch.isfinite(loss) for loss in second.step(index).values())
        first.step(index)
    states = [{**trainer.state()["judge"], **trainer.weights()} for trainer in (first, second)]
    assert not equal(*states)


@pytest.mark.parametrize("divergence", ["jensen-shannon", "gan"])
def test_two_divergences_are_the_gan_but_for_constants(divergence, few, monkeypatch):
    monkeypatch.setattr(FGan, "changes", Gan.changes)
    task = few("points", (2,))
    first, second = Gan().trainer(task, Engine()), FGan(divergence=divergence).trainer(task, Engine())
    for index in range(3):
        losses = [trainer.step(index)["discriminator"].item() for trainer in (first, second)]
    assert losses[1] == pytest.approx(losses[0] - (divergence == "jensen-shannon") * 2 * math.log(2), abs=1e-4)
    for one, other in zip(first.weights().values(), second.weights().values()):
        assert torch.allclose(one.float(), other.float(), atol=1e-3)


@pytest.mark.parametrize("name", REGULARISED)
def test_each_regulariser_changes_the_training(name, few):
    task = few("points", (2,))
    first, second = (Gan(**options).trainer(task, Engine()) for options in ({}, {name: REGULARISED[name]}))
    for index in range(2):
        first.step(index)
        losses = second.step(index)
    assert not equal(first.weights(), second.weights())
    assert ("mode_seeking" in losses) == (name == "mode_seeking")


def test_began_shows_k_and_the_measure_of_convergence(few):
    trainer = Began().trainer(few("points", (2,)), Engine())
    assert trainer.step(0).keys() == {"discriminator", "energy_real", "generator", "k", "convergence"}


def test_the_weights_of_a_critic_are_clipped(few):
    trainer = Wgan(clip=0.02).trainer(few("points", (2,)), Engine())
    trainer.step(0)
    assert max(weight.abs().max() for weight in trainer._judge.parameters()) <= 0.02
    assert max(weight.abs().max() for weight in trainer._generator.parameters()) > 0.02
    assert isinstance(trainer._optimizers["judge"], torch.optim.RMSprop)


def test_rates_fall_over_the_last_part_and_are_halved_down_to_a_quarter(few):
    trainer = Gan().trainer(few("points", (2,)), Engine(), 10)
    falling = [trainer._share(index) for index in range(10)]
    assert falling == pytest.approx([1, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2])
    trainer = Began(size="paper").trainer(few("unconditional"), Engine())
    assert [trainer._share(index) for index in (0, 99_999, 100_000, 200_000, 499_999)] == [1, 1, 0.5, 0.25, 0.25]


def test_the_average_follows_the_weights(few):
    trainer = Gan().trainer(few("points", (2,)), Engine())
    before = next(trainer._average.weights.parameters()).clone()
    trainer.step(0)
    moved = before + 0.9 * (next(trainer._generator.parameters()) - before)
    assert torch.allclose(next(trainer._average.weights.parameters()), moved, atol=1e-7)


def test_a_checkpoint_samples_what_the_average_draws(few, tmp_path):
    task = few("class-conditional")
    method = AcGan()
    trainer = method.trainer(task, Engine())
    for index in range(2):
        trainer.step(index)
    path = tmp_path / "a.safetensors"
    checkpoints.write(path, trainer.weights(), {})
    method.prepare(task, "cpu", path)
    noise = torch.randn(2, 4, trainer._recipe.latent)
    drawn = method.sample(Conditions(("a", "b"), {"label": torch.tensor([0, 2])}), 4, Given(noise))
    with torch.no_grad():
        expected = trainer._renewed().eval()({"label": torch.tensor([0, 2])}, [noise])
    assert (drawn.float() - (expected + 1) * 127.5).abs().max() <= 3, "a checkpoint is of half precision"
    assert drawn.shape == (2, 4, 3, 16, 16)


def test_mixed_precision_trains_with_losses_in_float32(few):
    trainer = WganGp().trainer(few("unconditional"), Engine(precision="bfloat16"))
    losses = trainer.step(0)
    assert all(loss.dtype == torch.float32 for loss in losses.values())
    assert all(weight.dtype == torch.float32 for weight in trainer._generator.parameters())


def test_the_global_generator_is_left_alone(few):
    before = torch.get_rng_state()
    trainer = Sngan(**REGULARISED).trainer(few("class-conditional"), Engine())
    trainer.step(0)
    trainer.preview()
    trainer.weights()
    assert torch.equal(torch.get_rng_state(), before)


def test_another_seed_is_another_training(few):
    task = few("points", (2,))
    assert not equal(*(Gan().trainer(task, Engine(seed=seed)).weights() for seed in (0, 1)))


TOGETHER = """
import os, sys, torch
torch.set_num_threads(1)
from benchbench.core.task import Task
from benchbench.training import Engine
from benchbench.plugins import get_task
from benchbench_gans import Began, Gan, WganGp
rank, folder = int(os.environ["RANK"]), sys.argv[1]
torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
kept = {}
for method in (Gan(unrolling=1, packing=2), WganGp(mode_seeking=1.0), Began()):
    trainer = method.trainer(get_task("ring8"), Engine(seed=1, rank=rank, world_size=2))
    for index in range(2):
        trainer.step(index)
    state = trainer.state()
    state["averaged"] = state["averaged"]["weights"]
    for part in ("generator", "averaged", "judge", "objective"):
        kept |= {f"{method.name}.{part}.{k}": v for k, v in state[part].items()}
torch.save(kept, f"{folder}/{rank}.pt")
torch.distributed.barrier()
torch.distributed.destroy_process_group()
"""


def test_two_processes_have_one_set_of_weights(tmp_path):
    assert run_together(["-c", TOGETHER, tmp_path]) == [0, 0]
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2))
    assert equal(first, second)
