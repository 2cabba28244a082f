"""What a sealed edition attests of the rows that it ran."""

from __future__ import annotations

from benchbench.core import Task
from benchbench.leaderboards.sealed_rows import sealed_rows
from benchbench.leaderboards.sealing import frozen_edition
from benchbench.leaderboards.seals import Seal
from benchbench.leaderboards.tiers import Attestation


def attest_sealed(seal: Seal, task: Task) -> None:
    """Attest the tier `sealed` of every record that was run on the draw, unless its row is worse than in public."""
    folder, commitment, opening = seal.folder, seal.commitment(), seal.opening()
    board = folder.board(task, frozen_edition(commitment, folder.editions(), str(seal.commitment_file)))
    ran = {each.public for each in opening.rows if each.sealed}
    for row in sealed_rows(task, board, opening, seal.entries()):
        if row.sealed is None or row.public is None or row.is_worse:
            continue
        facts: dict[str, bool | int | float | str] = {
            "sealed edition": seal.number,
            "public": row.public.value,
            "sealed": row.sealed.value,
        }
        if row.error is not None:
            facts["error of the difference"] = row.error
        for key in row.row.digests:
            if key in ran:
                folder.attest(Attestation(key, "sealed", opening.date, facts))
