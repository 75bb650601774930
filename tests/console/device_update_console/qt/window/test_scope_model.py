"""The scope tree is shown anew as a whole, and only what differs changes for Qt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from device_update_console.qt.window.scope_model import ScopeEntry, ScopeModel


def _entry(key: str, *children: ScopeEntry, title: str = "") -> ScopeEntry:
    return ScopeEntry(key, title or key, "server", children=children)


_POOL = _entry("a", _entry("a/pending"), _entry("a/devices", _entry("a/devices/late")), _entry("a/audit"))
_OTHER = _entry("b", _entry("b/pending"))


def _shape(model: ScopeModel, parent: QModelIndex | None = None) -> list[Any]:
    above = parent or QModelIndex()
    indexes = [model.index(row, 0, above) for row in range(model.rowCount(above))]
    return [(model.key_at(index), index.data(), _shape(model, index)) for index in indexes]


def _expected(entries: tuple[ScopeEntry, ...]) -> list[Any]:
    return [(entry.key, entry.title, _expected(entry.children)) for entry in entries]


def test_the_model_keeps_qt_s_rules(qtmodeltester: Any) -> None:
    model = ScopeModel()
    model.show([_POOL, _OTHER])
    qtmodeltester.check(model)
    model.show([_OTHER, _entry("c")])
    qtmodeltester.check(model)


def test_entries_are_shown_with_their_children(qtbot: QtBot) -> None:
    model = ScopeModel()
    model.show([_POOL, _OTHER])
    assert _shape(model) == _expected((_POOL, _OTHER))
    assert model.index_of("a/devices/late").parent() == model.index_of("a/devices")
    assert not model.index_of("nobody").isValid()
    assert model.key_at(QModelIndex()) is None


def test_an_entry_that_stays_keeps_its_index_while_others_come_and_go(qtbot: QtBot) -> None:
    model = ScopeModel()
    model.show([_POOL, _OTHER])
    held = QPersistentModelIndex(model.index_of("a/audit"))
    model.show([_entry("0"), _entry("a", _entry("a/audit", title="Audit Trail"))])
    assert held.isValid()
    assert model.key_at(held) == "a/audit"
    assert held.data(Qt.ItemDataRole.DisplayRole) == "Audit Trail"


def test_only_a_title_that_changed_is_painted_again(qtbot: QtBot) -> None:
    model = ScopeModel()
    model.show([_POOL])
    changed: list[str] = []
    model.dataChanged.connect(lambda first, last, roles: changed.append(str(first.data())))
    model.show([_POOL])
    assert changed == []
    model.show([_entry("a", *_POOL.children, title="Pool 2")])
    assert changed == ["Pool 2"]


_KEYS = st.lists(st.integers(0, 30), max_size=8, unique=True)


@st.composite
def _trees(draw: st.DrawFn) -> tuple[ScopeEntry, ...]:
    def below(keys: Iterator[int], depth: int) -> tuple[ScopeEntry, ...]:
        taken = [key for _, key in zip(range(draw(st.integers(0, 4))), keys, strict=False)]
        return tuple(
            ScopeEntry(
                key, draw(st.sampled_from("xyz")), "server", children=below(keys, depth + 1) if depth < 2 else ()
            )
            for key in taken
        )

    return below(iter(draw(_KEYS)), 0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trees=st.lists(_trees(), min_size=2, max_size=5))
def test_whatever_is_shown_after_whatever_is_shown_as_it_is(qtbot: QtBot, trees: list[tuple[ScopeEntry, ...]]) -> None:
    model = ScopeModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    for tree in trees:
        model.show(tree)
        assert _shape(model) == _expected(tree)
    del tester
