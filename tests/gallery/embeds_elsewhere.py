"""Extractor: views on another device (`meta` stands for a GPU here)."""

import benchbench


class EmbedsElsewhere(benchbench.FeatureExtractor):
    name = "embeds-elsewhere"
    version = 1

    def load(self, device):
        def views(images):
            from torch.nn.functional import adaptive_avg_pool2d

            small = adaptive_avg_pool2d(images.float() / 255, 16).flatten(1)
            return {"embedding": small, "pooled": small.to("meta")}

        return views


@benchbench.hookimpl
def benchbench_features():
    return [EmbedsElsewhere]
