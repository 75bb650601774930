"""Device logs as a phone sends them, byte by byte."""

from __future__ import annotations

from collections.abc import Sequence

from tests.support.running_services import RunningService

from device_update_contract.device_messages.answers import ErrorAnswer, StoredLogAnswer, parse_log_answer

ROUTE = "/RequestHandler/ucdevice.upx"
BOUNDARY = "5f0c6a2e"


def log_request(*, log_type: str | None = "CELog", mac: str = "00-04-F2-00-01-76") -> bytes:
    """The first part; without a type it is a check."""
    told = "" if log_type is None else f"<LogType>{log_type}</LogType>"
    return (
        '<?xml version="1.0" encoding="utf-8"?><Request><DeviceType>UCPhone</DeviceType>'
        f"<MacAddress>{mac}</MacAddress><SerialNumber/><Vendor>Polycom</Vendor><Model>CX700</Model>"
        f"<Revision>A</Revision><Locale>ENU</Locale>{told}</Request>"
    ).encode()


def log_body(
    content: bytes,
    *,
    file_name: str = "boot.clg",
    log_type: str | None = "CELog",
    request: bytes | None = None,
    mac: str = "00-04-F2-00-01-76",
    order: Sequence[str] = ("request", "file"),
) -> bytes:
    """A whole body in parts."""
    first = log_request(log_type=log_type, mac=mac) if request is None else request
    parts = []
    for name in order:
        named = f'; filename="{file_name}"' if name != "request" and file_name else ""
        kind = "text/xml" if name == "request" else "application/octet-stream"
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\nContent-Type: {kind}\r\n\r\n'
        parts.append(head.encode() + (first if name == "request" else content) + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


async def send_log(
    service: RunningService,
    content: bytes = b"",
    *,
    file_name: str = "boot.clg",
    mac: str = "00-04-F2-00-01-76",
    body: bytes | None = None,
) -> tuple[int, StoredLogAnswer | ErrorAnswer]:
    """Send a log to the internal listener, and give status and answer."""
    sent = log_body(content, file_name=file_name, mac=mac) if body is None else body
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    async with service.client.post(service.internal + ROUTE, data=sent, headers=headers) as got:
        return got.status, parse_log_answer(await got.read())
