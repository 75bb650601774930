"""Configuration from a TOML file, the environment and the command line; the later wins (contract section 7)."""

from __future__ import annotations

import os
import re
import socket
import tomllib
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from device_update_contract.refusals import Refusal

GIB = 1024**3
_ENVIRONMENT_PREFIX = "DEVICE_UPDATE_SERVICE_"


_URL = re.compile(r"https?://(?:(?![?#\"<>\\^`{|}])[!-~])+")
_ADDRESS = re.compile(r"(?:\[(?P<ipv6>[^\[\]]+)\]|(?P<host>[^:\[\]\s]+)):(?P<port>[0-9]{1,5})")


class ConfigurationError(Refusal):
    """The configuration is wrong; the sentence names every key at fault."""

    code = "invalid-configuration"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Address(_Section):
    """Where a listener listens; port 0 picks a free one."""

    host: str
    port: int = Field(ge=0, le=65535)

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``HOST:PORT``; an IPv6 host stands in brackets."""
        found = _ADDRESS.fullmatch(text)
        if found is None or int(found["port"]) > 65535:
            raise ValueError(f"{text[:80]!r} is not HOST:PORT")
        return cls(host=found["ipv6"] or found["host"], port=int(found["port"]))

    @property
    def is_wildcard(self) -> bool:
        """Whether it means every address of the host."""
        number = _as_number(self.host)
        return self.host in {"*", ""} or (number is not None and number.is_unspecified)

    @property
    def is_loopback(self) -> bool:
        """Whether only this host can reach it."""
        number = _as_number(self.host)
        return self.host.lower() == "localhost" or (number is not None and number.is_loopback)


def _as_number(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host means without a look-up, in every spelling that binding accepts (``0``, ``::0``)."""
    try:
        address = ip_address(host)
    except ValueError:
        try:
            return IPv4Address(socket.inet_aton(host))
        except OSError:
            return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


class Listener(_Section):
    """One listener: ``address`` is ``HOST:PORT``."""

    address: Address

    @field_validator("address", mode="before")
    @classmethod
    def _parse_address(cls, value: object) -> object:
        return Address.parse(value) if isinstance(value, str) else value


class SecureListener(Listener):
    """A listener that can speak TLS: certificate and key are PEM files."""

    tls_certificate: Path | None = None
    tls_key: Path | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> SecureListener:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key are given together or not at all")
        return self


class Listeners(_Section):
    """The listeners; a device port never serves an administration route."""

    internal: Listener | None = Listener(address=Address(host="127.0.0.1", port=8080))
    external: SecureListener | None = None
    admin: SecureListener = SecureListener(address=Address(host="127.0.0.1", port=8444))


class Limits(_Section):
    """Bounds on what is read and kept (contract sections 3.2 and 4); sizes in bytes, times in seconds."""

    package_bytes: int = Field(default=2 * GIB, ge=1024)
    unpacked_bytes: int = Field(default=8 * GIB, ge=1024)
    package_files: int = Field(default=10_000, ge=1)
    file_seconds: float = Field(default=60, gt=0)
    package_seconds: float = Field(default=300, gt=0)
    sightings_waiting: int = Field(default=100_000, ge=1000)


class Log(_Section):
    """The service's own log on stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Configuration(_Section):
    """Everything an operator of the host sets before the start."""

    data: Path = Path("data")
    pool: str = Field(default="default", min_length=1, max_length=64)
    listeners: Listeners = Listeners()
    internal_url: str | None = None
    external_url: str | None = None
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


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        else:
            base[key] = dict(value) if isinstance(value, Mapping) else value
    return base


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """``DEVICE_UPDATE_SERVICE_LISTENERS__INTERNAL__ADDRESS`` sets ``listeners.internal.address``."""
    values: dict[str, Any] = {}
    for name, text in environment.items():
        if not name.startswith(_ENVIRONMENT_PREFIX):
            continue
        *sections, key = name.removeprefix(_ENVIRONMENT_PREFIX).lower().split("__")
        place = values
        for section in sections:
            place = place.setdefault(section, {})
            if not isinstance(place, dict):
                raise _set_twice(name)
        if isinstance(place.get(key), dict):
            raise _set_twice(name)
        place[key] = text
    return values


def _set_twice(name: str) -> ConfigurationError:
    return ConfigurationError(f"{name} and another variable of the environment set the same thing, whole and in parts.")


def _give_tls(listeners: object, tls: Mapping[str, str]) -> None:
    """Certificate and key of the command line serve the external listener, and the administration one off loopback.

    Listeners that are not what they should be are left alone: the check that follows names them.
    """
    taken = False
    for name in ("external", "admin"):
        listener = listeners.get(name) if isinstance(listeners, dict) else None
        address = listener.get("address") if isinstance(listener, dict) else None
        if isinstance(listener, dict) and (name == "external" or not _is_loopback(address)):
            listener.update(tls)
            taken = True
    if not taken:
        raise ConfigurationError("There is no listener that takes a certificate: no external one, none off loopback.")


def _is_loopback(address: object) -> bool:
    try:
        return isinstance(address, str) and Address.parse(address).is_loopback
    except ValueError:
        return False


def load_configuration(
    file: Path | None,
    command_line: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    *,
    tls: Mapping[str, str] | None = None,
) -> Configuration:
    """Read the configuration; the environment wins over the file, the command line over both.

    ``tls`` are the command line's ``tls_certificate`` and ``tls_key``, for whichever listeners need them.

    Raises:
        ConfigurationError: naming every key at fault.
    """
    values: dict[str, Any] = {}
    if file is not None:
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigurationError(f"The configuration file {file} cannot be read: {error.strerror}.") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"The configuration file {file} is not TOML: {error}.") from error
    _merge(values, _from_environment(os.environ if environment is None else environment))
    _merge(values, command_line)
    if tls:
        _give_tls(values.get("listeners"), tls)
    try:
        return Configuration.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(" ".join(_sentence(fault) for fault in error.errors())) from error


def _sentence(fault: Any) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"There is no key {place}."
    message = str(fault["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{place}: {message}." if place else f"{message[0].upper()}{message[1:]}."
