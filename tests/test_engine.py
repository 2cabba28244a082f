"""What trainings compute with: the seed alone decides, wherever it runs, and graphs and processes change no number."""

import shutil
import threading
from pathlib import Path

import pytest
import torch
from processes import run_together
from torch import nn

from benchbench.core import BenchbenchError
from benchbench.core.engine import Engine, set_rate
from benchbench.training import distributed

TOGETHER = str(Path(__file__).parent / "together.py")
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="CUDA graphs need a GPU")


def in_threads(number, work):
    """Return what `work(i)` gives in `number` threads at once, in the order of i."""
    found, barrier = {}, threading.Barrier(number)

    def one(i):
        barrier.wait()
        found[i] = work(i)

    threads = [threading.Thread(target=one, args=(i,)) for i in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[i] for i in range(number)]


def make_network():
    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))


def weights_of(module):
    return torch.cat([parameter.detach().cpu().flatten() for parameter in module.parameters()])


def test_initial_weights_follow_from_the_seed_on_any_thread_and_leave_the_global_generator_alone():
    before = torch.get_rng_state()
    first = weights_of(Engine(seed=3).build(make_network))
    assert torch.get_rng_state().equal(before)
    for other in in_threads(4, lambda i: weights_of(Engine(seed=3).build(make_network))):
        assert other.equal(first)
    assert torch.get_rng_state().equal(before)
    assert not weights_of(Engine(seed=4).build(make_network)).equal(first)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        assert weights_of(Engine(seed=3).build(make_network)).equal(first), "what was drawn before changes nothing"


@pytest.mark.parametrize(("batch", "share"), [(8, 2), (4, 1)])
def test_the_shares_of_the_processes_are_alike_and_the_batch(batch, share):
    assert [Engine(rank=rank, world_size=4).share(batch) for rank in range(4)] == [share] * 4


@pytest.mark.parametrize("batch", [3, 7])
def test_one_process_has_the_whole_batch_and_a_number_that_does_not_divide_it_is_told(batch):
    assert Engine().share(batch) == batch
    with pytest.raises(BenchbenchError, match=f"a batch of {batch} cannot be shared evenly by 4 processes"):
        Engine(rank=0, world_size=4).share(batch)


def test_what_modules_draw_by_themselves_follows_from_seed_step_and_rank():
    def dropped(seed=0, rank=0, step=4):
        Engine(seed=seed, rank=rank, world_size=2).seed_modules(step)
        return torch.nn.functional.dropout(torch.ones(64))

    with torch.random.fork_rng(devices=[]):
        assert dropped().equal(dropped())
        for other in (dropped(seed=1), dropped(rank=1), dropped(step=5)):
            assert not other.equal(dropped())


def test_what_is_drawn_follows_from_seed_key_and_rank():
    def draw(seed=0, rank=0, key=("step", 1)):
        return torch.rand(8, generator=Engine(seed=seed, rank=rank, world_size=2).random(*key))

    assert draw().equal(draw())
    for other in (draw(seed=1), draw(rank=1), draw(key=("step", 2)), draw(key=("preview",))):
        assert not other.equal(draw())


@pytest.mark.parametrize("rate", [0.5, torch.tensor(0.5)])
def test_a_rate_is_set_for_every_group_and_in_place_where_it_is_a_tensor(rate):
    parameters = [nn.Parameter(torch.zeros(1)) for _ in range(2)]
    optimizer = torch.optim.SGD([{"params": [each], "lr": rate} for each in parameters])
    set_rate(optimizer, 0.125)
    assert [float(group["lr"]) for group in optimizer.param_groups] == [0.125, 0.125]
    if isinstance(rate, torch.Tensor):
        assert all(group["lr"] is rate for group in optimizer.param_groups), "a graph reads the same tensor again"
    sum(parameters).sum().backward()
    optimizer.step()
    assert torch.cat(parameters).tolist() == [-0.125, -0.125]


def test_an_update_on_the_cpu_is_called_as_it_is():
    seen = []

    def update(given):
        seen.append(given)
        return {"loss": given["x"].sum()}

    updating = Engine().updating(update)
    for i in range(6):
        assert float(updating({"x": torch.full((2,), float(i))})["loss"]) == 2 * i
    assert len(seen) == 6


def test_graphs_are_for_one_gpu_that_does_not_compile():
    assert Engine(device="cuda:1").graphs
    for other in (
        Engine(),
        Engine(device="cuda", world_size=2),
        Engine(device="cuda", compile=True),
        Engine(device="cuda", capture=False),
    ):
        assert not other.graphs


def descended(engine, steps, state=None):
    """Return the weights of a network after some steps of Adam, the later ones from a state."""
    network = engine.build(make_network)
    wrapped, optimizer = engine.parallel(network), engine.adam(network.parameters(), 0.05)
    if state:
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
    for index in steps:
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(wrapped(torch.randn(8, 4, generator=engine.random("batch", index))).square().mean())
        optimizer.step()
    return weights_of(network), {"network": network.state_dict(), "optimizer": optimizer.state_dict()}


@pytest.mark.skipif(not shutil.which("g++"), reason="torch.compile needs a C++ compiler here (g++)")
def test_a_compiled_training_gives_the_weights_of_one_that_is_not_and_goes_on_to_the_bit():
    compiled = Engine(seed=3, compile=True)
    whole, _ = descended(compiled, range(4))
    plain, _ = descended(Engine(seed=3), range(4))
    assert torch.allclose(whole, plain, atol=1e-5)
    assert not whole.equal(descended(compiled, range(3))[0])
    _, half = descended(compiled, range(2))
    assert descended(compiled, range(2, 4), half)[0].equal(whole)


@pytest.mark.parametrize(("precision", "dtype"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_networks_compute_in_the_wanted_precision_and_keep_their_weights(precision, dtype):
    engine = Engine(precision=precision)
    network = engine.build(make_network)
    with engine.autocast():
        assert network(torch.zeros(1, 4)).dtype == dtype
    assert all(parameter.dtype == torch.float32 for parameter in network.parameters())


@pytest.mark.parametrize(("precision", "last"), [("float32", False), ("bfloat16", True)])
def test_convolutions_lie_as_their_precision_wants_them(precision, last):
    weight = Engine(precision=precision).build(lambda: nn.Conv2d(4, 4, 3)).weight
    assert weight.is_contiguous(memory_format=torch.channels_last) == last
    assert torch.equal(weight, Engine().build(lambda: nn.Conv2d(4, 4, 3)).weight)


def test_adam_learns_by_a_plain_rate_where_nothing_is_captured():
    parameter = nn.Parameter(torch.zeros(1))
    optimizer = Engine().adam([parameter], 0.25, (0.5, 0.9), weight_decay=0.125, amsgrad=True)
    (group,) = optimizer.param_groups
    assert (group["lr"], group["betas"], group["weight_decay"], group["amsgrad"]) == (0.25, (0.5, 0.9), 0.125, True)
    assert isinstance(group["lr"], float)
    assert not group["capturable"]


def test_one_process_needs_no_others():
    values = torch.tensor([1.0, 2.0])
    with distributed.together("cpu") as rank:
        assert rank == 0
        assert distributed.mean(values) is values
        distributed.wait()
    assert distributed.own_device("cuda") == "cuda"


def test_processes_that_cannot_join_are_told_in_one_sentence(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    for name in ("RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    with (
        pytest.raises(BenchbenchError, match="the 2 processes of WORLD_SIZE cannot join .*: start them with torchrun"),
        distributed.together("cpu"),
    ):
        pass


@pytest.mark.parametrize(("given", "own"), [("cuda", "cuda:1"), ("cuda:0", "cuda:0"), ("cpu", "cpu")])
def test_each_process_has_a_gpu_of_its_own(monkeypatch, given, own):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert distributed.own_device(given) == own


def test_two_processes_take_the_steps_of_one_and_hear_what_the_first_one_says(tmp_path):
    found = {}
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert run_together([TOGETHER, folder], number) == [0] * number
        found[number] = [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(number)]
    (alone,), (first, second) = found[1], found[2]
    assert first["weights"].equal(second["weights"])
    torch.testing.assert_close(first["weights"], alone["weights"], rtol=0, atol=1e-6)
    assert not first["weights"].equal(weights_of(Engine(seed=5).build(make_network))), "they learnt"
    assert (alone["mean"].tolist(), first["mean"].tolist(), second["mean"].tolist()) == ([0, 2], [0.5, 2], [0.5, 2])
    assert alone["said"] == first["said"] == second["said"] == "the lock is held"


def _steps(engine, number=5):
    """Return the weights and the losses of a few steps of SGD, each with its rate."""
    network = engine.build(make_network)
    rate = torch.tensor(0.1, device=engine.device) if engine.graphs else 0.1
    optimizer = torch.optim.SGD(network.parameters(), rate)

    def update(given):
        optimizer.zero_grad(set_to_none=True)
        loss = (network(given["x"]) - given["y"]).square().mean()
        loss.backward()
        optimizer.step()
        return {"loss": loss.detach()}

    updating, losses = engine.updating(update), []
    for i in range(number):
        random = engine.random("step", i)
        set_rate(optimizer, 0.1 / (i + 1))
        given = {"x": torch.randn(8, 4, generator=random), "y": torch.randn(8, 1, generator=random)}
        losses.append(updating(given)["loss"])
    return weights_of(network), torch.stack([loss.cpu() for loss in losses])


@needs_cuda
def test_captured_updates_are_the_eager_ones_on_a_gpu():
    captured, losses = _steps(Engine(device="cuda", seed=2), 8)
    eager, eager_losses = _steps(Engine(device="cuda", seed=2, capture=False), 8)
    on_cpu, _ = _steps(Engine(seed=2), 8)
    torch.testing.assert_close(captured, eager, rtol=0, atol=1e-4)
    torch.testing.assert_close(captured, on_cpu, rtol=0, atol=1e-4)
    torch.testing.assert_close(losses, eager_losses, rtol=0, atol=1e-4)
    assert len(set(losses.tolist())) == 8, "each replay gives losses of its own"


@needs_cuda
def test_threads_capture_side_by_side_on_a_gpu():
    alone = [_steps(Engine(device="cuda", seed=seed), 20)[0] for seed in range(2)]
    for _ in range(3):
        for found, expected in zip(
            in_threads(2, lambda i: _steps(Engine(device="cuda", seed=i), 20)[0]), alone, strict=True
        ):
            torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)
