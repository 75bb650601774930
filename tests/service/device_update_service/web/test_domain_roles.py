"""Which sessions of a domain's users end, or change, when their groups do; real domains: test_account_sources.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from tests.support.administration import Administration

from device_update_contract.administration.roles import Role
from device_update_service.configuration.account_sources import AccountSources, KerberosSource, WinbindSource
from device_update_service.identity.claims import Claim, NtlmResponse, SourceUnavailable, VerifiedNtlm
from device_update_service.usecases.domain_accounts import DomainSource, admit_domain_account
from device_update_service.usecases.outcomes import Actor
from device_update_service.usecases.sessions import SessionSettings, open_session
from device_update_service.web.domain_roles import DomainRoles

NAME = r"CORP\kim"
GROUPS = {"Admins": Role.ADMINISTRATOR, "Operators": Role.OPERATOR, "Phones": Role.DEVICE_USER}

Answer = tuple[str, ...] | None


class Directory:
    """A domain that answers what it is told to; no answer at all where that is None."""

    def __init__(self) -> None:
        self.answer: Callable[[], Answer] = lambda: ("Operators",)
        self.asked: list[str] = []

    def claims(self, _claim: Claim) -> bool:
        return False

    def verify(self, response: NtlmResponse) -> VerifiedNtlm:
        raise NotImplementedError(response)

    def groups_now(self, account: str) -> Answer:
        self.asked.append(account)
        return self.answer()

    def groups_of(self, user: str, realm: str) -> tuple[str, ...]:
        self.asked.append(rf"{realm}\{user}")
        return self.answer() or ()


@pytest.fixture
def directory() -> Directory:
    return Directory()


@pytest.fixture
def roles(administration: Administration, directory: Directory, tmp_path: Path) -> DomainRoles:
    sources = AccountSources(
        source=("local", "kerberos", "winbind"),
        kerberos=KerberosSource(keytab=tmp_path / "keytab", realms=("CORP",)),
        winbind=WinbindSource(domains=("CORP",)),
        roles=GROUPS,
    )
    service = administration.service
    service.configuration = service.configuration.model_copy(update={"accounts": sources})
    return DomainRoles(service, directory, directory.groups_of)


async def signed_in(administration: Administration, source: DomainSource, role: Role = Role.OPERATOR) -> str:
    """The token of a session of the domain's user."""
    service, now = administration.service, administration.service.clock()
    admit = partial(admit_domain_account, name=NAME, source=source, role=role, actor=Actor(NAME), now=now)
    judged = await service.change(admit)
    settings = SessionSettings(idle_minutes=480, days=7)
    opened = await service.change(partial(open_session, judged=judged, address=None, settings=settings, now=now))
    return opened.token


async def role_of(administration: Administration, token: str) -> str | None:
    """The session's role; None when it has ended."""
    reply = await administration.send("GET", "/api/v1/session", headers={"Authorization": f"Bearer {token}"})
    return str(reply.json["role"]) if reply.status == 200 else None


@pytest.mark.parametrize("source", ["kerberos", "winbind"])
@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (("Operators",), "operator"),
        (("Operators", "Admins"), "administrator"),
        (("Phones",), None),
        (("Others",), None),
        ((), None),
        (None, None),
    ],
)
async def test_open_sessions_have_the_role_that_a_sign_in_would_give_now(
    administration: Administration,
    roles: DomainRoles,
    directory: Directory,
    source: DomainSource,
    groups: Answer,
    role: str | None,
) -> None:
    token = await signed_in(administration, source)
    directory.answer = lambda: groups
    await roles.follow()
    assert directory.asked == [NAME]
    assert await role_of(administration, token) == role
    directory.answer = lambda: ("Operators",)
    await roles.follow()
    assert (await role_of(administration, token) is None) == (role is None)


@pytest.mark.expects_log_records("keep their roles, because a domain cannot be asked")
async def test_while_a_domain_cannot_be_asked_its_sessions_stay_and_that_is_told_once(
    administration: Administration, roles: DomainRoles, directory: Directory, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> Answer:
        raise SourceUnavailable("nobody answers")

    token = await signed_in(administration, "winbind")
    directory.answer = refuse
    for _ in range(3):
        await roles.follow()
    assert await role_of(administration, token) == "operator"
    assert len([record for record in caplog.records if "nobody answers" in record.getMessage()]) == 1


async def test_nobody_is_asked_about_whose_sessions_have_ended_or_who_is_of_the_service_s_own(
    administration: Administration, roles: DomainRoles, directory: Directory
) -> None:
    await administration.token()
    await signed_in(administration, "winbind")
    administration.clock.move(hours=9)
    await roles.follow()
    assert directory.asked == []


async def test_sessions_end_that_came_from_a_source_that_is_not_configured_any_more(
    administration: Administration, roles: DomainRoles
) -> None:
    token = await signed_in(administration, "winbind")
    service = administration.service
    service.configuration = service.configuration.model_copy(update={"accounts": AccountSources(roles=GROUPS)})
    await roles.follow()
    assert await role_of(administration, token) is None
