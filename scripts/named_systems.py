"""The systems that the papers name (MR-GAN, IntroVAE, BicycleGAN and two surveys), and what stands for each here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class System:
    """One system: the methods that stand for it where they are registered, and else why there is none."""

    name: str
    papers: str
    methods: tuple[str, ...] = ()
    why_not: str = "planned, not written yet"


MR, BI, IN, S1, S4 = "MR-GAN", "BicycleGAN", "IntroVAE", "survey 1", "survey 2"
UNPAIRED = "it learns from unpaired images, for which `cyclegan` stands here"
TEXT = "it is conditioned on text, and no task here is"
VIDEO = "it makes video, and tasks here are images and points"
OLD_NET = "its network is of one task and was not compared in these papers"

NAMED = (
    System("pix2pix", ", ".join((MR, BI, S1, S4)), ("pix2pix",)),
    System("pix2pix with noise", f"{MR}, {BI}", ("pix2pix-noise",)),
    System("MR1, MR2, proxy MR1, proxy MR2, Gaussian and Laplace", MR, ("mr1", "mr2", "proxy-mr1", "proxy-mr2")),
    System("the predictor", MR, ("predictor",)),
    System("SRGAN with noise", MR, ("srgan-noise",)),
    System("GLCIC with noise", MR, ("glcic-noise",)),
    System("the network for eight modes in the plane", MR, ("mlp-noise",)),
    System("cAE-GAN, cVAE-GAN, cVAE-GAN++, cLR-GAN", BI, ("cae-gan", "cvae-gan", "cvae-gan++", "clr-gan")),
    System("BicycleGAN", f"{MR}, {BI}", ("bicyclegan",)),
    System("random real images", f"{MR}, {BI}", ("real",)),
    System(
        "GAN alone, L1 alone, GAN + L1 (ablation)",
        MR,
        ("pix2pix-noise[reconstruction_weight=0]", "pix2pix-noise[adversarial_weight=0]", "pix2pix-noise"),
    ),
    System(
        "without GAN loss; with reconstruction loss (ablation)",
        MR,
        ("proxy-mr2[adversarial_weight=0]", "proxy-mr2[reconstruction_weight=100]"),
    ),
    System("GAN, non-saturating or minimax", ", ".join((IN, BI, S1, S4)), ("gan",)),
    System("DCGAN", f"{S1}, {S4}", ("dcgan",)),
    System("LSGAN", BI, ("lsgan",)),
    System("WGAN, WGAN-GP, spectral normalisation", f"{IN}, {S1}, {S4}", ("wgan", "wgan-gp", "sngan")),
    System("f-GAN", S1, ("f-gan",)),
    System("MMD-GAN", S1, ("mmd-gan",)),
    System("GMMN", S1, (), "`mmd-gan` has its criterion, on learned features"),
    System("EBGAN, EBGAN-PT", f"{IN}, {S1}", ("ebgan", "ebgan-pt")),
    System("BEGAN", S1, ("began",)),
    System("class-conditional GAN, AC-GAN", ", ".join((MR, IN, S4)), ("cgan", "ac-gan")),
    System("mode seeking (MSGAN)", "its own", ("msgan", "cgan[mode_seeking=1]")),
    System("unrolled GAN", S1, ("gan[unrolling=5]",)),
    System("VAE, conditional VAE", f"{IN}, {S1}, {S4}", ("vae", "cvae")),
    System("VAE-GAN", ", ".join((MR, BI, IN, S1)), ("vae-gan",)),
    System("IntroVAE", IN, ("introvae",)),
    System("AAE", f"{IN}, {S1}", ("aae",)),
    System("VEEGAN", f"{IN}, {S1}", ("veegan",)),
    System("PGGAN", f"{IN}, {S4}", ("pggan",), "growing networks need weeks of a GPU; its MS-SSIM is `ms-ssim-across`"),
    System("VGH, VGH++", S1, ("vgh", "vgh++")),
    System("VQ-VAE-2, PixelRNN, PixelCNN", f"{IN}, {S1}", ("vq-vae",), "autoregressive, at sizes that need many GPUs"),
    System("real NVP, conditional normalising flow", IN, ("cflow",)),
    System("IAF, VLAE, LVAE, InfoVAE", IN, (), "better bounds of a VAE, not compared on images of these tasks"),
    System("ALI, BiGAN, AGE, IAN, InfoGAN", f"{IN}, {S1}", (), "`clr-gan` has the latent regression that they share"),
    System("LAPGAN, GMAN", IN, (), OLD_NET),
    System("StackGAN, StackGAN-v2, HDGAN", f"{MR}, {IN}", (), TEXT),
    System("CycleGAN, DiscoGAN, DualGAN, UNIT", f"{MR}, {BI}, {S1}, {S4}", ("cyclegan",), UNPAIRED),
    System("MUNIT, DRIT", MR, (), UNPAIRED + "; MUNIT's protocol is `munit`"),
    System("CVAE-GAN (Bao et al.)", MR, (), "`cvae-gan` and `ac-gan` have its parts"),
    System("SAVP, vid2vid, tempoGAN", MR, (), VIDEO),
    System("pix2pixHD", MR, (), "2048 px from segmentation maps, which no task here has"),
    System("Context Encoder and other inpainting networks", f"{MR}, {BI}", ("glcic-noise",)),
    System("EnhanceNet, perceptual-loss networks", f"{MR}, {BI}", (), "one output for a condition, by VGG weights"),
    System("Scribbler, iGAN, pedestrian synthesis", f"{MR}, {BI}", (), OLD_NET),
)
