"""Options that hold runs to limits: `--timeout 30m`, `--memory 4GB`; and lists of seeds."""

from __future__ import annotations

import re
from typing import Any

import click

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "": 1.0}
BYTES = {"mb": 1e6, "gb": 1e9, "mib": 2.0**20, "gib": 2.0**30}


class _Amount(click.ParamType):
    """A number with a unit."""

    def __init__(self, name: str, units: dict[str, float], example: str) -> None:
        self.name, self._units, self._example = name, units, example

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the amount in seconds or bytes."""
        if isinstance(value, int | float):
            return float(value)
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", str(value).strip().lower())
        if not found or found[2] not in self._units or float(found[1]) <= 0:
            self.fail(f"{value!r} is no {self.name}: write {self._example}", param, ctx)
        return float(found[1]) * self._units[found[2]]


class _Seeds(click.ParamType):
    """Integers with commas, or a list of them."""

    name = "seeds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Return the seeds, each once."""
        parts = value if isinstance(value, list | tuple) else str(value).split(",")
        try:
            return tuple(dict.fromkeys(int(part) for part in parts))
        except ValueError:
            self.fail(f"{value!r}: seeds are integers with commas, such as 0,1,2", param, ctx)


class _Batch(click.ParamType):
    """A number of conditions, or `auto`."""

    name = "batch size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number; `auto` stays."""
        return value if value == "auto" else click.IntRange(1).convert(value, param, ctx)


batch_option = click.option(
    "--batch-size",
    type=_Batch(),
    default=1,
    show_default=True,
    metavar="INTEGER|auto",
    help="Conditions per sample call; auto: on a GPU as many as fit. Halved where memory is too small.",
)
timeout_option = click.option(
    "--timeout",
    type=_Amount("time", SECONDS, "90s, 30m or 2h"),
    metavar="TIME",
    help="Worker time that one method may use on one task (90s, 30m, 2h); beyond it the run has failed.",
)
memory_option = click.option(
    "--memory",
    type=_Amount("size", BYTES, "500MB or 4GB"),
    metavar="SIZE",
    help="Resident memory that one worker may have (500MB, 4GB); beyond it the run has failed. Linux only.",
)
seeds_option = click.option("--seeds", type=_Seeds(), metavar="0,1,2", help="Several seeds, each a run of its own.")
