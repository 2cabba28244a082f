"""Scoring a study: who is excluded, what the others found, and what everyone found."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchbench.core import BenchbenchError
from benchbench.study.answers import Sat, read_answers
from benchbench.study.exclusions import UNFINISHED, conduct
from benchbench.study.folder import Key, Study, StudyFolder
from benchbench.study.judgements import judged
from benchbench.study.outcome import outcome
from benchbench.study.record import Outcome, StudyRecord


def score_study(folder: StudyFolder, files: Sequence[Path] = (), source: str = "") -> StudyRecord:
    """Return the record of a study with its answers; raise `BenchbenchError` where nothing can be scored."""
    study = folder.read()
    key = folder.read_key(study)
    sats = read_answers(folder, study, key, files)
    kinds = {sat.simulated for sat in sats}
    if len(kinds) > 1:
        raise BenchbenchError(f"{folder.path} mixes people with simulated observers; score them apart")
    conducts = tuple(conduct(sat, key.seats[sat.seat], study.setting) for sat in sats)
    good = [sat for sat, each in zip(sats, conducts, strict=True) if not each.reasons]
    finished = [sat for sat, each in zip(sats, conducts, strict=True) if UNFINISHED not in each.reasons]
    if not good:
        raise BenchbenchError(
            f"{folder.path}: none of {len(sats)} people is left after the exclusions; nothing to score"
        )
    return StudyRecord(
        study=study.id,
        setting=study.setting,
        task=study.task,
        source=source,
        simulated=True in kinds,
        outcome=_outcome(good, study, key, with_wrong_timing=False),
        without_exclusions=_outcome(finished, study, key, with_wrong_timing=True),
        conducts=conducts,
        key_hash=study.key_hash,
        public_hash=study.public_hash,
        answers_hash=_hash(sats),
        created=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    )


def _outcome(sats: Sequence[Sat], study: Study, key: Key, with_wrong_timing: bool) -> Outcome:
    judgements = judged(sats, key.seats, study.setting, with_wrong_timing)
    return outcome(judgements, study.methods, study.setting.design)


def _hash(sats: Sequence[Sat]) -> str:
    text = json.dumps([[sat.seat, [asdict(each) for each in sat.answers]] for sat in sats], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
