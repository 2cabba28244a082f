"""The Python door: what a notebook does."""

from dataclasses import dataclass

import pytest

import benchbench

pytestmark = pytest.mark.usefixtures("one_off")


def speckle(conditions, num_samples, noise):
    """A plain function as a method."""
    image = conditions["image"][:, None].float()
    return (image + 20 * noise.normal(3, 1, 1)).clamp(0, 255).byte()


@dataclass
class Held(benchbench.Method):
    """An object that holds something which no worker could be sent."""

    name = "held"
    strength: float = 20.0

    def __post_init__(self):
        self.secret = lambda image, noise: image + self.strength * noise

    def prepare(self, task, device, checkpoint):
        self.ready = True

    def sample(self, conditions, num_samples, noise):
        image = conditions["image"][:, None].float()
        return self.secret(image, noise.normal(3, 1, 1)).clamp(0, 255).byte()


@pytest.fixture
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_function_an_object_and_a_name_are_evaluated(there):
    plain = benchbench.evaluate("tiny", speckle)
    held = benchbench.evaluate(task="tiny", method=Held())
    named = benchbench.evaluate("tiny", "shades[spread=20]")
    assert isinstance(plain, benchbench.Record)
    assert plain.status == "ok"
    assert plain.method.name == "speckle"
    assert [s.value for s in plain.scores] == [s.value for s in held.scores], "the same samples, by other means"
    assert held.method.options == {"strength": 20.0}
    assert named.method.label == "shades"
    assert named.method.options["spread"] == 20


def test_an_object_is_run_anew_at_each_call(there):
    held = Held()
    first = benchbench.evaluate("tiny", held)
    held.strength = 5.0
    held.secret = lambda image, noise: image + 5 * noise
    second = benchbench.evaluate("tiny", held)
    held.secret = lambda image, noise: image + 0 * noise
    third = benchbench.evaluate("tiny", held)
    spread = [e.frame().loc["diversity[pixels]", "value"] for e in (first, second, third)]
    assert spread[0] > spread[1] > spread[2] == 0


def test_what_an_object_is_called_is_free_again_afterwards(there):
    from benchbench.plugins import registry

    before = dict(registry().methods)

    @dataclass
    class Mine(Held):
        name = "copy"

    benchbench.evaluate("tiny", Mine())
    assert registry().methods == before


def test_an_evaluation_shows_itself(there):
    found = benchbench.evaluate("tiny", speckle, limit=12)
    text, html = repr(found), found._repr_html_()
    assert text.startswith("speckle on tiny@1: 12 conditions x 4 samples, off-protocol, seed 0\n")
    for metric in ("energy-score[pixels] ↓", "diversity[pixels]"):
        assert metric in text
        assert metric in html
    assert 'src="data:image/png;base64,' in html
    assert len(found.conditions()) == 12
    frame = found.frame()
    assert frame.loc["energy-score[pixels]", "low"] < frame.loc["energy-score[pixels]", "value"]


def test_an_evaluation_stands_on_the_board_and_is_a_plain_record(there, bench):
    found = benchbench.evaluate("tiny", speckle)
    done = bench("leaderboard", "tiny", "--records", there / "runs", "--format", "records")
    assert '"label": "speckle"' in done.out
    assert "directory" not in done.out
    from benchbench.core.record_json import to_json

    assert "directory" not in to_json(found)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"task": "tinny", "method": "shades"}, "no task is named 'tinny'; did you mean 'tiny'"),
        ({"task": "tiny", "method": "shade"}, "no method is named 'shade'; did you mean 'shades'"),
        ({"task": "tiny", "method": 7}, "evaluate: a int is not a method: give a name, a Method, or a function"),
        ({"task": "tiny", "method": speckle, "limits": 3}, "no setting is named 'limits'; did you mean 'limit'"),
        ({"task": "tiny", "method": speckle, "workers": 2}, "workers=2: an object of this process cannot be sent"),
        ({"task": "tiny", "method": "raises"}, "raises on tiny: failed: IndexError: the latent is too short"),
        ({"task": "tiny", "method": "refuses"}, "refuses on tiny: skipped: needs a text condition"),
    ],
)
def test_a_mistake_is_one_sentence(there, words, message):
    with pytest.raises(benchbench.BenchbenchError, match=message):
        benchbench.evaluate(**words)


def test_the_door_is_light():
    import subprocess
    import sys

    code = "import sys, benchbench; benchbench.evaluate; sys.exit('torch' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_public_names_are_sorted_and_there():
    assert benchbench.__all__ == sorted(benchbench.__all__)
    for name in benchbench.__all__:
        assert hasattr(benchbench, name)


def test_two_functions_of_one_name_keep_their_own_runs(there):
    darker = lambda conditions, num_samples, noise: speckle(conditions, num_samples, noise) // 2  # noqa: E731
    first = benchbench.evaluate("tiny", lambda *given: speckle(*given))
    values = [score.value for score in first.scores]
    second = benchbench.evaluate("tiny", darker)
    assert first.method.label == second.method.label == "lambda"
    assert first.directory != second.directory
    assert [score.value for score in second.scores] != values
    for found in (first, second):  # each still shows its own run
        assert found.conditions()["energy-score[pixels]"].mean() == pytest.approx(found.frame().value.iloc[0])


def test_threads_with_one_name_have_their_own_numbers(there):
    from concurrent.futures import ThreadPoolExecutor

    def brightened(by):
        return lambda conditions, num_samples, noise: speckle(conditions, num_samples, noise).clamp(max=255 - by) + by

    alone = [benchbench.evaluate("tiny", brightened(by)).scores[0].value for by in (0, 20, 40, 60)]
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(benchbench.evaluate, "tiny", brightened(by)) for by in (0, 20, 40, 60)]
        together = [job.result() for job in jobs]
    assert [each.scores[0].value for each in together] == alone
    assert len({each.directory for each in together}) == 4


def test_a_method_under_test_never_sees_the_answers(there):
    """It copies the test references where it finds them, which would make it as good as the truth."""

    @dataclass
    class Peeks(benchbench.Method):
        name = "peeks"

        def prepare(self, task, device, checkpoint):
            self.references = {example.id: example.references for example in task.examples("test")}
            self.pool = task.real_pool()
            with pytest.raises(benchbench.Unsupported, match="cannot draw from the true law"):
                task.draw([task.examples("test")[0].id], 2, None)

        def sample(self, conditions, num_samples, noise):
            assert all(len(self.references[id]) == 0 for id in conditions.ids)
            return self.pool[noise.integers(len(self.pool))]

    assert benchbench.evaluate("tiny", Peeks()).status == "ok"

    class Oracle(Peeks):
        reads_the_answers = True

        def prepare(self, task, device, checkpoint):
            self.references = {example.id: example.references for example in task.examples("test")}

        def sample(self, conditions, num_samples, noise):
            import torch

            return torch.stack([self.references[id][:1].expand(num_samples, 3, 8, 8) for id in conditions.ids])

    assert benchbench.evaluate("tiny", Oracle()).status == "ok"


def test_trainers_and_methods_get_the_task_as_its_own_class():
    import torch

    from benchbench.evaluation.answers import without_answers
    from benchbench.plugins import get_task

    task = get_task("sr-photos")
    view = without_answers(task)
    assert isinstance(view, benchbench.SuperResolutionTask)
    assert type(view).__name__ == type(task).__name__
    whole, hidden = task.examples("test")[3], view.examples("test")[3]
    assert hidden.id == whole.id
    assert torch.equal(hidden.condition["image"], whole.condition["image"])
    assert tuple(hidden.references.shape) == (0, 3, 64, 64)
    assert [len(each.references) for each in view.examples("test")[:2]] == [0, 0]
    assert torch.equal(view.examples("train")[0].references, task.examples("train")[0].references)
    assert len(task.examples("test")[3].references) == 1
