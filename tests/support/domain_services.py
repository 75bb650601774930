"""The real service, whose administrators come from a Kerberos realm."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.kerberos_realm import REALM, KerberosRealm
from tests.support.signing_in_server import ServerCertificate

from device_update_contract.administration.roles import Role
from device_update_service.configuration.account_sources import AccountSources, KerberosSource
from device_update_service.configuration.addresses import Address
from device_update_service.configuration.configuration import Configuration
from device_update_service.configuration.listeners import ChannelBindingPolicy, Listener, Listeners, SecureListener
from device_update_service.web.serving import running


@asynccontextmanager
async def domain_service(
    folder: Path, realm: KerberosRealm, certificate: ServerCertificate, binding: ChannelBindingPolicy
) -> AsyncIterator[str]:
    """A service whose administrators come from the realm; its administration URL."""
    (folder / "data").mkdir()
    sources = AccountSources(
        source=("local", "kerberos"),
        kerberos=KerberosSource(keytab=realm.keytab, realms=(REALM,)),
        domain_users=Role.OPERATOR,
    )
    address = Address(host="127.0.0.1", port=0)
    listener = SecureListener(
        address=address,
        tls_certificate=certificate.certificate,
        tls_key=certificate.key,
        channel_binding=binding,
    )
    listeners = Listeners(internal=Listener(address=address), admin=listener)
    configured = Configuration(data=folder / "data", listeners=listeners, accounts=sources)
    async with running(configured) as (_, listening):
        assert listening.admin is not None
        yield listening.admin.replace("127.0.0.1", "localhost")
