"""The method template; importing this imports neither torch nor diffusers."""

import inspect
from dataclasses import dataclass

import benchbench


@dataclass
class Template(benchbench.Method):
    """A diffusers pipeline from image to image, in a folder that `save_pretrained` wrote.

    The folder is the checkpoint, so the hash of its files belongs to the identity of the run.
    """

    name = "template"
    version = 1  # raise it when the same options and weights give other images
    summary = "a diffusers pipeline from image to image"

    steps: int = 20
    """Denoising steps."""
    prompt: str = ""
    """The text condition of pipelines that take one."""
    samples_per_call: int = 4
    """How many samples of a condition are made at once, within the memory of the device."""

    def prepare(self, task, device, checkpoint):
        """Load the pipeline and try it in two steps; raise `Unsupported` where it cannot serve the task."""
        image = task.examples("test")[0].condition.get("image")
        if image is None or len(image) != 3 or task.space.kind != "images":
            raise benchbench.Unsupported("needs an RGB image as condition, and images as samples")
        if checkpoint is None:
            raise benchbench.Unsupported(f"needs a pipeline's folder: benchbench run -m {self.name} --checkpoint DIR")
        self._pipeline = load_pipeline(checkpoint).to(device)
        self._pipeline.set_progress_bar_config(disable=True)
        import torch

        made = self._call(image.to(device).float() / 255, [torch.Generator("cpu")], steps=2)
        if tuple(made.shape[1:]) != tuple(task.space.shape):
            raise benchbench.Unsupported(f"gives {list(made.shape[1:])}; {task.name} needs {list(task.space.shape)}")

    def sample(self, conditions, num_samples, noise):
        """Return `uint8[B, K, 3, H, W]`; only samples of one condition share a call: the batch size changes nothing."""
        import torch

        seeds = noise.integers(2**62).tolist()  # [B, K], each from its own stream
        rows = []
        for image, row in zip(conditions["image"], seeds, strict=True):
            # On the CPU, so that every device gets the same noise: diffusers moves it.
            generators = [torch.Generator("cpu").manual_seed(seed) for seed in row]
            parts = [generators[k : k + self.samples_per_call] for k in range(0, num_samples, self.samples_per_call)]
            made = torch.cat([self._call(image.float() / 255, part, self.steps) for part in parts])
            rows.append((made * 255).round().clamp(0, 255).byte())
        return torch.stack(rows)

    def _call(self, image, generators, steps):
        """Return `[n, 3, H, W]` in [0, 1] for n generators; here the arguments of your own pipeline are named."""
        import torch

        images = image.expand(len(generators), -1, -1, -1)
        given = {"generator": generators, "num_inference_steps": steps, "output_type": "pt"}
        if "prompt" in inspect.signature(self._pipeline.__call__).parameters:
            given |= {"image": images, "prompt": [self.prompt] * len(generators)}
        else:  # LDMSuperResolutionPipeline
            given |= {"image": images * 2 - 1}
        with torch.no_grad():
            return self._pipeline(**given).images.float().cpu()


def load_pipeline(folder):
    """Return the pipeline in the folder; nothing is downloaded."""
    try:
        from diffusers import DiffusionPipeline, logging
    except ImportError:
        raise benchbench.Unsupported("needs diffusers: pip install 'benchbench-template[diffusers]'") from None
    if not (folder / "model_index.json").is_file():
        raise benchbench.MissingData(f"no pipeline in {folder}: it has no model_index.json")
    logging.disable_progress_bar()  # `benchbench run` has one of its own
    return DiffusionPipeline.from_pretrained(folder, local_files_only=True)


@benchbench.hookimpl
def benchbench_methods():
    """Register the method."""
    return [Template]
