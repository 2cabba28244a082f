"""Metric: NaN where all samples are the same."""

import benchbench


class NanMetric(benchbench.ConditionMetric):
    name = "nan-metric"
    uses_features = False
    higher_is_better = None

    def compute(self, data):
        values = data.samples.double().flatten(1)
        return float(values.mean() / values.var(0).sum().sqrt())


@benchbench.hookimpl
def benchbench_metrics():
    return [NanMetric]
