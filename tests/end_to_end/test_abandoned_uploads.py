"""A caller who hangs up while the service examines a package: nothing of it is kept, and nothing is imported."""

from __future__ import annotations

import socket

import pytest
from tests.support.cabinets import cabinet, manifest_xml, update_xml
from tests.support.plain_calls import Administrator
from tests.support.service_process import ServiceProcess, eventually
from tests.support.soundness import assert_sound

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def slow_to_read() -> bytes:
    """A package that is small to send, and unpacked in about a second."""
    return cabinet([("updateInfo.xml", manifest_xml(update_xml("CPE.nbt"))), ("CPE.nbt", bytes(150_000_000))])


@pytest.mark.parametrize("path", ["/packages/inspect", "/packages"])
def test_nothing_is_kept_or_imported_for_a_caller_who_hangs_up(
    service: ServiceProcess, administrator: Administrator, path: str, slow_to_read: bytes
) -> None:
    uploads = service.folder / "uploads"
    lines = [
        f"POST /api/v1{path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {administrator.token}",
        f"Content-Length: {len(slow_to_read)}",
        "",
        "",
    ]
    with socket.create_connection(("127.0.0.1", service.admin_port)) as connection:
        connection.sendall("\r\n".join(lines).encode() + slow_to_read)
        eventually(lambda: any(uploads.glob("*.work")), "the package is being examined")
    eventually(lambda: not any(uploads.iterdir()), "nothing is left of the upload")
    assert administrator.items("/packages") == []
    assert administrator.items("/rules") == []
    assert_sound(service)
