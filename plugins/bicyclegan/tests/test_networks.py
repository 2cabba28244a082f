"""The networks: shapes, layer by layer, and numbers of weights counted by hand from the list of layers."""

import pytest
import torch

from benchbench_bicyclegan.discriminator import Discriminator
from benchbench_bicyclegan.encoder import Encoder
from benchbench_bicyclegan.layers import initialize
from benchbench_bicyclegan.sizes import SIZES
from benchbench_bicyclegan.unet import UNet

PAPER, SMALL = SIZES["paper"], SIZES["small"]
DOWN = [64, 128, 256, 512, 512, 512, 512, 512]
UP = [512, 512, 512, 512, 256, 128, 64, 3]


def weights(module):
    return sum(parameter.numel() for parameter in module.parameters())


def convolution(inputs, outputs, kernel):
    """Return how many weights a convolution has, with its biases."""
    return inputs * outputs * kernel**2 + outputs


def shapes_of(module, kinds, *inputs):
    """Return the shapes `(C, h, w)` that the layers of these kinds give, in the order in which they are called."""
    seen = []
    hooks = [
        layer.register_forward_hook(lambda _, __, output: seen.append(tuple(output.shape[1:])))
        for layer in module.modules()
        if isinstance(layer, kinds)
    ]
    with torch.no_grad():
        module(*inputs)
    for hook in hooks:
        hook.remove()
    return seen


@pytest.mark.parametrize("channels", [1, 3])
def test_the_generator_of_the_paper(channels):
    torch.manual_seed(0)
    unet = UNet(256, channels, 8, "all", PAPER.unet)
    by_hand = (
        [convolution(channels + 8, 64, 4), convolution(64 + 8, 128, 4), convolution(128 + 8, 256, 4)]
        + [convolution(256 + 8, 512, 4)]
        + 4 * [convolution(512 + 8, 512, 4)]
        + [convolution(512, 512, 4)]
        + 3 * [convolution(512 + 512, 512, 4)]
        + [convolution(512 + 512, 256, 4), convolution(256 + 256, 128, 4), convolution(128 + 128, 64, 4)]
        + [convolution(64 + 64, 3, 4)]
    )
    # ends of the sum, written out
    assert by_hand[0] == 64 * 16 * (channels + 8) + 64
    assert by_hand[-1] == 128 * 3 * 16 + 3
    assert weights(unet) == sum(by_hand)
    assert sum(by_hand) == {1: 54_792_579, 3: 54_794_627}[channels]
    inputs = torch.zeros(1, channels, 256, 256), torch.zeros(1, 8)
    assert shapes_of(unet, torch.nn.Conv2d, *inputs) == [(c, 128 >> i, 128 >> i) for i, c in enumerate(DOWN)]
    assert shapes_of(unet, torch.nn.ConvTranspose2d, *inputs) == [(c, 2 << i, 2 << i) for i, c in enumerate(UP)]
    norms = [(c, 128 >> i, 128 >> i) for i, c in enumerate(DOWN)][1:-1] + [
        (c, 2 << i, 2 << i) for i, c in enumerate(UP)
    ][:-1]
    assert shapes_of(unet, torch.nn.InstanceNorm2d, *inputs) == norms
    assert unet.mask_shapes == [(512, 4, 4), (512, 8, 8), (512, 16, 16)]


def test_z_at_the_first_convolution_alone_costs_fewer_weights():
    first, all_ = (UNet(256, 3, 8, injection, PAPER.unet) for injection in ("input", "all"))
    # eight channels of z less, at the convolutions to these channels
    assert weights(all_) - weights(first) == 8 * 16 * sum(DOWN[1:])
    assert [layer.in_channels for layer in first.down] == [11, *DOWN[:-1]]
    assert [layer.in_channels for layer in all_.down] == [11, *(c + 8 for c in DOWN[:-1])]


def test_the_resnet_encoder_of_the_paper():
    encoder = Encoder("resnet", 8, PAPER.encoder)
    by_hand = convolution(3, 64, 4) + 2 * (256 * 8 + 8)
    for inputs, outputs in [(64, 128), (128, 192), (192, 256), (256, 256)]:
        by_hand += convolution(inputs, inputs, 3) + convolution(inputs, outputs, 3) + convolution(inputs, outputs, 1)
    assert weights(encoder) == by_hand == 2_590_032
    blocks = [module for name, module in encoder.body.named_children() if hasattr(module, "shortcut")]
    seen = []
    for block in blocks:
        block.register_forward_hook(lambda _, __, output: seen.append(tuple(output.shape[1:])))
    mean, log_variance = encoder(torch.zeros(2, 3, 256, 256))
    assert seen == [(128, 64, 64), (192, 32, 32), (256, 16, 16), (256, 8, 8)]
    assert mean.shape == log_variance.shape == (2, 8)


def test_the_cnn_encoder_of_the_paper():
    encoder = Encoder("cnn", 8, PAPER.encoder)
    by_hand = sum(convolution(i, o, 4) for i, o in [(3, 64), (64, 128), (128, 256), (256, 256), (256, 256)])
    assert weights(encoder) == by_hand + 2 * (256 * 8 + 8) == 2_760_656
    shown = shapes_of(encoder, torch.nn.Conv2d, torch.zeros(1, 3, 256, 256))
    assert shown == [(64, 128, 128), (128, 64, 64), (256, 32, 32), (256, 16, 16), (256, 8, 8)]
    normed = shapes_of(encoder, torch.nn.InstanceNorm2d, torch.zeros(1, 3, 256, 256))
    assert normed == shown[1:]


@pytest.mark.parametrize(("seen", "number"), [(3, 3_458_978), (6, 3_463_586)])
def test_the_discriminator_of_the_paper(seen, number):
    discriminator = Discriminator(seen, PAPER.discriminator)
    by_hand = 0
    for first in (64, 32):
        by_hand += convolution(seen, first, 4) + convolution(first, 2 * first, 4)
        by_hand += convolution(2 * first, 4 * first, 4) + convolution(4 * first, 8 * first, 4)
        by_hand += convolution(8 * first, 1, 4)
    assert weights(discriminator) == by_hand == number
    shown = shapes_of(discriminator, torch.nn.Conv2d, torch.zeros(1, seen, 256, 256))
    assert shown[:5] == [(64, 128, 128), (128, 64, 64), (256, 32, 32), (512, 31, 31), (1, 30, 30)]
    assert shown[5:] == [(32, 64, 64), (64, 32, 32), (128, 16, 16), (256, 15, 15), (1, 14, 14)]
    full, half = discriminator(torch.zeros(2, seen, 256, 256))
    assert (full.shape, half.shape) == ((2, 1, 30, 30), (2, 1, 14, 14))


@pytest.mark.parametrize(("scale", "patch"), [(0, 70), (1, 140)])
def test_what_a_patch_sees(scale, patch):
    # at half size a patch of 70 is one of 140, and of one pixel more at either end, where the mean of 3 x 3 reaches out
    discriminator = Discriminator(3, PAPER.discriminator)
    for module in discriminator.modules():
        if isinstance(module, torch.nn.InstanceNorm2d):
            module.forward = lambda hidden: hidden  # an image's statistics see all of it
    images = torch.zeros(1, 3, 256, 256, requires_grad=True)
    found = discriminator(images)[scale]
    found[0, 0, found.shape[2] // 2, found.shape[3] // 2].backward()
    reached = images.grad.abs().sum((0, 1, 2)).nonzero().flatten()
    assert int(reached[-1] - reached[0]) + 1 == patch + scale


def test_initial_weights_have_the_law_of_the_paper():
    torch.manual_seed(0)
    layer = torch.nn.Conv2d(64, 128, 4)
    initialize(layer, 0.02)
    # Xavier: variance 2 / (inputs + outputs), each times the kernel's 16
    assert layer.weight.std().item() == pytest.approx(0.02 * (2 / (16 * (64 + 128))) ** 0.5, rel=0.02)
    assert layer.bias.abs().sum() == 0


@pytest.mark.parametrize("injection", ["all", "input"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [8, 16, 32, 64, 128])
def test_the_small_networks_take_every_side(side, channels, injection):
    torch.manual_seed(0)
    unet = UNet(side, channels, 8, injection, SMALL.unet)
    images = unet(torch.rand(2, channels, side, side), torch.randn(2, 8))
    assert images.shape == (2, 3, side, side)
    assert images.abs().max() <= 1
    assert unet.mask_shapes == []
    for kind in ("resnet", "cnn"):
        assert [part.shape for part in Encoder(kind, 5, SMALL.encoder)(images)] == [(2, 5), (2, 5)]
    assert len(Discriminator(3, SMALL.discriminator)(images)) == 2


@pytest.mark.parametrize("side", [64, 128])
def test_the_networks_of_the_paper_take_smaller_sides(side):
    torch.manual_seed(0)
    unet = UNet(side, 3, 8, "all", PAPER.unet)
    masks = [torch.rand(2, *shape) < 0.5 for shape in unet.mask_shapes]
    assert len(masks) == {64: 1, 128: 2}[side]
    images = unet(torch.rand(2, 3, side, side), torch.randn(2, 8), masks)
    assert images.shape == (2, 3, side, side)
    for kind in ("resnet", "cnn"):
        assert Encoder(kind, 8, PAPER.encoder)(images)[0].shape == (2, 8)
    assert Discriminator(3, PAPER.discriminator)(images)[1].shape == (
        2,
        1,
        {64: 2, 128: 6}[side],
        {64: 2, 128: 6}[side],
    )


def test_the_small_networks_are_small():
    assert weights(UNet(32, 3, 8, "all", SMALL.unet)) == 399_844
    assert weights(UNet(64, 1, 8, "all", SMALL.unet)) == pytest.approx(550_000, rel=0.02)
    assert [weights(Encoder(kind, 8, SMALL.encoder)) for kind in ("resnet", "cnn")] == [86_896, 95_320]
    assert weights(Discriminator(3, SMALL.discriminator)) == 78_590


def test_a_dropped_activation_is_gone_and_the_others_are_doubled():
    torch.manual_seed(0)
    unet = UNet(64, 3, 8, "all", PAPER.unet)
    condition, latent = torch.rand(1, 3, 64, 64), torch.randn(1, 8)
    (shape,) = unet.mask_shapes
    seen = []
    unet.up[2].register_forward_hook(lambda _, inputs, __: seen.append(inputs[0]))
    mask = torch.rand(1, *shape) < 0.5
    with torch.no_grad():
        unet(condition, latent, [mask])
        unet(condition, latent)
    dropped, whole = (inputs[:, -shape[0] :] for inputs in seen)
    assert torch.equal(dropped, torch.where(mask, 2 * whole, 0))


@pytest.mark.parametrize("size", ["small", "paper"])
def test_one_image_does_not_depend_on_the_rest_of_its_batch(size):
    torch.manual_seed(0)
    unet = UNet(64, 3, 8, "all", SIZES[size].unet)
    condition, latent = torch.rand(3, 3, 64, 64), torch.randn(3, 8)
    with torch.no_grad():
        together = unet(condition, latent)
        assert torch.allclose(together[1:2], unet(condition[1:2], latent[1:2]), atol=1e-5)
        assert not torch.allclose(together[1:2], unet(condition[1:2], -latent[1:2]), atol=1e-5)
