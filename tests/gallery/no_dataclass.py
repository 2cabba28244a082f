"""`@dataclass` is missing, so it has no options."""

import benchbench


class NoDataclass(benchbench.Method):
    name = "no-dataclass"
    spread: float = 40.0

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        shade = self.spread * noise.normal(3, 1, 1)
        return (conditions["image"][:, None].float() + shade).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [NoDataclass]
