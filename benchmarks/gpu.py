"""The whole protocol on a GPU, from the command to the table, and the peers' way beside it, in at most eight minutes.

python benchmarks/gpu.py                                                           300 conditions x 20 samples, on cuda
python benchmarks/gpu.py --device cpu --conditions 2 --samples 2 --sides 64 --real 8   to try it

SRGAN, pix2pix and a flow, each of its paper's size and after one step (times do not depend on weights), at 64 and 256
px, scored with LPIPS(alex) and Inception features. The peers' way, for SRGAN: the same samples as PNG files, then an
`lpips.LPIPS` module on their pairs and torch-fidelity. LPIPS needs alexnet_features.pth (BENCHBENCH_WEIGHTS). Where
Inception's file is missing, both sides have the same random numbers. What no longer fits into the time is
left out by name.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import metrics as benchmark_of_metrics
import peers
import torch
from PIL import Image
from tabulate import tabulate

from benchbench.cli import run as command
from benchbench.cli._profile import FORWARD
from benchbench.cli._sweep import Asked
from benchbench.cli.main import main as main_command
from benchbench.core import Protocol
from benchbench.features import inception
from benchbench.features._inception import InceptionNetwork
from benchbench.plugins import get_task, registry
from benchbench.protocols import pairs
from benchbench.runs.seconds import Seconds
from benchbench.specs import parse_method
from benchbench.system import weights

METHODS = {"srgan-noise[size=paper]": "-x4", "pix2pix-noise[size=paper]": "", "flow[size=paper]": ""}
"""With the ending of the task that each serves."""
METRICS = ("energy-score[lpips-alex]", "diversity[lpips-alex]", "frechet[inception]", "kernel[inception]")


def own_way(task: str, method: str, checkpoint: Path, given: argparse.Namespace, folder: Path) -> tuple[float, Seconds]:
    """Run, score and record; return the wall time and the seconds by part."""
    found = registry()
    settings = {"output": folder, "device": given.device, "limit": given.conditions, "samples": given.samples}
    asked = Asked((task,), [parse_method(method, found)], (0,), checkpoint)
    began = time.perf_counter()
    (state,), _ = command.execute(
        found.get("executors", "local"),
        0,
        asked,
        {**settings, "metrics": METRICS, "batch_size": None, "keep_samples": "all"},
    )
    if state.record is None or state.record.status != "ok":
        raise SystemExit(f"{method} on {task}: {state.error or state.record}")
    return time.perf_counter() - began, state.seconds


def peers_way(task_name: str, folder: Path, sampling: float, given: argparse.Namespace) -> float:
    """Return the seconds from sampling to scores through files; `folder` has the samples that were kept as PNG.

    The seconds of sampling are those of the run; the files are read and written again, and scored by the peers.
    """
    task, began = get_task(task_name), time.perf_counter()
    files = sorted(folder.glob(f"{task_name}/*/*/samples/*/*.png"))
    images = []
    for number, file in enumerate(files):
        with Image.open(file) as image:
            images.append(torch.frombuffer(bytearray(image.convert("RGB").tobytes()), dtype=torch.uint8))
            image.save(folder / f"peer-{number}.png")
    samples = torch.stack(images).view(-1, given.samples, task.side, task.side, 3).permute(0, 1, 4, 2, 3).contiguous()
    real = task.real_pool()
    model, _, _ = benchmark_of_metrics.lpips_models(given.device)
    protocol = Protocol(samples_per_condition=given.samples)
    examples = task.examples("test")
    chosen = [pairs(protocol, task, 0, examples[number].id) for number in range(len(samples))]
    peers.lpips_of_pairs(model, samples, chosen, given.device)
    path, _ = benchmark_of_metrics.inception_weights(folder)
    peers.fid_and_kid(samples, real, path, min(1000, len(real), samples.shape[0] * given.samples), given.device)
    return sampling + time.perf_counter() - began


@contextmanager
def all_weights(folder: Path) -> Iterator[str]:
    """Give Inception random weights where the published file is missing; yield what it has."""
    path, what = benchmark_of_metrics.inception_weights(folder)
    published = inception._load
    if what == "random":
        state = weights.load_tensors(path)
        inception._load = lambda file, device: (InceptionNetwork(state).to(device), "0" * 64)  # type: ignore[assignment]
    try:
        yield what
    finally:
        inception._load = published


def main() -> None:
    """Print a row per method and side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--conditions", type=int, default=300)
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--sides", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--real", type=int, default=2000, help="real images")
    parser.add_argument("--seconds", type=float, default=420.0, help="no new row is begun after this")
    given = parser.parse_args()
    sizes = {"BENCHBENCH_MANY_REAL": given.real, "BENCHBENCH_MANY_TESTS": given.conditions}
    os.environ.update({name: str(number) for name, number in sizes.items()})  # before plugins are loaded
    began, rows = time.perf_counter(), []
    with tempfile.TemporaryDirectory(prefix="benchbench-gpu-") as name, all_weights(Path(name)) as what:
        print(
            f"{given.conditions} conditions x {given.samples} samples on {given.device}; Inception: {what}", flush=True
        )
        for side in given.sides:
            for method, ending in METHODS.items():
                task = ("many" if side == 64 else f"many-{side}") + ending
                if time.perf_counter() - began > given.seconds:
                    print(f"left out, for want of time: {method} at {side} px", flush=True)
                    continue
                rows.append(row(task, side, method, given, Path(name) / f"{side}-{method.partition('[')[0]}"))
    headers = ["px", "method", "s", "samples/s", "forward passes", "GPU MiB", "peers' way, s", "times as fast"]
    print(tabulate(rows, headers, tablefmt="github", floatfmt=".1f"))


def row(task: str, side: int, method: str, given: argparse.Namespace, folder: Path) -> list[object]:
    """Return the line of one method at one size."""
    words = ["fit", "-t", task, "-m", method, "--steps", "1", "--device", given.device, "-o", str(folder)]
    main_command(words, standalone_mode=False)
    (checkpoint,) = folder.glob("**/*.safetensors")
    on_gpu = given.device != "cpu"
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    seconds, parts = own_way(task, method, checkpoint, given, folder)
    memory = torch.cuda.max_memory_allocated() / 2**20 if on_gpu else float("nan")
    share = sum(getattr(parts, each) for each in FORWARD) / parts.total
    peer = peers_way(task, folder, parts.sampling, given) if method.startswith("srgan") else None
    rate = given.conditions * given.samples / seconds
    return [side, method, seconds, rate, f"{share:.0%}", memory, peer, peer and peer / seconds]


os.environ["BENCHBENCH_PLUGINS_DIR"] = str(Path(__file__).parent / "one_off")
if __name__ == "__main__":
    main()
