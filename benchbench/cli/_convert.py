"""`benchbench weights convert`: a `.pth` or `.ckpt` file as safetensors."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("convert")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path))
@click.argument("target", metavar="[OUTPUT]", required=False, type=click.Path(path_type=Path))
@click.option("--key", default="", help="Under which key of the file the tensors are, such as state_dict.")
@click.option("--force", is_flag=True, help="Replace OUTPUT if it is there.")
def command(source: Path, target: Path | None, key: str, force: bool) -> None:
    """Write the tensors of a .pth, .pt or .ckpt file as safetensors, executing nothing that is in it.

    OUTPUT is the file's name with the suffix .safetensors where it is not given. The prefixes module. (DataParallel)
    and _orig_mod. (torch.compile) are removed from names.
    """
    from benchbench.core import BenchbenchError
    from benchbench.system.convert import convert

    place = target or source.with_suffix(".safetensors")
    if place.exists() and not force:
        raise BenchbenchError(f"{place} is there already; name another output, or add --force")
    tensors = convert(source, place, key)
    numbers = sum(each.numel() for each in tensors.values())
    click.echo(f"{place}: {len(tensors)} tensors, {numbers:,} numbers")
