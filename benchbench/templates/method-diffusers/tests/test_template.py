"""The contract of benchbench, check by check, and tests of what this method does."""

import benchbench
import pytest
import torch
from benchbench.plugins import registry
from benchbench.testing import *  # noqa: F403 (it brings the tests)

METHODS = ["template"]
SCHEDULERS = ["", "DDIMScheduler", "EulerAncestralDiscreteScheduler", "DPMSolverMultistepScheduler"]


@pytest.fixture
def example():
    """The module that makes tiny models; without diffusers these tests are skipped, by name."""
    pytest.importorskip("diffusers")
    from benchbench_template import example

    return example


def drawn(method, task, number, samples=3):
    examples = [task.examples("test")[i] for i in range(number)]
    ids = tuple(each.id for each in examples)
    values = {name: torch.stack([each.condition[name] for each in examples]) for name in examples[0].condition}
    noise = benchbench.Noise.for_samples((task.name, task.version), 0, ids, samples)
    return task.space.check(method.sample(benchbench.Conditions(ids, values), samples, noise), number, samples)


def test_a_pipeline_keeps_the_contract(example, tiny_task, benchbench_cli, tmp_path):
    example.make(tmp_path / "pipeline")
    method = "template[steps=1,samples_per_call=16]"
    done = benchbench_cli("check", method, "-t", tiny_task.name, "--checkpoint", tmp_path / "pipeline")
    assert done.code == 0, done.out


def test_a_network_with_a_scheduler_keeps_the_contract(example, tiny_task, benchbench_cli, tmp_path):
    example.make_network(tmp_path / "model")
    method = "template[steps=2,samples_per_call=16]"
    done = benchbench_cli("check", method, "-t", tiny_task.name, "--checkpoint", tmp_path / "model")
    assert done.code == 0, done.out


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_whatever_the_scheduler_draws_is_the_sample_s_own(scheduler, example, tiny_task, tmp_path):
    example.make_network(tmp_path)
    method = registry().get("methods", "template")(steps=4, scheduler=scheduler, samples_per_call=2)
    method.prepare(tiny_task, "cpu", tmp_path)
    together = drawn(method, tiny_task, 2)
    torch.manual_seed(1)  # what is drawn from the global generator would now differ
    assert torch.equal(together, drawn(method, tiny_task, 2))
    assert torch.equal(together[:1], drawn(method, tiny_task, 1))
    assert (together[:, 0] != together[:, 1]).any()


def test_another_scheduler_gives_other_images_from_the_same_checkpoint(example, tiny_task, tmp_path):
    example.make_network(tmp_path)
    kind = registry().get("methods", "template")
    images = []
    for scheduler in ("", "DDIMScheduler"):
        method = kind(steps=4, scheduler=scheduler)
        method.prepare(tiny_task, "cpu", tmp_path)
        images.append(drawn(method, tiny_task, 1))
    assert not torch.equal(*images)
    with pytest.raises(benchbench.BenchbenchError, match="scheduler 'Quick' is none of .*DDIMScheduler"):
        kind(scheduler="Quick").prepare(tiny_task, "cpu", tmp_path)


def test_an_ancestral_step_is_its_formula(example, tmp_path):
    """One step of DDPM with the network's noise estimate, worked out from the scheduler's own coefficients."""
    example.make_network(tmp_path)
    from benchbench_template.denoising import denoise, load_denoiser

    network, scheduler = load_denoiser(tmp_path)
    condition = torch.zeros(3, 16, 16)
    made = denoise(network, scheduler, condition, [torch.Generator().manual_seed(5)], 1)
    noisy = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(5))
    time = scheduler.timesteps[0]
    with torch.no_grad():
        found = network(torch.cat([noisy, condition[None]], 1), time).sample
    kept = scheduler.alphas_cumprod[time]
    clean = ((noisy - (1 - kept).sqrt() * found) / kept.sqrt()).clamp(-1, 1)
    torch.testing.assert_close(made, (clean + 1) / 2, atol=1e-4, rtol=1e-4)


def test_a_folder_without_a_model_is_told(tiny_task, tmp_path):
    pytest.importorskip("diffusers")
    method = registry().get("methods", "template")()
    with pytest.raises(benchbench.MissingData, match="it has neither model_index.json nor unet/config.json"):
        method.prepare(tiny_task, "cpu", tmp_path)


def test_a_pipeline_that_enlarges_is_for_tasks_that_want_it(example, tiny_task, tmp_path):
    example.make(tmp_path, factor=4)
    method = registry().get("methods", "template")(steps=1)
    method.prepare(registry().get("tasks", "sr-photos")(), "cpu", tmp_path)
    with pytest.raises(benchbench.Unsupported, match=r"gives \[3, 128, 128\]; tiny-discs needs \[3, 32, 32\]"):
        method.prepare(tiny_task, "cpu", tmp_path)
