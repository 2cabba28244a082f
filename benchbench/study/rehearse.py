"""A study answered by simulated observers before people come."""

from __future__ import annotations

import json
from collections.abc import Sequence

from benchbench.core import BenchbenchError, WrongUsage
from benchbench.study.folder import StudyFolder
from benchbench.study.observers import Crowd, Observers, lines_of
from benchbench.system.files import held, write_text


def rehearse(folder: StudyFolder, sensitivities: Sequence[float] = (), seed: int = 0) -> int:
    """Write the answers of one simulated observer per seat and return how many; refuse where there are answers."""
    study = folder.read()
    key = folder.read_key(study)
    number = len(study.methods)
    if sensitivities and len(sensitivities) != number:
        raise WrongUsage(f"{len(sensitivities)} sensitivities for {number} methods: give one each, in their order")
    observers = Observers(tuple(sensitivities) or tuple(0.5 * (i + 1) for i in range(number)))
    crowd = Crowd(observers, study.setting, len(key.conditions), seed)
    lines = [line for seat, trials in enumerate(key.seats) for line in lines_of(crowd, seat, trials)]
    with held(folder.answers / ".lock", f"another process serves {folder.path}; stop it first"):
        if folder.log.exists():
            raise BenchbenchError(f"{folder.log} is there: rehearse a study before people answer it, in a copy")
        write_text(folder.log, "".join(json.dumps(line) + "\n" for line in lines))
    return len(key.seats)
