"""Run directories: shards written data first and marker last, the record, the kept samples."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.core import BenchbenchError
from benchbench.core.record import Record
from benchbench.core.record_json import to_json
from benchbench.evaluation.sources import SHARD_CONDITIONS
from benchbench.system.envelope import sum_of
from benchbench.system.files import remove_temporaries, replacing, write_bytes, write_text
from benchbench.system.owner import note_of, owned
from benchbench.system.records import RECORD, digest, read_run
from benchbench.system.sums import require_whole, write_sums

if TYPE_CHECKING:
    import pandas
    from torch import Tensor

CONDITIONS = "conditions.parquet"


class RunDirectory:
    """`<root>/<task>/<method>/<run id>/`: run.json (identity), shards/, samples/, conditions.parquet, record.json."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.samples = path / "samples"
        self.error = path / "error.txt"
        self.lock = path / ".lock"
        self._shards = path / "shards"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run for this process; raise `Busy` if another one does. The system frees it if the process dies."""
        with owned(self.lock, str(self.path), "let it finish, or give -o another folder"):
            yield

    def start(self, identity: Mapping[str, Any]) -> None:
        """Write what makes this run itself, for people who look into the folder, and forget an earlier failure."""
        self.error.unlink(missing_ok=True)
        write_text(self.path / "run.json", json.dumps(identity, indent=1, sort_keys=True) + "\n")

    def write_error(self, traceback: str) -> None:
        """Write the traceback of a plugin's exception, for its author."""
        write_text(self.error, traceback)

    def clear(self) -> None:
        """Remove everything but the lock: the run starts again."""
        for child in self.path.iterdir():
            if child not in (self.lock, note_of(self.lock)):
                shutil.rmtree(child) if child.is_dir() else child.unlink()

    def remove_leftovers(self) -> None:
        """Remove what a killed process left half written."""
        remove_temporaries(self.path, self._shards, *self.samples.glob("*/"))

    def has_shard(self, index: int) -> bool:
        """Return whether the shard is whole: its marker is there and agrees with its data, byte for byte."""
        marker, data = self._shards / f"{index:05d}.json", self._shards / f"{index:05d}.safetensors"
        try:
            return bool(json.loads(marker.read_text())["sha256"] == sum_of(data))
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def write_shard(self, index: int, tensors: Mapping[str, Tensor], summary: Mapping[str, Any]) -> None:
        """Write a shard: the tensors, then the marker with the summary."""
        from safetensors.torch import save

        content = save({name: tensor.contiguous() for name, tensor in tensors.items()})
        write_bytes(self._shards / f"{index:05d}.safetensors", content)
        write_text(
            self._shards / f"{index:05d}.json",
            json.dumps({**summary, "sha256": hashlib.sha256(content).hexdigest()}, sort_keys=True),
        )

    def is_full(self, index: int) -> bool:
        """Return whether a shard that is there has as many conditions as a shard can have."""
        from safetensors import safe_open

        with safe_open(self._shards / f"{index:05d}.safetensors", "pt") as file:
            return all(file.get_slice(name).get_shape()[0] == SHARD_CONDITIONS for name in file.keys())  # noqa: SIM118

    def copy_shard(self, index: int, ids: Sequence[str], target: RunDirectory) -> None:
        """Copy a shard with the samples that were kept of its conditions: samples and data first, then the marker."""
        samples = [path for id in ids for path in sorted((self.samples / id).glob("*.png"))]
        shard = [self._shards / f"{index:05d}{ending}" for ending in (".safetensors", ".json")]
        for path in (*samples, *shard):
            write_bytes(target.path / path.relative_to(self.path), path.read_bytes())

    def read_shards(self, number: int) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
        """Return the tensors of all shards joined along their first axis, and the summaries, in shard order.

        What set metrics look at (samples, features) is joined in files and mapped: memory does not grow with it.
        """
        import torch
        from safetensors import safe_open

        summaries = [json.loads((self._shards / f"{i:05d}.json").read_text()) for i in range(number)]
        files = [safe_open(self._shards / f"{i:05d}.safetensors", "pt") for i in range(number)]
        joined: dict[str, Tensor] = {}
        for name in files[0].keys():  # noqa: SIM118 -- a safetensors file is no mapping
            parts = (file.get_tensor(name) for file in files)
            mapped = name.startswith("view:")
            joined[name] = self._mapped(f"joined-{len(joined)}.bin", parts) if mapped else torch.cat(list(parts))
        return joined, summaries

    def _mapped(self, name: str, parts: Iterator[Tensor]) -> Tensor:
        """Return the parts joined, as a map of a file of this name that goes with the shards."""
        import torch

        path = self._shards / name
        rows, shape, dtype = 0, (), torch.uint8
        with path.open("wb") as file:
            for part in parts:
                rows, shape, dtype = rows + len(part), tuple(part.shape[1:]), part.dtype
                file.write(part.contiguous().numpy().data)
        number = rows * math.prod(shape)
        return torch.from_file(str(path), size=number, dtype=dtype).reshape(rows, *shape)

    def drop_shards(self) -> None:
        """Remove the shards, once the record is written."""
        shutil.rmtree(self._shards, ignore_errors=True)

    def write_samples(self, id: str, samples: Tensor) -> None:
        """Write one condition's samples `uint8[K, 3, H, W]` as `samples/<id>/<k>.png`."""
        from io import BytesIO

        from PIL import Image

        for k, image in enumerate(samples.permute(0, 2, 3, 1).cpu().numpy()):
            content = BytesIO()
            Image.fromarray(image).save(content, "PNG")
            write_bytes(self.samples / id / f"{k:02d}.png", content.getvalue(), durable=False)

    def write_conditions(self, table: pandas.DataFrame) -> None:
        """Write each condition's scores."""
        replacing(self.path / CONDITIONS, lambda path: table.to_parquet(path, index=False))

    def write_record(self, record: Record) -> None:
        """Write the checksums of the record and of the scores by condition, then the record; last of all.

        An earlier record, of a failure, goes first: beside the checksums of another one it would be a damaged one.
        """
        (self.path / RECORD).unlink(missing_ok=True)
        text = to_json(record, indent=1) + "\n"
        sums = {RECORD: digest(text)}
        if (self.path / CONDITIONS).is_file():
            sums[CONDITIONS] = sum_of(self.path / CONDITIONS)
        write_sums(self.path, sums)
        write_text(self.path / RECORD, text)

    def read_record(self) -> Record | None:
        """Return the record if the run has one."""
        return read_run(self.path) if (self.path / RECORD).is_file() else None


def recorded(run: Path) -> Record:
    """Return the record of a run directory; raise `BenchbenchError` where there is none."""
    return read_run(run)


def read_conditions(path: Path) -> pandas.DataFrame:
    """Return each condition's scores, with its `id` and `group`; raise `BenchbenchError` where that is not there."""
    import pandas

    require_whole(path, "run it again with --force")
    try:
        table = pandas.read_parquet(path)
    except (OSError, ValueError) as error:
        raise BenchbenchError(f"{path} cannot be read ({error}); run it again") from None
    for name in ("id", "group"):
        if name not in table:
            raise BenchbenchError(f"{path} is damaged: it has no column {name}; run it again")
    return table
