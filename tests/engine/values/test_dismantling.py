from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import pytest
from lxml import etree

from engine.values import dismantling
from engine.values.dismantling import LargeTree, LargeValue, dismantle, dismantle_tree, held_off
from engine.values.json_document import JsonSyntaxError
from engine.values.json_slices import parse_in_slices

TEXT = '{"a":[{"b":[1,2]},{"c":"d"}],"e":{"f":[3,4,5,6,7,8,9,10]}}'


def caught_up() -> None:
    """Wait until the thread has done what it was left so far."""
    done = threading.Event()
    dismantling._THREAD.leave_to(done.set)
    assert done.wait(30)


def _spine() -> list[tuple[Any, int]]:
    return parse_in_slices(TEXT, size=5)[1]


def test_all_is_emptied_that_nobody_has() -> None:
    spine = _spine()
    seen = [id(container) for container, _ in spine]
    assert len(seen) > 3
    emptied: list[Any] = []

    class Watched(list[Any]):
        """Says when it goes."""

        def __del__(self) -> None:
            emptied.append(len(self))

    root: Any = spine[0][0]
    root["a"].append(Watched([1]))
    del root
    dismantle(spine)
    assert emptied == [1]
    assert not spine


def test_what_somebody_has_stays_with_all_below() -> None:
    spine = _spine()
    held: Any = spine[0][0]["e"]  # type: ignore[call-overload]
    dismantle(spine)
    assert held == {"f": [3, 4, 5, 6, 7, 8, 9, 10]}


def test_nothing_is_touched_while_the_root_is_held() -> None:
    spine = _spine()
    root: Any = spine[0][0]
    dismantle(spine)
    assert root["a"] == [{"b": [1, 2]}, {"c": "d"}]


def test_a_large_value_is_taken_apart_when_it_goes() -> None:
    class Part(dict[str, Any]):
        """A member that can be watched."""

    with held_off():
        value, spine = parse_in_slices(TEXT, size=5)
        large = LargeValue(value, spine)
    part = Part()
    value["part"] = part
    gone = weakref.ref(part)
    del part, value, spine
    assert gone() is not None
    del large
    caught_up()
    assert gone() is None


def test_the_collector_is_back_after_a_failure() -> None:
    caught_up()
    with pytest.raises(JsonSyntaxError), held_off():
        parse_in_slices("[")
    assert gc.isenabled()


def test_the_collector_stands_still_until_no_large_value_is_left() -> None:
    caught_up()
    with held_off():
        first = LargeValue([], [])
    with held_off():
        second = LargeValue([], [])
    assert not gc.isenabled()
    del first
    caught_up()
    assert not gc.isenabled()
    del second
    caught_up()
    assert gc.isenabled()


def _tree() -> etree._Element:
    return etree.fromstring("<r><a><b/><c>d</c>e<!-- f --></a><g h='i'/>j<?k l?></r>")


def test_a_tree_is_emptied() -> None:
    held = [_tree()]
    texts: list[str] = []

    class Parent:
        """Stands in for the root and notes what is taken out."""

        def __init__(self, root: Any) -> None:
            self.root = root

        def remove(self, child: Any) -> None:
            texts.append(etree.tostring(child).decode())
            self.root.remove(child)

        def iterchildren(self) -> Any:
            return self.root.iterchildren()

    held[0] = Parent(held[0])  # type: ignore[call-overload]
    dismantle_tree(held)
    assert not held
    assert texts == ["<a/>", '<g h="i"/>j', "<?k l?>"]


def test_a_tree_whose_root_is_held_is_left_alone() -> None:
    root = _tree()
    dismantle_tree([root])
    assert etree.tostring(root) == etree.tostring(_tree())


def test_a_tree_of_which_an_element_is_held_is_left_alone() -> None:
    holder = [_tree()]
    inner = holder[0][0]
    dismantle_tree(holder)
    assert not holder
    parent = inner.getparent()
    assert parent is not None
    assert etree.tostring(parent) == etree.tostring(_tree())


def test_a_tree_moved_into_an_envelope_is_known_by_its_new_tree() -> None:
    holder = [_tree()]
    envelope = etree.Element("envelope")
    envelope.append(holder[0])
    dismantle_tree(holder)
    assert etree.tostring(envelope[0]) == etree.tostring(_tree())


def test_users_of_a_tree_are_counted() -> None:
    tree = _tree()
    alone = dismantling._users_of_a_new_tree()
    assert alone > 0
    assert dismantling._users(tree) == alone
    child = tree[0]
    assert dismantling._users(tree) == alone + 1
    del child
    assert dismantling._users(tree) == alone


def test_a_large_tree_goes_in_the_thread() -> None:
    root = _tree()
    large = LargeTree(root)
    del large
    caught_up()
    assert len(root) == 3  # held here, so left alone
