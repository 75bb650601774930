"""Accounts of domains keep no role in open sessions that their groups do not give any more.

Their groups are asked for again every few minutes, without a proof of who they are: of the host's name service for a
realm, of winbindd for its domains. A user who is not found, or would be refused at a sign-in, has no role, and his
sessions end. While a domain cannot be asked nothing changes: sessions go on until their usual end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from device_update_contract.administration.roles import Role
from device_update_service.identity.claims import DomainVerifier, SourceUnavailable
from device_update_service.identity.group_roles import role_of_groups
from device_update_service.identity.system_groups import groups_of
from device_update_service.storage.accounts.session_records import domain_accounts_in_session
from device_update_service.usecases.domain_accounts import DomainSource, follow_domain_role
from device_update_service.web.administration.session_gate import session_settings
from device_update_service.web.service import Service

FOLLOWED_SECONDS: Final = 300.0
_SOURCES: Final[tuple[DomainSource, ...]] = ("kerberos", "winbind")

_log = logging.getLogger(__name__)


class DomainRoles:
    """Follows the roles of the accounts of domains whose sessions are open.

    ``system_groups`` gives the groups of a user and realm as the host knows them, and may wait.
    """

    def __init__(
        self,
        service: Service,
        verifier: DomainVerifier | None,
        system_groups: Callable[[str, str], tuple[str, ...]] = groups_of,
    ) -> None:
        self._service = service
        self._verifier = verifier
        self._system_groups = system_groups
        self._trouble: str | None = None

    async def follow(self) -> None:
        """Look at all of them once."""
        now, trouble = self._service.clock(), None
        accounts = await self._service.read(lambda: domain_accounts_in_session(session_settings().used_after(now), now))
        for source in _SOURCES:
            try:
                for name in (name for name, its_source in accounts if its_source == source):
                    role = await asyncio.to_thread(self._role_now, name, source)
                    await self._service.change(partial(follow_domain_role, name, source, role))
            except SourceUnavailable as error:
                trouble = str(error)
        if trouble is not None and self._trouble is None:
            _log.warning("Open sessions keep their roles, because a domain cannot be asked: %s", trouble)
        self._trouble = trouble

    def _role_now(self, name: str, source: DomainSource) -> Role | None:
        """The role that a sign-in would give now; None where it would be refused."""
        sources = self._service.configuration.accounts
        if source not in sources.source:
            return None
        domain, _, user = name.partition("\\")
        groups: tuple[str, ...] | None
        if source == "kerberos":
            groups = self._system_groups(user, domain)
        else:
            groups = None if self._verifier is None else self._verifier.groups_now(name)
        return None if groups is None else role_of_groups(groups, sources.roles, sources.domain_users)
