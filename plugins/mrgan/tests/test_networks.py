"""The networks: what trainers and methods rely on."""

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import torch
from benchbench import BenchbenchError
from benchbench.training.method import network_inputs, to_samples
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
from benchbench_mrgan.networks.glcic import box_corners, cropped
from benchbench_mrgan.networks.srgan import softly_clamped

PREDICTOR = {"noise": False, "dispersion": True}


@dataclass
class Base:
    """A network, its discriminator, and the condition that they take."""

    network: Any
    discriminator: Any
    side: int | None
    """Of the condition's image; none without."""
    channels: int = 3
    masked: bool = False


BASES = {
    "unet-small-32": Base(partial(UNet, 3, 32, "small"), partial(PatchDiscriminator, 3, "small"), 32),
    "unet-small-64": Base(partial(UNet, 1, 64, "small"), partial(PatchDiscriminator, 1, "small"), 64, 1),
    "unet-paper-32": Base(partial(UNet, 1, 32, "paper"), partial(PatchDiscriminator, 1, "paper"), 32, 1),
    "srgan-small-8": Base(partial(Srgan, 8, "small"), partial(SrganDiscriminator, "small"), 8),
    "srgan-small-16": Base(partial(Srgan, 16, "small"), partial(SrganDiscriminator, "small"), 16),
    "srgan-paper-8": Base(partial(Srgan, 8, "paper"), partial(SrganDiscriminator, "paper"), 8),
    "glcic-small-32": Base(partial(Glcic, 32, "small"), partial(GlcicDiscriminator, 32, "small"), 32, masked=True),
    "glcic-small-64": Base(partial(Glcic, 64, "small"), partial(GlcicDiscriminator, 64, "small"), 64, masked=True),
    "glcic-paper-32": Base(partial(Glcic, 32, "paper"), partial(GlcicDiscriminator, 32, "paper"), 32, masked=True),
    "mlp": Base(partial(Mlp, 2, "small"), partial(MlpDiscriminator, 2, "small"), None),
}
every_base = pytest.mark.parametrize("base", BASES.values(), ids=BASES)
every_image_base = pytest.mark.parametrize(
    "base", [base for base in BASES.values() if base.side], ids=[name for name, base in BASES.items() if base.side]
)
every_inpainter = pytest.mark.parametrize(
    "base", [base for base in BASES.values() if base.masked], ids=[name for name, base in BASES.items() if base.masked]
)


def holes(number, side):
    """Return masks `uint8[N, 1, side, side]` of holes as tasks draw them: in a box of half the side, or smaller."""
    masks = torch.zeros(number, 1, side, side, dtype=torch.uint8)
    box = side // 2
    for mask in masks:
        height, width = torch.randint(3 * box // 4, box + 1, (2,)).tolist()
        top, left = torch.randint(0, side - height + 1, ()).item(), torch.randint(0, side - width + 1, ()).item()
        mask[:, top : top + height, left : left + width] = 255
    return masks


def conditions(base, number):
    """Return random conditions as a task holds them: bytes."""
    if base.side is None:
        return {}
    values = {"image": torch.randint(0, 256, (number, base.channels, base.side, base.side), dtype=torch.uint8)}
    return {**values, "mask": holes(number, base.side)} if base.masked else values


def noise_for(network, number, num_samples):
    return [torch.randn(number, num_samples, *shape) for shape in network.noise_shapes]


def repeat(values, times):
    return {name: value.repeat_interleave(times, 0) for name, value in values.items()}


def place(values, device):
    return {name: value.to(device) for name, value in values.items()}


@every_base
def test_samples_have_their_shape_and_range_and_differ_by_noise(base):
    network = base.network()
    given = network_inputs(conditions(base, 3))
    samples = network(given, noise_for(network, 3, 4))
    side = None if base.side is None else base.side * (4 if isinstance(network, Srgan) else 1)
    assert samples.shape == ((3, 4, 2) if side is None else (3, 4, 3, side, side))
    assert samples.dtype == torch.float32
    if side is not None:
        assert samples.abs().max() <= 1
    for first in range(4):
        for second in range(first):
            assert not torch.equal(samples[:, first], samples[:, second])
    logits = base.discriminator()(repeat(given, 4), samples.flatten(0, 1))
    assert logits.shape[0] == 12
    assert logits.dtype == torch.float32


@every_base
def test_a_predictor_gives_moments_and_its_sample_is_the_mean(base):
    network = base.network(**PREDICTOR).eval()
    assert network.noise_shapes == []
    given = network_inputs(conditions(base, 3))
    mean, log_dispersion = network.moments(given, 3)
    only = network(given, [])
    assert mean.shape == log_dispersion.shape
    assert mean.shape[0] == 3
    assert mean.dtype == log_dispersion.dtype == torch.float32
    assert only.shape[1] == 1
    assert torch.equal(only[:, 0].expand_as(mean), mean)


@every_image_base
def test_the_encoder_sees_each_condition_once(base):
    network = base.network()
    counted = []
    first = next(layer for layer in network.modules() if isinstance(layer, nn.Conv2d))
    first.register_forward_hook(lambda _, inputs, output: counted.append(len(inputs[0])))
    network(network_inputs(conditions(base, 2)), noise_for(network, 2, 5))
    assert counted == [2]


def check_gradients(module):
    """A convolution's bias before a batch norm has no influence; all else that learns has."""
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.any() or name.endswith("bias"), name


@every_base
def test_a_gradient_reaches_every_parameter(base):
    network, predictor, judge = base.network(), base.network(**PREDICTOR), base.discriminator()
    given = network_inputs(conditions(base, 3))
    samples = network(given, noise_for(network, 3, 2))
    logits = judge(repeat(given, 2), samples.flatten(0, 1))
    nn.functional.softplus(-logits).mean().backward()
    check_gradients(network)
    check_gradients(judge)
    mean, log_dispersion = predictor.moments(given, 3)
    (((mean - 0.5) ** 2 + 0.01) / log_dispersion.exp() + log_dispersion).mean().backward()
    check_gradients(predictor)


@every_base
def test_a_sample_does_not_depend_on_its_batch(base):
    network = base.network()
    given = network_inputs(conditions(base, 5))
    drawn = noise_for(network, 5, 3)
    network(given, drawn)  # batch norm gets statistics
    network.eval()
    with torch.no_grad():
        together = network(given, drawn)
        for row in range(5):
            own = {name: value[row : row + 1] for name, value in given.items()}
            alone = network(own, [each[row : row + 1, 1:2] for each in drawn])
            assert torch.allclose(alone[0, 0], together[row, 1], atol=1e-5)


@every_base
def test_a_seed_makes_a_network(base):
    def made(seed):
        torch.manual_seed(seed)
        network, judge = base.network(), base.discriminator()
        given = network_inputs(conditions(base, 2))
        samples = network(given, noise_for(network, 2, 2))
        return samples, judge(repeat(given, 2), samples.flatten(0, 1))

    for first, again, other in zip(made(5), made(5), made(6), strict=True):
        assert torch.equal(first, again)
        assert not torch.equal(first, other)


@every_base
def test_mixed_precision_gives_float32(base):
    network, predictor, judge = base.network(), base.network(**PREDICTOR), base.discriminator()
    given = network_inputs(conditions(base, 2))
    with torch.autocast("cpu", torch.bfloat16):
        samples = network(given, noise_for(network, 2, 2))
        logits = judge(repeat(given, 2), samples.flatten(0, 1))
        mean, log_dispersion = predictor.moments(given, 2)
    for given_back in (samples, logits, mean, log_dispersion):
        assert given_back.dtype == torch.float32
        assert torch.isfinite(given_back).all()
    (logits.mean() + mean.square().mean() + log_dispersion.mean()).backward()


@every_image_base
def test_last_layers_are_in_full_in_mixed_precision(base):
    network, predictor = base.network(), base.network(**PREDICTOR)
    given, found = network_inputs(conditions(base, 2)), []
    for layer in (network.last, predictor.last, predictor.dispersion):
        layer.register_forward_hook(lambda layer, inputs, output: found.append(output.dtype))
    with torch.autocast("cpu", torch.bfloat16):
        network(given, noise_for(network, 2, 2))
        predictor.moments(given, 2)
    assert found == [torch.float32] * 3, "rounded, K samples are equal in a pixel, and MR2 divides by their dispersion"


@every_base
def test_nothing_depends_on_values(base):
    # tensors of the device `meta` have no values: a branch on one, or a size that depends on one, is an error there
    with torch.device("meta"):
        network, predictor, judge = base.network(), base.network(**PREDICTOR), base.discriminator()
        drawn = noise_for(network, 2, 3)
    given = place(network_inputs(conditions(base, 2)), "meta")
    samples = network(given, drawn)
    judge(repeat(given, 3), samples.flatten(0, 1)).mean().backward()
    sum(each.mean() for each in predictor.moments(given, 2)).backward()
    assert all(
        parameter.grad is not None for module in (network, predictor, judge) for parameter in module.parameters()
    )


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@every_base
def test_gradients_are_the_same_to_the_bit_on_a_gpu(base, monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    network, judge = base.network().cuda(), base.discriminator().cuda()
    given = place(network_inputs(conditions(base, 8)), "cuda")
    drawn = [each.cuda() for each in noise_for(network, 8, 4)]

    def gradients():
        logits = judge(repeat(given, 4), network(given, drawn).flatten(0, 1))
        return torch.autograd.grad(logits.square().mean(), [*network.parameters(), *judge.parameters()])

    expected = gradients()
    for _ in range(3):
        assert all(torch.equal(first, again) for first, again in zip(expected, gradients(), strict=True))


# inpainting -----------------------------------------------------------------------------------------------------------


@every_inpainter
def test_outside_the_hole_the_image_is_kept_to_the_bit(base):
    network, predictor = base.network(), base.network(**PREDICTOR)
    values = conditions(base, 4)
    given = network_inputs(values)
    outside = (values["mask"] == 0).expand_as(values["image"])
    samples = to_samples(network(given, noise_for(network, 4, 3)))
    for number in range(3):
        assert torch.equal(samples[:, number][outside], values["image"][outside])
        assert (samples[:, number] != values["image"])[~outside].float().mean() > 0.9
    mean, log_dispersion = predictor.moments(given)
    assert torch.equal(to_samples(mean[:, None])[:, 0][outside], values["image"][outside])
    assert (log_dispersion[outside] == -6).all()
    assert (log_dispersion[~outside] != -6).all()


@pytest.mark.parametrize("side", [32, 64, 128])
def test_the_box_contains_the_hole(side):
    masks = holes(200, side)
    given = network_inputs({"mask": masks})["mask"]
    top, left = box_corners(given, side // 2)
    assert top.min() >= 0
    assert left.min() >= 0
    assert max(top.max(), left.max()) <= side - side // 2
    boxes = cropped(given, top, left, side // 2)
    assert boxes.shape == (200, 1, side // 2, side // 2)
    assert torch.equal(boxes.sum((1, 2, 3)), given.sum((1, 2, 3)))


def test_a_box_is_a_square_of_the_image():
    images = torch.randn(3, 2, 32, 32, requires_grad=True)
    top, left = torch.tensor([0, 7, 16]), torch.tensor([16, 3, 0])
    boxes = cropped(images, top, left, 16)
    expected = torch.stack([image[:, y : y + 16, x : x + 16] for image, y, x in zip(images, top, left)])
    assert torch.equal(boxes, expected)
    weights = torch.randn_like(boxes)
    (given,) = torch.autograd.grad((boxes * weights).sum(), images)
    (wanted,) = torch.autograd.grad((expected * weights).sum(), images)
    assert torch.equal(given, wanted)


def test_a_hole_at_the_edge_keeps_the_box_inside():
    mask = torch.zeros(2, 1, 32, 32)
    mask[0, :, :3, 29:] = 1
    mask[1, :, 10:20, 4:8] = 1
    top, left = box_corners(mask, 16)
    assert top.tolist() == [0, 7]
    assert left.tolist() == [16, 0]


@pytest.mark.parametrize("size", ["small", "paper"])
def test_the_local_branch_looks_where_the_hole_is(size):
    judge = GlcicDiscriminator(32, size).eval()
    images, mask = torch.rand(2, 3, 32, 32) * 2 - 1, torch.zeros(2, 1, 32, 32)
    mask[:, :, 2:16, 2:16] = 1
    seen = []
    judge.local.register_forward_hook(lambda _, inputs, output: seen.append(inputs[0]))
    judge({"mask": mask}, images)
    judge({"mask": mask.flip(2, 3)}, images)
    assert torch.equal(seen[0], (images[:, :, 1:17, 1:17] + 1) / 2)
    assert torch.equal(seen[1], (images[:, :, 15:31, 15:31] + 1) / 2)


@pytest.mark.parametrize("side", [32, 64])
def test_the_small_inpainter_sees_across_the_hole(side):
    # weights and inputs are positive: no ReLU is shut, and only where a pixel is out of reach the gradient is zero
    network = Glcic(side, "small", noise=False).double().eval()
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.constant_(layer.weight, 1 / (layer.in_channels * layer.kernel_size[0] ** 2))
    image = torch.zeros(1, 3, side, side, dtype=torch.float64, requires_grad=True)
    mask = torch.zeros(1, 1, side, side, dtype=torch.float64)
    begin, end = side // 4, side // 4 + side // 2
    mask[:, :, begin:end, begin:end] = 1
    features = network.features({"image": image, "mask": mask}, [], 1)
    for row, column in ((begin, begin), (begin, end - 1), (end - 1, begin), (end - 1, end - 1)):
        (reach,) = torch.autograd.grad(features[0, :, row, column].sum(), image, retain_graph=True)
        assert (reach[0, :, begin - 1 : end + 1, begin - 1 : end + 1] > 0).all()


# which judge sees what, and what is refused ---------------------------------------------------------------------------


def test_the_small_super_resolver_bends_to_the_range_and_always_has_a_gradient():
    values = torch.linspace(-1.8, 1.8, 181, dtype=torch.float64, requires_grad=True)
    found = softly_clamped(values)
    (slope,) = torch.autograd.grad(found.sum(), values)
    inside = values.detach().abs() <= 0.8
    assert torch.equal(found[inside], values[inside])
    assert found.detach().abs().max() < 1
    assert (slope[inside] == 1).all()
    assert (slope > 0).all(), "a hard clamp has none beyond 1"
    assert (slope[values.detach().abs() < 1.2] > 0.07).all()
    beyond = [0.8 + 0.2 * math.tanh((value - 0.8) / 0.2) for value in values[values > 0.8].tolist()]
    assert found[values > 0.8].tolist() == pytest.approx(beyond)
    assert torch.allclose(found.flip(0), -found)


def test_which_discriminator_sees_the_condition():
    images = torch.rand(2, 3, 32, 32)
    patch = PatchDiscriminator(3, "small").eval()
    assert not torch.equal(patch({"image": images}, images), patch({"image": -images}, images))
    for judge in (SrganDiscriminator("small").eval(), SrganDiscriminator("paper").eval()):
        assert torch.equal(judge({"image": images}, images), judge({}, images))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: UNet(3, 48, "small"), "the small U-Net takes images of 32 or 64 pixels a side, got 48"),
        (lambda: UNet(3, 48, "paper"), "the U-Net takes images whose side is a power of two from 16, got 48"),
        (lambda: Glcic(128, "small"), "the small GLCIC takes images of 32 or 64 pixels a side, got 128"),
        (lambda: Glcic(30, "paper"), "GLCIC takes images whose side is a multiple of 4 from 16, got 30"),
        (lambda: GlcicDiscriminator(48, "small"), "the small GLCIC takes images of 32 or 64 pixels a side, got 48"),
        (lambda: Mlp(2, "small", dispersion=True), "a network that predicts moments takes no noise"),
        (lambda: Mlp(2, "small").moments({}, 1), "this network has no dispersion"),
        (lambda: Srgan(8, "small").moments({}), "this network has no head for the dispersion"),
    ],
)
def test_what_is_refused(make, reason):
    with pytest.raises(BenchbenchError, match=reason):
        make()


def test_two_learned_vectors_are_the_moments_of_points():
    network = Mlp(2, "paper", **PREDICTOR)
    with torch.no_grad():
        network.mean.copy_(torch.tensor([1.0, 2.0]))
        network.log_dispersion.fill_(math.log(0.5))
    mean, log_dispersion = network.moments({}, 4)
    assert mean.tolist() == [[1.0, 2.0]] * 4
    assert log_dispersion.exp().flatten().tolist() == pytest.approx([0.5] * 8)
