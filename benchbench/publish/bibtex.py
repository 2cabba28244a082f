"""BibTeX entries for what the suite can be cited for: itself, a task, a method, an edition of a board; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from benchbench import __version__
from benchbench.core import Method, Task
from benchbench.core.edition import Edition
from benchbench.publish.escape import latex

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def entry(kind: str, key: str, fields: Mapping[str, str]) -> str:
    """Return one entry; the key keeps letters, digits and hyphens, and empty fields are left out."""
    lines = [f"@{kind}{{{re.sub('[^A-Za-z0-9]+', '-', key).strip('-')},"]
    lines += [f"  {name} = {{{latex(text)}}}," for name, text in fields.items() if text]
    return "\n".join([*lines, "}"])


def of_task(task: Task | type[Task], fingerprint: str) -> str:
    """Return the entry of a task: its version, and the SHA-256 of its test data (its fingerprint) if it is known."""
    fields = {
        "title": f"{task.name}, version {task.version}",
        "howpublished": f"Task of benchbench {__version__}",
        "note": ". ".join(filter(None, [task.summary, f"SHA-256 of the test data: {fingerprint}" * bool(fingerprint)])),
    }
    return entry("misc", f"benchbench-{task.name}-v{task.version}", fields)


def of_method(method: type[Method], distribution: str) -> str:
    """Return the entry of a method as it is implemented here; its note names the paper, which is cited as well."""
    fields = {
        "title": f"{method.name}, version {method.version}",
        "howpublished": f"Method of {distribution}",
        "note": ". ".join(filter(None, [method.summary, f"After {method.source}" * bool(method.source)])),
    }
    return entry("misc", f"benchbench-{method.name}-v{method.version}", fields)


def of_edition(edition: Edition, sha256: str) -> str:
    """Return the entry of a board's edition: its number, its date, and the SHA-256 of its file."""
    year = _YEAR.match(edition.date)
    fields = {
        "title": f"{edition.task}, version {edition.task_version}: leaderboard, edition {edition.number}",
        "year": year[0] if year else "",
        "howpublished": f"benchbench {edition.benchbench}",
        "note": (
            f"Published on {edition.date}. Ranked by {edition.ranked_by}. SHA-256 of the edition: {sha256}."
            f" SHA-256 of the test data: {edition.fingerprint}"
        ),
    }
    return entry("misc", f"benchbench-{edition.task}-v{edition.task_version}-edition-{edition.number}", fields)
