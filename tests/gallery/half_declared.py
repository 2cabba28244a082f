"""Extractor: a smaller file of weights that no known answer identifies."""

import benchbench


class HalfDeclared(benchbench.FeatureExtractor):
    name = "half-declared"
    version = 1
    weights = (
        benchbench.WeightFile(
            "network.pth", "https://example.org/network.pth", "0123abcd", features_only="network_features.pth"
        ),
    )

    def load(self, device):
        raise benchbench.MissingData("network.pth is not here")


@benchbench.hookimpl
def benchbench_features():
    return [HalfDeclared]
