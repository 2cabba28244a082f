"""Extractor: a random projection that is drawn again at each loading."""

import benchbench


class RandomProjection(benchbench.FeatureExtractor):
    name = "random-projection"
    version = 1

    def load(self, device):
        import torch

        projection = torch.randn(192, 64)

        def views(images):
            small = torch.nn.functional.adaptive_avg_pool2d(images.float() / 255, 8).flatten(1)
            return {"embedding": small @ projection, "pooled": small}

        return views


@benchbench.hookimpl
def benchbench_features():
    return [RandomProjection]
