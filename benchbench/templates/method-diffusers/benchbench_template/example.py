"""Makes an example pipeline: `python -m benchbench_template.example DIR`; replace it by your own pipeline."""

import sys

import torch
from diffusers import DDIMScheduler, LDMSuperResolutionPipeline, UNet2DModel, VQModel


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


if __name__ == "__main__":
    make(sys.argv[1])
