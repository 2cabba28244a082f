"""Items made ahead of their use, and calls made behind it."""

import threading
import time

import pytest

from benchbench.system.ahead import MOST_BEHIND, Ahead, Behind


def test_items_come_in_order_from_another_thread():
    with Ahead(((i, threading.current_thread().name) for i in range(20)), 3) as ready:
        assert list(ready) == [(i, "sampling") for i in range(20)]


def test_no_more_items_wait_than_was_said():
    made = []
    with Ahead((made.append(i) for i in range(20)), 3) as ready:
        next(ready)
        time.sleep(0.2)
        assert len(made) <= 1 + 3 + 1, "one is used, three wait, and one waits for room"
        assert len(list(ready)) == 19


@pytest.mark.parametrize("error", [ValueError("of the plugin"), SystemExit(3), KeyboardInterrupt()])
def test_what_is_raised_comes_in_its_place(error):
    def items():
        yield 1
        raise error

    with Ahead(items(), 2) as ready:
        assert next(ready) == 1
        with pytest.raises(type(error)):
            next(ready)


def test_the_thread_ends_with_the_block_and_closes_what_it_was_given():
    closed = threading.Event()

    def items():
        try:
            while True:
                yield 0
        finally:
            closed.set()

    before = threading.active_count()
    with Ahead(items(), 2) as ready:
        assert next(ready) == 0
    assert closed.is_set()
    assert threading.active_count() == before


def test_calls_are_made_in_order_and_all_of_them():
    made = []
    with Behind() as write:
        for i in range(30):
            write(made.append, i)
    assert made == list(range(30))


def test_who_calls_waits_where_too_many_have_not_begun():
    gate, asked = threading.Event(), []

    def ask(write):
        for i in range(20):
            write(gate.wait)
            asked.append(i)

    with Behind() as write:
        asker = threading.Thread(target=ask, args=(write,))
        asker.start()
        asker.join(0.3)
        assert len(asked) <= MOST_BEHIND + 1
        gate.set()
        asker.join()
    assert len(asked) == 20


def test_an_error_of_a_call_is_raised_at_the_end():
    with pytest.raises(OSError, match="disk is full"), Behind() as write:
        write(_full)


def _full():
    raise OSError("disk is full")
