"""A checkpoint of your own without a pipeline: a network that sees the condition as channels, and a scheduler."""

import inspect
import json

import torch


def load_denoiser(folder):
    """Return the network in `unet/` and the scheduler in `scheduler/`, as `save_pretrained` wrote both."""
    import diffusers
    from diffusers import UNet2DModel

    name = json.loads((folder / "scheduler" / "scheduler_config.json").read_text())["_class_name"]
    scheduler = getattr(diffusers, name).from_pretrained(folder / "scheduler", local_files_only=True)
    return UNet2DModel.from_pretrained(folder / "unet", local_files_only=True).eval(), scheduler


def seen(values, size):
    """Return `float32[B, C, *size]` in [-1, 1]: every part of the conditions, enlarged to the sample's size."""
    parts = [value.float() / 127.5 - 1 for name, value in sorted(values.items()) if name in ("image", "mask")]
    parts = [torch.nn.functional.interpolate(part, size=size, mode="nearest") for part in parts]
    return torch.cat(parts, 1)


def denoise(network, scheduler, condition, generators, steps):
    """Return `[n, 3, H, W]` in [0, 1] for a condition `[C, H, W]`, one for each of n generators on the CPU.

    All that is random is drawn from the sample's own generator: the start, and the noise that a scheduler adds in a
    step. diffusers draws from the global generator where a scheduler is given none.
    """
    shape = (network.config.out_channels, *condition.shape[1:])
    start = torch.stack([torch.randn(shape, generator=generator) for generator in generators])
    scheduler.set_timesteps(steps, device=condition.device)
    noisy = start.to(condition.device) * scheduler.init_noise_sigma
    given = condition.expand(len(generators), -1, -1, -1)
    random = {"generator": generators} if "generator" in inspect.signature(scheduler.step).parameters else {}
    with torch.no_grad():
        for time in scheduler.timesteps:
            joined = torch.cat([scheduler.scale_model_input(noisy, time), given], 1)
            noisy = scheduler.step(network(joined, time).sample, time, noisy, **random).prev_sample
    return ((noisy + 1) / 2).float().cpu()
