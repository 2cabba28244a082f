"""The Python door: `benchbench.evaluate(task, method)`, for notebooks and scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.core import BenchbenchError, Conditions, Method, Task, UnknownName
from benchbench.core.record import Record

if TYPE_CHECKING:
    import pandas
    from torch import Tensor

    from benchbench.core.noise import Noise

    Sampler = Callable[[Conditions, int, Noise], Tensor]


@dataclass(frozen=True, repr=False)
class Evaluation(Record):
    """A record that knows where its run lies, and shows itself."""

    directory: Path = field(default_factory=Path)
    """The run directory: record, conditions.parquet, kept samples."""

    def frame(self) -> pandas.DataFrame:
        """Return the scores, one row a metric: value, standard_error, low and high (95 %), n, uncertainty, detail."""
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
        """Return each condition's scores, one row a condition."""
        import pandas

        return pandas.read_parquet(self.directory / "conditions.parquet")

    def sheet(self) -> Any:
        """Return a PIL image: the first conditions, their truth and samples; raise where no samples were kept."""
        from benchbench.evaluation.shard import get_task
        from benchbench.publish.sheet import make_sheet

        samples = min(5, self.protocol.samples_per_condition)
        return make_sheet(get_task(self.task.name), [(self.directory, self)], samples=samples)

    def __repr__(self) -> str:
        from tabulate import tabulate

        return f"{self._title()}\n{tabulate(self._cells(), headers=('metric', 'value', '±'))}"

    def _repr_html_(self) -> str:
        import base64
        from html import escape
        from io import BytesIO

        from tabulate import tabulate

        table = tabulate(self._cells(), headers=("metric", "value", "±"), tablefmt="html")
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
    workers: int = 1,
    **settings: Any,
) -> Evaluation:
    """Run a method on a task and return its record; what `benchbench run` does, for one method.

    `method` is a name such as `mr1` or `dial[blur=1]`, an object of a `Method` class, or any function
    `(conditions, num_samples, noise) -> uint8[B, K, 3, H, W]`. Objects and functions work in this process alone, and
    are run anew at each call, since they have no version. `settings` are those of `benchbench run`: `seed`, `limit`,
    `samples`, `features`, `metrics`, `protocol`, `device`, `batch_size`, `keep_samples`, `force`.

    Raise `BenchbenchError` with the reason where the method cannot serve the task or fails.
    """
    from benchbench.plugins import registry
    from benchbench.specs import parse_method

    registry().get("tasks", task)
    given = Path(checkpoint) if checkpoint is not None else None
    if isinstance(method, str):
        name, options = parse_method(method, registry())
        return _run(task, name, options, given, workers, {"output": Path(output), **settings})
    if workers != 1:
        raise BenchbenchError(f"workers={workers}: an object of this process cannot be sent to others; name a plugin")
    with _registered(method) as name:
        return _run(task, name, {}, given, 1, {"output": Path(output), **settings, "force": True})


def _run(
    task: str, name: str, options: dict[str, Any], checkpoint: Path | None, workers: int, settings: dict[str, Any]
) -> Evaluation:
    from benchbench.plugins import registry, unknown_name
    from benchbench.runs.run import Run, Settings, resolve_device, set_stage

    known = [each.name for each in fields(Settings) if each.name != "task"]
    for setting in settings:
        if setting not in known:
            raise UnknownName(unknown_name("setting", setting, known))
    settings = {key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()}
    settings["device"] = resolve_device(settings.get("device", "auto"))
    run = Run(set_stage(Settings(task=task, **settings)), name, options, checkpoint)
    with registry().get("executors", "local")(workers) as executor:
        record, _ = run.record(executor, lambda done, total: None)
    if record.status != "ok":
        trace = f" (traceback in {run.directory.error})" if run.directory.error.exists() else ""
        raise BenchbenchError(f"{record.method.label} on {task}: {record.status}: {record.reason}{trace}")
    values = {each.name: getattr(record, each.name) for each in fields(Record)}
    return Evaluation(**values, directory=run.directory.path)


@contextmanager
def _registered(given: Method | Sampler) -> Iterator[str]:
    """Let the object be a method of its name while it is run."""
    from benchbench.evaluation import shard as evaluation
    from benchbench.plugins import PluginRow, registry

    name = _name(given)
    found, key = registry(), ("methods", name)
    before = found.methods.get(name), found.origins.get(key)
    found.methods[name], found.origins[key] = _as_class(given, name), PluginRow(name, "this process")
    try:
        yield name
    finally:
        evaluation.forget_workers()
        for where, place, value in ((found.methods, name, before[0]), (found.origins, key, before[1])):
            where.pop(place)  # type: ignore[attr-defined]
            if value is not None:
                where[place] = value  # type: ignore[index]


def _as_class(given: Method | Sampler, called: str) -> type[Method]:
    class Given(Method):
        """An object of this process, as the class that a run makes its method from."""

        name = called
        reads_the_answers = getattr(given, "reads_the_answers", False)
        uses_batch_generator = getattr(given, "uses_batch_generator", False)
        version = getattr(given, "version", 1)

        def __init__(self, **options: Any) -> None:
            return

        def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
            if isinstance(given, Method):
                given.prepare(task, device, checkpoint)

        def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
            return (given.sample if isinstance(given, Method) else given)(conditions, num_samples, noise)

        def default_checkpoint(self, task: Task) -> Path | None:
            return given.default_checkpoint(task) if isinstance(given, Method) else None

        def options(self) -> dict[str, Any]:
            return given.options() if isinstance(given, Method) else {}

    return Given


def _name(given: Method | Sampler) -> str:
    """Return the method's own name, or one made of the function's or the class's."""
    if isinstance(given, Method):
        return given.name
    if not callable(given):
        raise BenchbenchError(
            f"evaluate: a {type(given).__name__} is no method: give a name, a Method, or a function"
            " (conditions, num_samples, noise) -> samples"
        )
    raw = getattr(given, "__name__", type(given).__name__)
    return re.sub(r"[^a-z0-9]+", "-", raw.lower()).strip("-") or "function"
