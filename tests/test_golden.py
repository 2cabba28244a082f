"""Every metric says of its golden input what it said before; a number that changes on purpose is a new version."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SPEC = importlib.util.spec_from_file_location("golden", ROOT / "scripts" / "golden.py")
golden = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(golden)


@pytest.mark.filterwarnings("default")
def test_no_number_changes_without_its_version():
    inputs, known = golden.Inputs(), golden.stored()
    found = [
        golden.complaint(name, known.get(name), inputs.measured(metric)) for name, metric in golden.metrics().items()
    ]
    assert not [each for each in found if each]


def test_a_changed_number_asks_for_a_new_version():
    known = {"task": "t@1", "input": "0", "value": 1.0, "tolerance": 1e-9}
    assert golden.complaint("m@1", known, dict(known)) == ""
    assert golden.complaint("m@1", known, {**known, "value": 1 + 1e-10}) == ""
    assert "raise the version of m" in golden.complaint("m@1", known, {**known, "value": 1 + 1e-8})
    assert "the input is another" in golden.complaint("m@1", known, {**known, "input": "1"})
    assert "--write" in golden.complaint("m@2", None, known)


def test_a_stored_value_is_never_overwritten(tmp_path, monkeypatch, capsys):
    from benchbench.metrics.modes import HighQuality

    name = golden.identity(HighQuality)
    monkeypatch.setattr(golden, "FILE", tmp_path / "golden.json")
    monkeypatch.setattr(golden, "metrics", lambda: {name: HighQuality})
    monkeypatch.setattr(golden.sys, "argv", ["golden.py", "--write"])
    assert golden.main() == 0
    before = json.loads((tmp_path / "golden.json").read_text())
    changed = {name: {**before[name], "value": 7.0}}
    (tmp_path / "golden.json").write_text(json.dumps(changed))
    assert golden.main() == 1
    assert "raise the version of high-quality" in capsys.readouterr().err
    assert json.loads((tmp_path / "golden.json").read_text()) == changed
