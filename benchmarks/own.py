"""All that is called of benchbench, on images `uint8[n, K, 3, H, W]`; times are by stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas
import torch
from measure import Clock
from torch import Tensor, nn

from benchbench.core import ConditionFeatures, ConditionSamples, Example, FeatureSet, SetMetric, Task, Thresholds
from benchbench.evaluation.real import RealFeatures
from benchbench.features._inception import InceptionNetwork, blocks
from benchbench.metrics import bins, collapse, diversity, frechet, kernel, manifold, ms_ssim, realism
from benchbench.stats.distances import euclidean
from benchbench.stats.sketch import sketch
from benchbench.system import weights

THRESHOLDS = Thresholds(repeat=0.02, visible=0.2)
"""Of about the right size; no time depends on them."""
FORWARD = ("lpips forward", "inception forward")
OF_SETS = ("collapse", "precision and recall", "realism", "NDB")
"""The stages of the metrics that have no peer here."""


@dataclass(frozen=True)
class Perceptual:
    """What comes of LPIPS's features."""

    diversity: Tensor
    """`float64[n, P]`, of the protocol's pairs."""
    all_pairs: Tensor
    """`float64[n, K(K-1)/2]`."""
    sketches: Tensor
    """`float32[n, K, s]`."""


def perceptual(
    views: Callable[[Tensor], dict[str, Tensor]],
    task: Task,
    examples: Sequence[Example],
    samples: Tensor,
    pairs: Sequence[Tensor],
    clock: Clock,
) -> Perceptual:
    """Return the scores of all pairs from one forward pass a sample, and the collapse within conditions beside."""
    within = [metric() for metric in (collapse.RepeatsWithin, collapse.CollapseWithin, collapse.CollapseRate)]
    above = torch.triu_indices(samples.shape[1], samples.shape[1], 1)
    found: tuple[list[Tensor], ...] = ([], [], [])
    with torch.inference_mode():
        for example, own, chosen in zip(examples, samples, pairs, strict=True):
            with clock("lpips forward"):
                embedding = views(own.to(clock.device))["embedding"]
            with clock("distances"):
                on_host = embedding.cpu()
                distances = euclidean(on_host, on_host)
            none, far = on_host[:0], distances[:, :0]  # these metrics look at no reference
            data = ConditionFeatures(task, example, own, chosen, on_host, none, distances, far, THRESHOLDS)
            with clock("diversity"):
                found[0].append(diversity.Diversity().compute(data))
            with clock("diversity-all"):
                found[1].append(diversity.DiversityAll().compute(data)[above[0], above[1]])
            with clock("collapse"):
                found[2].append(sketch(embedding).cpu())
                for metric in within:
                    metric.compute(data)
    return Perceptual(*(torch.stack(parts) for parts in found))


def structural(task: Task, examples: Sequence[Example], samples: Tensor, pairs: Sequence[Tensor]) -> Tensor:
    """Return `float64[n, P]`, MS-SSIM of the protocol's pairs."""
    metric = ms_ssim.MsSsim()
    data = (ConditionSamples(task, *parts) for parts in zip(examples, samples, pairs, strict=True))
    return torch.stack([metric.compute(one) for one in data])


@dataclass(frozen=True)
class Distances:
    """What comes of Inception's features."""

    scores: Tensor
    """`float64[2]`: FID and KID."""
    samples: Tensor
    """`float32[n, K, 2048]`."""
    real: Tensor
    """`float32[N, 2048]`."""


def inception(samples: Tensor, real: Tensor, path: Path, subset_size: int, clock: Clock) -> Distances:
    """Return FID and KID from one forward pass an image, with the weights at `path`."""
    with torch.inference_mode():
        with clock("inception loading"):
            network = InceptionNetwork(weights.load_tensors(path)).to(clock.device)
        with clock("inception forward"):
            of_samples = torch.stack([network(own.to(clock.device)).cpu() for own in samples])
            of_real = torch.cat([network(part.to(clock.device)).cpu() for part in real.split(20)])
    rows, pool = of_samples.flatten(0, 1).double().numpy(), of_real.double().numpy()
    with clock("fid"):
        fid = frechet.frechet_distance(*frechet.moments(rows), *frechet.moments(pool))
    with clock("kid"):
        kid, _ = kernel.kernel_inception_distance(rows, pool, subset_size=subset_size)
    return Distances(torch.tensor([fid, kid], dtype=torch.float64), of_samples, of_real)


def inception_operations() -> int:
    """Return the floating-point operations of one image's way through the network to the 2048 features."""
    from torch.utils.flop_counter import FlopCounterMode

    network = InceptionNetwork(nn.ModuleDict(blocks()).state_dict())
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, 3, 64, 64, dtype=torch.uint8))
    return counter.get_total_flops()


def references(examples: Sequence[Example], path: Path, clock: Clock) -> Tensor:
    """Return `float32[n, R, 2048]`, the references under Inception."""
    network = InceptionNetwork(weights.load_tensors(path)).to(clock.device)
    with torch.inference_mode(), clock("inception forward"):
        return torch.stack([network(example.references.to(clock.device)).cpu() for example in examples])


def of_sets(
    task: Task, examples: Sequence[Example], sketches: Tensor, distances: Distances, of_references: Tensor, clock: Clock
) -> None:
    """Compute the metrics of the whole run, each with its error."""
    groups = [example.group for example in examples]
    energy = np.zeros(len(examples))
    real = RealFeatures(Path(), distances.real, sketches[0], of_references, energy, THRESHOLDS)
    pooled = FeatureSet(task, examples, groups, pandas.DataFrame(), {"pooled": distances.samples}, real)
    sketched = replace(pooled, features={"sketch": sketches})
    stages: dict[str, tuple[tuple[type[SetMetric], ...], FeatureSet]] = {
        "collapse": ((collapse.RepeatsAcross, collapse.CollapseAcross), sketched),
        "precision and recall": ((manifold.Precision, manifold.Recall), pooled),
        "realism": ((realism.Realism,), pooled),
        "NDB": ((bins.Ndb,), pooled),
    }
    for name, (metrics, data) in stages.items():
        with clock(name):
            for metric in metrics:
                metric().compute(data)
