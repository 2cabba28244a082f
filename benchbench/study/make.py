"""Making a study: a folder in which everything is fixed by the setting, the runs and the task."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from benchbench.core import BenchbenchError
from benchbench.core.noise import stream
from benchbench.core.record import RecordedTask
from benchbench.study.design import BAD, REAL, Shown, Trial, deal
from benchbench.study.entrants import Entrants
from benchbench.study.folder import Key, Study, StudyFolder, key_text, public_hash
from benchbench.study.images import png, scrambled, spoiled
from benchbench.study.setting import Setting
from benchbench.system.files import write_bytes, write_text
from benchbench.system.hashes import identity_hash

ASSETS = Path(__file__).parent / "assets"
MASKS = 8
"""How many masks a study has, made of the real images of its first conditions."""


def make_study(setting: Setting, entrants: Entrants, path: Path) -> Study:
    """Write a study's folder, which must not be there, and return the study."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise BenchbenchError(f"{path} is there already: a study is never overwritten; choose another -o")
    seats = deal(setting, entrants.supply())
    key = Key(tuple(example.id for example in entrants.examples), tuple(map(tuple, seats)))
    text = key_text(key)
    task = RecordedTask(entrants.task.name, entrants.task.version, entrants.fingerprint)
    key_hash = hashlib.sha256(text.encode()).hexdigest()
    own: dict[str, Any] = {
        "setting": dataclasses.asdict(setting),
        "task": dataclasses.asdict(task),
        "methods": [dataclasses.asdict(each) for each in entrants.methods],
        "key": key_hash,
    }
    study_id = identity_hash(own)
    folder = StudyFolder(path)
    names = _write_images(setting, entrants, seats, folder.public)
    masks = _write_masks(setting, entrants, folder.public)
    _write_page(setting, study_id, seats, names, masks, folder.public)
    created = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    study = Study(study_id, setting, task, entrants.methods, key_hash, public_hash(folder.public), created)
    folder.write(study, text)
    return study


def _write_images(setting: Setting, entrants: Entrants, seats: list[list[Trial]], public: Path) -> dict[Shown, str]:
    """Write every image that is shown, in a random order under a random name; return the names."""
    shown = list(dict.fromkeys(each for seat in seats for trial in seat for each in trial.shown))
    random = stream("study names", setting.seed, *[each.run_id for each in entrants.methods])
    names: dict[Shown, str] = {}
    for place in random.permutation(len(shown)):
        name = f"{random.bytes(8).hex()}.png"
        names[shown[place]] = name
        write_bytes(public / "images" / name, png(_pixels(setting, entrants, shown[place])), durable=False)
    return names


def _pixels(setting: Setting, entrants: Entrants, shown: Shown) -> Any:
    if shown.method >= 0:
        return entrants.sample(shown.method, shown.condition, shown.sample)
    truth = entrants.truth(shown.condition, shown.sample)
    if shown.method == REAL:
        return truth
    assert shown.method == BAD
    return spoiled(truth, setting.seed, shown.condition, shown.sample)


def _write_masks(setting: Setting, entrants: Entrants, public: Path) -> list[str]:
    if not setting.timing.mask:
        return []
    number = min(MASKS, len(entrants.examples))
    for i in range(number):
        content = png(scrambled(entrants.truth(i, 0), setting.seed, i))
        write_bytes(public / "masks" / f"{i}.png", content, durable=False)
    return [f"{i}.png" for i in range(number)]


def _write_page(
    setting: Setting,
    study_id: str,
    seats: list[list[Trial]],
    names: dict[Shown, str],
    masks: list[str],
    public: Path,
) -> None:
    """Write the page, its configuration and the seats' lists, which say what is right in practice alone."""
    for name in ("index.html", "study.css", "study.js"):
        shutil.copyfile(ASSETS / name, public / name)
    for number, trials in enumerate(seats):
        listed = [_listed(i, trial, names) for i, trial in enumerate(trials)]
        choices = setting.choices if number % 2 == 0 or setting.design != "single" else setting.choices[::-1]
        seat = {"seat": number, "choices": choices, "trials": listed}  # the keys change sides from seat to seat
        write_text(public / "seats" / f"{number:04d}.json", json.dumps(seat) + "\n")
    configuration = {
        "study": study_id,
        "design": setting.design,
        "seats": setting.people,
        "timing": dataclasses.asdict(setting.timing),
        "masks": masks,
        "pixelated": setting.pixelated,
        "title": setting.title,
        "consent": setting.consent,
        "mode": "server",
    }
    write_text(public / "config.json", json.dumps(configuration, indent=1) + "\n")


def _listed(number: int, trial: Trial, names: dict[Shown, str]) -> dict[str, Any]:
    own = {"trial": number, "images": [names[each] for each in trial.shown]}
    return {**own, "right": trial.right} if trial.role == "practice" else own
