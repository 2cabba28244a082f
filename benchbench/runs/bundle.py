"""A run as one archive for a maintainer: record, conditions, kept samples, checkpoint or where it is, provenance.

Members are stored in the order of their names without times, so the same run gives the same bytes anywhere.

manifest.json                  what the archive is of, and the SHA-256 of each other member
run/record.json, run.json, conditions.parquet, checksums.sha256, samples/<id>/<k>.png
checkpoint/weights.<suffix>    the trained weights: a file, or a folder with its files
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from benchbench import __version__
from benchbench.core import BenchbenchError
from benchbench.core.record import Record
from benchbench.core.record_json import parsed
from benchbench.core.uncertainty import STRICT
from benchbench.data.archives import unpack
from benchbench.data.filling import Filling
from benchbench.data.source import Limits
from benchbench.runs.directory import CONDITIONS, recorded
from benchbench.system.envelope import sealed, sum_of, unsealed
from benchbench.system.files import replacing
from benchbench.system.folders import files_in
from benchbench.system.records import RECORD, read_text
from benchbench.system.regular import is_litter, open_regular
from benchbench.system.sums import SUMS

SCHEMA = 1
MANIFEST = "manifest.json"
RUN, CHECKPOINT = "run", "checkpoint"
"""The folders of the archive."""
PARTS = (RECORD, "run.json", CONDITIONS, SUMS)
"""What a bundle takes of a run directory, beside its samples."""
MOST_CHECKPOINT = 64 << 20
"""Bytes of a checkpoint above which the archive has its address alone."""
LIMITS = Limits(most_bytes=8 << 30, most_ratio=20, whose="bundles", advice="")
"""Of what a bundle may unpack to."""
MOST_TABLE = 256 << 20
"""Bytes of the scores by condition, unpacked."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every member: the first one that the format knows."""


@dataclass(frozen=True)
class Weights:
    """The checkpoint of the run."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    place: Literal["none", "shipped", "inside", "elsewhere"]
    """`shipped`: with the method's distribution; `elsewhere`: at the address."""
    sha256: str = ""
    """As the record has it."""
    path: str = ""
    """In the archive, where it is inside."""
    address: str = ""


@dataclass(frozen=True)
class Manifest:
    """What a bundle is of."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    task: str
    method: str
    """Its label."""
    run_id: str
    checkpoint: Weights
    provenance: dict[str, str]
    """What made the run, by plain names: distribution, commit, versions."""
    files: dict[str, str]
    """SHA-256 of each member but this one, by its path."""
    benchbench: str = __version__
    schema: int = SCHEMA


@dataclass(frozen=True)
class Bundle:
    """An unpacked bundle, whose members are those of its manifest."""

    source: Path
    """The archive."""
    sha256: str
    manifest: Manifest
    run: Path
    checkpoint: Path | None
    record: Record = field(repr=False)


def pack(run: Path, target: Path, weights: Weights, checkpoint: Path | None) -> Manifest:
    """Write a run as one archive and return its manifest; `checkpoint` is the file or folder to put inside, if any.

    The caller has resolved which checkpoint that is (`weights`).
    """
    record = recorded(run)
    members = _members(run, checkpoint)
    files = {name: sum_of(path) for name, path in members.items()}
    manifest = Manifest(record.task.name, record.method.label, record.run_id, weights, provenance(record), files)
    replacing(target, lambda path: _write(path, members, sealed(dataclasses.asdict(manifest))))
    return manifest


def _members(run: Path, checkpoint: Path | None) -> dict[str, Path]:
    """Return the files of a bundle by their paths in it."""
    found = {f"{RUN}/{name}": run / name for name in PARTS if (run / name).is_file()}
    samples = run / "samples"
    found |= {f"{RUN}/samples/{path}": samples / path for path in files_in(samples) if path.endswith(".png")}
    if checkpoint is None:
        return found
    own = member_of(checkpoint)
    if checkpoint.is_dir():
        own_files = (path for path in files_in(checkpoint) if not any(map(is_litter, path.split("/"))))
        return found | {f"{own}/{path}": checkpoint / path for path in own_files}
    return {**found, own: checkpoint}


def member_of(checkpoint: Path) -> str:
    """Return the path of a checkpoint in the archive, which tells its kind and nothing of its maker's machine."""
    return f"{CHECKPOINT}/weights{'' if checkpoint.is_dir() else checkpoint.suffix}"


def _write(path: Path, members: Mapping[str, Path], manifest: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_member(MANIFEST), manifest)
        for name in sorted(members):
            with open_regular(members[name]) as content, archive.open(_member(name), "w", force_zip64=True) as file:
                shutil.copyfileobj(content, file, 1 << 20)


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, EPOCH)
    info.create_system, info.external_attr = 3, 0o100644 << 16  # a plain file, whatever system writes it
    return info


def provenance(record: Record) -> dict[str, str]:
    """Return what made a run, by plain names."""
    ran_on = record.environment
    versions = {name: ran_on.packages[name] for name in sorted(ran_on.packages)}
    found = {
        "distribution": record.method.distribution,
        "commit": ran_on.git_commit or "",
        "python": ran_on.python,
        "platform": ran_on.platform,
        "device": ran_on.device,
        **{f"version of {name}": version for name, version in versions.items()},
        **{f"SHA-256 of {name} as installed": sha256 for name, sha256 in sorted(ran_on.installed.items())},
    }
    return {name: value for name, value in found.items() if value}


@contextmanager
def unpacked(source: Path) -> Iterator[Bundle]:
    """Give an unpacked bundle, in a temporary folder; raise `BenchbenchError` where it is not what its manifest says.

    Nothing lands outside that folder, no link is followed, and no limit is passed.
    """
    if not source.is_file():
        raise BenchbenchError(f"{source} is not a file")
    with tempfile.TemporaryDirectory(prefix="benchbench-bundle-") as place:
        folder = Path(place)
        filled = Filling(folder)
        unpack(source, filled, limits=LIMITS)
        manifest = _manifest(source, folder)
        _require_same(source, manifest.files, {name: each.sha256 for name, each in filled.files.items()})
        record = _record(source, folder / RUN, manifest)
        weights = manifest.checkpoint
        inside = folder / weights.path if weights.place == "inside" else None
        if inside is not None and not any(f"{name}/".startswith(f"{weights.path}/") for name in manifest.files):
            raise BenchbenchError(f"{source}: its checkpoint {weights.path!r} is not in it")
        yield Bundle(source, sum_of(source), manifest, folder / RUN, inside, record)


def _manifest(source: Path, folder: Path) -> Manifest:
    path = folder / MANIFEST
    if not path.is_file():
        raise BenchbenchError(
            f"{source} is no bundle: it has no {MANIFEST}; make one with `benchbench submit --bundle`"
        )
    name = f"{source}: {MANIFEST}"
    fields = unsealed(read_text(path), name)
    schema = fields.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise BenchbenchError(f"{name}: schema {schema} is of a later benchbench, which reads up to {SCHEMA} here")
    manifest: Manifest = parsed(Manifest, json.dumps(fields), f"{name} is not one of a bundle")
    return manifest


def _require_same(source: Path, stated: Mapping[str, str], found: Mapping[str, str]) -> None:
    """Raise `BenchbenchError` that names the first member that is missing, of other content, or not in the manifest."""
    own = {name: sha256 for name, sha256 in found.items() if name != MANIFEST}
    for name in sorted(stated.keys() | own.keys()):
        if name not in own:
            raise BenchbenchError(f"{source}: {name!r} is in its manifest and no plain file of the archive")
        if name not in stated:
            raise BenchbenchError(f"{source}: {name!r} is not in its manifest")
        if stated[name] != own[name]:
            raise BenchbenchError(f"{source}: {name!r} is not the file of its manifest: it was replaced")


def _record(source: Path, run: Path, manifest: Manifest) -> Record:
    """Return the record of an unpacked run; messages name the archive."""
    try:
        record = recorded(run)
    except BenchbenchError as error:
        raise BenchbenchError(str(error).replace(str(run), f"{source}: {RUN}")) from None
    _require_small(source, run / CONDITIONS, record.protocol.num_conditions)
    told = (record.task.name, record.method.label, record.run_id, record.method.checkpoint or "")
    if told != (manifest.task, manifest.method, manifest.run_id, manifest.checkpoint.sha256):
        raise BenchbenchError(f"{source}: its manifest is of another record than the one in it")
    return record


def _require_small(source: Path, table: Path, rows: int) -> None:
    """Raise `BenchbenchError` where the table of a few numbers per condition would fill the memory."""
    if not table.is_file():
        return
    import pyarrow
    from pyarrow import parquet

    try:
        about = parquet.read_metadata(table)
    except (OSError, pyarrow.ArrowException) as error:
        raise BenchbenchError(f"{source}: {RUN}/{CONDITIONS} cannot be read ({type(error).__name__})") from None
    size = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
    if about.num_rows != rows or size > MOST_TABLE:
        raise BenchbenchError(
            f"{source}: {RUN}/{CONDITIONS} has {about.num_rows:,} rows of {size:,} bytes, its protocol {rows:,}"
            " conditions"
        )
