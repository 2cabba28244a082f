"""Extractor: it sees the image's mean colour alone."""

import benchbench


class SeesMeanColour(benchbench.FeatureExtractor):
    name = "sees-mean-colour"
    version = 1

    def load(self, device):
        def views(images):
            colour = images.float().mean((2, 3)) / 255
            return {"embedding": colour.round(decimals=1), "pooled": colour}

        return views


@benchbench.hookimpl
def benchbench_features():
    return [SeesMeanColour]
