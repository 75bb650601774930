"""Everything an operator of the host sets before the start, checked as a whole (contract section 7)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from device_update_contract.settings import GIB
from device_update_service.configuration.account_sources import AccountSources
from device_update_service.configuration.addresses import Section
from device_update_service.configuration.listeners import Listeners
from device_update_service.configuration.notifications import Notifications

_URL = re.compile(r"https?://(?:(?![?#\"<>\\^`{|}])[!-~])+")


class Limits(Section):
    """Bounds on what is read and kept (contract sections 3.2 and 4); sizes in bytes, times in seconds."""

    package_bytes: int = Field(default=2 * GIB, ge=1024)
    unpacked_bytes: int = Field(default=8 * GIB, ge=1024)
    package_files: int = Field(default=10_000, ge=1)
    file_seconds: float = Field(default=60, gt=0)
    package_seconds: float = Field(default=300, gt=0)
    kept_upload_bytes: int = Field(default=32 * GIB, ge=1024)
    kept_upload_bytes_per_account: int = Field(default=8 * GIB, ge=1024)
    sightings_waiting: int = Field(default=100_000, ge=1000)
    sign_in_seconds: float = Field(default=10, gt=0)
    unfinished_sign_ins: int = Field(default=500, ge=1)
    connections: int = Field(default=20_000, ge=10)
    connections_per_address: int = Field(default=5_000, ge=1)


class Log(Section):
    """The service's own log on stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Configuration(Section):
    """Everything an operator of the host sets before the start."""

    data: Path = Path("data")
    pool: str = Field(default="default", min_length=1, max_length=64)
    listeners: Listeners = Listeners()
    internal_url: str | None = None
    external_url: str | None = None
    accounts: AccountSources = AccountSources()
    notifications: Notifications = Notifications()
    limits: Limits = Limits()
    log: Log = Log()

    @field_validator("internal_url", "external_url")
    @classmethod
    def _plain_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        # Every device gets it at the head of the addresses of its files: nothing may follow the path.
        if _URL.fullmatch(value) is None or not urlsplit(value).hostname:
            raise ValueError("a URL such as http://updates.contoso.com is expected")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _reachable_listeners(self) -> Configuration:
        listeners = self.listeners
        if listeners.internal is not None and listeners.internal.address.is_wildcard and self.internal_url is None:
            raise ValueError("the internal listener is on a wildcard address, so internal_url must be set")
        if listeners.external is not None:
            if listeners.external.tls_certificate is None:
                raise ValueError("the external listener needs tls_certificate and tls_key")
            if listeners.external.address.is_wildcard and self.external_url is None:
                raise ValueError("the external listener is on a wildcard address, so external_url must be set")
        if not listeners.admin.address.is_loopback and listeners.admin.tls_certificate is None:
            raise ValueError("the administration listener is not on loopback, so it needs tls_certificate and tls_key")
        return self
