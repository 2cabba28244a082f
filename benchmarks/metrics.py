"""The peers and benchbench in turn, in one process, on the same images: seconds, memory, largest deviation."""

from __future__ import annotations

import json
import tempfile
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import click
import own
import peers
import torch
from measure import Clock, Measured, best_of, measure
from tabulate import tabulate
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

from benchbench.core import Example, Protocol
from benchbench.features import lpips as own_lpips
from benchbench.features._inception import blocks
from benchbench.features.inception import INCEPTION
from benchbench.plugins import get_task
from benchbench.protocols import pairs
from benchbench.system import weights

TASK = "sr-photos"
WINDOW = 3
"""Of MS-SSIM: the largest that images of 64 px allow."""
SUBSET_SIZE = 1000
MEBIBYTE = 2**20
TIMES = 3
"""What takes seconds, not minutes, is timed so often on both sides, and the quickest counts."""


@dataclass(frozen=True)
class Size:
    """How many images a side."""

    conditions: int
    samples: int
    real: int
    all_pairs_conditions: int
    """Conditions on which the peer's 190 pairs are timed."""


@dataclass(frozen=True)
class Row:
    """One line of the first table; peaks are bytes, or `None` where they could not be had."""

    scores: str
    peer_seconds: float
    own_seconds: float
    peer_peak: int | None
    own_peak: int | None
    deviation: float
    """The largest of |own - peer| / |peer| over all scores."""


def photographs(size: Size) -> tuple[list[Example], Tensor, Tensor]:
    """Return test examples, samples `uint8[n, K, 3, 64, 64]` (references with noise) and a real pool."""
    task = get_task(TASK)
    examples = list(task.examples("test")[: size.conditions])
    generator = torch.Generator().manual_seed(0)
    samples = []
    for example in examples:
        coarse = torch.randn(size.samples, 3, 8, 8, generator=generator)
        noise = torch.nn.functional.interpolate(coarse, 64, mode="bicubic")
        fine = torch.randn(size.samples, 3, 64, 64, generator=generator)
        samples.append((example.references[:1] + 20 * noise + 5 * fine).round().clamp(0, 255).byte())
    real = torch.cat([example.references for example in task.examples("train")[: size.real]])
    return examples, torch.stack(samples), real


def lpips_models(device: str) -> tuple[nn.Module, Any, str]:
    """Return the peer's LPIPS on AlexNet, benchbench's function with the same numbers, and what these are."""
    import lpips

    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        peer, copy = (lpips.LPIPS(net="alex", pnet_rand=True, verbose=False) for _ in range(2))
    path = weights.locate(own_lpips.ALEXNET)
    if path is None:
        copy.load_state_dict(peer.state_dict())
        copy.to(device, memory_format=torch.channels_last)
        return peer.to(device), lambda images: own_lpips.views(copy, images), "random"
    state = weights.load_tensors(path)
    peer.net.load_state_dict({key: state["features." + key.split(".", 1)[1]] for key in peer.net.state_dict()})
    return peer.to(device), own_lpips.LpipsAlex().load(device), path.name


def inception_weights(folder: Path) -> tuple[Path, str]:
    """Return a file with Inception's weights, the published one if it is here, and what it is."""
    published = weights.locate(INCEPTION)
    if published is not None:
        return published, published.name
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = nn.ModuleDict(blocks())
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)  # torch's own start would let the signal die away
    torch.save(network.state_dict(), folder / INCEPTION.name)
    return folder / INCEPTION.name, "random"


def matrix_product_speed(device: str, side: int = 2048) -> float:
    """Return the FLOP/s of a float32 matrix product, which no convolution without shortcuts can much exceed."""
    matrix = torch.randn(side, side, device=device)
    best = best_of(3 * TIMES, lambda: matrix @ matrix, device)
    return 2 * side**3 / best.seconds


def deviation(found: Tensor, expected: Tensor) -> float:
    """Return the largest of |found - expected| / |expected|."""
    return float(((found - expected).abs() / expected.abs()).max())


def compare(size: Size, device: str) -> tuple[list[Row], Clock, dict[str, str], float]:
    """Run everything; return the rows, benchbench's seconds by stage, the weights used, and Inception's FLOP/s."""
    task = get_task(TASK)
    examples, samples, real = photographs(size)
    protocol = Protocol(samples_per_condition=size.samples)
    drawn = [pairs(protocol, task, 0, example.id) for example in examples]
    every = torch.stack(tuple(torch.triu_indices(size.samples, size.samples, 1)), 1)
    clock = Clock(device)
    peer_lpips, views, alexnet = lpips_models(device)
    peers.lpips_of_pairs(peer_lpips, samples[:1], drawn[:1], device)  # neither side pays for starting the libraries
    own.perceptual(views, task, examples[:1], samples[:1], drawn[:1], Clock(device))

    def perceive() -> tuple[own.Perceptual, Counter[str]]:
        stages = Clock(device)
        return own.perceptual(views, task, examples, samples, drawn, stages), stages.seconds

    part = size.all_pairs_conditions
    disjoint = best_of(TIMES, lambda: peers.lpips_of_pairs(peer_lpips, samples, drawn, device), device)
    all_pairs = best_of(TIMES, lambda: peers.lpips_of_pairs(peer_lpips, samples[:part], [every] * part, device), device)
    perceptual = best_of(TIMES, perceive, device)
    found, stages = perceptual.value
    clock.seconds.update(stages)
    similar = best_of(TIMES, lambda: peers.ms_ssim_of_pairs(samples, drawn, WINDOW), device)
    structural = best_of(TIMES, lambda: own.structural(task, examples, samples, drawn), device)
    with tempfile.TemporaryDirectory() as folder:
        path, inception = inception_weights(Path(folder))
        subset = min(SUBSET_SIZE, len(real), size.conditions * size.samples)
        fidelity = measure(lambda: peers.fid_and_kid(samples, real, path, subset, device), device)
        distances = measure(lambda: own.inception(samples, real, path, subset, clock), device)
        of_references = own.references(examples, path, clock)
    own.of_sets(task, examples, found.sketches, distances.value, of_references, clock)

    seconds = clock.seconds
    shared = seconds["lpips forward"] + seconds["distances"]
    note = "" if part == size.conditions else f" (peer: {part} of {size.conditions} conditions, scaled)"
    rows = [
        row(f"LPIPS, {len(drawn[0])} pairs", disjoint, perceptual, found.diversity, shared + seconds["diversity"]),
        row(
            f"LPIPS, all {len(every)} pairs{note}",
            replace(all_pairs, seconds=all_pairs.seconds * size.conditions / part),
            perceptual,
            found.all_pairs[:part],
            shared + seconds["diversity-all"],
        ),
        row("FID and KID", fidelity, distances, distances.value.scores, distances.seconds),
        row(f"MS-SSIM, window {WINDOW}", similar, structural, structural.value, structural.seconds),
    ]
    once = sum(each.own_seconds for each in rows) - shared  # LPIPS's two rows share one forward pass
    images = samples.shape[0] * samples.shape[1] + len(real) + len(of_references.flatten(0, 1))
    speed = own.inception_operations() * images / seconds["inception forward"]
    return [*rows, everything(rows, once)], clock, {"AlexNet": alexnet, "Inception": inception}, speed


def row(scores: str, peer: Measured, measured: Measured, found: Tensor, seconds: float) -> Row:
    """Return the line of some scores, `found` by benchbench in these seconds of what was measured."""
    return Row(scores, peer.seconds, seconds, peer.peak, measured.peak, deviation(found, peer.value))


def everything(rows: Sequence[Row], own_seconds: float) -> Row:
    """Return the line of all scores: the peers one after the other, benchbench in one pass."""
    peaks = [[each.peer_peak for each in rows], [each.own_peak for each in rows]]
    peer_peak, own_peak = (None if None in side else max(side) for side in peaks)
    peer_seconds = sum(each.peer_seconds for each in rows)
    return Row("everything", peer_seconds, own_seconds, peer_peak, own_peak, max(each.deviation for each in rows))


def first_table(rows: Sequence[Row]) -> str:
    """Return the comparison with the peers as markdown."""

    def mebibytes(peak: int | None) -> str:
        return "not available" if peak is None else f"{peak / MEBIBYTE:.0f}"

    lines = [
        {
            "scores": each.scores,
            "peer, s": f"{each.peer_seconds:.1f}",
            "benchbench, s": f"{each.own_seconds:.1f}",
            "ratio": f"{each.peer_seconds / each.own_seconds:.1f}",
            "peer, peak MiB": mebibytes(each.peer_peak),
            "benchbench, peak MiB": mebibytes(each.own_peak),
            "largest relative deviation": f"{each.deviation:.1e}",
        }
        for each in rows
    ]
    return tabulate(lines, headers="keys", tablefmt="github", disable_numparse=True)


def second_table(clock: Clock) -> str:
    """Return the cost of the metrics that have no peer here, as a share of that of the features."""
    features = sum(clock.seconds[name] for name in own.FORWARD)
    rest = sum(clock.seconds[name] for name in own.OF_SETS)
    lines = [
        {"metrics": name, "s": f"{seconds:.1f}", "share of the features' time": f"{seconds / features:.1%}"}
        for name, seconds in (
            *((name, clock.seconds[name]) for name in own.OF_SETS),
            ("together", rest),
            ("features (LPIPS and Inception)", features),
        )
    ]
    return tabulate(lines, headers="keys", tablefmt="github", disable_numparse=True)


@click.command()
@click.option("--quick", is_flag=True, help="30 conditions and 300 real images instead of 300 and 2000.")
@click.option("--full", is_flag=True, help="Time the peer's 190 pairs on every condition, not on a tenth of them.")
@click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")
@click.option("--threads", type=int, default=None, help="Threads on both sides; default: torch's own number.")
@click.option("--json", "path", type=click.Path(path_type=Path), help="Write the figures here too.")
def main(quick: bool, full: bool, device: str, threads: int | None, path: Path | None) -> None:
    """Time the peers and benchbench on the same images, and print two tables in markdown."""
    if threads:
        torch.set_num_threads(threads)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False  # on both sides
    conditions = 30 if quick else 300
    size = Size(conditions, 20, 300 if quick else 2000, conditions if full else conditions // 10)
    with threadpool_limits(torch.get_num_threads()):  # of numpy and scikit-learn
        rows, clock, files, speed = compare(size, device)
        product = matrix_product_speed(device)
    total = rows[-1].own_seconds + sum(clock.seconds[name] for name in own.OF_SETS)
    forward = sum(clock.seconds[name] for name in own.FORWARD) / total
    click.echo(
        f"{size.conditions} conditions x {size.samples} samples of 64 px, {size.real} real images; {device},"
        f" {torch.get_num_threads()} threads, torch {torch.__version__};"
        f" weights: {', '.join(f'{network} {name}' for network, name in files.items())}\n"
    )
    click.echo(f"{first_table(rows)}\n\n{second_table(clock)}\n")
    click.echo(
        f"Forward passes are {forward:.0%} of benchbench's time for both tables. Inception's ran at {speed / 1e9:.0f}"
        f" GFLOP/s, {speed / product:.0%} of a float32 matrix product's {product / 1e9:.0f} here."
    )
    if path:
        figures = {
            "size": asdict(size),
            "device": device,
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
            "weights": files,
            "rows": [asdict(each) for each in rows],
            "stages": dict(clock.seconds),
            "forward": forward,
            "inception_flops": speed,
            "matrix_product_flops": product,
        }
        path.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
