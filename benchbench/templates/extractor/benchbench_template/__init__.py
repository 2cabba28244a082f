"""The extractor template; importing this imports no torch, so that `benchbench list` stays quick."""

import benchbench

CELLS = 16
POOLED = 4


class Template(benchbench.FeatureExtractor):
    """The image as 16 x 16 mean colours: replace it by your network, with its resize and normalisation."""

    name = "template"
    version = 1  # raise it when the same image gives another vector
    summary = "mean colours of 16 x 16 cells"
    weights = ()  # (benchbench.WeightFile(name, url, sha256, …),): `benchbench weights` then lists and fetches it

    def load(self, device):
        """Return a function from images `uint8[N, 3, H, W]` to their views, both `float32`, on this device."""
        import torch

        def views(images):
            if images.dtype != torch.uint8:
                raise TypeError(f"takes uint8 images in 0..255, got {images.dtype}")
            scaled = images.float() / 127.5 - 1
            cells = torch.nn.functional.adaptive_avg_pool2d(scaled, CELLS).flatten(1)
            pooled = torch.nn.functional.adaptive_avg_pool2d(scaled, POOLED).flatten(1)
            # the squared distance of embeddings is then a mean square over their values
            return {"embedding": cells / cells.shape[1] ** 0.5, "pooled": pooled}

        return views


@benchbench.hookimpl
def benchbench_features():
    """Register the extractor."""
    return [Template]
