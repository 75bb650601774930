"""A running service with an external listener on ports that are known beforehand, as the doctor needs them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme
from tests.support.administration import add_account
from tests.support.running_services import configuration
from tests.support.service_process import free_port

from device_update_contract.administration.roles import Role
from device_update_service.configuration.addresses import Address
from device_update_service.configuration.configuration import Configuration
from device_update_service.configuration.listeners import Listener, Listeners, SecureListener
from device_update_service.doctor.case import Credentials
from device_update_service.web.serving import Parts, running

HOST = "updates.contoso.com"
PHONE = Credentials("phone", "correct horse")


@dataclass(frozen=True, slots=True)
class Files:
    """A certificate with its key, both also in one file, and the authority that vouches for it."""

    certificate: Path
    key: Path
    both: Path
    authority: Path


def certificate_files(folder: Path, *names: str, authority: trustme.CA | None = None) -> Files:
    """A certificate of an authority of the test's own; by default for the published name."""
    authority = authority or trustme.CA()
    issued = authority.issue_cert(*(names or (HOST, "127.0.0.1")))
    files = Files(folder / "tls.pem", folder / "tls.key", folder / "both.pem", folder / "authority.pem")
    files.certificate.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    files.key.touch(0o600)
    issued.private_key_pem.write_to_path(files.key)
    issued.private_key_and_cert_chain_pem.write_to_path(files.both)
    authority.cert_pem.write_to_path(files.authority)
    return files


def outside_configuration(folder: Path, certificate: Path, key: Path, **external: Any) -> Configuration:
    """Three listeners; devices are told `HOST` at the external one's own port."""
    internal, outside, admin = (Address(host="127.0.0.1", port=free_port()) for _ in range(3))
    listeners = Listeners(
        internal=Listener(address=internal),
        external=SecureListener(address=outside, tls_certificate=certificate, tls_key=key, **external),
        admin=SecureListener(address=admin),
    )
    url = f"https://{HOST}:{outside.port}"
    return configuration(folder).model_copy(update={"listeners": listeners, "external_url": url})


def published_at(configured: Configuration, url: str) -> Configuration:
    """The same service, where devices are told another address."""
    return configured.model_copy(update={"external_url": url})


@asynccontextmanager
async def running_outside(configured: Configuration) -> AsyncIterator[Parts]:
    """Start it, with an account of a device."""
    async with running(configured) as (parts, _):
        await add_account(parts.service, PHONE.account, Role.DEVICE_USER, PHONE.password)
        yield parts
