"""The authors' weights: their names and layout, computed by a forward pass that is written out here."""

import pytest
import torch
from benchbench import BenchbenchError
from torch.nn import functional

from benchbench_bicyclegan.networks import Design, make_networks
from benchbench_bicyclegan.released import converted
from benchbench_bicyclegan.sizes import SIZES

SIDE, LATENT, LEVELS = 64, 8, 6
DOWN = [64, 128, 256, 512, 512, 512]


def released(seed=0):
    """Return random weights under the names of the authors' generator and encoder."""
    random = torch.Generator().manual_seed(seed)
    generator, encoder = {}, {}

    def add(state, name, weight):
        outputs = weight[1] if ".up." in name else weight[0]
        state[f"{name}.weight"] = torch.randn(weight, generator=random) * (weight[0] * 4) ** -0.5
        state[f"{name}.bias"] = torch.randn(outputs, generator=random) * 0.1

    inputs = 3
    for level, outputs in enumerate(DOWN):
        path = "model" + ".submodule" * level
        add(generator, f"{path}.down.{1 if level else 0}", (outputs, inputs + LATENT, 4, 4))
        add(generator, f"{path}.up.1", (outputs * (1 if level == LEVELS - 1 else 2), 3 if level == 0 else inputs, 4, 4))
        inputs = outputs
    add(encoder, "conv.0", (64, 3, 4, 4))
    for block, (first, last) in enumerate([(64, 128), (128, 192), (192, 256), (256, 256)], 1):
        add(encoder, f"conv.{block}.conv.2", (first, first, 3, 3))
        add(encoder, f"conv.{block}.conv.5.0", (last, first, 3, 3))
        add(encoder, f"conv.{block}.shortcut.1", (last, first, 1, 1))
    add(encoder, "fc.0", (LATENT, 256))
    add(encoder, "fcVar.0", (LATENT, 256))
    return generator, encoder


def generated(state, hidden, z, level=0):
    """Return what the authors' level gives: z joins before the LeakyReLU, and the decoder's part stands first."""
    path = "model" + ".submodule" * level
    joined = torch.cat([hidden, z[:, :, None, None].expand(-1, -1, *hidden.shape[2:])], 1)
    name = f"{path}.down.{1 if level else 0}"
    active = functional.leaky_relu(joined, 0.2) if level else joined
    below = functional.conv2d(active, state[f"{name}.weight"], state[f"{name}.bias"], stride=2, padding=1)
    if 0 < level < LEVELS - 1:
        below = functional.instance_norm(below)
    if level < LEVELS - 1:
        below = generated(state, below, z, level + 1)
    weight, bias = state[f"{path}.up.1.weight"], state[f"{path}.up.1.bias"]
    above = functional.conv_transpose2d(below.relu(), weight, bias, stride=2, padding=1)
    if level == 0:
        return above.tanh()
    return torch.cat([functional.instance_norm(above), hidden], 1)


def encoded(state, images):
    """Return the mean and the log-variance that the authors' encoder gives."""

    def convolution(name, given, **how):
        return functional.conv2d(given, state[f"{name}.weight"], state[f"{name}.bias"], **how)

    def active(given):
        return functional.leaky_relu(functional.instance_norm(given), 0.2)

    hidden = convolution("conv.0", images, stride=2, padding=1)
    for block in range(1, 5):
        name = f"conv.{block}"
        inner = convolution(f"{name}.conv.2", active(hidden), padding=1)
        inner = functional.avg_pool2d(convolution(f"{name}.conv.5.0", active(inner), padding=1), 2)
        hidden = inner + convolution(f"{name}.shortcut.1", functional.avg_pool2d(hidden, 2))
    pooled = functional.leaky_relu(hidden, 0.2).mean((2, 3))
    return [functional.linear(pooled, state[f"{name}.weight"], state[f"{name}.bias"]) for name in ("fc.0", "fcVar.0")]


def networks(injection="released"):
    return make_networks(Design(SIZES["paper"], 3, SIDE, LATENT, injection, "resnet", False)).eval()


def test_the_released_weights_give_the_released_images():
    generator, encoder = released()
    found = networks()
    found.load_state_dict(converted(generator, encoder), strict=True)
    random = torch.Generator().manual_seed(1)
    images, z = torch.rand(2, 3, SIDE, SIDE, generator=random) * 2 - 1, torch.randn(2, LATENT, generator=random)
    with torch.no_grad():
        expected = generated(generator, images, z)
        assert torch.allclose(found.generator(images, z), expected, atol=1e-4)
        assert expected.std() > 0.05
        for one, other in zip(found.encoder(images), encoded(encoder, images)):
            assert torch.allclose(one, other, atol=1e-4)


def test_z_before_the_activation_is_not_z_after_it():
    before, after = networks("released"), networks("all")
    after.load_state_dict(before.state_dict())
    images, z = torch.zeros(1, 3, SIDE, SIDE), torch.full((1, LATENT), -1.0)
    with torch.no_grad():
        assert not torch.equal(before.generator(images, z), after.generator(images, z))
        assert torch.allclose(before.generator(images, -z), after.generator(images, -z), atol=1e-6), (
            "a positive z passes"
        )


@pytest.mark.parametrize("change", ["missing", "left over"])
def test_other_weights_are_refused(change):
    generator, encoder = released()
    if change == "missing":
        encoder.pop("fcVar.0.bias")
        reason = r"have no encoder/fcVar.0.bias"
    else:
        encoder["conv.9.weight"] = torch.zeros(1)
        reason = "have encoder/conv.9.weight, which these networks do not"
    with pytest.raises(BenchbenchError, match=reason):
        converted(generator, encoder)
