"""The method template; importing this imports no torch, so that `benchbench list` stays quick."""

from dataclasses import dataclass

import benchbench


@dataclass
class Template(benchbench.Method):
    """A network `G(x, z)`: an image in [-1, 1] and a normal vector in, an image in [-1, 1] out."""

    name = "template"
    version = 1  # raise it when the same options and weights give other images
    summary = "a network of a condition and a normal vector"

    def prepare(self, task, device, checkpoint):
        """Load the network; raise `Unsupported` where it cannot serve the task."""
        image = task.examples("test")[0].condition.get("image")
        if image is None or len(image) != 3 or task.space.kind != "images":
            raise benchbench.Unsupported("needs an RGB image as condition, and images as samples")
        from benchbench_template.network import load_generator

        self._network = load_generator(task.space.shape[1:], checkpoint).to(device)

    def sample(self, conditions, num_samples, noise):
        """Return `uint8[B, K, 3, H, W]`; one condition's K samples per call, so that the batch size changes nothing."""
        import torch

        from benchbench_template.network import Z_DIM

        rows = []
        with torch.no_grad():
            for i in range(len(conditions)):
                x = conditions["image"][i].float() / 127.5 - 1  # [3, h, w] in [-1, 1]
                z = noise.condition(i).normal(Z_DIM)[0]  # [K, Z_DIM], a stream of its own for each sample
                y = self._network(x.expand(num_samples, -1, -1, -1), z)  # [K, 3, H, W] in [-1, 1]
                rows.append(((y + 1) * 127.5).round().clamp(0, 255).byte())
        return torch.stack(rows)


@benchbench.hookimpl
def benchbench_methods():
    """Register the method."""
    return [Template]
