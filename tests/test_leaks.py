"""Rows that saw the answers: flagged by `run`, found by `check`, `submit` and `leaderboard --check`."""

import shutil
from pathlib import Path

import pytest
import torch
from made_records import method, with_values

from benchbench.contract.tiny import TinyDiscs
from benchbench.core.record_json import to_json
from benchbench.evaluation.leaks import copied, holds_a_reference
from benchbench.runs.flags import flagged, oracles
from benchbench.system.records import read_record
from benchbench.tasks.toy_shapes import ToyShapes

HERE = Path(__file__).parent
RANKING = ToyShapes.metrics[0]
TRUTH = with_values("oracle", *(0.2 + 0.001 * (i % 7) for i in range(40)), method=method("oracle", reference=True))
BETTER = [value - 0.01 - 0.0001 * (i % 3) for i, value in enumerate(TRUTH.paired.values)]


def flags(record):
    return {score.metric: score.flag for score in record.scores if score.flag}


def test_a_method_that_gives_references_back_is_flagged_by_run(bench, tmp_path, monkeypatch):
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    shutil.copy(HERE / "gallery" / "sees_the_answers.py", plugins)
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(plugins))
    (plugins / "discs.py").write_text("from benchbench.contract.tiny import benchbench_tasks\n")
    done = bench("run", "-t", "tiny-discs", "-m", "sees-the-answers", "-m", "noise", "-m", "unconditional", "-j", 0)
    assert done.code == 0, done.err
    ranking = TinyDiscs.metrics[0]
    paths = tmp_path.glob("runs/*/*/*/record.json")
    found = {path.parent.parent.name: flags(read_record(path)).get(ranking) for path in paths}
    said = "the samples of 11 of 12 conditions hold a test reference: it saw the answers"  # one repeats a reference
    assert found == {"sees-the-answers": said, "noise": None, "unconditional": None}
    assert said in done.out


def test_a_run_that_is_better_than_the_truth_is_flagged():
    leak, honest = with_values("mine", *BETTER), with_values("mine", *TRUTH.paired.values)
    (flag,) = flags(flagged(leak, RANKING, [], [TRUTH])).values()
    assert "is significantly better than the oracle's" in flag
    assert flagged(honest, RANKING, [], [TRUTH]) == honest
    assert flagged(leak, RANKING, [], []) == leak


def test_flags_of_one_score_stand_side_by_side():
    shards = [{"flat_conditions": 2, "copied_conditions": 120}, {"copied_conditions": 40}]
    (flag,) = flags(flagged(with_values("mine", *BETTER), RANKING, shards, [TRUTH])).values()
    assert flag.startswith("all samples of 2 of 300 conditions are of one colour; the samples of 160 of 300 conditions")
    assert "; its " in flag


def test_a_damaged_record_of_an_oracle_is_left_out(tmp_path):
    for name, text in (("a", to_json(TRUTH)), ("b", "{")):
        (tmp_path / "toy-shapes" / "oracle" / name).mkdir(parents=True)
        (tmp_path / "toy-shapes" / "oracle" / name / "record.json").write_text(text)
    assert [each.method.name for each in oracles(tmp_path, TRUTH)] == ["oracle"]
    assert list(oracles(tmp_path / "nowhere", TRUTH)) == []


@pytest.mark.parametrize(("grey_levels", "is_copy"), [(0, True), (1, True), (2, False), (-1, True), (-2, False)])
def test_a_copy_is_one_up_to_a_grey_level(grey_levels, is_copy):
    references = torch.randint(0, 256, (5, 3, 8, 8), generator=torch.Generator().manual_seed(0)).byte()
    sample = references[3:4].int()
    sample[0, 1, 2, 3] = 128
    references[3, 1, 2, 3] = 128 + grey_levels
    assert holds_a_reference(torch.cat([255 - references[:2], sample.byte()]), references) is is_copy
    assert not holds_a_reference(255 - references, references)
    assert not holds_a_reference(torch.zeros(4, 2), torch.zeros(5, 2)), "points have no grey levels"


def test_where_references_repeat_one_another_an_honest_draw_meets_one_by_chance():
    references = torch.full((3, 3, 4, 4), 10, dtype=torch.uint8)
    references[2] += 50
    assert not holds_a_reference(references[2:], references)
    assert holds_a_reference(references[2:], references[1:])
    assert holds_a_reference(references[2:], references[2:]), "one reference, as of photographs"


def test_half_of_the_conditions_are_no_accident():
    assert [len(list(copied(number, 10))) for number in (0, 4, 5, 10)] == [0, 0, 1, 1]
    assert list(copied(1, 1)) == []


CURIOUS = """
from dataclasses import dataclass
from pathlib import Path

import torch
from benchbench import Method, hookimpl


def look(where, task):
    seen = sum(len(example.references) for example in task.examples("test"))
    with Path("seen").open("a") as file:
        file.write(f"{where} {seen}\\n")


@dataclass
class Curious(Method):
    name = "curious"

    def default_checkpoint(self, task):
        look("default_checkpoint", task)
        return Path(__file__)

    def checkpoint_hash(self, task, checkpoint, protocol):
        look("checkpoint_hash", task)

    def supports(self, task, checkpoint):
        look("supports", task)

    def prepare(self, task, device, checkpoint):
        look("prepare", task)

    def sample(self, conditions, num_samples, noise):
        return torch.zeros(len(conditions), num_samples, 2)


@hookimpl
def benchbench_methods():
    return [Curious]
"""


def test_no_part_of_a_method_is_asked_with_the_answers_at_hand(bench, tmp_path):
    (tmp_path / "curious.py").write_text(CURIOUS)
    done = bench("--plugins-dir", tmp_path, "run", "-t", "ring8", "-m", "curious", "--limit", 4, "-j", 1)
    assert done.code == 0, done.err
    seen = set(Path("seen").read_text().splitlines())
    assert seen == {"default_checkpoint 0", "checkpoint_hash 0", "supports 0", "prepare 0"}
