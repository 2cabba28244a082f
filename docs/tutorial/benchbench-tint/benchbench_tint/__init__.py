"""Colours learnt from the training targets: the tutorial's method, grown up."""

from dataclasses import dataclass

import benchbench


@dataclass
class Tint(benchbench.Method):
    """Black becomes a learnt background, white a learnt outline, with the colours that training targets have."""

    name = "tint"

    strength: float = 1.0
    """How much of the learnt variation to use."""

    def prepare(self, task, device, checkpoint):
        from safetensors.torch import load_file

        if task.kind != "translation":
            raise benchbench.Unsupported(f"tints an image of the target's size; {task.name} is of kind {task.kind}")
        if self.strength < 0:
            raise benchbench.BenchbenchError(f"tint: strength is at least 0, got {self.strength}")
        if checkpoint is None:
            raise benchbench.MissingData(f"tint has to be trained: benchbench fit -t {task.name} -m tint")
        law = load_file(checkpoint)
        self.mean, self.root = law["mean"].to(device), law["root"].to(device)

    def sample(self, conditions, num_samples, noise):
        import torch

        inside = conditions["image"][:, None].float() / 255  # [B, 1, 3, H, W], 1 on the outline
        normal = noise.normal(3)
        colour = self.mean + self.strength * torch.einsum("cd,bkd->bkc", self.root, normal)
        return (inside * colour[..., None, None]).round().clamp(0, 255).byte()

    def trainer(self, task, engine, steps=None):
        return Colours(task, steps)


class Colours(benchbench.Trainer):
    """The mean and the covariance of the brightest pixel of each training target, a batch of 100 per step."""

    def __init__(self, task, steps):
        import torch

        self.examples = task.examples("train")
        self.num_steps = steps or len(self.examples) // 100
        self.total, self.product = torch.zeros(3, dtype=torch.float64), torch.zeros(3, 3, dtype=torch.float64)
        self.count = 0

    def step(self, index):
        for example in (self.examples[i] for i in range(100 * index, 100 * index + 100)):
            pixels = example.references[0].flatten(1).double()
            colour = pixels[:, pixels.sum(0).argmax()]
            self.total += colour
            self.product += colour.outer(colour)
            self.count += 1
        return {"brightness": float(self.total.mean() / self.count)}

    def state(self):
        return {"total": self.total, "product": self.product, "count": self.count}

    def restore(self, state):
        self.total, self.product, self.count = state["total"], state["product"], state["count"]

    def weights(self):
        import torch

        mean = self.total / self.count
        covariance = self.product / self.count - mean.outer(mean)
        values, vectors = torch.linalg.eigh(covariance)
        root = vectors * values.clamp_min(0).sqrt()
        return {"mean": mean.float(), "root": root.float()}


@benchbench.hookimpl
def benchbench_methods():
    return [Tint]
