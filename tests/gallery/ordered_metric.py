"""Metric: of a set, but it depends on the order."""

import benchbench


class OrderedMetric(benchbench.SetMetric):
    name = "ordered-metric"
    uses_features = False
    higher_is_better = False
    keeps = ("samples",)

    def compute(self, data):
        first, *others = data.features["samples"].double()
        return benchbench.Estimate(float((first - others[0]).abs().mean()), None, len(data.examples))


@benchbench.hookimpl
def benchbench_metrics():
    return [OrderedMetric]
