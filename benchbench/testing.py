"""The plugin contract as tests: `from benchbench.testing import *` in a test module that names its plugins.

    from benchbench.testing import *

    METHODS = ["mr1", "mr1[base=srgan]"]

Then pytest has `test_contract[mr1-toy-shapes-deterministic]` and others: the checks of `benchbench check mr1`, on the
same tasks. `TASKS`, `METRICS`, `FEATURES`, `EXECUTORS` and `PROTOCOLS` are lists as well. To choose the tasks
for a method or a metric, give a mapping: `METHODS = {"mr1": ["toy-shapes"]}`; then nothing is prepared while pytest
collects. `CHECKPOINTS = {"mr1": Path("weights.safetensors")}` names the checkpoint of a method that ships none.
`TIMEOUT = 60` gives each check 60 seconds instead of 20.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from benchbench.contract.examine import Subject, look
from benchbench.contract.findings import Check, Failed, Skipped, sentence
from benchbench.contract.subjects import SECONDS, Request, of_kind
from benchbench.core import BenchbenchError
from benchbench.core.kinds import KINDS

__all__ = ["pytest_generate_tests", "test_contract"]

Case = tuple[Subject, Check, Sequence[Check]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of every check of what the module names in `METHODS`, `TASKS` and the lists of the other kinds."""
    if "contract_case" not in metafunc.fixturenames:
        return
    try:
        cases = list(_cases(metafunc.module))
    except BenchbenchError as error:
        raise pytest.UsageError(f"{metafunc.module.__name__}: {error}") from None
    names = [f"{subject.label.replace(' on ', '-')}-{check.name}" for subject, check, _ in cases]
    metafunc.parametrize("contract_case", cases, ids=names)


def test_contract(contract_case: Case) -> None:
    """The plugin keeps the contract; a warning of `benchbench check` is printed, and the test passes."""
    finding = look(*contract_case)
    if isinstance(finding, Failed):
        pytest.fail(sentence(finding), pytrace=False)
    if isinstance(finding, Skipped):
        pytest.skip(sentence(finding))
    print(sentence(finding))  # noqa: T201 (pytest shows it with -rP)


def _cases(module: Any) -> Iterator[Case]:
    named = {kind: getattr(module, kind.upper(), ()) for kind in KINDS}
    if not any(named.values()):
        lists = ", ".join(kind.upper() for kind in KINDS)
        raise BenchbenchError(f"nothing is named to check: add a list such as METHODS = ['mr1']; the lists are {lists}")
    for kind, texts in named.items():
        for text in texts:
            tasks = tuple(texts[text]) if isinstance(texts, Mapping) else ()
            checkpoint = getattr(module, "CHECKPOINTS", {}).get(text)
            request = Request(tasks, checkpoint, seconds=getattr(module, "TIMEOUT", SECONDS))
            for subject, checks in of_kind(kind, text, request):
                yield from ((subject, check, checks) for check in checks)
