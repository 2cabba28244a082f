"""The network and its weights."""

import benchbench
import torch
from torch import nn

Z_DIM = 8


class Generator(nn.Module):
    """A small convolutional network; replace it by your own."""

    def __init__(self, size):
        super().__init__()
        self.enlarge = nn.Upsample(size=tuple(size))
        self.body = nn.Sequential(
            nn.Conv2d(3 + Z_DIM, 16, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(16, 3, 3, padding=1),
        )

    def forward(self, x, z):
        """Return images `[N, 3, H, W]` in [-1, 1] for conditions `[N, 3, h, w]` in [-1, 1] and `z`, `[N, Z_DIM]`."""
        x = self.enlarge(x)
        planes = z[:, :, None, None].expand(-1, -1, *x.shape[2:])  # [N, Z_DIM, H, W]
        return torch.tanh(x + self.body(torch.cat([x, planes], 1)))


def load_generator(size, checkpoint=None):
    """Return the network for images of this size, in eval mode: with trained weights, or without with seeded ones."""
    with torch.random.fork_rng(devices=[]):  # the global generator is left as it was
        torch.manual_seed(0)
        network = Generator(size)
    if checkpoint is not None:
        try:
            network.load_state_dict(read_weights(checkpoint))
        except RuntimeError as error:
            reason = " ".join(str(error).split())
            raise benchbench.BenchbenchError(f"{checkpoint} holds the weights of another network: {reason}") from None
    return network.eval().requires_grad_(False)


def read_weights(path):
    """Return the state dictionary in a `.safetensors` file or in one that `torch.save` wrote; neither runs code."""
    if not path.is_file():
        raise benchbench.MissingData(f"no checkpoint at {path}")
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    return torch.load(path, map_location="cpu", weights_only=True)
