"""The README says what the code does: its recipes are those of the methods, its options are all of them."""

import importlib.util
from pathlib import Path

import pytest

from benchbench_vaes.methods import METHODS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_recipes_are_those_of_the_code():
    spec = importlib.util.spec_from_file_location("recipe_table", ROOT / "recipe_table.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.table() in README, "python scripts/generated.py plugins/vaes/README.md"


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_method_and_option_is_told(method):
    assert f"| `{method.name}` |" in README
    rows = [line.split("|")[1] for line in README.splitlines() if line.startswith("| `")]
    for option in method().options():
        assert any(f"`{option}`" in first for first in rows), option
