"""Work that goes on in a thread of its own: items made ahead of their use, and results written behind it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Generic, TypeVar

T = TypeVar("T")
MOST_BEHIND = 4
"""Calls that may wait for their turn to write."""


class Ahead(Generic[T]):
    """The items of an iterator, in order, made by a thread while others are used; a context that ends the thread.

    At most `depth` items wait. Whatever the iterator raises is raised where its item would have come.
    """

    def __init__(self, items: Iterator[T], depth: int) -> None:
        self._items = items
        self._made: queue.Queue[tuple[bool, Any]] = queue.Queue(max(1, depth))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._make, name="sampling", daemon=True)

    def __enter__(self) -> Iterator[T]:
        self._thread.start()
        return self._taken()

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        while self._thread.is_alive():  # it may be waiting for room
            with suppress(queue.Empty):
                self._made.get(timeout=0.05)
        self._thread.join()

    def _taken(self) -> Iterator[T]:
        while True:
            more, value = self._made.get()
            if more:
                yield value
            elif value is None:
                return
            else:
                raise value

    def _make(self) -> None:
        try:
            for item in self._items:
                self._made.put((True, item))
                if self._ended.is_set():
                    return
            self._made.put((False, None))
        except BaseException as error:  # of somebody else's code, which may even call sys.exit
            self._made.put((False, error))
        finally:
            if isinstance(self._items, Generator):
                self._items.close()


class Behind:
    """Calls that a thread makes, in order; a context at whose end all are made, and the first error is raised.

    Who calls waits where `MOST_BEHIND` calls have not begun.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="writing")
        self._room = threading.Semaphore(MOST_BEHIND)
        self._calls: list[Future[None]] = []

    def __enter__(self) -> Behind:
        return self

    def __exit__(self, kind: object, *exception: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=kind is not None)
        if kind is None:
            for call in self._calls:
                call.result()

    def __call__(self, function: Callable[..., None], *arguments: Any) -> None:
        """Let the thread call the function."""
        self._room.acquire()
        self._calls.append(self._pool.submit(self._run, function, arguments))

    def _run(self, function: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        self._room.release()
        function(*arguments)
