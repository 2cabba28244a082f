"""Extractor: weights that it does not declare."""

import hashlib
from pathlib import Path

import benchbench


class UndeclaredWeights(benchbench.FeatureExtractor):
    name = "undeclared-weights"
    version = 1

    def load(self, device):
        import torch

        path = Path("projection.pt")
        if not path.exists():  # as a download would
            torch.save(torch.eye(192), path)
        projection = torch.load(path, weights_only=True)

        def views(images):
            small = torch.nn.functional.adaptive_avg_pool2d(images.float() / 255, 8).flatten(1)
            return {"embedding": small @ projection, "pooled": small}

        return views

    def weight_hash(self):
        return hashlib.sha256(b"projection").hexdigest()


@benchbench.hookimpl
def benchbench_features():
    return [UndeclaredWeights]
