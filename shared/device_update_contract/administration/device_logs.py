"""Device logs as the administration API shows them (contract sections 3.4 and 5)."""

from __future__ import annotations

from device_update_contract.administration.base import Answer, Moment, PageQuery, Sought


class DeviceLog(Answer):
    """One stored log; ``name`` is the sender's file name, a label only.

    ``device_id`` is null while no record has the sender's identifiers. ``update_version`` is the update that the device
    last attempted when it sent the log. ``file`` is the readable copy below ``Logs/Client``, null where none could be
    made.
    """

    id: str
    device_id: str | None
    mac: str | None
    serial: str | None
    device_type: str
    vendor: str
    model: str
    revision: str
    locale: str
    user: str | None
    address: str | None
    account: str | None
    log_type: str
    name: str
    extension: str
    size: int
    sha256: str
    stored_at: Moment
    update_version: str | None
    file: str | None


class DeviceLogQuery(PageQuery):
    """Parameters of ``GET /device-logs``; sorts by ``stored_at``, ``size``, ``id``.

    ``device`` is the id of a record; logs that it sent before it had one are found by its identifiers. ``search`` is
    part of a name, MAC address, serial number, user or address.
    """

    device: Sought | None = None
    type: Sought | None = None
    search: Sought | None = None
    since: Moment | None = None
    until: Moment | None = None
