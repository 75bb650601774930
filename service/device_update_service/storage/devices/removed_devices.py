"""Devices that somebody removed, from the audit trail, which names them for good."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from device_update_contract.audit import AuditVerb
from device_update_contract.identifiers import bare_mac
from device_update_service.domain.sought_texts import SoughtText
from device_update_service.storage.tables import DATABASE

_NEWEST: Final = 200
"""Removals that are looked at; one may name a thousand devices."""

_REMOVALS: Final = (
    "SELECT at, account, before FROM audit_entry INDEXED BY audit_entry_verb"
    " WHERE verb = ? AND outcome = 'done' ORDER BY id DESC LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class RemovedDevice:
    """One device that was removed, by what it was known; time in milliseconds."""

    identifier: str
    account: str
    at: int


def newest_removal_of(sought: SoughtText) -> RemovedDevice | None:
    """The last removal of a device with a text in its MAC address or serial number."""
    for at, account, before in DATABASE.execute_sql(_REMOVALS, (AuditVerb.DEVICE_REMOVE.value, _NEWEST)).fetchall():
        for identifier in _identifiers(json.loads(before)):
            written = identifier.lower()
            if sought.lower in written or (sought.mac_part is not None and sought.mac_part in bare_mac(written)):
                return RemovedDevice(identifier, account, at)
    return None


def _identifiers(before: Any) -> Iterator[str]:
    """One device is told by its identity, several in a list of them."""
    if isinstance(before, str):
        yield before
    elif isinstance(before, dict) and isinstance(before.get("identities"), list):
        yield from (identity for identity in before["identities"] if isinstance(identity, str))
