"""Claims of the papers on unconditional and hybrid generators, on unpaired translation, and on mode collapse."""

from __future__ import annotations

import math
from collections.abc import Sequence

from claims.evidence import Evidence, Part, all_of, more, within
from claims.finding import Finding, scored, scored_on

POINTS = ("modes-covered", "high-quality", "law-kl", "law-distance", "relative-std")
PLANES = ("ring8", "grid25")
MODES = "modes-covered"
LAW = "law-distance"
IMAGES = ("frechet[mini]", "diversity[mini]", "realism[mini]", "precision[mini]", "coverage[mini]")


def _more_on(evidence: Evidence, tasks: Sequence[str], one: str, other: str, metric: str) -> tuple[Part, ...]:
    """Return a part per task: whether one method has more than another."""
    return tuple(
        Part(task, more(evidence.score(task, one, metric), evidence.score(task, other, metric))) for task in tasks
    )


def pulling_away(evidence: Evidence) -> Finding:
    """EBGAN-PT against EBGAN."""
    text, rows = scored_on(evidence, PLANES, ("ebgan", "ebgan-pt"), POINTS)
    return Finding(
        "14. The pulling-away term",
        "arXiv 1609.03126, section 2.4",
        "a term that makes the codes of a batch orthogonal keeps an energy-based GAN from few modes.",
        text,
        _more_on(evidence, PLANES, "ebgan-pt", "ebgan", MODES),
        rows,
        "It comes out on a task where EBGAN-PT covers more modes than EBGAN. Where both cover all of them it cannot.",
    )


def gamma(evidence: Evidence) -> Finding:
    """BEGAN's gamma and diversity."""
    methods = ("began[gamma=0.3]", "began", "began[gamma=0.7]")
    text, rows = scored_on(evidence, ("ring8",), methods, POINTS)
    low, middle, high = (evidence.score("ring8", method, "relative-std") for method in methods)
    parts = (Part("0.5 over 0.3", more(middle, low)), Part("0.7 over 0.5", more(high, middle)))
    return Finding(
        "15. BEGAN's gamma",
        "arXiv 1703.10717, section 4.1",
        "less gamma gives sharper and less diverse samples.",
        text,
        parts,
        rows,
        "Diversity is `relative-std`, the share of the true standard deviation.",
    )


def reconstruction(evidence: Evidence) -> Finding:
    """VEEGAN against GAN."""
    text, rows = scored_on(evidence, PLANES, ("gan", "veegan"), POINTS)
    return Finding(
        "16. VEEGAN's modes",
        "arXiv 1705.07761, table 1",
        "with a reconstructor of the noise a GAN covers more modes of a ring of 8 and a grid of 25 Gaussians.",
        text,
        _more_on(evidence, PLANES, "veegan", "gan", MODES),
        rows,
        "The paper counts modes of 2,500 samples by its own rule (`--protocol veegan`); the table has this suite's.",
    )


def regularised(evidence: Evidence) -> Finding:
    """GAN alone against its regularised forms."""
    others = ("gan[packing=2]", "gan[unrolling=3]", "gan[mode_seeking=0.1]")
    text, rows = scored_on(evidence, PLANES, ("gan", *others), POINTS)
    parts = [
        Part(f"{task}: {method}", more(evidence.score(task, "gan", LAW), evidence.score(task, method, LAW)))
        for task in PLANES
        for method in others
    ]
    return Finding(
        "17. GAN alone and regularised",
        "arXiv 1712.04086; arXiv 1611.02163; arXiv 1903.05628",
        "packing, unrolling and mode seeking each keep a GAN from losing modes.",
        text,
        tuple(parts),
        rows,
        "It comes out where the law distance is less than that of `gan`, by more than two standard errors.",
    )


def blur(evidence: Evidence) -> Finding:
    """VAE against IntroVAE."""
    text, rows = scored_on(evidence, ("digits",), ("vae", "introvae"), IMAGES)
    sharp = more(
        evidence.score("digits", "introvae", "realism[mini]"), evidence.score("digits", "vae", "realism[mini]")
    )
    coverage = evidence.score("digits", "vae", "coverage[mini]")
    least = math.inf if coverage is None else 0.9 * coverage.value
    kept = within(evidence.score("digits", "introvae", "coverage[mini]"), least, math.inf)
    return Finding(
        "18. IntroVAE is sharper than a VAE",
        "arXiv 1807.06358, section 4",
        "an introspective VAE gives sharper samples than a VAE, and does not lose modes as a GAN does.",
        text,
        (Part("more realistic", sharp), Part("coverage is kept", kept)),
        rows,
        "Coverage is kept from 90 % of the VAE's on.",
    )


def classes(evidence: Evidence) -> Finding:
    """AC-GAN against a GAN that is given the class."""
    text, rows = scored_on(evidence, ("digits-by-class",), ("cgan", "ac-gan"), IMAGES)
    cgan, ac_gan = (evidence.score("digits-by-class", method, "diversity[mini]") for method in ("cgan", "ac-gan"))
    return Finding(
        "19. AC-GAN loses diversity within a class",
        "arXiv 1707.07998",
        "the auxiliary classifier rewards samples that are easy to name, so those of a class are less diverse.",
        text,
        (Part("less diverse than cgan", more(cgan, ac_gan)),),
        rows,
    )


def cycles(evidence: Evidence) -> Finding:
    """CycleGAN's diversity."""
    metrics = ("relative-diversity[mini]", "relative-std", "realism[mini]", LAW)
    text, rows = scored_on(evidence, ("toy-shapes",), ("cyclegan",), metrics)
    none = all_of(within(evidence.score("toy-shapes", "cyclegan", metric), 0, 0) for metric in metrics[:2])
    return Finding(
        "20. CycleGAN has one output",
        "arXiv 1703.10593",
        "a translator without noise gives one output for a condition, however many are right.",
        text,
        (Part("no diversity", none),),
        rows,
        "Exactly 0: it is so by construction, and tests that the suite sees it.",
    )


def noise(evidence: Evidence) -> Finding:
    """White noise on the boards without a condition."""
    parts, lines = [], []
    for task, metric in (("ring8", LAW), ("grid25", LAW), ("digits", "frechet[mini]")):
        ranked = [row for row in evidence.rows(task) if row.rank is not None]
        text, _ = scored(evidence, task, [row.record.method.label for row in ranked[:1]] + ["noise"], (metric,))
        lines.append(text)
        trained = [row for row in ranked if row.record.method.label != "noise"]
        first = trained[0].scores[metric] if trained else None
        parts.append(Part(task, more(evidence.score(task, "noise", metric), first)))
    return Finding(
        "21. White noise leads no board",
        "ours",
        "on the boards of tasks without a condition, is some trained method better than white noise?",
        "\n\n".join(dict.fromkeys(lines)),
        tuple(parts),
        (),
        "By the score that ranks the task.",
    )
