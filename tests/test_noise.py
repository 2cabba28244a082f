"""Random streams: a sample's noise depends on its key alone."""

import numpy as np
import torch

from benchbench.core.noise import Noise, stream

KEY = ("toy", 1)
KNOWN_INTEGERS = [507280, 882792, 78802]
KNOWN_NORMALS = [-0.43331366777420044, 2.1564199924468994]


def test_a_stream_is_its_key():
    assert stream("a", 1).random(4).tolist() == stream("a", 1).random(4).tolist()
    assert stream("a", 1).random() != stream("a", 2).random()
    assert stream("a", "1").random() != stream("a", 1).random()
    assert stream("ab", "c").random() != stream("a", "bc").random()


def test_known_draws_stay():
    """A change here changes every score ever recorded: raise the versions of all tasks if it must be."""
    assert stream("toy", 1, 0, "a", 0).integers(1_000_000, size=3).tolist() == KNOWN_INTEGERS
    np.testing.assert_allclose(Noise.for_samples(KEY, 0, ["a"], 1).normal(2)[0, 0], KNOWN_NORMALS, rtol=1e-6)


def test_noise_does_not_depend_on_batch_order_or_number_of_samples():
    whole = Noise.for_samples(KEY, 3, ["a", "b", "c"], 5).normal(2, 3)
    assert whole.shape == (3, 5, 2, 3)
    assert whole.dtype == torch.float32
    alone = Noise.for_samples(KEY, 3, ["b"], 2).normal(2, 3)
    assert torch.equal(alone[0], whole[1, :2])
    reversed_ = Noise.for_samples(KEY, 3, ["c", "b", "a"], 5).normal(2, 3)
    assert torch.equal(reversed_.flip(0), whole)


def test_keys_tell_task_version_seed_example_and_sample_apart():
    draws = [
        Noise.for_samples(task, seed, [id], 2).uniform()[0, k].item()
        for task in (("toy", 1), ("toy", 2), ("other", 1))
        for seed in (0, 1)
        for id in ("a", "b")
        for k in (0, 1)
    ]
    assert len(set(draws)) == len(draws)


def test_draws_go_on_and_a_condition_shares_its_streams():
    noise, again = (Noise.for_samples(KEY, 0, ["a", "b"], 2) for _ in range(2))
    first, second = noise.normal(3), noise.normal(3)
    assert not torch.equal(first, second)
    assert torch.equal(again.condition(1).normal(3)[0], first[1])
    assert torch.equal(again.condition(1).normal(3)[0], second[1])
    assert torch.equal(again.normal(3)[0], first[0])


def test_integers_and_uniform_stay_in_their_ranges():
    noise = Noise.for_samples(KEY, 0, [str(i) for i in range(50)], 20)
    integers = noise.integers(7, 3)
    assert integers.dtype == torch.int64
    assert set(integers.unique().tolist()) == set(range(7))
    uniform = noise.uniform(4)
    assert 0 <= float(uniform.min()) < 0.01
    assert 0.99 < float(uniform.max()) < 1


def test_streams_are_independent_normals():
    draws = Noise.for_samples(KEY, 0, [str(i) for i in range(100)], 20).normal(16).double()
    count = draws.numel()
    assert abs(float(draws.mean())) < 4 / count**0.5
    assert abs(float(draws.var()) - 1) < 4 * (2 / count) ** 0.5
    flat = draws.reshape(-1, 16)
    neighbours = float((flat[:-1] * flat[1:]).mean())
    assert abs(neighbours) < 4 / (count - 16) ** 0.5


def test_the_batch_generator_is_the_batch():
    first = torch.rand(3, generator=Noise.for_samples(KEY, 0, ["a", "b"], 2).generator())
    assert torch.equal(first, torch.rand(3, generator=Noise.for_samples(KEY, 0, ["a", "b"], 2).generator()))
    assert not torch.equal(first, torch.rand(3, generator=Noise.for_samples(KEY, 0, ["a"], 2).generator()))


def test_the_global_generators_are_left_alone():
    before, numpy_before = torch.random.get_rng_state(), np.random.get_state()[1].copy()
    noise = Noise.for_samples(KEY, 0, ["a"], 3)
    noise.normal(4), noise.integers(9), noise.generator()
    assert torch.equal(torch.random.get_rng_state(), before)
    assert (np.random.get_state()[1] == numpy_before).all()
