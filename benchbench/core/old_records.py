"""Records and editions of earlier schemas, in the fields of today; the only place that reads facts out of sentences.

Whatever is not in the form that the suite wrote then is left as it is, and validation names it.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Mapping
from typing import Any

from benchbench.core import uncertainty as kinds
from benchbench.core.uncertainty import Uncertainty

Fields = dict[str, Any]
"""The members of a JSON object."""

_PHRASES = {
    "standard error": kinds.STANDARD_ERROR,
    "bootstrap standard error": kinds.BOOTSTRAP,
    "two-level bootstrap standard error": kinds.TWO_LEVEL_BOOTSTRAP,
    "jackknife standard error,": kinds.JACKKNIFE,
    "standard error clustered by both conditions of a pair,": kinds.DYADIC,
}
_UNCERTAINTY = re.compile(
    rf"(?P<phrase>{'|'.join(map(re.escape, _PHRASES))})(?: (?P<blocks>\d+) blocks)?"
    r" over (?P<n>\d+) conditions(?: in (?P<groups>\d+) groups)?(?: and (?P<seeds>\d+) training seeds)?"
)
_SUBSETS = re.compile(r"standard deviation over (\d+) subsets of (\d+)")
_THRESHOLD = re.compile(r"(?:(?P<rest>.*); )?threshold (?P<value>[0-9.e+-]+) \((?P<kind>repeat|visible)\)")
_COUNTS = re.compile(r"(\d+) samples, (\d+) (real|dimensions)")
_INSIDE = re.compile(r"[^\[]+@\d+\[(.*)\]")
_SIZE = re.compile(r"\d+(x\d+)?px")


def modern_record(fields: Fields) -> Fields:
    """Return the members of a record of schema 1 or 2 in the fields of schema 3."""
    found = dict(fields)
    found.setdefault("schema", 2)
    if isinstance(found.get("method"), dict):
        found["method"] = _method(found["method"])
    if isinstance(found.get("scores"), list):
        found["scores"] = [_score(each) if isinstance(each, dict) else each for each in found["scores"]]
    for name in ("timing", "paired"):
        if found.get(name) == {}:
            found[name] = None
    return found


def modern_edition(fields: Fields) -> Fields:
    """Return the members of an edition of schema 1, which has no such member, in the fields of schema 2."""
    standings = [
        {"records": [each["record"]], **{name: value for name, value in each.items() if name != "record"}}
        for each in fields["standings"]
    ]
    return {**fields, "standings": standings, "num_rows": len(fields["records"]), "schema": 1}


def uncertainty_of(sentence: str, n: int) -> Uncertainty:
    """Return the facts of a sentence such as `bootstrap standard error over 300 conditions in 30 groups`.

    `n` conditions are assumed where it is another sentence, which then names the kind.
    """
    found = _UNCERTAINTY.fullmatch(sentence)
    if found is not None:
        number = int(found["n"])
        return Uncertainty(
            kind=_PHRASES[found["phrase"]],
            n=number,
            groups=int(found["groups"] or number),
            blocks=int(found["blocks"]) if found["blocks"] else None,
            training_seeds=int(found["seeds"] or 1),
        )
    subsets = _SUBSETS.fullmatch(sentence)
    if subsets is not None:
        return Uncertainty(kinds.SUBSETS, int(subsets[1]), int(subsets[1]), subset_size=int(subsets[2]))
    return Uncertainty(sentence.removesuffix(" over conditions"), n, n)


@functools.lru_cache(4096)
def _stated(sentence: str, n: int) -> Fields:
    """Return the members of an uncertainty; shared by all scores that state the same, and never changed."""
    return dataclasses.asdict(uncertainty_of(sentence, n))


def _method(method: Fields) -> Fields:
    found = {"version": 1, "distribution": "", "checkpoint": None, **method}
    training = found.get("training")
    if isinstance(training, dict):
        kept = {name: value for name, value in training.items() if value is not None}
        found["training"] = kept or None
    return found


def _score(score: Fields) -> Fields:
    found = dict(score)
    sentence, n = found.get("uncertainty"), found.get("n")
    if isinstance(sentence, str) and type(n) is int:
        unknown = found.get("standard_error") is None
        found["uncertainty"] = None if unknown else _stated(sentence, n)
    if isinstance(found.get("detail"), str):
        found |= _detail(found["detail"])
    if isinstance(found.get("id"), str):
        found["variant"] = _variant(found["id"], str(found.get("features")))
    return found


@functools.lru_cache(4096)
def _detail(detail: str) -> Fields:
    """Return threshold and counts of a detail, and what else it says."""
    found: Fields = {"detail": _phrases(detail)}
    threshold = _THRESHOLD.fullmatch(detail)
    if threshold is not None:
        stated = {"kind": threshold["kind"], "value": float(threshold["value"])}
        found = {"detail": _phrases(threshold["rest"] or ""), "threshold": stated}
    counts = _COUNTS.fullmatch(detail)
    if counts is not None:
        found = {"detail": [], "counts": {"samples": int(counts[1]), counts[3]: int(counts[2])}}
    return found


def _phrases(detail: str) -> list[str]:
    return detail.split("; ") if detail else []


@functools.lru_cache(4096)
def _variant(id: str, features: str) -> str:
    """Return what a score's id names beside extractor and size of the images."""
    inside = _INSIDE.fullmatch(id)
    parts = inside[1].split(",") if inside else []
    return ",".join(part for part in parts if not _SIZE.fullmatch(part) and not part.startswith(f"{features}@"))


def modern_calibration(fields: Mapping[str, Any]) -> Fields:
    """Return the members of a calibration whose uncertainties are sentences, with these as facts."""
    protocol = fields.get("protocol")
    n = protocol.get("num_conditions", 0) if isinstance(protocol, dict) else 0
    stated = fields.get("uncertainties")
    if not isinstance(stated, list):
        return dict(fields)
    facts = [dataclasses.asdict(uncertainty_of(each, n)) if isinstance(each, str) else each for each in stated]
    return {**fields, "uncertainties": facts}
