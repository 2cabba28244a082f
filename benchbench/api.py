"""`benchbench.evaluate(task, method)`, for notebooks and scripts."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.core import BenchbenchError, Method, UnknownName
from benchbench.core.record import Record

if TYPE_CHECKING:
    import pandas

    from benchbench.runs.subject import Sampler, Subject


@dataclass(frozen=True, repr=False)
class Evaluation(Record):
    """A record that knows its run directory, and shows itself."""

    directory: Path = field(default_factory=Path)
    """The run directory: record, conditions.parquet, kept samples."""

    def frame(self) -> pandas.DataFrame:
        """Return the scores, one row per metric: value, standard_error, low and high (95 %), n, uncertainty, detail."""
        import pandas

        from benchbench.publish import words

        columns = ("value", "standard_error", "n", "higher_is_better", "uncertainty", "detail", "flag")
        rows = []
        for score in self.scores:
            low, high = score.interval or (None, None)
            said = {"uncertainty": words.uncertainty(score.uncertainty), "detail": words.detail(score)}
            rows.append({**{name: getattr(score, name) for name in columns}, **said, "low": low, "high": high})
        return pandas.DataFrame(rows, index=pandas.Index([score.metric for score in self.scores], name="metric"))

    def conditions(self) -> pandas.DataFrame:
        """Return each condition's scores, one row per condition."""
        from benchbench.runs.directory import CONDITIONS, read_conditions

        return read_conditions(self.directory / CONDITIONS)

    def sheet(self) -> Any:
        """Return a PIL image: the first conditions, their truth and samples; raise where no samples were kept."""
        from benchbench.plugins import get_task
        from benchbench.publish.sheet import make_sheet

        samples = min(5, self.protocol.samples_per_condition)
        return make_sheet(get_task(self.task.name), [(self.directory, self)], samples=samples)

    def __repr__(self) -> str:
        from tabulate import tabulate

        return f"{self._title()}\n{tabulate(self._cells(), headers=('metric', 'value', '±'), disable_numparse=True)}"

    def _repr_html_(self) -> str:
        import base64
        from html import escape
        from io import BytesIO

        from tabulate import tabulate

        table = tabulate(self._cells(), headers=("metric", "value", "±"), tablefmt="html", disable_numparse=True)
        parts = [f"<p><b>{escape(self._title())}</b></p>", table]
        if any(self.directory.glob("samples/*/*.png")):
            content = BytesIO()
            self.sheet().save(content, "PNG")
            picture = base64.b64encode(content.getvalue()).decode()
            parts.append(f'<img alt="samples" src="data:image/png;base64,{picture}">')
        return "\n".join(parts)

    def _title(self) -> str:
        numbers = f"{self.protocol.num_conditions} conditions x {self.protocol.samples_per_condition} samples"
        off = ", off-protocol" if self.protocol.off_protocol else ""
        return f"{self.method.label} on {self.task.name}@{self.task.version}: {numbers}{off}, seed {self.seed}"

    def _cells(self) -> list[tuple[str, str, str]]:
        from benchbench.publish.text import cell
        from benchbench.publish.words import ARROWS, uncertainty

        return [(s.metric + ARROWS[s.higher_is_better], cell(s), uncertainty(s.uncertainty)) for s in self.scores]


def evaluate(
    task: str,
    method: str | Method | Sampler,
    *,
    checkpoint: str | Path | None = None,
    output: str | Path = "runs",
    workers: int = 0,
    **settings: Any,
) -> Evaluation:
    """Run a method on a task and return its record; what `benchbench run` does, for one method.

    `method` is a name such as `mr1` or `dial[blur=1]`, an object of a `Method` class, or any function
    `(conditions, num_samples, noise) -> uint8[B, K, 3, H, W]`. `workers` is the number of worker processes; 0 works in
    this process, as objects and functions always do. These have no version, so each call is a run of its own, in a
    directory of its own. `settings` are those of `benchbench run`: `seed`, `limit`, `samples`, `features`, `metrics`,
    `protocol`, `device`, `batch_size`, `keep_samples`, `force`.

    Raise `BenchbenchError` with the reason where the method cannot serve the task or fails.
    """
    from benchbench.plugins import registry
    from benchbench.runs.request import Request, open_stage, resolve_device
    from benchbench.runs.run import Run

    found = registry()
    found.get("tasks", task)
    if not isinstance(method, str) and workers:
        raise BenchbenchError(f"workers={workers}: an object of this process cannot be sent to others; name a plugin")
    known = [each.name for each in fields(Request) if each.name != "task"]
    _check_settings(settings, known)
    settings = {key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()}
    settings["device"] = resolve_device(settings.get("device", "auto"))
    subject = _subject(method, Path(checkpoint) if checkpoint is not None else None, task)
    run = Run(open_stage(Request(task=task, output=Path(output), **settings), found), subject)
    with found.get("executors", "local")(workers) as executor:
        record, _ = run.record(executor, lambda done, total: None)
    if record.status != "ok":
        trace = f" (traceback in {run.directory.error})" if run.directory.error.exists() else ""
        raise BenchbenchError(f"{record.method.label} on {task}: {record.status}: {record.reason}{trace}")
    values = {each.name: getattr(record, each.name) for each in fields(Record)}
    return Evaluation(**values, directory=run.directory.path)


def _check_settings(settings: dict[str, Any], known: list[str]) -> None:
    from benchbench.plugins import unknown_name

    for setting in settings:
        if setting not in known:
            raise UnknownName(unknown_name("setting", setting, known))


def _subject(method: str | Method | Sampler, checkpoint: Path | None, task: str) -> Subject:
    from benchbench.plugins import registry
    from benchbench.runs import subject
    from benchbench.specs import parse_method

    found = registry()
    if isinstance(method, str):
        name, options = parse_method(method, found)
        return subject.by_name(name, options, checkpoint, found.task(task), found)
    return subject.given(method, checkpoint, found.task(task))
