"""The method template; importing this imports no torch, so that `benchbench list` stays quick."""

from dataclasses import dataclass

import benchbench


@dataclass
class Template(benchbench.Method):
    """The condition, enlarged where needed, in a random tint; replace it by your own method."""

    name = "template"
    version = 1  # raise it when the same options give other images
    summary = "the condition in a random tint"

    strength: float = 30.0
    """How far a sample departs from its condition, in grey levels."""

    def prepare(self, task, device, checkpoint):
        """Get ready for a task: load weights here; raise `Unsupported` where the method cannot serve it."""
        image = task.examples("test")[0].condition.get("image")
        if image is None or len(image) != 3 or task.space.kind != "images":
            raise benchbench.Unsupported("needs an RGB image as condition, and images as samples")
        self._size = task.space.shape[1:]

    def sample(self, conditions, num_samples, noise):
        """Return K samples for each of the B conditions, `uint8[B, K, 3, H, W]`; all randomness comes from `noise`."""
        from torch.nn import functional

        image = functional.interpolate(conditions["image"].float(), size=self._size)  # [B, 3, H, W]
        tint = self.strength * noise.normal(3, 1, 1)  # [B, K, 3, 1, 1], a stream of its own for each sample
        return (image[:, None] + tint).round().clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    """Register the method."""
    return [Template]
