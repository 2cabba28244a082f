"""Makes an example pipeline: `python -m benchbench_template.example DIR`; replace it by your own pipeline."""

import sys

import torch
from diffusers import DDIMScheduler, DDPMScheduler, LDMSuperResolutionPipeline, UNet2DModel, VQModel


def make(folder, factor=1):
    """Write a tiny latent diffusion with seeded weights, whose samples are `factor` (1, 2, 4) times as large."""
    with torch.random.fork_rng(devices=[]):  # the global generator is left as it was
        torch.manual_seed(0)
        network = UNet2DModel(
            in_channels=6,
            out_channels=3,
            block_out_channels=(8,),
            down_block_types=("DownBlock2D",),
            up_block_types=("UpBlock2D",),
            layers_per_block=1,
            norm_num_groups=4,
        )
        blocks = {1: 1, 2: 2, 4: 3}[factor]
        decoder = VQModel(
            block_out_channels=(8,) * blocks,
            down_block_types=("DownEncoderBlock2D",) * blocks,
            up_block_types=("UpDecoderBlock2D",) * blocks,
            norm_num_groups=4,
            num_vq_embeddings=32,
        )
    LDMSuperResolutionPipeline(vqvae=decoder, unet=network, scheduler=DDIMScheduler()).save_pretrained(folder)


def make_network(folder, channels=3):
    """Write a tiny network with seeded weights and a scheduler, as a training of your own would.

    The network sees a noisy image beside a condition of so many channels, and tells the noise.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = UNet2DModel(
            in_channels=3 + channels,
            out_channels=3,
            block_out_channels=(8,),
            down_block_types=("DownBlock2D",),
            up_block_types=("UpBlock2D",),
            layers_per_block=1,
            norm_num_groups=4,
        )
    network.save_pretrained(f"{folder}/unet")
    DDPMScheduler(beta_schedule="squaredcos_cap_v2").save_pretrained(f"{folder}/scheduler")


if __name__ == "__main__":
    make(sys.argv[1])
