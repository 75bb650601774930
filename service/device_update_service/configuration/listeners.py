"""The three listeners: where they listen, their TLS, who signs in how, and which proxies stand before them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from device_update_service.configuration.addresses import Address, Networks, Section

Scheme = Literal["negotiate", "ntlm"]
ChannelBindingPolicy = Literal["off", "allow", "require"]
TlsVersion = Literal["1.0", "1.1", "1.2", "1.3"]


def _schemes(value: object) -> object:
    return [part.strip().lower() for part in value.split(",")] if isinstance(value, str) else value


class Listener(Section):
    """One listener: ``address`` is ``HOST:PORT``.

    ``proxy_protocol`` lists the TCP proxies that begin every connection with a PROXY header (v1 or v2); from any other
    address such a header is no HTTP and the connection ends.
    """

    address: Address
    proxy_protocol: Networks = ()

    @field_validator("address", mode="before")
    @classmethod
    def _parse_address(cls, value: object) -> object:
        return Address.parse(value) if isinstance(value, str) else value


class SecureListener(Listener):
    """A listener that can speak TLS, and where people or devices sign in.

    Certificate and key are PEM files. ``channel_binding`` says what an NTLM or Kerberos token's binding to the TLS
    certificate (``tls-server-end-point``, RFC 5929) must be: not looked at, right where there is one, or there and
    right. ``http_proxies`` are HTTP proxies known to share connections between clients, behind which nobody can sign
    in with NTLM or Negotiate; ``connection_private`` are those that keep a connection for one client (HAProxy).
    """

    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_minimum: TlsVersion = "1.2"
    schemes: Annotated[tuple[Scheme, ...], BeforeValidator(_schemes), Field(min_length=1)] = ("negotiate", "ntlm")
    channel_binding: ChannelBindingPolicy = "allow"
    http_proxies: Networks = ()
    connection_private: Networks = ()

    @model_validator(mode="after")
    def _both_or_none(self) -> SecureListener:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key are given together or not at all")
        return self


class Listeners(Section):
    """The listeners; a device port never serves an administration route."""

    internal: Listener | None = Listener(address=Address(host="127.0.0.1", port=8080))
    external: SecureListener | None = None
    admin: SecureListener = SecureListener(address=Address(host="127.0.0.1", port=8444))
