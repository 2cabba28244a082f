"""Questions of our own on flows, posterior samplers and generators trained by a score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchbench.leaderboards.costs import cost_of
from benchbench.leaderboards.rows import Row
from claims.curves import Curve, Panel
from claims.evidence import Evidence, Part, cell, more, not_worse
from claims.finding import ALIKE, Finding, scored, scored_on, seeds, table

GAN_PLUGINS = ("benchbench-mrgan", "benchbench-bicyclegan")
FLOW_TASKS = (
    "toy-shapes",
    "toy-faces",
    "toy-holes",
    "sr-photos",
    "sr-hands",
    "inpaint-photos",
    "edges2clothes",
    "emoji-tones",
)
STEPS = ("flow[steps=1]", "flow[steps=2]", "flow[steps=4]", "flow", "flow[steps=16]")
"""On toy-shapes: 2 evaluations per step."""
ENOUGH = "flow[steps=4]"
"""What is held to the longest of them."""
SAMPLERS = ("ddrm", "ddnm", "dps", "daps")
POSTERIORS = ("gmm-points-8", "gmm-points-64", "gmm-tiles")
LAWS = ("toy-shapes", "toy-faces", "toy-holes")
MEASURED = ("energy-score[mini]", "realism[mini]", "frechet[mini]", "spread-skill[mini]", "high-quality")
"""What a flow is held to a GAN by."""
EVALUATIONS = "network evaluations per sample"
DRAWN = ("energy-skill[mini]", "realism[mini]")
"""What has one scale on all tasks."""
JUDGE = "[embedding=mini]"
WAYS = ("flow", "palette", "pmrf", "cvae", "cflow", "engression")
"""One each of flow matching, diffusion, a flow from the mean, a bound on the likelihood, the likelihood, a score."""
TWICE = 2
"""A trained denoiser adds more than the sampler where the distance is more than so many times as large."""


def against_gans(evidence: Evidence) -> Finding:
    """The flow of each board against its best GAN: the score, realism, calibration of the spread, and cost."""
    lines, parts, rows, found = [], [], [], {}
    for task in FLOW_TASKS:
        flow, gans = evidence.row(task, "flow"), _gans(evidence, task)
        best = min(gans, key=lambda row: row.scores["energy-score[mini]"].value, default=None)
        for row in (flow, best):
            if row is not None:
                rows.append(row)
                lines.append([task, f"`{row.record.method.label}`", seeds(row), *_cells(row, MEASURED), *_cost(row)])
        if flow is None:
            lines.append([task, "`flow`", evidence.lacking(task, "flow"), *["–"] * (len(MEASURED) + 2)])
        elif best is not None:
            found[task] = {cost_of(row).evaluations or 1: row for row in (best, flow)}
        score, real = (
            [row.scores.get(metric) if row else None for row in (flow, best)]
            for metric in ("energy-score[mini]", "realism[mini]")
        )
        parts.append(Part(f"{task}: energy score", more(score[1], score[0])))
        parts.append(Part(f"{task}: realism", more(real[0], real[1])))
    return Finding(
        "22. Flows against GANs",
        "ours",
        "is the energy score of a flow lower, and its realism higher, than that of the GAN with the lowest energy score"
        " on the same board?",
        table(["task", "method", "seeds", *MEASURED, "s/sample", "core-s of training"], lines),
        tuple(parts),
        tuple(rows),
        "A flow evaluates its network 16 times for a sample, a GAN once. Seconds are of the machine that made the row."
        " Spread-skill is 1 where the spread of the samples is as large as the error of their mean. Energy skill is 0"
        " for training images whatever the condition, and 1 for the truth itself. The flows of toy-shapes, toy-faces,"
        " toy-holes and sr-photos were known when this rule was written.",
        "flows-and-gans.svg",
        "Energy skill and realism of the best GAN and of the flow of each task",
        tuple(_panel(f"{EVALUATIONS}: best GAN, flow", metric, found) for metric in DRAWN),
    )


def over_steps(evidence: Evidence) -> Finding:
    """The score and the calibration of the spread over the evaluations of a sample."""
    metrics = ("energy-score[mini]", "spread-skill[mini]", "realism[mini]", "law-distance")
    lines, rows, found = [], [], {}
    for method in STEPS:
        row = evidence.row("toy-shapes", method)
        if row is None:
            lines.append([f"`{method}`", evidence.lacking("toy-shapes", method), *["–"] * (len(metrics) + 1)])
            continue
        rows.append(row)
        spent = cost_of(row)
        found[spent.evaluations or 0] = row
        number = "–" if spent.evaluations is None else f"{spent.evaluations:.0f}"
        lines.append([f"`{method}`", number, *_cells(row, metrics), _seconds(row)])
    longest, enough = (evidence.score("toy-shapes", method, "energy-score[mini]") for method in (STEPS[-1], ENOUGH))
    return Finding(
        "23. How many steps a flow needs",
        "ours",
        "on toy-shapes, are 4 steps of the midpoint rule (8 evaluations) as good as 16, of one checkpoint?",
        table(["method", "evaluations", *metrics, "s/sample"], lines),
        (Part("4 steps are as good as 16", not_worse(enough, longest, ALIKE)),),
        tuple(rows),
        "Spread-skill is 1 where the spread of the samples is as large as the error of their mean.",
        "flow-steps.svg",
        "Energy score and spread-skill of a flow over network evaluations per sample",
        tuple(_panel(EVALUATIONS, metric, {"flow": found}) for metric in metrics[:2]),
    )


def posterior(evidence: Evidence) -> Finding:
    """Samplers of the exact posterior with the exact denoiser and with a trained one."""
    metrics = ("energy-score[pixels]", "law-distance", "relative-std", "high-quality")
    pairs = tuple(each for name in SAMPLERS for each in (f"{name}[exact=true]", name))
    text, rows = scored_on(evidence, POSTERIORS, ("oracle", *pairs, "flow"), metrics)
    parts = []
    for task in POSTERIORS:
        for name in SAMPLERS:
            exact, trained = (evidence.score(task, each, metrics[1]) for each in (f"{name}[exact=true]", name))
            parts.append(Part(f"{task}: {name} is biased", more(exact, evidence.score(task, "oracle", metrics[1]))))
            parts.append(Part(f"{task}: {name} loses more by the network", more(trained, exact, TWICE)))
    return Finding(
        "24. Posterior samplers: is it the sampler or the network?",
        "ours",
        "where the posterior is known, is a sampler with the exact denoiser further from the law than fresh draws,"
        " and does a trained denoiser add more than the sampler does?",
        text,
        tuple(parts),
        rows,
        "A sampler *is biased* where its law distance with the exact denoiser is more than that of the oracle. It"
        " *loses more by the network* where the law distance with the trained denoiser is more than twice that with the"
        " exact one. The flow, trained with conditions, stands beside them.",
    )


def by_the_judge(evidence: Evidence) -> Finding:
    """Engression, with and without the ranking extractor in its loss, against proxy MR2."""
    metrics = ("energy-score[mini]", "energy-score[pixels]", "law-distance", "realism[mini]")
    methods = ("engression", f"engression{JUDGE}", "proxy-mr2")
    text, rows = scored_on(evidence, LAWS, methods, metrics)
    (own, judged, gan), (score, _, law, _), parts = methods, metrics, []
    for task in LAWS:
        parts.append(Part(f"{task}: better score by the judge", _less(evidence, task, judged, own, score)))
        parts.append(Part(f"{task}: nearer to the law by the judge", _less(evidence, task, judged, own, law)))
        parts.append(Part(f"{task}: better score than {gan}", _less(evidence, task, own, gan, score)))
    return Finding(
        "25. Trained on the judge",
        "ours",
        "does engression get a better score on a board whose ranking extractor is in its loss, and is it nearer to the"
        " law then, which is known here and needs no extractor? Is it better than proxy MR2 without that?",
        text,
        tuple(parts),
        rows,
    )


def ways(evidence: Evidence) -> Finding:
    """What else than flow matching learns a known law: diffusion, likelihoods, a score, and a flow from the mean."""
    task, score, spread = "toy-shapes", "energy-score[mini]", "relative-std"
    metrics = (score, "law-distance", spread, "spread-skill[mini]", "high-quality", "realism[mini]", "bits-per-value")
    text, rows = scored(evidence, task, WAYS, metrics)
    flow, palette, pmrf, *others = WAYS
    parts = [
        Part(
            f"{palette} is as good as {flow}",
            not_worse(evidence.score(task, palette, score), evidence.score(task, flow, score), ALIKE),
        ),
        Part(f"{pmrf} has less spread than {flow}", _less(evidence, task, pmrf, flow, spread)),
    ]
    parts += [Part(f"{flow} is better than {each}", _less(evidence, task, flow, each, score)) for each in others]
    return Finding(
        "27. Other ways to learn the law",
        "ours",
        "on toy-shapes, is diffusion (palette) as good as flow matching by the energy score, is a flow that begins at"
        " the mean (pmrf) too sure, and is flow matching better than a variational bound (cvae), the exact likelihood"
        " (cflow) and the energy score itself (engression)?",
        text,
        tuple(parts),
        rows,
        "Each by its own recipe: networks and numbers of steps are not the same. Spread-skill is 1 where the spread of"
        " the samples is as large as the error of their mean. The rows of flow and engression were known when this rule"
        " was written.",
    )


def _panel(across: str, metric: str, found: Mapping[str, Mapping[float, Row]]) -> Panel:
    """Return a score over the evaluations of a sample, a curve for each name."""
    curves = (
        Curve(
            name,
            tuple(
                (x, row.scores[metric].value, row.scores[metric].standard_error or 0)
                for x, row in sorted(rows.items())
                if metric in row.scores
            ),
        )
        for name, rows in found.items()
    )
    return Panel(across, metric, tuple(curves))


def _gans(evidence: Evidence, task: str) -> list[Row]:
    return [
        row
        for row in evidence.rows(task)
        if row.rank is not None
        and row.record.method.distribution.split()[0] in GAN_PLUGINS
        and "energy-score[mini]" in row.scores
    ]


def _cells(row: Row, metrics: Sequence[str]) -> list[str]:
    return [cell(row.scores.get(metric)) for metric in metrics]


def _cost(row: Row) -> list[str]:
    spent = cost_of(row).core_seconds
    return [_seconds(row), "–" if spent is None else f"{spent:,.0f}"]


def _seconds(row: Row) -> str:
    seconds = cost_of(row).seconds
    return "–" if seconds is None else f"{seconds:.2g}"


def _less(evidence: Evidence, task: str, one: str, other: str, metric: str) -> str:
    return more(evidence.score(task, other, metric), evidence.score(task, one, metric))
