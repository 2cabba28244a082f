"""What every discriminator is: a condition and images to logits."""

from __future__ import annotations

from torch import Tensor, nn

from benchbench_mrgan.networks.network import Condition


class Discriminator(nn.Module):
    """Tells real images from samples: logits that are high for real ones."""

    def forward(self, condition: Condition, images: Tensor) -> Tensor:
        """Return logits `float32[M, …]` for images `[M, 3, H, W]` in [-1, 1] or points `[M, D]`, a condition each."""
        raise NotImplementedError

    def draw_weights(self) -> None:
        """Draw the initial weights of convolutions from N(0, 0.02), those of batch norms from N(1, 0.02) (DCGAN).

        So do the authors in PatchGAN; the other discriminators of the paper's size keep PyTorch's initial weights.
        """
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.normal_(module.weight, 0, 0.02)
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.weight, 1, 0.02)
            else:
                continue
            if module.bias is not None:
                nn.init.zeros_(module.bias)
