"""Extractor: a hash of its weights that is another in each process."""

import hashlib
import os

import benchbench


class SaltedHash(benchbench.FeatureExtractor):
    name = "salted-hash"
    version = 1

    def load(self, device):
        def views(images):
            from torch.nn.functional import adaptive_avg_pool2d

            small = adaptive_avg_pool2d(images.float() / 255, 16).flatten(1)
            return {"embedding": small, "pooled": small}

        return views

    def weight_hash(self):
        return hashlib.sha256(f"weights {os.getpid()}".encode()).hexdigest()


@benchbench.hookimpl
def benchbench_features():
    return [SaltedHash]
