"""Puts together how one listener signs callers in, from its configuration and the service's accounts."""

from __future__ import annotations

from device_update_service.configuration.account_sources import AccountSources
from device_update_service.configuration.listeners import SecureListener
from device_update_service.identity.account_key import AccountKey
from device_update_service.identity.claims import DomainVerifier
from device_update_service.identity.handshakes import Acceptor
from device_update_service.identity.system_groups import groups_of
from device_update_service.identity.winbind import WinbindVerifier
from device_update_service.web.authentication.account_judgement import AccountJudge
from device_update_service.web.authentication.callers import Callers
from device_update_service.web.authentication.connection_sign_in import SignIns
from device_update_service.web.authentication.device_challenges import DeviceChallenges
from device_update_service.web.authentication.device_sign_in import DeviceSignIn
from device_update_service.web.metrics import ServiceMetrics
from device_update_service.web.service import Service
from device_update_service.web.sign_in_records import SignInRecords


def sign_ins_of(listener: SecureListener, service: Service, judge: AccountJudge) -> SignIns:
    """The sign-ins of a listener.

    Raises:
        Refusal: a configured source of accounts cannot be used.
    """
    sources = service.configuration.accounts
    acceptor = Acceptor(
        find_nt_hash=judge.find_nt_hash,
        channel_binding=listener.channel_binding,
        verifier=judge.verifier,
        kerberos=sources.kerberos if "kerberos" in sources.source else None,
        group_names=groups_of,
    )
    return SignIns(acceptor, judge, listener.schemes, service.configuration.limits)


def domain_verifier(sources: AccountSources) -> WinbindVerifier | None:
    """Who is asked about users of domains, on all listeners; None where no domain is configured."""
    if "winbind" not in sources.source or sources.winbind is None:
        return None
    return WinbindVerifier(sources.winbind, sources.roles)


def device_sign_in(
    listener: SecureListener,
    service: Service,
    key: AccountKey,
    records: SignInRecords,
    metrics: ServiceMetrics,
    *,
    verifier: DomainVerifier | None,
) -> DeviceSignIn:
    """The sign-in of the external listener: accounts of any role may connect.

    Raises:
        Refusal: as `sign_ins_of`.
    """
    judge = AccountJudge(
        service,
        listener="external",
        key=key,
        sources=service.configuration.accounts,
        guessing=service.guessing["external"],
        records=records,
        may_sign_in=lambda _role: True,
        verifier=verifier,
        counts=metrics.sign_ins,
    )
    return DeviceSignIn(sign_ins_of(listener, service, judge), Callers(listener), DeviceChallenges(listener.schemes))
