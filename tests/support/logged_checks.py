"""Checks in the update log of an administration application."""

from __future__ import annotations

import json
from datetime import timedelta

from tests.support.administration import Administration

from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.checks.update_log import DAY


def add_checks(administration: Administration, count: int, *, user: str = "kenmyer") -> None:
    """One a minute up to now, of device 1."""
    service = administration.service
    for number in range(1, count + 1):
        at = to_milliseconds(service.clock() - timedelta(minutes=count - number))
        line = [
            number, at, 1, "10.1.2.3", "UCPhone", "00-04-F2-00-01-76", None, "Polycom", "CX700", "A", "ENU", "", "",
            f"{user}{number}", "up-to-date", None,
        ]  # fmt: skip
        service.update_log.append(at // DAY, json.dumps([line]))
    service.update_log.close()
