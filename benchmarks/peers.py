"""The peers, called as their READMEs show, on images `uint8[n, K, 3, H, W]`."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn


def lpips_of_pairs(model: nn.Module, samples: Tensor, pairs: Sequence[Tensor], device: str) -> Tensor:
    """Return `float64[n, P]`: an `lpips.LPIPS` module on the pairs `int64[P, 2]` of each condition, a batch each."""
    found = []
    with torch.no_grad():
        for own, chosen in zip(samples, pairs, strict=True):
            first, second = (own[chosen[:, side]].to(device).float() / 127.5 - 1 for side in (0, 1))
            found.append(model(first, second).flatten().double().cpu())
    return torch.stack(found)


def ms_ssim_of_pairs(samples: Tensor, pairs: Sequence[Tensor], window: int) -> Tensor:
    """Return `float64[n, P]`: `pytorch_msssim.ms_ssim` on the pairs of each condition, a batch each."""
    from pytorch_msssim import ms_ssim

    found = []
    for own, chosen in zip(samples, pairs, strict=True):
        first, second = own[chosen[:, 0]].float(), own[chosen[:, 1]].float()
        found.append(ms_ssim(first, second, data_range=255, size_average=False, win_size=window).double())
    return torch.stack(found)


class _Images(torch.utils.data.Dataset[Tensor]):
    def __init__(self, images: Tensor) -> None:
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Tensor:
        return self.images[index]


def fid_and_kid(samples: Tensor, real: Tensor, path: Path, subset_size: int, device: str) -> Tensor:
    """Return `float64[2]`: torch-fidelity's FID and KID, loading the weights at `path`."""
    import torch_fidelity

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # its loader has more workers than small machines have cores
        found = torch_fidelity.calculate_metrics(
            input1=_Images(samples.flatten(0, 1)),
            input2=_Images(real),
            cuda=device != "cpu",
            fid=True,
            kid=True,
            kid_subset_size=subset_size,
            cache=False,
            verbose=False,
            feature_extractor_weights_path=str(path),
        )
    scores = [found["frechet_inception_distance"], found["kernel_inception_distance_mean"]]
    return torch.tensor(scores, dtype=torch.float64)
