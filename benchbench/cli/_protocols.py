"""Stored samples under published protocols: scored, and shown side by side."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from benchbench.cli import _common

if TYPE_CHECKING:
    from benchbench.runs.stored import Application, Rescored, StoredSamples

WIDTH = 116
"""Of running text."""


def under_protocols(names: Sequence[str], stored: Sequence[StoredSamples], settings: dict[str, Any]) -> list[Rescored]:
    """Return what each protocol says of each method, by protocol."""
    from benchbench.runs.request import cache_directory, resolve_device
    from benchbench.runs.stored import open_stored, rescore

    device = resolve_device(settings["device"])
    applied = [_apply(names, each, settings["features"]) for each in stored]
    rescored: list[Rescored] = []
    for each, applications in zip(stored, applied, strict=True):
        with _common.stderr_console().status(f"{each.task.name}: preparing the features of its real images"):
            session = open_stored(each, applications, device, cache_directory(settings["output"]))
        with _common.progress_bar(each.label) as update:
            rescored += rescore(each, applications, session, update)
    order = list(dict.fromkeys(each.application.published for each in rescored))
    return sorted(rescored, key=lambda each: order.index(each.application.published))


def _apply(names: Sequence[str], stored: StoredSamples, features: Sequence[str]) -> list[Application]:
    """Return the protocols on what is stored; of `all`, those that mean something on it."""
    from benchbench.core import Unsupported
    from benchbench.plugins import registry
    from benchbench.runs.stored import apply

    found = registry()
    if "all" not in names:
        return [apply(found.get("protocols", name), stored, found, features) for name in dict.fromkeys(names)]
    applications = []
    for name, protocol in found.protocols.items():
        try:
            applications.append(apply(protocol, stored, found, features))
        except Unsupported as error:
            click.echo(f"{name}: skipped: {error}", err=True)
    if not applications:
        raise Unsupported(f"no protocol can be carried out on {stored.folder}")
    return applications


def show_rescored(rescored: Sequence[Rescored], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([_data(each) for each in rescored], indent=1, sort_keys=True))
        return
    from tabulate import tabulate

    from benchbench.publish.words import kind_of, number

    rows = [
        {
            "protocol": f"{each.application.protocol.name}@{each.application.protocol.version}",
            "task": each.samples.task.name,
            "method": each.samples.label,
            "conditions": each.application.num_conditions,
            "samples": each.application.protocol.samples_per_condition,
            "pairs": each.application.protocol.pairs_per_condition,
            "pairing": each.application.protocol.pairing,
            "score": score.id,
            "value": number(score.value, score.standard_error),
        }
        for each in rescored
        for score in each.scores
    ]
    align = ["left", "left", "left", "right", "right", "right", "left", "left", "right"]
    click.echo(tabulate(rows, headers="keys", tablefmt="simple", colalign=align, disable_numparse=True))
    stated = [score.uncertainty for each in rescored for score in each.scores]
    errors = dict.fromkeys(kind_of(each) for each in stated if each is not None)
    caption = (
        f"samples, pairs: of each condition. ±: {'; '.join(errors)} over conditions, ours for every protocol. Compare"
        " methods within a protocol: the numbers that its authors published are of other images."
    )
    click.echo("\n" + textwrap.fill(caption, WIDTH))
    _print_deviations(rescored)


def _print_deviations(rescored: Sequence[Rescored]) -> None:
    """Print for each protocol its source and what is not as published, with the methods if that is not so for all."""
    for published in dict.fromkeys(each.application.published for each in rescored):
        sentences: dict[str, list[str]] = {}
        own = [each for each in rescored if each.application.published == published]
        for each in own:
            for sentence in each.application.deviations:
                sentences.setdefault(sentence, []).append(each.samples.label)
        click.echo(f"\n{published.name}@{published.version}: {published.summary}")
        click.echo(textwrap.fill(published.source, WIDTH, initial_indent="  ", subsequent_indent="  "))
        for sentence, labels in sentences.items():
            who = "" if len(labels) == len(own) else f" ({', '.join(labels)})"
            click.echo(textwrap.fill(sentence + who, WIDTH, initial_indent="  - ", subsequent_indent="    "))


def _data(rescored: Rescored) -> dict[str, Any]:
    application, stored = rescored.application, rescored.samples
    return {
        "method": stored.label,
        "task": stored.task.name,
        "samples": str(stored.folder),
        "seed": stored.seed,
        "protocol": application.protocol.numbers(),
        "published": application.published.numbers(),
        "source": application.published.source,
        "deviations": application.deviations,
        "scores": [dataclasses.asdict(score) for score in rescored.scores],
    }
