"""The method and its trainer: exact resumption, zero diversity, the pool, and what it refuses."""

import pytest
import torch
from benchbench import BenchbenchError, Unsupported
from benchbench.training import Engine, checkpoints
from drawing import drawn
from small_tasks import Fixed
from states import equal, saved

from benchbench_cyclegan import CycleGan


def test_resumed_training_is_the_same_to_the_bit(pairs):
    whole, second = (CycleGan().trainer(pairs, Engine(seed=5), 2) for _ in range(2))
    whole.step(0)
    half = saved(whole.state())
    shown = whole.step(1)
    second.restore(half)
    assert equal(second.step(1), shown)
    assert equal(whole.weights(), second.weights())
    assert torch.equal(whole.preview(), second.preview())
    assert all(torch.isfinite(loss) and not loss.requires_grad for loss in shown.values())


def test_identity_is_an_option(pairs):
    for method, there in ((CycleGan(), True), (CycleGan(identity=0.0), False)):
        assert ("identity_x" in method.trainer(pairs, Engine(), 1).step(0)) == there


def test_all_networks_move_and_fakes_enter_the_pools(pairs):
    trainer = CycleGan().trainer(pairs, Engine(), 2)
    before = saved(trainer.state())
    trainer.step(0)
    after = trainer.state()
    changed = [n for n in after["networks"] if not torch.equal(before["networks"][n], after["networks"][n])]
    for part in ("translators.there", "translators.back", "judges.x", "judges.y"):
        assert any(name.startswith(part) for name in changed), part
    for name in "xy":
        filled = after["pools"][f"{name}.images"].flatten(1).abs().sum(1) > 0
        assert filled.sum() == 4


def test_it_has_one_output_for_a_condition(pairs, tmp_path):
    path = tmp_path / "a.safetensors"
    checkpoints.write(path, CycleGan().trainer(pairs, Engine(), 1).weights(), {})
    method = CycleGan()
    method.prepare(pairs, "cpu", path)
    examples = pairs.examples("test")
    samples = drawn(method, pairs, examples, 3)
    assert torch.equal(samples, samples[:, :1].expand_as(samples))
    assert torch.equal(samples, drawn(method, pairs, examples, 3, seed=1))
    assert torch.equal(samples, torch.cat([drawn(method, pairs, [example], 3) for example in examples]))
    assert not torch.equal(samples[0], samples[1])


def test_line_art_has_no_identity_loss(outlines):
    assert "identity_x" not in CycleGan().trainer(outlines, Engine(), 1).step(0)
    with pytest.raises(Unsupported, match="needs conditions of 3 channels"):
        CycleGan(identity=0.5).require(outlines)


def test_the_paper_has_its_epochs_and_blocks(pairs):
    numbers = CycleGan(size="paper").numbers(pairs)
    assert (numbers.num_steps, numbers.blocks, numbers.batch) == (200 * 4, 9, 1)
    large = Fixed("translation", (3, 128, 128), (3, 128, 128))
    assert CycleGan(size="paper").numbers(large).blocks == 6


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (Fixed("super-resolution", (3, 4, 4), (3, 16, 16)), "serves translation"),
        (Fixed("translation", (3, 18, 18), (3, 18, 18)), "multiple of 4"),
        (Fixed("translation", (3, 8, 8), (3, 8, 8)), "16 px or more"),
    ],
)
def test_what_it_refuses(task, reason):
    with pytest.raises(Unsupported, match=reason):
        CycleGan().require(task)


def test_a_wrong_option_is_refused():
    with pytest.raises(BenchbenchError, match="cyclegan: cycle_weight is -1"):
        CycleGan(cycle_weight=-1.0)
