"""Options that hold runs to limits: `--timeout 30m`, `--memory 4GB`; lists of seeds; and the size of batches."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "": 1.0}
BYTES = {"mb": 1e6, "gb": 1e9, "mib": 2.0**20, "gib": 2.0**30}
Callback = Callable[[click.Context, click.Parameter, Any], Any]


def _amount(what: str, units: dict[str, float], example: str) -> Callback:
    """Return what reads a number with a unit."""

    def read(ctx: click.Context, parameter: click.Parameter, value: Any) -> float | None:
        if value is None:
            return None
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", str(value).strip().lower())
        if not found or found[2] not in units or float(found[1]) <= 0:
            raise click.BadParameter(f"{value!r} is no {what}: write {example}")
        return float(found[1]) * units[found[2]]

    return read


def _seeds(ctx: click.Context, parameter: click.Parameter, value: Any) -> tuple[int, ...] | None:
    """Return the seeds of a text with commas or of a list, each once."""
    if value is None:
        return None
    parts = value if isinstance(value, list | tuple) else str(value).split(",")
    try:
        return tuple(dict.fromkeys(int(part) for part in parts))
    except ValueError:
        raise click.BadParameter(f"{value!r}: seeds are integers with commas, such as 0,1,2") from None


def _batch(ctx: click.Context, parameter: click.Parameter, value: Any) -> int | None:
    """Return the number of conditions; `None` for `auto`."""
    if value == "auto":
        return None
    size: int = click.IntRange(1).convert(value, parameter, ctx)
    return size


seeds_option = click.option(
    "--seeds",
    type=click.UNPROCESSED,
    callback=_seeds,
    metavar="0,1,2",
    help="Several seeds, each a run of its own.",
)
batch_option = click.option(
    "--batch-size",
    type=click.UNPROCESSED,
    callback=_batch,
    default=1,
    show_default=True,
    metavar="INTEGER|auto",
    help="Conditions per sample call; auto: on a GPU as many as fit. Halved where memory is too small.",
)
timeout_option = click.option(
    "--timeout",
    type=click.UNPROCESSED,
    callback=_amount("time", SECONDS, "90s, 30m or 2h"),
    metavar="TIME",
    help="Worker time that one method may use on one task (90s, 30m, 2h); beyond it the run has failed.",
)
isolate_option = click.option(
    "--isolate",
    is_flag=True,
    help="Each method in workers of its own: a clean environment, and on Linux nothing to write to but its run.",
)
memory_option = click.option(
    "--memory",
    type=click.UNPROCESSED,
    callback=_amount("size", BYTES, "500MB or 4GB"),
    metavar="SIZE",
    help="Resident memory that one worker may have (500MB, 4GB); beyond it the run has failed. Linux only.",
)
