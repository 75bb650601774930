"""Notices reach a mail server, a webhook and a syslog daemon; what fails is tried again and holds up nobody."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tests.support.answering_sites import until

from device_update_service.configuration.notifications import EmailChannel, SyslogChannel, WebhookChannel
from device_update_service.domain.notices import Notice
from device_update_service.web.notifications import notifier as notifier_module
from device_update_service.web.notifications.channels import SIGNATURE_HEADER, Email, NotSent, Syslog, Webhook
from device_update_service.web.notifications.notifier import Notifier

AT = datetime(2026, 5, 3, 14, tzinfo=UTC)
NOTICE = Notice("failed-installs", "12 devices failed to install an update.", AT, {"devices": 12})


@asynccontextmanager
async def mail_server(*, refuses: bool = False) -> AsyncIterator[tuple[int, list[str]]]:
    """Speaks as much SMTP as one mail needs, and keeps what it is given."""
    mails: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail\r\n")
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                mails.append((await reader.readuntil(b"\r\n.\r\n")).decode())
                writer.write(b"250 taken\r\n")
            elif word == b"MAIL" and refuses:
                writer.write(b"451 come again\r\n")
            elif word == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], mails


def email(port: int) -> Email:
    settings = EmailChannel(
        host="127.0.0.1", port=port, tls="none", sender="updates@contoso.com", recipients=("phones@contoso.com",)
    )
    return Email(settings, "lab\r\nBcc: eve@example.com")


async def test_a_mail_says_what_is_so_in_its_subject_and_nothing_can_be_put_into_its_head() -> None:
    async with mail_server() as (port, mails):
        await email(port).send(NOTICE)
    [mail] = mails
    head, body = mail.split("\r\n\r\n", 1)
    assert "Subject: Device Update Service lab  Bcc: eve@example.com: 12 devices failed" in head.replace("\r\n ", " ")
    assert "\r\nBcc:" not in head
    assert body.startswith("12 devices failed to install an update.")


async def test_a_mail_server_that_refuses_or_is_not_there_is_a_failure_with_a_reason() -> None:
    async with mail_server(refuses=True) as (port, _):
        with pytest.raises(NotSent, match="come again"):
            await email(port).send(NOTICE)
    with pytest.raises(NotSent, match="refused"):
        await email(port).send(NOTICE)


async def test_a_webhook_gets_json_that_it_can_verify(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("correct horse\n")
    got: list[tuple[bytes, str]] = []

    async def take(request: web.Request) -> web.Response:
        got.append((await request.read(), request.headers[SIGNATURE_HEADER]))
        return web.Response(status=204 if len(got) > 1 else 500)

    application = web.Application()
    application.router.add_post("/hook", take)
    async with TestServer(application) as server:
        channel = Webhook(WebhookChannel(url=str(server.make_url("/hook")), secret_file=secret), "lab")
        with pytest.raises(NotSent, match="500"):
            await channel.send(NOTICE)
        await channel.send(NOTICE)
    body, signature = got[-1]
    assert json.loads(body) == {
        "code": "failed-installs",
        "text": "12 devices failed to install an update.",
        "parameters": {"devices": 12},
        "at": "2026-05-03T14:00:00.000Z",
        "pool": "lab",
    }
    at, digest = signature.removeprefix("t=").split(",sha256=")
    assert digest == hmac.new(b"correct horse", f"{at}.".encode() + body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("url", ["http://chat.contoso.com/x", "ftp://127.0.0.1/", "https://"])
def test_a_webhook_is_an_https_address(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="https"):
        WebhookChannel(url=url, secret_file=tmp_path)


async def test_syslog_gets_one_line_over_udp_and_over_its_socket(tmp_path: Path) -> None:
    for family, address in ((socket.AF_INET, ""), (socket.AF_UNIX, str(tmp_path / "log"))):
        with socket.socket(family, socket.SOCK_DGRAM) as daemon:
            daemon.bind(address or ("127.0.0.1", 0))
            daemon.settimeout(60)
            target = address or f"127.0.0.1:{daemon.getsockname()[1]}"
            await Syslog(SyslogChannel(address=target), "lab").send(NOTICE)
            line = await asyncio.to_thread(daemon.recv, 2048)
        assert line == b"<28>device-update-service[lab]: failed-installs: 12 devices failed to install an update."


class Flaky:
    """A channel that fails some times before it works."""

    name = "flaky"

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.sent: list[Notice] = []

    async def send(self, notice: Notice) -> None:
        if self.failures:
            self.failures -= 1
            raise NotSent("not now")
        self.sent.append(notice)


@pytest.mark.expects_log_records("^A notice could not be sent$")
async def test_what_fails_is_tried_again_in_its_order_and_holds_up_no_other_channel() -> None:
    flaky, sound = Flaky(3), Flaky(0)
    notifier = Notifier([flaky, sound], waits=(0.0, 0.0))
    notifier.start()
    second = Notice("silent-devices", "200 devices stayed silent.", AT)
    notifier.tell(NOTICE)
    notifier.tell(second)
    await until(lambda: len(sound.sent) == 2)
    await until(lambda: flaky.sent == [NOTICE, second])
    assert notifier.failures == {}
    await notifier.stop()


@pytest.mark.expects_log_records("^A notice (could not be sent|was dropped)$")
async def test_a_channel_that_never_works_keeps_only_the_newest_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifier_module, "MOST_WAITING", 2)
    broken = Flaky(10**9)
    notifier = Notifier([broken], waits=(3600.0,))
    notifier.start()
    for number in range(5):
        notifier.tell(Notice(str(number), "x", AT))
    await until(lambda: notifier.failures == {"flaky": "not now"})
    await notifier.stop()
    assert broken.sent == []
