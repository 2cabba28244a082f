"""The metric template; importing this imports no torch, so that `benchbench list` stays quick."""

import benchbench


class Template(benchbench.ConditionMetric):
    """Mean absolute difference of the protocol's pairs of samples; replace it by your formula.

    It is computed for each condition and then averaged, which gives its uncertainty. With `uses_features = True` it
    is asked for as `template[mini]` and finds the features in `data.embedding` and `data.distances`.
    """

    name = "template"
    version = 1  # raise it when the same samples give another number
    summary = "mean absolute difference of two samples of a condition, in grey levels"
    uses_features = False
    higher_is_better = None  # True, False, or None where neither direction is good in itself

    def supports(self, task):
        """Raise `Unsupported` where the number means nothing."""
        if task.space.kind != "images":
            raise benchbench.Unsupported("compares images; this task has points")

    def compute(self, data):
        """Return `float64[P]`, one value per pair of the K samples `uint8[K, 3, H, W]`; its mean is the score."""
        first, second = data.samples[data.pairs].double().unbind(1)  # [P, 3, H, W] each
        return (first - second).abs().mean((1, 2, 3))


@benchbench.hookimpl
def benchbench_metrics():
    """Register the metric."""
    return [Template]
