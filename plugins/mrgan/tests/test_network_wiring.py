"""The wiring of the paper's networks: what they give against a forward pass written from the specification."""

from functools import partial

import pytest
import torch
from torch.nn import functional

from benchbench_mrgan.networks import (
    Glcic,
    GlcicDiscriminator,
    PatchDiscriminator,
    Srgan,
    SrganDiscriminator,
    UNet,
)

NUM_INPUTS, NUM_SAMPLES = 3, 2
lrelu = partial(functional.leaky_relu, negative_slope=0.2)


class Weights:
    """Layers with the weights of a network, taken in their order; a layer of another shape is an error."""

    def __init__(self, module):
        self.training = module.training
        tensors = module.state_dict().items()
        self.left = [tensor.double() for name, tensor in tensors if not name.endswith("num_batches_tracked")]

    def take(self, *shape):
        tensor = self.left.pop(0)
        assert tensor.shape == shape
        return tensor

    def conv(self, images, outputs, kernel, stride=1, dilation=1, padding=None, bias=True):
        weight = self.take(outputs, images.shape[1], kernel, kernel)
        padding = dilation * (kernel // 2) if padding is None else padding
        return functional.conv2d(images, weight, self.take(outputs) if bias else None, stride, padding, dilation)

    def conv_transposed(self, images, outputs, bias=True):
        weight = self.take(images.shape[1], outputs, 4, 4)
        return functional.conv_transpose2d(images, weight, self.take(outputs) if bias else None, 2, 1)

    def linear(self, features, outputs):
        weight = self.take(outputs, features.shape[1])
        return functional.linear(features, weight, self.take(outputs))

    def norm(self, images):
        weight, bias, mean, variance = (self.take(images.shape[1]) for _ in range(4))
        # copies, for in training the statistics change
        return functional.batch_norm(images, mean.clone(), variance.clone(), weight, bias, self.training)

    def prelu(self, images):
        return functional.prelu(images, self.take(1))


def with_next(noise, features):
    """Return the features joined with the next noise; there is none for a predictor."""
    return torch.cat([features, noise.pop(0)], 1) if noise else features


def per_sample(features, num_samples):
    return features.repeat_interleave(num_samples, 0)


# the specification: MR-GAN's variants of its bases --------------------------------------------------------------------


def unet(weights, given, noise, num_samples):
    """32 px: five halvings."""
    maps = [lrelu(weights.conv(given["image"], 64, 4, 2, padding=1))]
    for outputs in (128, 256, 512, 512):
        maps.append(weights.norm(lrelu(weights.conv(maps[-1], outputs, 4, 2, padding=1, bias=False))))
    first, second, third, fourth, lowest = (per_sample(each, num_samples) for each in maps)

    def up(images, outputs):
        return weights.norm(functional.relu(weights.conv_transposed(images, outputs, bias=False)))

    hidden = up(with_next(noise, lowest), 512)
    hidden = up(with_next(noise, torch.cat([hidden, fourth], 1)), 256)
    hidden = up(with_next(noise, torch.cat([hidden, third], 1)), 128)
    hidden = up(torch.cat([hidden, second], 1), 64)
    features = torch.cat([hidden, first], 1)
    images = torch.tanh(weights.conv_transposed(features, 3))
    return images, weights.conv_transposed(features, 3) if weights.left else None


def patch_judge(weights, given, images):
    hidden = lrelu(weights.conv(torch.cat([given["image"], images], 1), 64, 4, 2, padding=1))
    for outputs, stride in ((128, 2), (256, 2), (512, 1)):
        hidden = lrelu(weights.norm(weights.conv(hidden, outputs, 4, stride, padding=1, bias=False)))
    return weights.conv(hidden, 1, 4, padding=1)


def srgan(weights, given, noise, num_samples):
    first = per_sample(weights.prelu(weights.conv(given["image"], 64, 9)), num_samples)
    hidden = first
    for _ in range(5):
        found = weights.prelu(weights.norm(weights.conv(with_next(noise, hidden), 64, 3)))
        hidden = hidden + weights.norm(weights.conv(found, 64, 3))
    hidden = first + weights.prelu(weights.conv(with_next(noise, hidden), 64, 3))
    hidden = weights.prelu(functional.pixel_shuffle(weights.conv(with_next(noise, hidden), 256, 3), 2))
    hidden = weights.prelu(functional.pixel_shuffle(weights.conv(hidden, 256, 3), 2))
    images = torch.tanh(weights.conv(hidden, 3, 9))
    return images, weights.conv(hidden, 3, 9) if weights.left else None


def srgan_judge(weights, given, images):
    hidden = lrelu(weights.conv(images, 64, 3))
    for outputs, stride in ((64, 2), (128, 1), (128, 2), (256, 1), (256, 2), (512, 1), (512, 2)):
        hidden = lrelu(weights.norm(weights.conv(hidden, outputs, 3, stride)))
    hidden = lrelu(weights.conv(functional.adaptive_avg_pool2d(hidden, 1), 1024, 1))
    return weights.conv(hidden, 1, 1)[:, :, 0, 0]


def glcic(weights, given, noise, num_samples):
    def layer(images, outputs, kernel=3, **options):
        return functional.relu(weights.norm(weights.conv(images, outputs, kernel, **options)))

    def up(images, outputs):
        return functional.relu(weights.norm(weights.conv_transposed(images, outputs)))

    hidden = layer(torch.cat([given["image"] / 2 + 0.5, given["mask"]], 1), 64, 5)
    hidden = layer(layer(hidden, 128, stride=2), 128)
    hidden = layer(layer(hidden, 256, stride=2), 256)
    hidden = per_sample(hidden, num_samples)
    for dilation in (1, 2, 4):
        hidden = layer(with_next(noise, hidden), 256, dilation=dilation)
    for dilation in (8, 16, 1, 1):
        hidden = layer(hidden, 256, dilation=dilation)
    hidden = layer(up(hidden, 128), 128)
    hidden = layer(up(hidden, 64), 32)
    mask, image = (per_sample(given[name], num_samples) for name in ("mask", "image"))
    images = mask * (2 * torch.sigmoid(weights.conv(hidden, 3, 3)) - 1) + (1 - mask) * image
    return images, mask * weights.conv(hidden, 3, 3) - 6 * (1 - mask) if weights.left else None


def glcic_judge(weights, given, images):
    """The hole fills the box."""
    images = images / 2 + 0.5
    boxes = [image[:, mask[0] > 0].unflatten(1, (16, 16)) for image, mask in zip(images, given["mask"])]
    seen = []
    for hidden, num_layers in ((images, 6), (torch.stack(boxes), 5)):
        for outputs in (64, 128, 256, 512, 512, 512)[:num_layers]:
            hidden = functional.relu(weights.norm(weights.conv(hidden, outputs, 5, 2)))
        seen.append(weights.linear(hidden.flatten(1), 1024))
    return weights.linear(torch.cat(seen, 1), 1)


# the comparison -------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def one_seed():
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        yield


def redrawn(module, training=False):
    """Return the module in float64 with weights and statistics so drawn that each layer and its place matter."""
    for name, tensor in module.double().state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.2, 0.6)
        elif tensor.ndim > 1:
            tensor.normal_(0, (2 / (max(tensor.shape[:2]) * tensor[0, 0].numel())) ** 0.5)
        elif name.endswith("weight"):
            tensor.uniform_(-1, 1)
        elif tensor.is_floating_point():
            tensor.normal_(0, 0.3)
    return module.train(training)


def conditions(number, height, width):
    """Return images and masks; each hole has half the height and half the width."""
    masks = torch.zeros(number, 1, height, width, dtype=torch.float64)
    for place, mask in enumerate(masks):
        top, left = place * height // (2 * number), width // 2 - place * width // (2 * number)
        mask[:, top : top + height // 2, left : left + width // 2] = 1
    return {"image": torch.rand(number, 3, height, width, dtype=torch.float64) * 2 - 1, "mask": masks}


def check_equal(found, expected):
    """The last layer of a generator and the logits are float32."""
    assert found.shape == expected.shape
    assert (found - expected).abs().max() < 1e-4 * expected.std()


every_generator = pytest.mark.parametrize(
    ("make", "specified", "height", "width"),
    [
        pytest.param(partial(UNet, 3, 32, "paper"), unet, 32, 32, id="unet"),
        pytest.param(partial(Srgan, 8, "paper"), srgan, 8, 8, id="srgan"),
        # 20 columns at the lowest resolution, for a dilation of 16
        pytest.param(partial(Glcic, 16, "paper"), glcic, 16, 80, id="glcic"),
    ],
)
in_either_mode = pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])


@in_either_mode
@every_generator
def test_samples_of_a_generator(make, specified, height, width, training):
    network = redrawn(make(), training)
    network.last.float()
    given, weights = conditions(NUM_INPUTS, height, width), Weights(network)
    noise = [
        torch.randn(NUM_INPUTS, NUM_SAMPLES, channels, rows, columns * width // height, dtype=torch.float64)
        for channels, rows, columns in network.noise_shapes
    ]
    left = [each.flatten(0, 1) for each in noise]
    expected, _ = specified(weights, given, left, NUM_SAMPLES)
    assert not left
    assert not weights.left
    check_equal(network(given, noise).flatten(0, 1), expected)


@every_generator
def test_moments_of_a_predictor(make, specified, height, width):
    network = redrawn(make(noise=False, dispersion=True))
    network.last.float()
    network.dispersion.float()
    given, weights = conditions(NUM_INPUTS, height, width), Weights(network)
    expected = specified(weights, given, [], 1)
    assert not weights.left
    for found, wanted in zip(network.moments(given), expected):
        check_equal(found, wanted)


@in_either_mode
@pytest.mark.parametrize(
    ("make", "specified"),
    [
        pytest.param(partial(PatchDiscriminator, 3, "paper"), patch_judge, id="patch"),
        pytest.param(partial(SrganDiscriminator, "paper"), srgan_judge, id="srgan"),
        pytest.param(partial(GlcicDiscriminator, 32, "paper"), glcic_judge, id="glcic"),
    ],
)
def test_logits_of_a_discriminator(make, specified, training):
    judge = redrawn(make(), training)
    given, weights = conditions(4, 32, 32), Weights(judge)
    images = torch.rand(4, 3, 32, 32, dtype=torch.float64) * 2 - 1
    expected = specified(weights, given, images)
    assert not weights.left
    check_equal(judge(given, images), expected)
