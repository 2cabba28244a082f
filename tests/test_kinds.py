"""The table of kinds and events is the only one: hooks, registry and commands follow it."""

import dataclasses

import pytest

from benchbench import hookspecs
from benchbench.core.kinds import EVENTS, KINDS
from benchbench.plugins import Registry, registry, report

HOOKS = {name for name in vars(hookspecs) if name.startswith("benchbench_")}


def test_the_hooks_are_those_of_the_table():
    assert {kind.hook for kind in KINDS.values()} | set(EVENTS.values()) == HOOKS


def test_the_registry_holds_every_kind():
    fields = {field.name for field in dataclasses.fields(Registry) if not field.name.startswith("_")}
    assert fields == set(KINDS) | {"rows", "origins", "reporters"}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_what_is_built_in_is_of_its_kind(kind):
    found = registry().of(kind.name)
    assert found
    for name, item in found.items():
        assert item.name == name
        assert isinstance(item, kind.base) if kind.values else issubclass(item, kind.base)


def test_an_event_that_is_not_in_the_table_is_refused():
    with pytest.raises(ValueError, match="no event is named 'run_ended'; known: run_started"):
        report("run_ended")


def test_list_knows_every_kind_and_reporters(bench):
    for kind in [*KINDS, "reporters"]:
        done = bench("list", kind, "--json")
        assert done.code == 0, done.err
