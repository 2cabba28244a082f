"""The trainer and the methods: exact resumption, options, sizes, reconstruction and interpolation."""

import pytest
import torch
from benchbench import BenchbenchError, Unsupported
from benchbench.training import Engine, checkpoints
from drawing import drawn
from small_tasks import Few
from states import equal, saved

from benchbench_vaes import Aae, IntroVae, Vae, VaeGan, Veegan, Vgh, VghPlus
from benchbench_vaes.encoded import ENCODED, EncodedVae
from benchbench_vaes.methods import METHODS


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_resumed_training_is_the_same_to_the_bit(method, points):
    """IntroVAE is cut where its warm-up ends."""
    made = method(warm_up=0.5) if method is IntroVae else method()
    whole, second = (made.trainer(points, Engine(seed=5), 4) for _ in range(2))
    shown = [whole.step(index) for index in range(2)]
    half = saved(whole.state())
    shown += [whole.step(index) for index in (2, 3)]
    second.restore(half)
    assert all(equal(second.step(index), shown[index]) for index in (2, 3))
    assert equal(whole.weights(), second.weights())
    assert torch.equal(whole.preview(), second.preview())
    assert whole.preview().shape == (8, 8, 2)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_the_small_size_trains_on_images(method, images):
    trainer = method().trainer(images, Engine(), 2)
    before = saved(trainer.state())["networks"]
    losses = trainer.step(0)
    assert all(loss.ndim == 0 and torch.isfinite(loss) and not loss.requires_grad for loss in losses.values())
    assert not equal(before, trainer.state()["networks"])
    assert sum(tensor.nbytes for tensor in trainer.weights().values()) < 4e6


@pytest.mark.parametrize(("method", "sides"), [(Vae, 32), (VaeGan, 32), (Aae, 16), (Veegan, 16), (VghPlus, 32)])
def test_the_size_of_the_paper_makes_a_step(method, sides, monkeypatch):
    """With narrow networks and few images, but the paper's families and optimizers."""
    changed = {**method.changes, "paper": {**method.changes.get("paper", {}), "width": 8, "batch": 4}}
    monkeypatch.setattr(method, "changes", changed)
    task = Few("unconditional", (3, sides, sides))
    trainer = method(size="paper").trainer(task, Engine(), 1)
    assert all(torch.isfinite(loss) for loss in trainer.step(0).values())
    assert {tensor.dtype for tensor in trainer.weights().values()} == {torch.float32}


def test_introvae_of_the_paper_has_its_channels_and_numbers():
    from benchbench_gans.networks import Sizes

    from benchbench_vaes.networks.introvae import channels_of

    assert channels_of(Sizes((3, 256, 256), 512, 32)) == [32, 64, 128, 256, 512, 512]
    assert channels_of(Sizes((3, 1024, 1024), 512, 16)) == [16, 32, 64, 128, 256, 512, 512, 512]
    method = IntroVae(size="paper")
    for side, latent, batch in ((64, 256, 64), (128, 256, 64), (256, 512, 64), (1024, 512, 8)):
        recipe = method.recipe(Few("unconditional", (3, side, side), number=1))
        assert (recipe.latent, recipe.batch) == (latent, batch)
    objective = method.make_objective(Few("unconditional", (3, 256, 256), number=1), Engine(), 100)
    assert objective.margin == 120


@pytest.mark.parametrize(
    ("method", "options"),
    [
        (Vae, {"kl_weight": 4.0}),
        (Vae, {"deviation": 1.0}),
        (Aae, {"encoder": "gaussian"}),
        (Aae, {"adversarial_weight": 0.1}),
        (VaeGan, {"loss": "minimax"}),
        (VaeGan, {"gamma": 1.0}),
        (VaeGan, {"balanced": True, "kl_weight": 0.5}),
        (Veegan, {"latent_weight": 0.1}),
        (Vgh, {"error_weight": 0.1}),
        (VghPlus, {"error_weight": 0.0}),
        (IntroVae, {"alpha": 2.0, "warm_up": 0.0, "margin": 50.0}),
        (IntroVae, {"beta": 1.0}),
        (Vae, {"latent": 5}),
    ],
)
def test_options_train_and_matter(method, options, points):
    first, second = method().trainer(points, Engine(), 3), method(**options).trainer(points, Engine(), 3)
    for index in range(3):
        assert all(torch.isfinite(loss) for loss in second.step(index).values())
        first.step(index)
    one, other = first.weights(), second.weights()
    assert any(one[name].shape != other[name].shape or not torch.equal(one[name], other[name]) for name in one)


def test_bernoulli_is_of_images(points, images):
    assert torch.isfinite(Vae(error="bernoulli").trainer(images, Engine(), 1).step(0)["error"])
    with pytest.raises(Unsupported, match="of images; those of few are points"):
        Vae(error="bernoulli").require(points)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Vae(deviation=0.0), "vae: deviation is 0; write a number above 0"),
        (lambda: Vae(kl_weight=-1.0), "vae: kl_weight is -1.0; write a number of 0 or more"),
        (lambda: Aae(latent=0), "aae: latent is 0; write 1 or more dimensions"),
    ],
)
def test_a_wrong_option_is_refused(make, reason):
    with pytest.raises(BenchbenchError, match=reason):
        make()


def test_other_kinds_are_refused():
    with pytest.raises(Unsupported, match="is of kind class-conditional"):
        Vae().require(Few("class-conditional"))
    with pytest.raises(Unsupported, match="square images of 16, 32, 64, 128 px"):
        VaeGan().require(Few("unconditional", (3, 24, 24)))


@pytest.mark.parametrize("encoded", ENCODED, ids=lambda method: method.name)
def test_given_the_answer_it_reconstructs(encoded, points, tmp_path):
    path = tmp_path / "a.safetensors"
    checkpoints.write(path, encoded.original().trainer(points, Engine(), 1).weights(), {})
    method = encoded()
    assert method.reads_the_answers
    assert method.by_name_only
    assert method.trained_options() == encoded.original().trained_options()
    method.prepare(points, "cpu", path)
    examples = points.examples("test")[:2]
    samples = drawn(method, points, examples, 3)
    network = method._network
    for example, found in zip(examples, samples):
        expected = network.decode(network.encoder(example.references[:1]).mean)
        assert torch.allclose(found, expected.expand(3, -1), atol=1e-5)
    assert torch.equal(samples, drawn(method, points, examples, 3, seed=1))
    with pytest.raises(Unsupported, match=f"takes the checkpoint of {encoded.original.name}".replace("+", r"\+")):
        method.trainer(points, Engine())


def test_interpolation_goes_from_one_reference_to_the_next(points, tmp_path):
    path = tmp_path / "a.safetensors"
    checkpoints.write(path, Vae().trainer(points, Engine(), 1).weights(), {})
    method = EncodedVae(interpolation=True)
    method.prepare(points, "cpu", path)
    examples = points.examples("test")
    network = method._network
    means = [network.encoder(examples[i].references[:1]).mean for i in (0, 1, -1)]
    line = drawn(method, points, examples[:1], 3)[0]
    expected = network.decode(torch.cat([means[0], (means[0] + means[1]) / 2, means[1]]))
    assert torch.allclose(line, expected, atol=1e-5)
    last = drawn(method, points, examples[-1:], 2)[0]
    assert torch.allclose(last, network.decode(torch.cat([means[2], means[0]])), atol=1e-5)
