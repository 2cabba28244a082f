"""Each line of the table of faults names a test that there is."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NAMED = re.findall(r"^\|.*\| `(test_\w+)` \|$", (HERE.parent / "docs" / "faults.md").read_text(), re.MULTILINE)
TESTS = {
    name
    for path in [*HERE.rglob("test_*.py"), *HERE.parent.glob("plugins/*/tests/test_*.py")]
    for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
}


def test_every_line_names_its_test():
    lines = [line for line in (HERE.parent / "docs" / "faults.md").read_text().splitlines() if line.startswith("| ")]
    assert len(lines) - sum(line.startswith("| fault ") for line in lines) == len(NAMED)


@pytest.mark.parametrize("name", sorted(set(NAMED)))
def test_the_test_of_a_line_is_there(name):
    assert name in TESTS
