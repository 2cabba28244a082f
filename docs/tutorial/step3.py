from dataclasses import dataclass

import benchbench


@dataclass
class Tint(benchbench.Method):
    """The condition, tinted at random."""

    name = "tint"

    strength: float = 60.0
    """Standard deviation of the tint, in grey levels."""

    def prepare(self, task, device, checkpoint):
        if task.kind != "translation":
            raise benchbench.Unsupported(f"tints an image of the target's size; {task.name} is of kind {task.kind}")
        if self.strength < 0:
            raise benchbench.BenchbenchError(f"tint: strength is at least 0, got {self.strength}")

    def sample(self, conditions, num_samples, noise):
        image = conditions["image"][:, None].float()
        tint = self.strength * noise.normal(3, 1, 1)
        return (image + tint).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [Tint]
