"""The base networks of MR-GAN and the discriminators that go with them, in the paper's size and in a small one."""

from benchbench_mrgan.networks.discriminator import Discriminator
from benchbench_mrgan.networks.glcic import Glcic, GlcicDiscriminator
from benchbench_mrgan.networks.mlp import Mlp, MlpDiscriminator
from benchbench_mrgan.networks.network import Network
from benchbench_mrgan.networks.srgan import Srgan, SrganDiscriminator
from benchbench_mrgan.networks.standard import measured
from benchbench_mrgan.networks.unet import PatchDiscriminator, UNet

__all__ = [
    "Discriminator",
    "Glcic",
    "GlcicDiscriminator",
    "Mlp",
    "MlpDiscriminator",
    "Network",
    "PatchDiscriminator",
    "Srgan",
    "SrganDiscriminator",
    "UNet",
    "measured",
]
