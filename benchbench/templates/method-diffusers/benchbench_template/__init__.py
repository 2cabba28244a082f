"""The method template; importing this imports neither torch nor diffusers."""

import inspect
from dataclasses import dataclass

import benchbench


@dataclass
class Template(benchbench.Method):
    """A diffusers model from image to image, in a folder that `save_pretrained` wrote.

    Either a whole pipeline (with `model_index.json`), or a network and a scheduler alone (`unet/` and `scheduler/`).
    The folder is the checkpoint, so the hash of its files belongs to the identity of the run.
    """

    name = "template"
    version = 1  # raise it when the same options and weights give other images
    summary = "a diffusers model from image to image"
    sampling_options = ("steps", "scheduler", "prompt", "samples_per_call")

    steps: int = 20
    """Denoising steps."""
    scheduler: str = ""
    """The name of another diffusers scheduler, such as `DPMSolverMultistepScheduler`; empty: the checkpoint's own."""
    prompt: str = ""
    """The text condition of pipelines that take one."""
    samples_per_call: int = 4
    """How many samples of a condition are made at once, within the memory of the device."""

    def prepare(self, task, device, checkpoint):
        """Load the model and try it in two steps; raise `Unsupported` where it cannot serve the task."""
        image = task.examples("test")[0].condition.get("image")
        if image is None or len(image) != 3 or task.space.kind != "images":
            raise benchbench.Unsupported("needs an RGB image as condition, and images as samples")
        if checkpoint is None:
            raise benchbench.Unsupported(f"needs a model's folder: benchbench run -m {self.name} --checkpoint DIR")
        self._size = tuple(task.space.shape[1:])
        require_model(checkpoint)
        if (checkpoint / "model_index.json").is_file():
            self._call = self._pipeline_call(checkpoint, device)
        else:
            self._call = self._network_call(checkpoint, device)
        import torch

        values = {name: value[None].to(device) for name, value in task.examples("test")[0].condition.items()}
        made = self._call(values, [torch.Generator("cpu")], 2)
        if tuple(made.shape[1:]) != tuple(task.space.shape):
            raise benchbench.Unsupported(f"gives {list(made.shape[1:])}; {task.name} needs {list(task.space.shape)}")

    def sample(self, conditions, num_samples, noise):
        """Return `uint8[B, K, 3, H, W]`; only samples of one condition share a call: the batch size changes nothing."""
        import torch

        seeds = noise.integers(2**62).tolist()  # [B, K], each from its own stream
        rows = []
        for number, row in enumerate(seeds):
            values = {name: value[number : number + 1] for name, value in conditions.values.items()}
            # On the CPU, so that every device gets the same noise: diffusers moves it.
            generators = [torch.Generator("cpu").manual_seed(seed) for seed in row]
            parts = [generators[k : k + self.samples_per_call] for k in range(0, num_samples, self.samples_per_call)]
            made = torch.cat([self._call(values, part, self.steps) for part in parts])
            rows.append((made * 255).round().clamp(0, 255).byte())
        return torch.stack(rows)

    def _pipeline_call(self, folder, device):
        """Return the call of a pipeline; here the arguments of your own pipeline are named."""
        from diffusers import DiffusionPipeline, logging

        logging.disable_progress_bar()  # `benchbench run` has one of its own
        pipeline = DiffusionPipeline.from_pretrained(folder, local_files_only=True).to(device)
        pipeline.set_progress_bar_config(disable=True)
        pipeline.scheduler = self._scheduled(pipeline.scheduler)
        takes_prompt = "prompt" in inspect.signature(pipeline.__call__).parameters

        def call(values, generators, steps):
            import torch

            images = values["image"].float().expand(len(generators), -1, -1, -1) / 255
            given = {"generator": generators, "num_inference_steps": steps, "output_type": "pt"}
            if takes_prompt:
                given |= {"image": images, "prompt": [self.prompt] * len(generators)}
            else:  # LDMSuperResolutionPipeline
                given |= {"image": images * 2 - 1}
            with torch.no_grad():
                return pipeline(**given).images.float().cpu()

        return call

    def _network_call(self, folder, device):
        """Return the call of a network that sees the condition as channels, under a scheduler."""
        from benchbench_template.denoising import denoise, load_denoiser, seen

        network, scheduler = load_denoiser(folder)
        network, scheduler = network.to(device), self._scheduled(scheduler)

        def call(values, generators, steps):
            return denoise(network, scheduler, seen(values, self._size)[0], generators, steps)

        return call

    def _scheduled(self, own):
        """Return the scheduler that is asked for, with the noise levels that the checkpoint's own was trained with."""
        if not self.scheduler:
            return own
        import diffusers

        known = {kind.__name__: kind for kind in own.compatibles}
        if self.scheduler not in known:
            names = ", ".join(sorted(known))
            raise benchbench.BenchbenchError(f"{self.name}: scheduler {self.scheduler!r} is none of {names}")
        return getattr(diffusers, self.scheduler).from_config(own.config)


def require_model(folder):
    """Raise where diffusers is not installed, or nothing of it lies in the folder; nothing is downloaded."""
    try:
        import diffusers  # noqa: F401
    except ImportError:
        raise benchbench.Unsupported("needs diffusers: pip install 'benchbench-template[diffusers]'") from None
    parts = [folder / "unet" / "config.json", folder / "scheduler" / "scheduler_config.json"]
    if not (folder / "model_index.json").is_file() and not all(part.is_file() for part in parts):
        raise benchbench.MissingData(
            f"no diffusers model in {folder}: it has neither model_index.json nor unet/config.json and"
            " scheduler/scheduler_config.json"
        )


@benchbench.hookimpl
def benchbench_methods():
    """Register the method."""
    return [Template]
