"""Whom to tell, and from which numbers on: e-mail, a signed webhook, syslog."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from device_update_service.configuration.addresses import Names, Section


class EmailChannel(Section):
    """A mail server. With ``account`` it is signed in to, with the password in ``password_file``."""

    host: str = Field(min_length=1)
    port: int = Field(default=25, ge=1, le=65535)
    tls: Literal["none", "starttls", "tls"] = "starttls"
    account: str | None = None
    password_file: Path | None = None
    sender: str = Field(min_length=3)
    recipients: Annotated[Names, Field(min_length=1)]

    @model_validator(mode="after")
    def _whole_account(self) -> EmailChannel:
        if (self.account is None) != (self.password_file is None):
            raise ValueError("account and password_file are given together")
        if self.account is not None and self.tls == "none":
            raise ValueError("a password is sent only over tls or starttls")
        return self


class WebhookChannel(Section):
    """An address that gets JSON by POST, signed with the secret in ``secret_file``."""

    url: str
    secret_file: Path

    @field_validator("url")
    @classmethod
    def _private(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme == "https" and parts.hostname:
            return value
        if parts.scheme == "http" and parts.hostname and _is_loopback(parts.hostname):
            return value
        raise ValueError("an https URL is expected, or an http one of this machine")


class SyslogChannel(Section):
    """A syslog daemon: the path of its socket, or ``HOST:PORT`` for UDP."""

    address: str = "/dev/log"


class Notifications(Section):
    """What is told, and to whom; without a channel nothing is.

    ``failed_installs`` and ``silent_devices`` are the numbers of devices past which it is told.
    """

    failed_installs: int = Field(default=10, ge=1)
    silent_devices: int = Field(default=100, ge=1)
    email: EmailChannel | None = None
    webhook: WebhookChannel | None = None
    syslog: SyslogChannel | None = None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
