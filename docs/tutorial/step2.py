import benchbench


class Tint(benchbench.Method):
    """The condition, tinted at random."""

    name = "tint"

    def prepare(self, task, device, checkpoint):
        return

    def sample(self, conditions, num_samples, noise):
        image = conditions["image"][:, None].float()
        tint = 60 * noise.normal(3, 1, 1)  # [B, K, 3, 1, 1]: each sample has its own stream
        return (image + tint).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [Tint]
