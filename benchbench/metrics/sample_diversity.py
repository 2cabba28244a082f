"""The sample diversity score of Rosca et al. (arXiv 1706.04987): one less the MS-SSIM of pairs of samples."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from benchbench.core import Estimate, Metric, SampleSet
from benchbench.hookspecs import hookimpl
from benchbench.metrics.ms_ssim import MsSsimAcross


class SampleDiversity(MsSsimAcross):
    """1 - mean MS-SSIM of disjoint pairs of samples of different conditions; of the test set itself it is not 1."""

    name = "sample-diversity"
    version = 1
    summary = "1 - MS-SSIM of up to 10000 disjoint pairs of samples of different conditions"
    measures = "diversity"
    better = "more diverse"

    def compute(self, data: SampleSet) -> Estimate:
        """Return one less the MS-SSIM, with its error."""
        found = super().compute(data)
        return dataclasses.replace(found, value=1 - found.value)


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metric."""
    return (SampleDiversity,)
