import benchbench


class Tint(benchbench.Method):
    """The condition itself."""

    name = "tint"

    def prepare(self, task, device, checkpoint):
        return

    def sample(self, conditions, num_samples, noise):
        image = conditions["image"][:, None]  # uint8[B, 1, 3, H, W]
        return image.repeat(1, num_samples, 1, 1, 1)  # uint8[B, K, 3, H, W]


@benchbench.hookimpl
def benchbench_methods():
    return [Tint]
