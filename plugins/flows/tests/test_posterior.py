"""The posterior samplers as methods: on tasks whose posterior is known, and with a trained prior."""

import pytest
import torch
from benchbench import BenchbenchError, Conditions, Noise, Unsupported
from benchbench.core.engine import Engine
from benchbench.evaluation.answers import without_answers
from benchbench.plugins import get_task
from benchbench.training import checkpoints

from benchbench_flows import Daps, Ddnm, Ddrm, Dps, Prior
from benchbench_flows.posterior import DRAWN_AHEAD, SAMPLERS, _drawing
from benchbench_flows.problem import Problem, Scale, exact_denoiser, exact_scale


def drawn(method, task, number=2, samples=3, seed=0):
    examples = [task.examples("test")[i] for i in range(number)]
    ids = tuple(example.id for example in examples)
    values = {name: torch.stack([example.condition[name] for example in examples]) for name in examples[0].condition}
    noise = Noise.for_samples((task.name, task.version), seed, ids, samples)
    return task.space.check(method.sample(Conditions(ids, values), samples, noise), number, samples)


@pytest.mark.parametrize("shape", [(DRAWN_AHEAD // 3,), (3, 40, 40)])
def test_noise_that_is_drawn_ahead_is_that_of_step_by_step(shape):
    ahead, by_step = (Noise.for_samples(("task", 1), 0, ("0", "1"), 2).condition(1) for _ in range(2))
    draw = _drawing(ahead, shape)
    for _ in range(7):
        assert torch.equal(draw(), by_step.normal(*shape)[0])


@pytest.mark.parametrize("name", ["gmm-points-8", "gmm-tiles", "toy-faces", "toy-holes"])
def test_a_problem_is_the_task_s_operator_in_the_scale_of_the_denoiser(name):
    task = get_task(name)
    examples = [task.examples("test")[0]]
    condition = {key: examples[0].condition[key][None] for key in examples[0].condition}
    problem = Problem(task, condition, Scale(30.0, 7.0), 2)
    random = torch.Generator().manual_seed(0)
    u = torch.randn(2, *task.space.shape, generator=random, dtype=torch.float64)
    samples = (30 + 7 * u)[None]
    away = (task.observed(condition) - task.degrade(samples, condition))[0]
    torch.testing.assert_close(7 * (problem.measured - problem.degrade(u)), away, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(problem.degrade(problem.pseudo_inverse(problem.degrade(u))), problem.degrade(u))
    torch.testing.assert_close(sum(part for _, part in problem.parts(u)), u)
    assert problem.parts(u)[-1][0] == 0
    assert problem.degrade(problem.parts(u)[-1][1]).abs().max() < 1e-6
    assert problem.deviation == pytest.approx(task.noise_std / 7)


def test_the_exact_denoiser_is_that_of_the_task_in_other_units():
    task = get_task("gmm-points-8")
    scale = exact_scale(task)
    real = task.real_pool()[:1024].double()
    assert scale.centre == pytest.approx(real.mean().item())
    assert scale.spread == pytest.approx(real.std().item())
    noisy = real[:5] + 3 * torch.randn(5, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = exact_denoiser(task, scale)((noisy - scale.centre) / scale.spread, torch.tensor(3 / scale.spread).double())
    torch.testing.assert_close(scale.sample(found), task.denoiser(noisy, 3.0), atol=1e-4, rtol=1e-4)


QUICK = {
    Ddnm: Ddnm(exact=True, steps=12),
    Ddrm: Ddrm(exact=True, steps=8),
    Dps: Dps(exact=True, steps=12),
    Daps: Daps(exact=True, steps=4, langevin_steps=10),
}


@pytest.mark.parametrize("name", ["gmm-points-8", "gmm-tiles"])
@pytest.mark.parametrize("method", QUICK.values(), ids=lambda method: method.name)
def test_with_the_exact_denoiser_a_sample_depends_on_its_own_noise_alone(method, name):
    task = without_answers(get_task(name))
    assert method.default_checkpoint(task) is None
    method.prepare(task, "cpu", None)
    together = drawn(method, task, 3)
    assert torch.equal(together[:1], drawn(method, task, 1))
    torch.testing.assert_close(together[:, :2].float(), drawn(method, task, 3, samples=2).float(), atol=2e-3, rtol=1e-3)
    assert (together[:, 0] != together[:, 1]).any()
    assert not torch.equal(together, drawn(method, task, 3, seed=1))


def test_ddrm_with_the_exact_denoiser_keeps_to_the_measurement_and_finds_the_modes():
    """Every sample is near a centre that is possible, and as far from what was measured as the noise says."""
    task = get_task("gmm-points-8")
    method = Ddrm(exact=True)
    method.prepare(without_answers(task), "cpu", None)
    examples = [task.examples("test")[i] for i in range(12)]
    samples = drawn(method, task, 12, 16)
    condition = {"observation": torch.stack([example.condition["observation"] for example in examples])}
    away = task.degrade(samples, condition) - task.observed(condition)
    assert away.square().mean().sqrt().item() == pytest.approx(task.noise_std, rel=0.5)
    right = [
        task.mode_probabilities(example.id)[task.assign_modes(example.id, own)] > 1e-3
        for example, own in zip(examples, samples)
    ]
    assert torch.cat(right).float().mean() > 0.8


def trained(task, folder):
    trainer = Prior().trainer(task, Engine(), 2)
    trainer.step(0)
    about = {"method": {"name": "prior", "options": Prior().options()}, "task": {"name": task.name}}
    checkpoints.write(folder / "prior.safetensors", trainer.weights(), about)
    return folder / "prior.safetensors"


@pytest.mark.parametrize("name", ["toy-faces", "toy-holes"])
def test_one_checkpoint_of_the_prior_serves_every_sampler(name, tmp_path):
    task = get_task(name)
    path = trained(task, tmp_path)
    example = task.examples("test")[0]
    for kind in SAMPLERS:
        method = kind(steps=2)
        method.prepare(task, "cpu", path)
        together = drawn(method, task, samples=2)
        assert torch.equal(together[:1], drawn(method, task, 1, samples=2))
        assert method.trained_options() == {"size": "small"}
        if kind in (Ddnm, Ddrm):  # the measurement, which has no noise, is kept, but for rounding and clipping
            condition = {key: value[None] for key, value in example.condition.items()}
            away = task.degrade(together[:1].float(), condition) - task.observed(condition)
            if name == "toy-holes":
                assert away.abs().max() == 0
            elif together[0].min() > 0 and together[0].max() < 255:
                assert away.abs().max() <= 0.5


def test_the_prior_reads_no_condition(tasks, tmp_path):
    task = tasks["translation"]
    method = Prior(steps=2)
    method.prepare(task, "cpu", trained(task, tmp_path))
    examples = [task.examples("test")[i] for i in range(2)]
    images = torch.stack([example.condition["image"] for example in examples])

    def sample(given):
        noise = Noise.for_samples(("a", 1), 0, ("0", "1"), 2)
        return method.sample(Conditions(("0", "1"), {"image": given}), 2, noise)

    assert torch.equal(sample(images), sample(images.flip(0)))


def test_what_cannot_be_served_is_told():
    faces = get_task("toy-faces")
    with pytest.raises(Unsupported, match="ddnm needs a condition that is a linear function of the target"):
        Ddnm().prepare(get_task("toy-shapes"), "cpu", None)
    with pytest.raises(Unsupported, match=r"dps\[exact=true\] needs a known law of the outputs; toy-faces has none"):
        Dps(exact=True).prepare(faces, "cpu", None)
    with pytest.raises(
        Unsupported, match="no checkpoint of prior for toy-faces: train one with `benchbench fit -t toy-faces -m prior`"
    ):
        Daps().prepare(faces, "cpu", None)
    with pytest.raises(Unsupported, match="ddrm has nothing to train: it takes the checkpoint of prior"):
        Ddrm().trainer(faces, Engine())
    with pytest.raises(BenchbenchError, match="ddnm: eta is 2; write a number of 0 or more and 1 or less"):
        Ddnm(eta=2)
