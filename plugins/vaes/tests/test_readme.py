"""The README says what the code does: its recipes are those of the methods, its options are all of them."""

from pathlib import Path

import pytest
from readmes import check_options, check_recipes

from benchbench_vaes.methods import METHODS

ROOT = Path(__file__).parent.parent


def test_the_recipes_are_those_of_the_code():
    check_recipes(ROOT)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_method_and_option_is_told(method):
    check_options(ROOT, method)
