"""What a run ran on: versions, device, threads, and the state of the suite's source."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import subprocess
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from benchbench.core.record import Environment

BOARDS = "leaderboards"
"""What the suite itself writes in its repository."""


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def environment(device: str, distribution: str) -> Environment:
    """Return what the run ran on: versions, device, threads, and the source's git commit where it has one."""
    import torch

    packages = ("torch", "numpy", "pillow", "scikit-learn", "lpips", "torch-fidelity", "pytorch-msssim")
    versions = {}
    for name in packages:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    commit, dirty = source_state()
    return Environment(
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        processor=torch.cuda.get_device_name() if device.startswith("cuda") else _processor(),
        device=device,
        threads_per_worker=1 if device == "cpu" else torch.get_num_threads(),
        cores=os.cpu_count(),
        packages=versions,
        plugin=distribution,
        git_commit=commit,
        git_dirty=dirty,
        installed=_installed("benchbench", distribution.partition(" ")[0]),
    )


def _installed(*names: str) -> dict[str, str]:
    """Return the SHA-256 of the `RECORD` of each distribution that is installed with one, by its name and version."""
    found = {}
    for name in filter(None, names):
        with suppress(metadata.PackageNotFoundError, ValueError):
            distribution = metadata.distribution(name)
            record = distribution.read_text("RECORD")
            if record:
                found[f"{name} {distribution.version}"] = hashlib.sha256(record.encode()).hexdigest()
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")


@functools.cache
def source_state() -> tuple[str | None, bool | None]:
    """Return the commit of the suite's source and whether it is edited, as they were when first asked.

    Leaderboards are no code: a run after `submit` or `publish`, which write there, is of the committed code still.
    """
    source = Path(__file__).parent

    def ask(*words: str) -> str:
        done = subprocess.run(["git", "-C", str(source), *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        ask("ls-files", "--error-unmatch", str(Path(__file__)))
        return ask("rev-parse", "HEAD"), bool(ask("status", "--porcelain", "--", ":(top)", f":(top,exclude){BOARDS}"))
    except (OSError, subprocess.CalledProcessError):
        return None, None
