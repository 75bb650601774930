r"""Devices and people of a Kerberos realm and of a winbind domain are served by the whole service, beside its own."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest
from tests.support import kerberos_realm, winbind_domain
from tests.support.external_listeners import ACCOUNT, CHECK, PASSWORD, ExternalService, external_service
from tests.support.kerberos_realm import OTHER_REALM, OTHER_SERVICE, REALM, STRANGER, KerberosRealm
from tests.support.programs import required_library, required_program
from tests.support.service_process import ServiceProcess
from tests.support.winbind_domain import DISABLED, DOMAIN, OPERATORS, WinbindDomain

from device_update_contract.administration.endpoints import OPEN_SESSION, SHOW_SESSION
from device_update_contract.administration.roles import Role
from device_update_contract.device_messages.answers import CheckAnswer, parse_check_answer
from device_update_service.configuration.account_sources import AccountSources, KerberosSource
from device_update_service.identity import winbind_groups
from device_update_service.web.administration import session_gate
from device_update_service.web.domain_roles import DomainRoles

TICKET = ("--negotiate", "--user", ":")
NOBODY = dict.fromkeys(("KRB5CCNAME", "KRB5_CONFIG"), "/nonexistent")


class Curl:
    """curl as a user with a ticket or a password; what it is told stays out of its command line."""

    def __init__(self, folder: Path, *options: str | Path, environment: dict[str, str] | None = None) -> None:
        self._folder = folder
        self._options = options
        self._environment = {**os.environ, **(environment or NOBODY)}

    @classmethod
    def with_ntlm(cls, folder: Path, account: str, password: str) -> Curl:
        config = folder / "user"
        escaped = account.replace("\\", "\\\\")
        config.write_text(f'ntlm\nuser = "{escaped}:{password}"\n')
        return cls(folder, "--config", config)

    async def call(self, *arguments: str | Path) -> tuple[int, bytes, str]:
        """Status, body and headers of the last answer."""
        body, headers = self._folder / "body", self._folder / "headers"
        process = await asyncio.create_subprocess_exec(
            required_program("curl", "curl"), "-sS", "-o", body, "-D", headers, "-w", "%{http_code}",
            *self._options, *arguments, stdout=asyncio.subprocess.PIPE, env=self._environment,
        )  # fmt: skip
        status = (await process.communicate())[0]
        return int(status), body.read_bytes(), headers.read_text().rstrip().rpartition("\n\n")[2]

    async def check(self, service: ExternalService, host: str = "localhost") -> tuple[int, bytes, str]:
        """Check in."""
        url = service.check_url.replace("127.0.0.1", host)
        (self._folder / "check.xml").write_bytes(CHECK)
        authority = service.certificate.authority
        return await self.call("--cacert", authority, "--data-binary", f"@{self._folder / 'check.xml'}", url)

    async def is_served(self, service: ExternalService) -> bool:
        """Check in, and download the image that was offered."""
        status, body, _ = await self.check(service)
        answer = parse_check_answer(body)
        assert status == 200
        assert isinstance(answer, CheckAnswer)
        assert answer.update is not None
        module = answer.update.modules[0]
        address = f"{answer.update.external_base_url}/{module.file_name}"
        status, image, _ = await self.call("--cacert", service.certificate.authority, address)
        return (status, len(image)) == (200, module.size)


@pytest.fixture
def in_the_realm(realm: KerberosRealm, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in realm.environment().items():
        monkeypatch.setenv(name, value)


def of_realm(realm: KerberosRealm, keytab: Path | None = None) -> AccountSources:
    return AccountSources(
        source=("local", "kerberos"), kerberos=KerberosSource(keytab=keytab or realm.keytab, realms=(REALM,))
    )


def of_domain(domain: WinbindDomain, *, domain_users: Role | None = Role.DEVICE_USER) -> AccountSources:
    return AccountSources(
        source=("local", "winbind"),
        winbind=domain.source,
        roles={OPERATORS.upper(): Role.OPERATOR},
        domain_users=domain_users,
    )


@pytest.mark.usefixtures("in_the_realm")
async def test_a_ticket_checks_in_and_downloads_and_the_service_proves_itself_to_the_client(
    folder: Path, tmp_path: Path, realm: KerberosRealm
) -> None:
    curl = Curl(tmp_path, *TICKET, environment=realm.ticket_of(kerberos_realm.USER))
    async with external_service(folder, accounts_from=of_realm(realm)) as service:
        assert await curl.is_served(service)
        _, _, headers = await curl.check(service)
        assert "www-authenticate: negotiate o" in headers.lower(), "no token of mutual authentication"
        assert await service.refusals() == []


@pytest.mark.usefixtures("in_the_realm")
async def test_an_account_of_the_service_is_served_beside_the_realm(
    folder: Path, tmp_path: Path, realm: KerberosRealm
) -> None:
    async with external_service(folder, accounts_from=of_realm(realm)) as service:
        assert await Curl.with_ntlm(tmp_path, ACCOUNT, PASSWORD).is_served(service)


@pytest.mark.usefixtures("in_the_realm")
async def test_a_ticket_of_another_realm_is_refused_and_help_desk_reads_whose_it_was(
    folder: Path, tmp_path: Path, realm: KerberosRealm
) -> None:
    curl = Curl(tmp_path, *TICKET, environment=realm.ticket_of(STRANGER, OTHER_REALM))
    async with external_service(folder, accounts_from=of_realm(realm)) as service:
        assert (await curl.check(service))[0] == 401
        shown = rf"{OTHER_REALM}\{STRANGER}"
        assert ("external-sign-in", "ticket-refused", shown, "127.0.0.1") in await service.refusals()


@pytest.mark.usefixtures("in_the_realm")
async def test_a_ticket_is_refused_where_the_keytab_has_no_key_for_it(
    folder: Path, tmp_path: Path, realm: KerberosRealm, caplog: pytest.LogCaptureFixture
) -> None:
    curl = Curl(tmp_path, *TICKET, environment=realm.ticket_of(kerberos_realm.USER))
    keytab = realm.keytab_of("of-another-service.keytab", OTHER_SERVICE)
    async with external_service(folder, accounts_from=of_realm(realm, keytab)) as service:
        with caplog.at_level("INFO", "device_update_service"):
            for _ in range(3):
                assert (await curl.check(service))[0] == 401
        assert {refusal[1] for refusal in await service.refusals()} == {"ticket-refused"}
    [told] = [record for record in caplog.records if "refused" in record.getMessage()]
    assert "keytab" in vars(told)["detail"]


async def test_a_user_of_the_domain_checks_in_and_downloads(
    folder: Path, tmp_path: Path, domain: WinbindDomain
) -> None:
    curl = Curl.with_ntlm(tmp_path, rf"{DOMAIN}\{winbind_domain.USER}", winbind_domain.PASSWORD)
    async with external_service(folder, accounts_from=of_domain(domain)) as service:
        assert await curl.is_served(service)
        assert await service.refusals() == []


@pytest.mark.parametrize(
    ("user", "password", "cause"),
    [
        (winbind_domain.USER, "wrong", "wrong-password"),
        ("nobody-there", winbind_domain.PASSWORD, "unknown-account"),
        (DISABLED, winbind_domain.PASSWORD, "account-disabled"),
    ],
)
async def test_whom_the_domain_refuses_is_refused_and_help_desk_reads_why(
    folder: Path, tmp_path: Path, domain: WinbindDomain, user: str, password: str, cause: str
) -> None:
    async with external_service(folder, accounts_from=of_domain(domain)) as service:
        status, body, _ = await Curl.with_ntlm(tmp_path, rf"{DOMAIN}\{user}", password).check(service)
        assert status == 401
        assert cause.encode() not in body
        assert await service.refusals() == [("external-sign-in", cause, rf"{DOMAIN}\{user}", "127.0.0.1")]


async def test_an_account_of_the_service_is_served_beside_the_domain_under_any_name_that_is_not_the_domains(
    folder: Path, tmp_path: Path, domain: WinbindDomain
) -> None:
    async with external_service(folder, accounts_from=of_domain(domain)) as service:
        assert await Curl.with_ntlm(tmp_path, ACCOUNT, PASSWORD).is_served(service)
        assert await Curl.with_ntlm(tmp_path, rf"WORKSTATION\{ACCOUNT}", PASSWORD).is_served(service)
        assert (await Curl.with_ntlm(tmp_path, rf"{DOMAIN}\{ACCOUNT}", PASSWORD).check(service))[0] == 401


async def test_a_user_of_no_group_with_a_role_is_refused_where_domain_users_have_none(
    folder: Path, tmp_path: Path, domain: WinbindDomain
) -> None:
    async with external_service(folder, accounts_from=of_domain(domain, domain_users=None)) as service:
        operator = Curl.with_ntlm(tmp_path, rf"{DOMAIN}\{winbind_domain.OPERATOR}", winbind_domain.PASSWORD)
        assert await operator.is_served(service)
        user = Curl.with_ntlm(tmp_path, rf"{DOMAIN}\{winbind_domain.USER}", winbind_domain.PASSWORD)
        assert (await user.check(service))[0] == 401
        assert [refusal[1] for refusal in await service.refusals()] == ["role-not-allowed"]


@pytest.mark.expects_log_records("winbind cannot be asked")
async def test_while_winbindd_does_not_answer_its_users_are_refused_for_that_and_others_are_served(
    folder: Path, tmp_path: Path, domain: WinbindDomain
) -> None:
    gone = domain.source.model_copy(update={"ntlm_auth": Path("/nonexistent/ntlm_auth")})
    sources = of_domain(domain).model_copy(update={"winbind": gone})
    async with external_service(folder, accounts_from=sources) as service:
        user = Curl.with_ntlm(tmp_path, rf"{DOMAIN}\{winbind_domain.USER}", winbind_domain.PASSWORD)
        assert (await user.check(service))[0] == 401
        assert [refusal[1] for refusal in await service.refusals()] == ["source-unavailable"]
        assert await Curl.with_ntlm(tmp_path, ACCOUNT, PASSWORD).is_served(service)


async def open_session(curl: Curl, admin: str) -> tuple[int, dict[str, object]]:
    status, body, _ = await curl.call("-X", "POST", admin.replace("127.0.0.1", "localhost") + OPEN_SESSION.path)
    answer: dict[str, object] = json.loads(body)
    return status, answer


async def test_a_group_of_the_domain_gives_its_members_a_session_with_its_role(
    folder: Path, tmp_path: Path, domain: WinbindDomain
) -> None:
    async with external_service(folder, accounts_from=of_domain(domain)) as service:
        operator = Curl.with_ntlm(tmp_path, rf"{DOMAIN}\{winbind_domain.OPERATOR}", winbind_domain.PASSWORD)
        status, session = await open_session(operator, service.listening.admin)
        assert (status, session["account"]) == (201, rf"{DOMAIN}\{winbind_domain.OPERATOR}")
        assert session["role"] == "operator"
        user = Curl.with_ntlm(tmp_path, rf"{DOMAIN}\{winbind_domain.USER}", winbind_domain.PASSWORD)
        assert (await open_session(user, service.listening.admin))[0] == 403


async def test_a_session_loses_the_role_that_the_domain_takes_away_without_a_new_sign_in(
    folder: Path, tmp_path: Path, domain: WinbindDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(winbind_groups, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(session_gate, "KNOWN_FOR_SECONDS", 0.0)
    name = rf"{DOMAIN}\{winbind_domain.OPERATOR}"
    member = ("-s", str(domain.folder / "smb.conf"), "sam")
    async with external_service(folder, accounts_from=of_domain(domain)) as service:
        roles = DomainRoles(service.parts.service, service.parts.verifier)
        operator = Curl.with_ntlm(tmp_path, name, winbind_domain.PASSWORD)
        _, session = await open_session(operator, service.listening.admin)
        url = service.listening.admin.replace("127.0.0.1", "localhost") + SHOW_SESSION.path
        asks = Curl(tmp_path, "-H", f"Authorization: Bearer {session['token']}")
        await roles.follow()
        assert (await asks.call(url))[0] == 200
        domain.run("net", *member, "delmem", OPERATORS, name)
        try:
            await roles.follow()
        finally:
            domain.run("net", *member, "addmem", OPERATORS, name)
        assert (await asks.call(url))[0] == 401
        trail = "SELECT account, verb, object FROM audit_entry ORDER BY id DESC LIMIT 1"
        assert await service.rows(trail) == [("service", "account.change", f"account {name}")]
        await roles.follow()
        assert (await asks.call(url))[0] == 401, "an ended session stays so"
        assert (await open_session(operator, service.listening.admin))[0] == 201


def test_a_ticket_opens_a_session_with_the_role_of_a_group_that_the_host_knows(
    tmp_path: Path, realm: KerberosRealm
) -> None:
    """The service is a process of its own, because the host's groups are given to it from outside."""
    (tmp_path / "passwd").write_text(f"{kerberos_realm.OPERATOR}@{REALM}:x:7001:7000::/:/bin/false\n")
    (tmp_path / "group").write_text("phone operators@example.test:x:7000:\n")
    accounts = "DEVICE_UPDATE_SERVICE_ACCOUNTS__"
    service = ServiceProcess(
        tmp_path / "data",
        environment={
            **realm.environment(),
            "LD_PRELOAD": required_library("libnss_wrapper.so", "libnss-wrapper"),
            "NSS_WRAPPER_PASSWD": str(tmp_path / "passwd"),
            "NSS_WRAPPER_GROUP": str(tmp_path / "group"),
            f"{accounts}SOURCE": "local,kerberos",
            f"{accounts}KERBEROS__KEYTAB": str(realm.keytab),
            f"{accounts}KERBEROS__REALMS": REALM,
            f"{accounts}ROLES__PHONE OPERATORS@EXAMPLE.TEST": "operator",
        },
        preloaded=False,
    )
    service.start()
    try:
        operator = Curl(tmp_path, *TICKET, environment=realm.ticket_of(kerberos_realm.OPERATOR))
        status, session = asyncio.run(open_session(operator, service.admin))
        assert (status, session["role"]) == (201, "operator")
        assert session["account"] == rf"{REALM}\{kerberos_realm.OPERATOR}"
        user = Curl(tmp_path, *TICKET, environment=realm.ticket_of(kerberos_realm.USER))
        assert asyncio.run(open_session(user, service.admin))[0] == 403
    finally:
        service.end()
