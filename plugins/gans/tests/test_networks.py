"""The networks: their shapes in every family, spectral norm, labels, and the law of z."""

import pytest
import torch

from benchbench_gans.networks import Sizes, make_autoencoder, make_discriminator, make_generator
from benchbench_gans.networks.layers import Waves, one_hot, perceptron

GENERATORS = ["perceptron", "compact", "dcgan", "wgan_gp", "resnet", "ebgan", "began"]
DISCRIMINATORS = ["perceptron", "compact", "dcgan", "wgan_gp", "resnet"]
AUTOENCODERS = ["perceptron", "compact", "ebgan", "began"]
IMAGES = [(3, 16, 16), (3, 32, 32), (3, 64, 64)]


def shapes(name):
    return [(2,), *IMAGES] if name == "perceptron" else IMAGES


def cases(names):
    return [(name, shape) for name in names for shape in shapes(name)]


@pytest.mark.parametrize(("name", "shape"), cases(GENERATORS))
def test_generators(name, shape):
    generator = make_generator(name, Sizes(shape, latent=5, width=4, num_classes=3)).eval()
    noise = torch.randn(2, 3, 5)
    drawn = generator({"label": torch.tensor([0, 2])}, [noise])
    assert drawn.shape == (2, 3, *shape)
    assert drawn.dtype == torch.float32
    alone = generator.draw(noise[1], torch.tensor([2, 2, 2]))
    assert torch.allclose(drawn[1], alone, atol=1e-6)
    assert not torch.allclose(generator.draw(noise[1], torch.tensor([1, 1, 1])), alone), "the label is seen"
    if len(shape) == 3 and name != "began":
        assert drawn.abs().max() <= 1


@pytest.mark.parametrize(("name", "shape"), cases(DISCRIMINATORS))
def test_discriminators(name, shape):
    sizes = Sizes(shape, latent=5, width=4, num_classes=3, packing=2, outputs=7)
    judge = make_discriminator(name, sizes).eval()
    packs = torch.randn(4, 2 * shape[0], *shape[1:])
    labels = torch.tensor([0, 1, 2, 0])
    values = judge(packs, labels)
    assert values.shape == (4, 7)
    assert not torch.allclose(values, judge(packs, labels.flip(0)))
    blind = make_discriminator(name, sizes, labelled=False).eval()
    assert blind(packs, None).shape == (4, 7)
    assert torch.equal(blind(packs, labels), blind(packs, None))


@pytest.mark.parametrize(("name", "shape"), cases(AUTOENCODERS))
def test_autoencoders(name, shape):
    judge = make_autoencoder(name, Sizes(shape, latent=5, width=4, num_classes=3, packing=2, code=6)).eval()
    packs = torch.randn(4, 2 * shape[0], *shape[1:])
    made = judge(packs, torch.tensor([0, 1, 2, 0]))
    assert made.samples.shape == packs.shape
    assert len(made.codes) == 4
    assert made.codes.flatten(1).shape[1] < packs[0].numel() or len(shape) == 1


@pytest.mark.parametrize(("name", "shape", "weights"), [("dcgan", (3, 64, 64), (3_576_704, 2_765_568))])
def test_the_number_of_weights_of_dcgan(name, shape, weights):
    """As the published example has them: 3,576,704 and 2,765,568 at 64 px."""
    sizes = Sizes(shape, latent=100, width=64, norm="batch")
    found = [
        sum(weight.numel() for weight in module.parameters())
        for module in (make_generator(name, sizes), make_discriminator(name, sizes))
    ]
    assert tuple(found) == weights


@pytest.mark.parametrize("name", ["perceptron", "compact", "dcgan", "resnet"])
def test_spectral_norm_divides_by_the_largest_singular_value(name):
    shape = (2,) if name == "perceptron" else (3, 32, 32)
    judge = make_discriminator(name, Sizes(shape, latent=5, width=4, norm="spectral"))
    for _ in range(200):  # power iterations
        judge(torch.randn(2, *shape))
    judge.eval()
    layers = [m for m in judge.modules() if isinstance(m, (torch.nn.Linear, torch.nn.Conv2d))]
    assert len(layers) >= 3
    for layer in layers:
        assert torch.nn.utils.parametrize.is_parametrized(layer, "weight")
        original = layer.parametrizations.weight.original.detach()
        largest = torch.linalg.svdvals(original.flatten(1).double())[0]
        assert torch.allclose(layer.weight.double(), original.double() / largest, rtol=1e-3, atol=1e-5)


def test_batch_norm_is_where_it_is_wanted():
    def norms(name, norm):
        judge = make_discriminator(name, Sizes((3, 32, 32), latent=5, width=4, norm=norm))
        return sum(isinstance(module, torch.nn.BatchNorm2d) for module in judge.modules())

    for name in ("compact", "dcgan"):
        assert norms(name, "batch") == 2  # not after the first convolution
        assert norms(name, "none") == norms(name, "spectral") == 0
    assert norms("wgan_gp", "batch") == norms("resnet", "spectral") == 0


def test_uniform_noise_is_the_normal_ones_quantile():
    seen = []

    class Body(torch.nn.Module):
        def forward(self, seeds):
            seen.append(seeds)
            return seeds

    generator = make_generator("perceptron", Sizes((2,), latent=2, width=4), "uniform")
    generator.body = Body()
    generator.draw(torch.tensor([[0.0, 0.6744898], [-1.959964, 9.0]]), None)
    expected = torch.tensor([[0.0, 0.5], [-0.95, 1.0]])
    assert torch.allclose(seen[0], expected, atol=1e-5)


def test_small_parts():
    assert one_hot(torch.tensor([2, 0]), 3, torch.ones(1)).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert [type(each).__name__ for each in perceptron([2, 3, 1], torch.nn.ReLU)] == ["Linear", "ReLU", "Linear"]


def test_points_are_seen_as_waves_of_many_lengths():
    waves = Waves(3, 200)
    points = torch.randn(5, 3)
    lengths = waves.frequencies.double().norm(dim=0)
    assert Waves.LOW <= lengths.min() < 2
    assert 30 < lengths.max() <= Waves.HIGH * (1 + 1e-6)
    assert abs(lengths.log().mean() - torch.tensor([Waves.LOW, Waves.HIGH]).log().mean()) < 0.3, "even in the logarithm"
    angles = points.double() @ waves.frequencies.double()
    expected = torch.cat([points.double(), angles.sin(), angles.cos()], 1)
    assert torch.allclose(waves(points).double(), expected, atol=1e-4)
    assert not list(waves.parameters())


@pytest.mark.parametrize("waves", [0, 4])
def test_a_judge_of_points_sees_a_pack_of_them_enlarged_or_as_waves(waves):
    judge = make_discriminator("perceptron", Sizes((2,), latent=5, width=4, packing=3, waves=waves))
    _, sight, layers = judge.body
    packs = torch.randn(7, 6)
    seen = (
        8 * packs
        if waves == 0
        else torch.cat([packs, *((packs @ sight.frequencies).sin_(), (packs @ sight.frequencies).cos_())], 1)
    )
    assert torch.allclose(judge(packs, None), layers(seen), atol=1e-5)
    images = make_discriminator("perceptron", Sizes((3, 16, 16), latent=5, width=4, waves=waves))
    pixels = torch.randn(2, 3, 16, 16)
    assert torch.equal(images(pixels, None), images.body[2](pixels.flatten(1))), "images are seen as they are"
