"""Add small pictures of samples to published boards: of the baselines and of the checkpoints that plugins ship.

python scripts/pictures.py TASK… [--boards leaderboards]

For each row of the newest edition, draws a few samples (4 conditions, 6 samples each) as its run drew them: a sample's
noise depends on nothing but the task, the seed, the condition and its number. A row whose checkpoint is not shipped
gets none. Takes seconds per row on a CPU.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from click.testing import CliRunner

from benchbench.cli.main import main as benchbench
from benchbench.leaderboards.folder import BoardFolder
from benchbench.leaderboards.rows import Row
from benchbench.plugins import get_task
from benchbench.publish.pictures import CONDITIONS, SAMPLES, add


def draw(row: Row, runs: Path) -> None:
    """Run a row's method for a few samples; what cannot run here is left out."""
    record = row.record
    few = ["--limit", str(CONDITIONS), "--samples", str(SAMPLES), "--keep-samples", "all", "-j", "0"]
    words = ["run", "-t", record.task.name, "-m", record.method.label, "--seed", str(record.seed), *few]
    done = CliRunner().invoke(benchbench, [*words, "-o", str(runs)])
    if done.exit_code:
        print(f"{row.label}: {done.output.strip().splitlines()[-1] if done.output.strip() else done.exception}")


def main() -> None:
    """Draw and store the pictures of each task that is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="+")
    parser.add_argument("--boards", type=Path, default=Path("leaderboards"))
    given = parser.parse_args()
    for name in given.tasks:
        task = get_task(name)
        folder = BoardFolder(given.boards, name, task.version)
        board = folder.board(task, folder.editions()[-1])
        with tempfile.TemporaryDirectory() as runs:
            for row in board.rows:
                draw(row, Path(runs))
            number = add(folder.path, task, board, Path(runs))
        size = sum(file.stat().st_size for file in (folder.path / "samples").glob("*"))
        print(f"{name}: pictures of {number} rows, {size:,} bytes in all")


if __name__ == "__main__":
    main()
