"""A page may have no rows and others behind it, where one request looks at no more: lists go on to some."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.administration import PASSWORD, running_administration

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.lists.page_steps import Step, carry_out
from device_update_console.core.lists.row_pages import RowPages
from device_update_console.core.lists.rows_between import Stretch, read_stretch
from device_update_console.core.lists.source import ListSource
from device_update_contract.administration.endpoints import LIST_UPDATE_LOG
from device_update_contract.administration.update_log import LoggedCheck, UpdateLogQuery
from device_update_http_authentication.identities import Credentials
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.checks import update_log_finding
from device_update_service.storage.checks.update_log import DAY


async def test_rows_behind_pages_without_any_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_WORK", "_STEP", "_LEAST"):
        monkeypatch.setattr(update_log_finding, name, 1)
    async with running_administration(tmp_path) as administration:
        service = administration.service
        for number in range(1, 21):
            at = to_milliseconds(service.clock() - timedelta(minutes=100 - number))
            line = [
                number, at, 1, "10.1.2.3", "UCPhone", None, None, "Polycom", "CX700", "A", "ENU", "", "",
                f"{'ann' if number % 7 == 0 else 'kenmyer'}@contoso.com", "up-to-date", None,
            ]  # fmt: skip
            service.update_log.append(at // DAY, json.dumps([line]))
        service.update_log.close()
        async with AdministrationClient(
            parse_server_address(administration.url), identity=Credentials("anna", PASSWORD)
        ) as client:
            source = ListSource(
                client, LIST_UPDATE_LOG, LoggedCheck, UpdateLogQuery(search="ann@"), item_id=lambda check: check.id
            )
            fetched = await carry_out(source, Step(0, 100))
            assert ([check.id for check in fetched.items], fetched.next) == (["14", "7"], None)
            rows = await read_stretch(source, RowPages(100, has_places=True), Stretch(0, 1, {}), lambda _: None)
            assert [row.item_id for row in rows] == ["14", "7"]
