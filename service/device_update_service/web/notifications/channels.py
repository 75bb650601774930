"""The ways to tell somebody: each sends one notice, or says why it could not."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import logging.handlers
import smtplib
import socket
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Final, Protocol

import aiohttp

from device_update_contract.administration.base import rfc3339
from device_update_service.configuration.notifications import EmailChannel, SyslogChannel, WebhookChannel
from device_update_service.domain.notices import Notice

SIGNATURE_HEADER: Final = "X-Device-Update-Signature"
"""``t=<seconds since 1970>,sha256=<HMAC-SHA256 of "<t>." and the body, hexadecimal>``."""
_SECONDS: Final = 20.0


class NotSent(Exception):
    """A channel could not send now; the text says why."""


class Channel(Protocol):
    """One way to tell somebody."""

    name: str

    async def send(self, notice: Notice) -> None:
        """Send a notice.

        Raises:
            NotSent: it may be tried again.
        """


class Email:
    """Mail through one server."""

    name = "e-mail"

    def __init__(self, settings: EmailChannel, pool: str) -> None:
        self._settings = settings
        self._pool = pool

    async def send(self, notice: Notice) -> None:
        """Hand a mail to the server; what that does with it is its own affair."""
        await asyncio.to_thread(self._send, self._message(notice))

    def _message(self, notice: Notice) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._settings.sender
        message["To"] = ", ".join(self._settings.recipients)
        message["Subject"] = f"Device Update Service {_one_line(self._pool)}: {_one_line(notice.sentence)[:120]}"
        message["Date"] = format_datetime(notice.at)
        message["Message-ID"] = make_msgid(domain="device-update-service")
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(f"{notice.sentence}\n\n{notice.code}, {rfc3339(notice.at)}, pool {self._pool}\n")
        return message

    def _send(self, message: EmailMessage) -> None:
        settings = self._settings
        try:
            context = None if settings.tls == "none" else ssl.create_default_context()
            opened = (
                smtplib.SMTP_SSL(settings.host, settings.port, timeout=_SECONDS, context=context)
                if settings.tls == "tls"
                else smtplib.SMTP(settings.host, settings.port, timeout=_SECONDS)
            )
            with opened as server:
                if settings.tls == "starttls":
                    server.starttls(context=context)
                if settings.account is not None and settings.password_file is not None:
                    server.login(settings.account, _secret(settings.password_file))
                server.send_message(message)
        except (OSError, ValueError, smtplib.SMTPException) as error:
            raise NotSent(str(error)) from error


class Webhook:
    """JSON by POST to one address, signed so that the receiver knows who sent it and when."""

    name = "webhook"

    def __init__(self, settings: WebhookChannel, pool: str) -> None:
        self._settings = settings
        self._pool = pool

    async def send(self, notice: Notice) -> None:
        """Post a notice; any answer but 2xx is a failure."""
        body = json.dumps(
            {
                "code": notice.code,
                "text": notice.sentence,
                "parameters": notice.parameters,
                "at": rfc3339(notice.at),
                "pool": self._pool,
            }
        ).encode()
        try:
            signature = signature_of(_secret(self._settings.secret_file), int(notice.at.timestamp()), body)
            timeout = aiohttp.ClientTimeout(total=_SECONDS)
            async with (
                aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.post(
                    self._settings.url,
                    data=body,
                    headers={"Content-Type": "application/json", SIGNATURE_HEADER: signature},
                    allow_redirects=False,
                ) as answer,
            ):
                if not 200 <= answer.status < 300:
                    raise NotSent(f"it was answered with status {answer.status}")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NotSent(str(error) or type(error).__name__) from error


class Syslog:
    """A line to a syslog daemon."""

    name = "syslog"

    def __init__(self, settings: SyslogChannel, pool: str) -> None:
        self._address = settings.address
        self._pool = pool

    async def send(self, notice: Notice) -> None:
        """Hand over a line; over UDP nobody says whether it arrived."""
        line = f"device-update-service[{_one_line(self._pool)}]: {notice.code}: {_one_line(notice.sentence)}"
        try:
            await asyncio.to_thread(self._send, line)
        except (OSError, ValueError) as error:
            raise NotSent(str(error)) from error

    def _send(self, line: str) -> None:
        host, separator, port = self._address.rpartition(":")
        is_path = not separator or not port.isdecimal()
        priority = logging.handlers.SysLogHandler.LOG_DAEMON << 3 | logging.handlers.SysLogHandler.LOG_WARNING
        data = f"<{priority}>{line}".encode()
        family = socket.AF_UNIX if is_path else socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.settimeout(_SECONDS)
            sender.sendto(data, self._address if is_path else (host.strip("[]"), int(port)))


def signature_of(secret: str, at: int, body: bytes) -> str:
    """The value of `SIGNATURE_HEADER`."""
    digest = hmac.digest(secret.encode(), b"%d.%b" % (at, body), hashlib.sha256).hex()
    return f"t={at},sha256={digest}"


def _secret(file: Path) -> str:
    """The first line of a file that holds a secret; read each time, so that it can be changed."""
    return file.read_text(encoding="utf-8").partition("\n")[0].strip()


def _one_line(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
