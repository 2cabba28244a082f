"""Every wrong plugin of the gallery is caught, by the check that is meant for its mistake and by no other."""

import dataclasses
import functools
import importlib.util
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SPEC = importlib.util.spec_from_file_location("mistakes_script", ROOT / "scripts" / "mistakes.py")
CAUGHT = {
    "all_at_the_end": ("comes", "the first result came after all 7 jobs"),
    "batch_statistics": ("batch", "the embedding of a sample alone is not that in a batch"),
    "double_views": ("views", "embedding is float64[6, 768] for 6 samples; expected float32[6, d]"),
    "embeds_elsewhere": ("device", "pooled is on meta; expected cpu"),
    "endless_error": ("error", "its standard error is inf"),
    "half_declared": ("declares", "network.pth may be replaced by network_features.pth; expected a known_answer"),
    "leaky_pool": ("sealed", "real_pool() holds references of 12 test examples, such as test-00"),
    "loses_a_job": ("results", "7 jobs gave 6 results"),
    "negative_error": ("error", "expected a finite number of at least 0, or None"),
    "no_source": ("source", "it has no source"),
    "random_projection": ("deterministic", "loading again gives another embedding"),
    "sees_the_answers": ("answers", "samples of 3 of 3 conditions are references of the test split"),
    "salted_hash": ("weight-hash", "weight_hash() is another in a fresh process"),
    "sees_mean_colour": ("blur", "images blurred by 0.5 px are where they were"),
    "swallows_errors": ("exceptions", "a job raised, and 6 results came"),
    "too_many_pairs": ("numbers", "8 disjoint pairs of 10 samples; expected at most 5"),
    "undeclared_weights": ("weights", "load() reads projection.pt, which it does not declare"),
    "works_once": ("again", "it raised RuntimeError: the pool is closed"),
    "unnamed_extractor": ("scores", "metric diversity needs a feature extractor: write diversity[mini]"),
    "unrelated_inputs": ("related", "examples of similar conditions have references no more similar than any"),
    "batch_noise": ("batch", "noise.generator()"),
    "changes_condition": ("inputs", "changed conditions['image'] in place"),
    "class_in_function": ("workers", "the class is made inside make()"),
    "float_images": ("dtype", "samples are float32 in 0..1"),
    "forgets_momentum": ("trains", "interrupted after 2 of 4 steps on toy-shapes, it ends with other weights (shade)"),
    "global_generator": ("global-state", "draws from the global generator of torch"),
    "hidden_weights": ("checkpoint", "prepare() reads network.pt, which is not the checkpoint"),
    "hangs": ("returns", "not finished after 1 s"),
    "ignores_condition": ("condition", "the same under other conditions"),
    "ignores_k": ("numbers", "asked for 3 samples of 3 conditions, sample() returned [3, 20, 3, 32, 32]"),
    "imports_torch": ("loads", "importing it imports torch"),
    "key_error": ("serves", "prepare() on ring8 raised KeyError: 'image'"),
    "lambda_option": ("options", "option spread is declared Callable"),
    "lost_checkpoint": ("checkpoint", "which does not exist"),
    "missing_package": ("whole", "No module named 'no_such_package'"),
    "misspelt_hook": ("whole", "did you mean 'benchbench_methods'?"),
    "name_clash": ("whole", "method copy is already provided by benchbench.methods.baselines"),
    "nan_at_times": ("values", "NaN were cast to bytes"),
    "nan_metric": ("degenerate", "all samples of a condition are the same it is inf"),
    "no_dataclass": ("options", "spread is annotated but is no option"),
    "no_sample": ("whole", "method no-sample does not define sample"),
    "one_image": ("noise", "the samples of one condition are all the same"),
    "ordered_metric": ("order", "with the conditions in reverse"),
    "raises_at_import": ("whole", "import failed: FileNotFoundError"),
    "remembers": ("deterministic", "a second call of the same object with the same noise gives other samples"),
    "sets_default_dtype": ("global-state", "torch.get_default_dtype() from torch.float32 to torch.float64"),
    "sets_seed": ("global-state", "prepare() sets the seed of the global generator of torch"),
    "sets_threads": ("global-state", "prepare() changed torch.get_num_threads() from 3 to 4"),
    "shared_splits": ("splits", "test example test-0 is also train example train-0"),
    "trains_by_chance": ("trains", "two trainings of one seed differ (shade)"),
    "training_mode": ("modules", "self.network.1 (Dropout) is in training mode"),
    "unknown_later_option": ("options", "later_options names 'sprad', which is no option"),
    "unknown_sampling_option": ("options", "sampling_options names 'sprad', which is no option"),
    "unsafe_ids": ("examples", "an example has the id 'test/0'"),
    "unseeded_task": ("fingerprint", "its data are others in a fresh process"),
    "wraps_around": ("values", "were cast to bytes; expected finite values, clamped to 0..255"),
    "writes_here": ("files", "it wrote log.txt in the working directory"),
    "wrong_device": ("device", "samples are on meta; expected cpu"),
    "wrong_option_type": ("options", "option spread=40 is int, declared float"),
    "wrong_shape": ("shape", "returned shape [3, 3, 32, 32, 3]; expected [3, 3, 3, 32, 32]"),
}
ALLOWED = ("all_at_the_end", "hidden_weights", "ignores_condition", "no_source", "one_image", "unrelated_inputs")
"""Caught by a warning: it may be what the author means."""
AND_SO = {"key_error": {"prepares"}, "sees_mean_colour": {"noise"}}
"""What else cannot be right then."""

VALUES = ("too_many_pairs", "unnamed_extractor")
"""Protocols, which are values and have no line."""
LINES = {
    "hangs": ("while True", "time.sleep(1)"),
    "imports_torch": ("import torch",),
    "works_once": ("raise RuntimeError",),
    "key_error": ('["image"]',),
    "nan_at_times": (".byte()",),
    "wraps_around": (".byte()",),
}
"""Where the line is known better than by the function that it is in."""


@functools.cache
def mistakes():
    script = importlib.util.module_from_spec(SPEC)
    sys.modules[SPEC.name] = script  # dataclasses look their module up
    SPEC.loader.exec_module(script)
    return script


@pytest.fixture(scope="session")
def outcome(once):
    """Return a function from a wrong plugin to what is made of it, found once for all workers."""

    def find(stem):
        def keep(folder):
            found = mistakes().outcome(ROOT / "tests" / "gallery" / f"{stem}.py")
            (folder / "outcome.json").write_text(json.dumps(dataclasses.asdict(found)))

        return mistakes().Outcome(**json.loads((once(f"mistake-{stem}", keep) / "outcome.json").read_text()))

    return find


def test_the_gallery_is_whole():
    assert sorted(CAUGHT) == sorted(path.stem for path in (ROOT / "tests" / "gallery").glob("*.py"))


@pytest.mark.parametrize("stem", sorted(CAUGHT))
def test_a_mistake_is_caught_by_its_own_check(stem, outcome):
    check, words = CAUGHT[stem]
    found = outcome(stem)
    assert words in found.message
    assert {row["check"] for row in found.rows} == {check} | AND_SO.get(stem, set())
    assert {row["status"] for row in found.rows} == {"warned" if stem in ALLOWED else "failed"}
    assert found.code == (0 if stem in ALLOWED else 1)


@pytest.mark.parametrize("stem", sorted(set(CAUGHT) - set(ALLOWED)))
def test_a_failure_says_where_to_look(stem, outcome):
    row = outcome(stem).rows[0]
    line = row["where"].partition(":")[2]
    assert row["where"].startswith(f"{stem}.py")
    if row["check"] == "whole" or stem in VALUES:
        assert line == ""
        return
    text = (ROOT / "tests" / "gallery" / f"{stem}.py").read_text().splitlines()
    assert any(each in text[int(line) - 1] for each in ("def ", "class ", "@", *LINES.get(stem, ())))


def test_messages_are_all_different(outcome):
    messages = [outcome(stem).message for stem in CAUGHT]
    assert len(set(messages)) == len(messages)


def test_the_page_of_mistakes_is_what_is_said(outcome):
    page = ROOT / "docs" / "mistakes.md"
    outcomes = [outcome(stem) for stem in sorted(CAUGHT)]
    assert page.read_text() == mistakes().filled(page.read_text(), outcomes), "run python scripts/mistakes.py --write"
