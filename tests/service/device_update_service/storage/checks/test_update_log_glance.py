"""A glance at the update log: the newest checks, quickly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.searched_log import NOON, SearchedLog

from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.checks import update_log_glance
from device_update_service.storage.checks.update_log_texts import terms_of


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SearchedLog]:
    log = SearchedLog(tmp_path)
    yield log
    log.log.close()


@pytest.mark.parametrize("indexed", [True, False])
def test_a_glance_finds_the_newest_of_the_newest_days(log: SearchedLog, *, indexed: bool) -> None:
    old = log.add(NOON - timedelta(days=3), user="kenmyer")
    first, last = log.add(NOON - timedelta(days=1), user="kenmyer"), log.add(user="kenmyer")
    log.add(user="ann")
    if indexed:
        log.extend()
    newest = log.add(NOON + timedelta(minutes=1), user="kenmyer")

    def found(days: int, limit: int = 10, search: str = "kenmyer", mac: str | None = None) -> list[int]:
        return [int(check.id) for check in log.search.glance(terms_of(search), days, limit, whole_mac=mac)]

    assert found(1) == [newest, last]
    assert found(10) == ([newest, last, first, old] if indexed else [newest, last])
    assert found(10, limit=1) == [newest]
    assert found(10, search="nobody") == []
    if indexed:
        assert found(2, search="0004f2000176", mac="0004F2000176")[-1] == first


def test_a_glance_at_what_is_frequent_looks_at_the_newest_checks_alone(
    log: SearchedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update_log_glance, "_GLANCED_STEPS", 1)
    monkeypatch.setattr(update_log_glance, "_GLANCED", 2)
    written = [log.add(user=f"kenmyer{number}") for number in range(5)]
    log.extend()
    assert [int(check.id) for check in log.search.glance(terms_of("kenmyer"), 10, 10)] == written[:2:-1]


def test_the_oldest_check_is_known(log: SearchedLog) -> None:
    assert log.search.oldest_at() is None
    log.add()
    log.add(NOON - timedelta(days=2))
    assert log.search.oldest_at() == to_milliseconds(NOON - timedelta(days=2))
