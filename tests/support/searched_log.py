"""An update log with its index, into which a test writes checks and finds them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.checks.update_log import DAY, UpdateLog
from device_update_service.storage.checks.update_log_index import UpdateLogIndex
from device_update_service.storage.checks.update_log_search import UpdateLogSearch
from device_update_service.storage.checks.update_log_texts import terms_of
from device_update_service.storage.checks.wanted_checks import WantedChecks

NOON = datetime(2013, 5, 4, 12, tzinfo=UTC)


class SearchedLog:
    """A log with its index, and what was written into it."""

    def __init__(self, folder: Path) -> None:
        self.log = UpdateLog(folder)
        self.index = UpdateLogIndex(self.log, folder)
        self.search = UpdateLogSearch(self.log, self.index)
        self.sequence = 0

    def add(
        self,
        at: datetime = NOON,
        *,
        mac: str = "00-04-F2-00-01-76",
        user: str | None = None,
        reason: str = "up-to-date",
        device: int | None = 1,
    ) -> int:
        """Write one check, and give its sequence."""
        self.sequence += 1
        milliseconds = to_milliseconds(at)
        line = [
            self.sequence, milliseconds, device, "10.1.2.3", "UCPhone", mac, None, "Polycom", "CX700", "A", "ENU",
            "CPE.nbt;1.0.522.101;", "", user, reason, None,
        ]  # fmt: skip
        self.log.append(milliseconds // DAY, json.dumps([line]))
        return self.sequence

    def extend(self) -> None:
        """Index all that was written."""
        for day in self.log.days():
            while self.index.extend(day):
                pass

    def found(self, search: str = "", limit: int = 1000, **wanted: object) -> list[int]:
        """The sequences of what one search finds."""
        checks = WantedChecks(terms=terms_of(search), **wanted)  # type: ignore[arg-type]
        return [int(check.id) for check in self.search.checks(checks, None, limit).checks]
