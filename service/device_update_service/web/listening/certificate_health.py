"""How the listeners' certificates are, for ``GET /health``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from device_update_contract.administration.server import HealthCheck
from device_update_service.web.listening.server_tls import ServerTls


def certificate_check(listeners: Sequence[ServerTls], now: datetime) -> HealthCheck:
    """Degraded when a certificate could not be loaded again, expires soon or has expired; old TLS is remarked on."""
    complaints = dict.fromkeys(complaint for tls in listeners if (complaint := tls.complaint(now)) is not None)
    remarks = dict.fromkeys(tls.remark for tls in listeners if tls.remark is not None)
    if complaints:
        return HealthCheck(name="certificate", status="degraded", detail=" ".join((*complaints, *remarks)))
    if not listeners:
        return HealthCheck(name="certificate", status="ok", detail="No listener has TLS.")
    return HealthCheck(name="certificate", status="ok", detail=" ".join(("All certificates are valid.", *remarks)))
