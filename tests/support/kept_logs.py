"""Device logs that a service keeps, without a device that sends them."""

from __future__ import annotations

import hashlib
from functools import partial

from tests.support.administration import Administration

from device_update_contract.checks import CheckRequest
from device_update_contract.identifiers import MacAddress
from device_update_service.usecases.device_logs import ReceivedLog, store_log

MAC = "00-04-F2-00-01-76"


async def keep_log(
    administration: Administration, content: bytes, *, name: str = "boot.txt", log_type: str = "CELog", mac: str = MAC
) -> str:
    """Store a log as the device listener does."""
    service, sha256 = administration.service, hashlib.sha256(content).hexdigest()
    received = service.logs.folder / "received.part"
    received.write_bytes(content)
    with service.logs.holding(sha256):
        service.logs.adopt(received, sha256)
        link = service.logs.link(
            sha256, device_type="UCPhone", identifier=mac, log_type=log_type, at=service.clock(), extension=".txt"
        )
        request = CheckRequest("UCPhone", "Polycom", "CX700", "A", "ENU", MacAddress(mac), None, "kenmyer@contoso.com")
        log = ReceivedLog(request, log_type, name, ".txt", len(content), sha256, link, "10.3.1.9", "phones")
        stored = await service.change(partial(store_log, log, now=service.clock()))
        return stored.id
