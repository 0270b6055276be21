"""Taking apart what is too large to be freed, or walked by the cyclic collector, in one go.

Dropping the last reference to a million objects is one call that lets no other thread run; so is a run of the collector
over them. While there is a LargeValue the collector stands still; in the end it is freed a few objects at a time in a
thread. A LargeTree is the same for XML, which the collector does not see.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from queue import SimpleQueue
from typing import Any

from lxml import etree

from engine.heap import give_back
from engine.values.json_number import Json

Container = dict[str, Any] | list[Any]
Spine = list[tuple[Container, int]]
"""The long containers of a value, outer ones first, each with the place of the one it is in (-1: in none)."""

_OUR_REFERENCES = 2
"""What `sys.getrefcount(place[n])` says of an object that nothing but the place refers to."""

_GIVEN_BACK_AFTER = 10_000
"""Elements: some 4 MB."""


class LargeValue:
    """A JSON value with its spine; whoever keeps this may hand out the value, but not longer than this is kept.

    Parts that somebody still refers to in the end are left alone.
    """

    __slots__ = ("_spine", "value")

    def __init__(self, value: Json, spine: Spine) -> None:
        self.value = value
        self._spine = spine
        _THREAD.start()

    def __del__(self) -> None:
        self.value = None
        _THREAD.leave_to(partial(_value_done, self._spine))


def _value_done(spine: Spine) -> None:
    dismantle(spine)
    _COLLECTOR.value_gone()


class LargeTree:
    """A tree of XML; whoever keeps this may hand out elements, but the tree is left alone in the end if one is kept.

    Of what else its owner has of the tree, this has to go last.
    """

    __slots__ = ("_root",)

    def __init__(self, root: etree._Element) -> None:
        self._root: etree._Element | None = root
        _THREAD.start()

    def __del__(self) -> None:
        held = [self._root]
        self._root = None
        _THREAD.leave_to(partial(dismantle_tree, held))


class _Dismantler:
    """The thread that takes values apart; started for the first one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Run the thread if it does not yet (a forked process has none of its parent's)."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="dismantling", daemon=True)
                self._thread.start()

    def leave_to(self, take_apart: Callable[[], None]) -> None:
        """Do this when its turn comes; it drops what it holds."""
        self._waiting.put(take_apart)

    def _run(self) -> None:
        while True:
            self._waiting.get()()


def dismantle(spine: Spine) -> None:
    """Empty the containers that nobody but the spine (and the container around) refers to, innermost first."""
    ours: list[bool] = []
    for place in range(len(spine)):
        parent = spine[place][1]
        around = 0 if parent < 0 else 1
        ours.append((parent < 0 or ours[parent]) and _references(spine, place) <= _OUR_REFERENCES + around)
    while spine:
        container, _ = spine.pop()
        if not ours[len(spine)]:
            continue
        if isinstance(container, list):
            while container:
                container.pop()
        else:
            while container:
                container.popitem()


def _references(spine: Spine, place: int) -> int:
    return sys.getrefcount(spine[place][0])


def dismantle_tree(held: list[Any]) -> None:
    """Take the element out of the list and all elements out of it, unless others refer to any."""
    if sys.getrefcount(held[0]) > _OUR_REFERENCES or _users(held[0]) > _users_of_a_new_tree():
        held.clear()
        return
    inside = [held.pop()]
    removed = 0
    while inside:
        parent = inside[-1]
        for child in parent.iterchildren():
            if next(child.iterchildren(), None) is not None:
                inside.append(child)
                break
            parent.remove(child)
            removed += 1
            if removed % _GIVEN_BACK_AFTER == 0:
                give_back()
        else:
            inside.pop()
            if inside:
                inside[-1].remove(parent)
    if removed > _GIVEN_BACK_AFTER:
        del inside, parent
        give_back()


def _users(element: etree._Element) -> int:
    """How many objects of Python refer to the tree of this element: each element that somebody has is one."""
    return sum(sys.getrefcount(each) for each in gc.get_referents(element) if type(each).__name__ == "_Document")


@cache
def _users_of_a_new_tree() -> int:
    return _users(etree.Element("new"))


class _Collector:
    """Python's cyclic collector, which stands still while there is a large value: its objects are in no cycles.

    Freezing them instead would, in the end, bring what is deployed back into its sight.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values = 0
        self._was_enabled = True

    @contextmanager
    def held_off(self) -> Iterator[None]:
        """Make a large value; the collector stands still until `value_gone`, unless that fails."""
        with self._lock:
            if not self._values:
                self._was_enabled = gc.isenabled()
                gc.disable()
            self._values += 1
        try:
            yield
        except BaseException:
            self.value_gone()
            raise

    def value_gone(self) -> None:
        """A value made so is no more."""
        with self._lock:
            self._values -= 1
            if not self._values and self._was_enabled:
                gc.enable()


_THREAD = _Dismantler()
_COLLECTOR = _Collector()
held_off = _COLLECTOR.held_off
