"""Metric: an error below zero."""

import benchbench


class NegativeError(benchbench.SetMetric):
    name = "negative-error"
    uses_features = False
    higher_is_better = None
    keeps = ("samples",)

    def compute(self, data):
        means = data.features["samples"].double().flatten(1).mean(1)
        return benchbench.Estimate(float(means.mean()), -float(means.std()), len(means))


@benchbench.hookimpl
def benchbench_metrics():
    return [NegativeError]
