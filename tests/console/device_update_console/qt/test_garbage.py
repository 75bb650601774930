"""The garbage collector works when the window has the time for it."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from device_update_console.qt.garbage import GarbageCollector


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Knot:
    """Two references make it a cycle; many objects of its own tell that something was going on."""

    def __init__(self, many: int) -> None:
        self.self = self
        self.many = [[number] for number in range(many)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def collector(qapp: QApplication, clock: Clock) -> Iterator[GarbageCollector]:
    usual = sys.getswitchinterval()
    gc.enable()
    collector = GarbageCollector(clock)
    yield collector
    collector.end()
    sys.setswitchinterval(usual)


def test_while_it_works_nothing_is_collected_by_itself(collector: GarbageCollector) -> None:
    assert not gc.isenabled()
    assert gc.get_freeze_count() > 10_000
    collector.end()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_young_objects_that_refer_to_each_other_go_at_the_next_look(collector: GarbageCollector) -> None:
    knot = Knot(many=5_000)
    gone = weakref.ref(knot)
    del knot
    assert gone() is not None
    collector.look()
    assert gone() is None


def test_objects_are_young_for_one_look_however_many_old_ones_go_meanwhile(collector: GarbageCollector) -> None:
    old = Knot(many=5_000)
    collector.look()
    new = Knot(many=5_000)
    old.many.clear()
    collector.look()
    assert len(gc.get_objects(generation=0)) < 5_000
    assert new.self is new


def test_very_many_at_once_are_not_gone_through_before_the_next_rest(collector: GarbageCollector, clock: Clock) -> None:
    knot = Knot(many=50_000)
    gone = weakref.ref(knot)
    del knot
    collector.look()
    assert gone() is not None
    assert len(gc.get_objects(generation=0)) < 5_000
    clock.now += 700
    collector.look()
    assert gone() is None


def test_old_ones_go_when_nothing_was_going_on_for_a_while_and_not_before(
    collector: GarbageCollector, clock: Clock
) -> None:
    knot = Knot(many=5_000)
    gone = weakref.ref(knot)
    collector.look()
    clock.now += 700
    del knot
    busy = Knot(many=5_000)
    collector.look()
    assert gone() is not None, "it is old, and something was going on"
    clock.now += 10
    collector.look()
    assert gone() is not None, "it is not at rest yet"
    clock.now += 20
    collector.look()
    assert gone() is None
    assert busy.self is busy


def test_everything_is_gone_through_at_most_every_ten_minutes(collector: GarbageCollector, clock: Clock) -> None:
    clock.now += 700
    collector.look()
    knot = Knot(many=5_000)
    gone = weakref.ref(knot)
    collector.look()
    del knot
    clock.now += 500
    collector.look()
    assert gone() is not None
    clock.now += 101
    collector.look()
    assert gone() is None
