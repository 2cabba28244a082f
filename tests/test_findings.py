"""Verdicts are by rule, and the page of findings follows the records."""

import dataclasses
from pathlib import Path

import processes
import pytest
from made_records import score as made_score

from benchbench.core.record import RecordedTraining
from benchbench.core.record_json import to_json
from benchbench.plugins import registry
from benchbench.specs import format_method, parse_method
from benchbench.system.records import find_records

ROOT = Path(__file__).parent.parent
SCRIPT = [ROOT / "scripts" / "findings.py"]


@pytest.fixture(autouse=True)
def scripts_on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))


def score(value, error=0.01):
    return made_score("a", value, error, higher_is_better=None)


def test_more_needs_two_standard_errors():
    from claims.evidence import MISSING, NO, UNSURE, YES, more

    assert more(score(1.03), score(1.0)) == YES
    assert more(score(1.02), score(1.0)) == UNSURE
    assert more(score(0.9), score(1.0)) == NO
    assert more(score(2.1), score(1.0), factor=2) == YES
    assert more(score(1.9), score(1.0), factor=2) == NO
    assert more(score(1.0, None), score(1.0, None)) == UNSURE
    assert more(None, score(1.0)) == MISSING


def test_as_good_as_has_a_margin_and_can_fail():
    from claims.evidence import NO, UNSURE, YES, not_worse

    assert not_worse(score(1.01), score(1.0), 0.05) == YES
    assert not_worse(score(1.04), score(1.0), 0.05) == NO
    assert not_worse(score(1.025), score(1.0), 0.05) == UNSURE
    assert not_worse(score(0.5), score(1.0), 0.05) == YES


def test_a_band_is_in_out_or_open():
    from claims.evidence import NO, UNSURE, YES, within

    assert [within(score(value), 0, 0.1) for value in (0.05, 0.095, 0.2)] == [YES, UNSURE, NO]
    assert within(score(8, 0), 8, 8) == YES


def test_a_verdict_names_what_is_otherwise():
    from claims.evidence import MISSING, NO, UNSURE, YES, Part, verdict

    assert verdict([Part("a", MISSING)]) == "not measured yet"
    assert verdict([Part("a", YES)]) == "**comes out**"
    assert verdict([Part("a", NO), Part("b", NO)]) == "**does not come out** (2 of 2)"
    mixed = [*(Part(name, YES) for name in "abcd"), Part("e", NO), Part("f", UNSURE), Part("g", MISSING)]
    told = "**comes out** in 4 of 6, **does not come out** in 1 of 6 (e), **not distinguishable** in 1 of 6 (f)"
    assert verdict(mixed) == f"{told}; 1 of 7 not measured yet"
    assert "(e)" not in verdict(mixed, names=False)


def record_of(method, seed, factor):
    """Return a record of the board as if it were of this method, trained with this seed, its scores times a factor."""
    plain = next(
        r for _, r in find_records(ROOT / "leaderboards/toy-shapes/v1/records.jsonl") if r.method.name == "mr1"
    )
    name, options = parse_method(method, registry())
    made = registry().get("methods", name)(**options)
    label = format_method(name, made.options(), type(made)().options())
    training = RecordedTraining(seed=seed, steps=1000, device="cpu", processor="a processor")
    own = dataclasses.replace(plain.method, name=name, options=made.options(), label=label, training=training)
    scores = tuple(dataclasses.replace(each, value=each.value * factor, interval=None) for each in plain.scores)
    return dataclasses.replace(plain, method=own, scores=scores, created="2030-01-01T00:00:00+00:00")


def test_the_page_follows_the_records(tmp_path):
    weights = {"proxy-mr1": 1, "proxy-mr1[reconstruction_weight=1]": 0.6, "proxy-mr1[reconstruction_weight=10]": 0.3}
    records = [record_of(method, 0, factor) for method, factor in weights.items()]
    records += [record_of("proxy-mr1[reconstruction_weight=100]", seed, 0.1) for seed in (0, 1)]
    (tmp_path / "ablated.jsonl").write_text("".join(f"{to_json(record)}\n" for record in records))
    command = [*SCRIPT, "--ablations", str(tmp_path / "ablated.jsonl"), "-o", str(tmp_path / "findings.md")]
    processes.run(command).check_returncode()
    page = (tmp_path / "findings.md").read_text()
    section = page.split("\n## 7.")[1].split("\n## ")[0]
    assert "not measured yet" not in section
    assert "**comes out** in 1 of 2 (the variance falls), **does not come out** in 1 of 2 (quality dips" in section
    assert "| `proxy-mr1[reconstruction_weight=100]` | 2 |" in section
    assert "a processor, 1000 steps" in section
    assert "300 conditions x 20 samples" in section
    figure = tmp_path / "findings" / "reconstruction.svg"
    drawn = figure.read_bytes()
    assert "findings/reconstruction.svg" in section
    assert processes.run([*command, "--check"]).returncode == 0
    processes.run(command).check_returncode()
    assert figure.read_bytes() == drawn, "the same numbers, another file"

    (tmp_path / "ablated.jsonl").write_text("".join(f"{to_json(record)}\n" for record in records[:-1]))
    done = processes.run([*command, "--check"])
    assert done.returncode == 1
    assert "findings.md is out of date" in done.stderr


def test_a_training_that_is_missing_is_told_with_its_command():
    from claims.evidence import Evidence

    def lacking(runs, task, method):
        said = Evidence([], runs).lacking(task, method)
        assert said.startswith("not measured yet: `benchbench fit -t ")
        return said.removeprefix("not measured yet: `benchbench fit -t ").removesuffix(" --device cpu`")

    assert lacking("runs-findings", "toy-shapes", "mr1[weight=2]") == (
        "toy-shapes -m 'mr1[weight=2.0]' --seed 0 --steps 1000"
    )
    assert lacking("runs-findings", "toy-shapes", "encoded-bicyclegan") == (
        "toy-shapes -m bicyclegan --seed 0 --steps 1000"
    )
    assert lacking("runs", "ring8", "mr1") == "ring8 -m mr1 --seed 0"
    assert lacking("runs", "inpaint-photos", "proxy-mr2") == (
        "inpaint-photos -m proxy-mr2 --seed 0 --device cpu --precision bfloat16`"
    )


def test_what_needs_no_training_lacks_only_a_run():
    from claims.evidence import Evidence

    lacking = Evidence([], "runs").lacking
    assert lacking("gmm-points-8", "daps[exact=true]") == (
        "not measured yet: `benchbench run -t gmm-points-8 -m 'daps[exact=true]'`"
    )
    assert lacking("gmm-points-8", "daps").endswith("`benchbench run -t gmm-points-8 -m daps`")
    assert lacking("gmm-tiles", "dps") == (
        "not measured yet: no checkpoint of prior for gmm-tiles: train one with `benchbench fit -t gmm-tiles -m prior`"
    )
    assert lacking("gmm-points-8", "flow").endswith("`benchbench fit -t gmm-points-8 -m flow --seed 0 --device cpu`")


def test_a_training_that_diverged_is_told_and_is_no_steady_one(tmp_path):
    from claims.ablations import over_samples
    from claims.evidence import MISSING, NO, UNSURE, YES, Evidence

    def told(trained, diverged):
        lost = [
            {"task": "toy-shapes", "method": each, "said": "diverged: loss mr was inf at step 3"} for each in diverged
        ]
        records = [record_of(method, 0, 1) for method in trained]
        found = over_samples(Evidence(records, "runs-findings", lost))
        return found.parts[1].verdict, found.table + found.notes

    def over(name, *values):
        return [name if value == 8 else f"{name}[num_samples={value}]" for value in values]

    mr, proxy = over("mr2", 2, 4, 8), over("proxy-mr2", 2, 4, 8)
    verdict, text = told([*mr[1:], *proxy], mr[:1])
    assert verdict == YES
    assert "| `mr2[num_samples=2]` | diverged: loss mr was inf at step 3 |" in text
    assert "`mr2` diverged at 2" in text
    assert told([*mr, *proxy[1:]], proxy[:1])[0] == NO
    assert told([*mr[1:], *proxy[1:]], [mr[0], proxy[0]])[0] == UNSURE
    assert told([*mr[1:], *proxy[1:]], mr[:1])[0] == MISSING, "proxy-mr2 at 2 might diverge too"
    assert told([*mr, *proxy], mr[:1])[0] == UNSURE, "a later training has a checkpoint"


def test_a_figure_of_other_numbers_is_out_of_date(tmp_path):
    from claims.curves import Curve, Panel, draw, is_current

    panels = [Panel("x", "y", (Curve("a", ((1.0, 2.0, 0.1), (10.0, 3.0, 0.1))),))]
    draw(tmp_path / "a.svg", panels)
    assert is_current(tmp_path / "a.svg", panels)
    assert not is_current(tmp_path / "a.svg", [Panel("x", "y", (Curve("a", ((1.0, 2.0, 0.1), (10.0, 3.1, 0.1))),))])
    assert not is_current(tmp_path / "b.svg", panels)
