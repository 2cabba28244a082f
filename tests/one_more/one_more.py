"""One more of each kind of plugin, in one file."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import benchbench
from benchbench.contract.tiny import TinyDiscs
from benchbench.system.weights import file_hash, find

WEIGHTS = benchbench.WeightFile(
    "one-more.bin",
    "https://example.org/one-more.bin",
    "871e42cfaa50488aacfb09bd97d1e606c6123748223bc3719fcfb48e68da4480",
    "One more network",
    "MIT",
    "16 bytes",
)


class OneMoreTask(TinyDiscs):
    """White disc to coloured disc, as a kind of task that nobody else has."""

    name = "one-more-task"
    summary = "discs to be recoloured"
    kind = "recolouring"
    metrics = ("energy-score[one-more-extractor]", "one-more-metric[one-more-extractor]")


@dataclass
class OneMoreMethod(benchbench.Method):
    """Discs in one grey out of two."""

    name = "one-more-method"
    summary = "light or dark discs"

    def prepare(self, task, device, checkpoint):
        if task.kind != "recolouring":
            raise benchbench.Unsupported(f"recolours; {task.name} is of kind {task.kind}")

    def sample(self, conditions, num_samples, noise):
        import torch

        shade = torch.where(noise.uniform(1, 1, 1) < 0.5, 200, 90)  # [B, K, 1, 1, 1]
        return torch.where(conditions["image"][:, None] > 0, shade, 20).byte()


class OneMoreExtractor(benchbench.FeatureExtractor):
    """Mean colours of 8 x 8 cells, as many times as its weights have bytes."""

    name = "one-more-extractor"
    version = 1
    summary = "mean colours of 8 x 8 cells"
    weights = (WEIGHTS,)

    def load(self, device):
        size = len(find(WEIGHTS).read_bytes())

        def views(images):
            from torch.nn.functional import adaptive_avg_pool2d

            cells = size * adaptive_avg_pool2d(images.float() / 255, 8).flatten(1)
            return {"embedding": cells, "pooled": cells}

        return views

    def weight_hash(self):
        return file_hash(find(WEIGHTS))


class OneMoreMetric(benchbench.ConditionMetric):
    """Mean distance of the samples of a condition."""

    name = "one-more-metric"
    summary = "mean distance of samples"
    higher_is_better = None
    measures = "diversity"
    better = "more colourful"

    def compute(self, data):
        return data.distances


class OneMoreExecutor(benchbench.Executor):
    """A thread of this process."""

    name = "one-more-executor"
    summary = "a thread"

    def map(self, function, jobs):
        with ThreadPoolExecutor(1) as pool:
            yield from pool.map(function, jobs)


@benchbench.hookimpl
def benchbench_tasks():
    return [OneMoreTask]


@benchbench.hookimpl
def benchbench_methods():
    return [OneMoreMethod]


@benchbench.hookimpl
def benchbench_features():
    return [OneMoreExtractor]


@benchbench.hookimpl
def benchbench_metrics():
    return [OneMoreMetric]


@benchbench.hookimpl
def benchbench_executors():
    return [OneMoreExecutor]


@benchbench.hookimpl
def benchbench_protocols():
    scores = ("one-more-metric[one-more-extractor]",)
    return [benchbench.Protocol("one-more-protocol", 1, 6, 3, 2, "consecutive", scores, source="nobody's paper")]


@benchbench.hookimpl
def benchbench_run_finished(run, record):
    (run.directory / "heard.txt").write_text(record.status)
