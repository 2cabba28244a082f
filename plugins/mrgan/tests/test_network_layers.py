"""The layers and weights of the networks, counted by hand from the specification: MR-GAN's variants of its bases."""

import pytest
import torch
from torch import nn

from benchbench_mrgan.networks import (
    Glcic,
    GlcicDiscriminator,
    Mlp,
    MlpDiscriminator,
    PatchDiscriminator,
    Srgan,
    SrganDiscriminator,
    UNet,
)

PREDICTOR = {"noise": False, "dispersion": True}


def conv(inputs, outputs, kernel, bias=True):
    """Return the weights of a convolution, transposed or not."""
    return inputs * outputs * kernel**2 + (outputs if bias else 0)


def linear(inputs, outputs):
    return inputs * outputs + outputs


def bn(channels):
    return 2 * channels


PRELU = 1

UNET_256_DOWN = (
    conv(3, 64, 4)
    + conv(64, 128, 4, bias=False)
    + bn(128)
    + conv(128, 256, 4, bias=False)
    + bn(256)
    + conv(256, 512, 4, bias=False)
    + bn(512)
    + 4 * (conv(512, 512, 4, bias=False) + bn(512))
)
UNET_256_UP = (
    conv(1024, 512, 4, bias=False)
    + bn(512)
    + conv(1024, 256, 4, bias=False)
    + bn(256)
    + conv(512, 128, 4, bias=False)
    + bn(128)
    + conv(256, 64, 4, bias=False)
    + bn(64)
)
UNET_HEAD = conv(128, 3, 4)
UNET_256 = (
    UNET_256_DOWN
    + conv(512 + 32, 512, 4, bias=False)
    + 2 * conv(1024 + 32, 512, 4, bias=False)
    + 3 * bn(512)
    + UNET_256_UP
    + UNET_HEAD
)
UNET_256_PREDICTOR = (
    UNET_256_DOWN
    + conv(512, 512, 4, bias=False)
    + 2 * conv(1024, 512, 4, bias=False)
    + 3 * bn(512)
    + UNET_256_UP
    + 2 * UNET_HEAD
)
UNET_64 = (
    conv(1, 64, 4)
    + conv(64, 128, 4, bias=False)
    + bn(128)
    + conv(128, 256, 4, bias=False)
    + bn(256)
    + conv(256, 512, 4, bias=False)
    + bn(512)
    + 2 * (conv(512, 512, 4, bias=False) + bn(512))
    + conv(512 + 32, 512, 4, bias=False)
    + bn(512)
    + conv(1024 + 32, 512, 4, bias=False)
    + bn(512)
    + conv(1024 + 32, 256, 4, bias=False)
    + bn(256)
    + conv(512, 128, 4, bias=False)
    + bn(128)
    + conv(256, 64, 4, bias=False)
    + bn(64)
    + conv(128, 3, 4)
)
PATCH_70 = (
    conv(6, 64, 4)
    + conv(64, 128, 4, bias=False)
    + bn(128)
    + conv(128, 256, 4, bias=False)
    + bn(256)
    + conv(256, 512, 4, bias=False)
    + bn(512)
    + conv(512, 1, 4)
)
SRGAN = (
    conv(3, 64, 9)
    + PRELU
    + 5 * (conv(64 + 16, 64, 3) + bn(64) + PRELU + conv(64, 64, 3) + bn(64))
    + conv(64 + 16, 64, 3)
    + PRELU
    + conv(64 + 16, 256, 3)
    + PRELU
    + conv(64, 256, 3)
    + PRELU
    + conv(64, 3, 9)
)
SRGAN_PREDICTOR = (
    conv(3, 64, 9)
    + PRELU
    + 5 * (conv(64, 64, 3) + bn(64) + PRELU + conv(64, 64, 3) + bn(64))
    + conv(64, 64, 3)
    + PRELU
    + 2 * (conv(64, 256, 3) + PRELU)
    + 2 * conv(64, 3, 9)
)
SRGAN_JUDGE = (
    conv(3, 64, 3)
    + conv(64, 64, 3)
    + bn(64)
    + conv(64, 128, 3)
    + bn(128)
    + conv(128, 128, 3)
    + bn(128)
    + conv(128, 256, 3)
    + bn(256)
    + conv(256, 256, 3)
    + bn(256)
    + conv(256, 512, 3)
    + bn(512)
    + conv(512, 512, 3)
    + bn(512)
    + conv(512, 1024, 1)
    + conv(1024, 1, 1)
)
GLCIC_AROUND = (
    conv(4, 64, 5)
    + bn(64)
    + conv(64, 128, 3)
    + bn(128)
    + conv(128, 128, 3)
    + bn(128)
    + conv(128, 256, 3)
    + bn(256)
    + conv(256, 256, 3)
    + bn(256)
    + 4 * (conv(256, 256, 3) + bn(256))
    + conv(256, 128, 4)
    + bn(128)
    + conv(128, 128, 3)
    + bn(128)
    + conv(128, 64, 4)
    + bn(64)
    + conv(64, 32, 3)
    + bn(32)
)
GLCIC = GLCIC_AROUND + 3 * (conv(256 + 32, 256, 3) + bn(256)) + conv(32, 3, 3)
GLCIC_PREDICTOR = GLCIC_AROUND + 3 * (conv(256, 256, 3) + bn(256)) + 2 * conv(32, 3, 3)
GLCIC_BRANCH = (  # the five convolutions that both branches have
    conv(3, 64, 5)
    + bn(64)
    + conv(64, 128, 5)
    + bn(128)
    + conv(128, 256, 5)
    + bn(256)
    + conv(256, 512, 5)
    + bn(512)
    + conv(512, 512, 5)
    + bn(512)
)
GLCIC_JUDGE = 2 * GLCIC_BRANCH + conv(512, 512, 5) + bn(512) + 2 * linear(2 * 2 * 512, 1024) + linear(2048, 1)
SMALL_UNET_32 = (
    conv(3, 24, 4)
    + conv(24, 48, 4, bias=False)
    + bn(48)
    + conv(48, 96, 4, bias=False)
    + bn(96)
    + 2 * (conv(96, 96, 4, bias=False) + bn(96))
    + conv(96 + 8, 96, 1, bias=False)
    + bn(96)
    + conv(192 + 8, 96, 3, bias=False)
    + bn(96)
    + conv(192 + 8, 48, 3, bias=False)
    + bn(48)
    + conv(96, 24, 3, bias=False)
    + bn(24)
    + conv(48, 24, 3, bias=False)
    + bn(24)
    + conv(24 + 3, 3, 3)
)
SMALL_UNET_64 = (
    conv(1, 24, 4)
    + conv(24, 48, 4, bias=False)
    + bn(48)
    + conv(48, 64, 4, bias=False)
    + bn(64)
    + 3 * (conv(64, 64, 4, bias=False) + bn(64))
    + conv(64 + 8, 64, 1, bias=False)
    + bn(64)
    + 2 * (conv(128 + 8, 64, 3, bias=False) + bn(64))
    + conv(128, 48, 3, bias=False)
    + bn(48)
    + conv(96, 24, 3, bias=False)
    + bn(24)
    + conv(48, 24, 3, bias=False)
    + bn(24)
    + conv(24 + 1, 3, 3)
)
SMALL_SRGAN = (
    conv(3, 32, 5)
    + 3 * (conv(32 + 8, 32, 3, bias=False) + bn(32) + conv(32, 32, 3, bias=False) + bn(32))
    + conv(32 + 8, 4 * 16, 3)
    + conv(16, 4 * 12, 3)
    + conv(12, 3, 3)
)
SMALL_GLCIC_32 = (
    conv(4, 24, 5, bias=False)
    + bn(24)
    + conv(24, 48, 3, bias=False)
    + bn(48)
    + conv(48, 48, 3, bias=False)
    + bn(48)
    + 3 * (conv(48 + 8, 48, 3, bias=False) + bn(48))
    + conv(48, 48, 3, bias=False)
    + bn(48)
    + conv(48, 24, 3, bias=False)
    + bn(24)
    + conv(24, 12, 3, bias=False)
    + bn(12)
    + conv(12, 3, 3)
)
SMALL_GLCIC_64 = SMALL_GLCIC_32 + 3 * (conv(48, 48, 3, bias=False) + bn(48))  # a halving, a layer, a doubling


@pytest.mark.parametrize(
    ("make", "number"),
    [
        (lambda: UNet(3, 256, "paper"), UNET_256),
        (lambda: UNet(3, 256, "paper", **PREDICTOR), UNET_256_PREDICTOR),
        (lambda: UNet(1, 64, "paper"), UNET_64),
        (lambda: PatchDiscriminator(3, "paper"), PATCH_70),
        (lambda: Srgan(16, "paper"), SRGAN),
        (lambda: Srgan(16, "paper", **PREDICTOR), SRGAN_PREDICTOR),
        (lambda: SrganDiscriminator("paper"), SRGAN_JUDGE),
        (lambda: Glcic(128, "paper"), GLCIC),
        (lambda: Glcic(128, "paper", **PREDICTOR), GLCIC_PREDICTOR),
        (lambda: GlcicDiscriminator(128, "paper"), GLCIC_JUDGE),
        (lambda: Mlp(2, "paper"), linear(2, 128) + linear(128, 128) + linear(128, 2)),
        (lambda: Mlp(2, "paper", **PREDICTOR), 2 + 2),
        (lambda: MlpDiscriminator(2, "paper"), linear(2, 128) + linear(128, 128) + linear(128, 1)),
        (lambda: UNet(3, 32, "small"), SMALL_UNET_32),
        (lambda: UNet(1, 64, "small"), SMALL_UNET_64),
        (lambda: Srgan(16, "small"), SMALL_SRGAN),
        (lambda: Glcic(32, "small"), SMALL_GLCIC_32),
        (lambda: Glcic(64, "small"), SMALL_GLCIC_64),
    ],
)
def test_weights_are_as_many_as_specified(make, number):
    with torch.device("meta"):
        assert sum(parameter.numel() for parameter in make().parameters()) == number


def one_noise(network):
    return [torch.randn(1, 1, *shape) for shape in network.noise_shapes]


def layer_shapes(module, run):
    """Return what each convolution and linear layer of the module gives while `run` runs, in order: `(C, h, w)`."""
    found = []
    kinds = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
    for layer in module.modules():
        if isinstance(layer, kinds):
            layer.register_forward_hook(lambda _, inputs, output: found.append(tuple(output.shape[1:])))
    run()
    return found


@torch.no_grad()
def test_layers_of_the_papers_unet():
    network = UNet(3, 256, "paper").eval()
    assert network.noise_shapes == [(32, 1, 1), (32, 2, 2), (32, 4, 4)]
    encoder = [(64, 128, 128), (128, 64, 64), (256, 32, 32), (512, 16, 16), (512, 8, 8), (512, 4, 4), (512, 2, 2)]
    encoder += [(512, 1, 1)]
    decoder = [(512, 2, 2), (512, 4, 4), (512, 8, 8), (512, 16, 16), (256, 32, 32), (128, 64, 64), (64, 128, 128)]
    decoder += [(3, 256, 256)]
    given = {"image": torch.zeros(1, 3, 256, 256)}
    shapes = layer_shapes(network, lambda: network(given, one_noise(network)))
    assert shapes == encoder + decoder
    kinds = [[type(layer) for layer in block] for block in (*network.down, *network.up)]
    assert kinds[0] == [nn.Conv2d, nn.LeakyReLU]
    assert kinds[1:8] == [[nn.Conv2d, nn.LeakyReLU, nn.BatchNorm2d]] * 7
    assert kinds[8:] == [[nn.ConvTranspose2d, nn.ReLU, nn.BatchNorm2d]] * 7
    judge = PatchDiscriminator(3, "paper").eval()
    shapes = layer_shapes(judge, lambda: judge(given, torch.zeros(1, 3, 256, 256)))
    assert shapes == [(64, 128, 128), (128, 64, 64), (256, 32, 32), (512, 31, 31), (1, 30, 30)]


@torch.no_grad()
def test_layers_of_the_papers_srgan():
    network = Srgan(16, "paper").eval()
    assert network.noise_shapes == [(16, 16, 16)] * 7
    given = {"image": torch.zeros(1, 3, 16, 16)}
    shapes = layer_shapes(network, lambda: network(given, one_noise(network)))
    assert shapes == [(64, 16, 16)] * 12 + [(256, 16, 16), (256, 32, 32), (3, 64, 64)]
    judge = SrganDiscriminator("paper").eval()
    shapes = layer_shapes(judge, lambda: judge({}, torch.zeros(1, 3, 64, 64)))
    body = [(64, 64, 64), (64, 32, 32), (128, 32, 32), (128, 16, 16), (256, 16, 16), (256, 8, 8), (512, 8, 8)]
    assert shapes == [*body, (512, 4, 4), (1024, 1, 1), (1, 1, 1)]


@torch.no_grad()
def test_layers_of_the_papers_glcic():
    network = Glcic(128, "paper").eval()
    assert network.noise_shapes == [(32, 32, 32)] * 3
    given = {"image": torch.zeros(1, 3, 128, 128), "mask": torch.ones(1, 1, 128, 128)}
    given["mask"][:, :, :50] = 0
    shapes = layer_shapes(network, lambda: network(given, one_noise(network)))
    encoder = [(64, 128, 128), (128, 64, 64), (128, 64, 64), (256, 32, 32), (256, 32, 32)]
    decoder = [(128, 64, 64), (128, 64, 64), (64, 128, 128), (32, 128, 128), (3, 128, 128)]
    assert shapes == encoder + [(256, 32, 32)] * 7 + decoder
    dilations = [layer.dilation[0] for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    assert dilations == [1] * 6 + [2, 4, 8, 16] + [1] * 5
    judge = GlcicDiscriminator(128, "paper").eval()
    shapes = layer_shapes(judge, lambda: judge(given, torch.zeros(1, 3, 128, 128)))
    local = [(64, 32, 32), (128, 16, 16), (256, 8, 8), (512, 4, 4), (512, 2, 2), (1024,)]
    assert shapes == [(64, 64, 64), (128, 32, 32), (256, 16, 16), (512, 8, 8), (512, 4, 4), *local[4:], *local, (1,)]


def test_the_papers_judges_start_as_dcgan_does():
    layers = list(PatchDiscriminator(3, "paper").modules())
    convolutions = [layer for layer in layers if isinstance(layer, nn.Conv2d) and layer.weight.numel() > 5000]
    norms = [layer for layer in layers if isinstance(layer, nn.BatchNorm2d)]
    assert convolutions
    assert norms
    for layer in convolutions:
        assert layer.weight.std().item() == pytest.approx(0.02, rel=0.05)
    for layer in norms:
        assert layer.weight.mean().item() == pytest.approx(1, abs=0.01)
        assert 0.01 < layer.weight.std().item() < 0.03
        assert not layer.bias.any()


@pytest.mark.parametrize("make", [lambda: SrganDiscriminator("paper"), lambda: GlcicDiscriminator(128, "paper")])
def test_the_papers_other_judges_start_as_torch_makes_them(make):
    layers = list(make().modules())
    convolutions = [layer for layer in layers if isinstance(layer, nn.Conv2d)]
    norms = [layer for layer in layers if isinstance(layer, nn.BatchNorm2d)]
    assert convolutions
    assert norms
    for layer in convolutions:
        bound = layer.weight[0].numel() ** -0.5
        assert layer.weight.abs().max().item() == pytest.approx(bound, rel=0.05)
    assert all(layer.weight.eq(1).all() for layer in norms)
