"""`login` without a password, with a certificate that a person accepts, and where no session can be kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.administration_stand_in import ACCOUNT, PASSWORD, StandIn, running_stand_in
from tests.support.command_line import environment_for, run_device_update
from tests.support.domain_services import domain_service
from tests.support.file_keyring import BACKEND, PLACE
from tests.support.kerberos_realm import OTHER_REALM, STRANGER, USER, KerberosRealm, kerberos_realm
from tests.support.signing_in_server import ServerCertificate, server_certificate
from tests.support.terminals import on_terminal

from device_update_service.configuration.listeners import ChannelBindingPolicy

ROOT = Path(__file__).parents[4]


@pytest.fixture
def certificate(tmp_path: Path) -> ServerCertificate:
    return server_certificate(tmp_path)


@pytest.fixture
def service(certificate: ServerCertificate) -> Iterator[StandIn]:
    with running_stand_in(certificate.server_tls()) as stand_in:
        yield stand_in


def person(url: str, folder: Path, **more: str) -> dict[str, str]:
    """The environment of somebody with a keyring and settings of their own, and no password in the environment."""
    environment = environment_for(url, ACCOUNT, PASSWORD)
    del environment["DEVICE_UPDATE_PASSWORD"]
    keyring = {"PYTHON_KEYRING_BACKEND": BACKEND, "PYTHONPATH": str(ROOT), PLACE: str(folder / "keyring.json")}
    return {**environment, **keyring, "XDG_CONFIG_HOME": str(folder / "settings"), **more}


def test_on_a_terminal_a_certificate_is_shown_and_remembered_once_accepted(
    service: StandIn, certificate: ServerCertificate, tmp_path: Path
) -> None:
    environment = person(service.url, tmp_path)
    dialogue = (("own certificate?", "y"), ("Password for ada", PASSWORD))
    code, shown = on_terminal("login", environment=environment, dialogue=dialogue)
    assert code == 0, shown
    assert certificate.fingerprint in shown
    assert PASSWORD not in shown
    assert run_device_update("whoami", environment=environment).exit_code == 0
    code, shown = on_terminal("login", environment=environment, dialogue=(dialogue[1],))
    assert code == 0, shown
    assert "fingerprint" not in shown


def test_a_certificate_that_is_not_accepted_is_neither_used_nor_remembered(service: StandIn, tmp_path: Path) -> None:
    environment = person(service.url, tmp_path)
    code, shown = on_terminal("login", environment=environment, dialogue=(("own certificate?", "n"),))
    assert (code, service.asked) == (1, [])
    assert shown.endswith("Nothing was changed.\n")
    assert not (tmp_path / "settings").exists()


def test_elsewhere_the_pin_is_given_and_login_remembers_it(
    service: StandIn, certificate: ServerCertificate, tmp_path: Path
) -> None:
    environment = person(service.url, tmp_path)
    login = ("login", "--password-stdin")
    refused = run_device_update(*login, environment=environment, stdin=PASSWORD.encode())
    assert (refused.exit_code, service.asked) == (3, [])
    assert "--pin or DEVICE_UPDATE_PIN" in refused.stderr
    pin = {"DEVICE_UPDATE_PIN": certificate.fingerprint}
    assert run_device_update(*login, environment=environment | pin, stdin=PASSWORD.encode()).exit_code == 0
    assert run_device_update("whoami", environment=environment).exit_code == 0
    wrong = run_device_update("--pin", "ab" * 32, "whoami", environment=environment)
    assert wrong.exit_code == 3
    assert certificate.fingerprint in wrong.stderr
    assert "ab" * 32 in wrong.stderr


@pytest.mark.parametrize(
    ("url", "pin"), [("https://127.0.0.1:9", "abc"), ("http://127.0.0.1:9", "ab" * 32)], ids=["no-form", "no-tls"]
)
def test_a_pin_that_cannot_be_is_wrong_usage(tmp_path: Path, url: str, pin: str) -> None:
    assert run_device_update("--pin", pin, "whoami", environment=person(url, tmp_path)).exit_code == 2


def test_without_a_keyring_a_person_is_asked_for_each_command_and_told_so(
    service: StandIn, certificate: ServerCertificate, tmp_path: Path
) -> None:
    no_keyring = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    environment = person(service.url, tmp_path, DEVICE_UPDATE_PIN=certificate.fingerprint, **no_keyring)
    code, shown = on_terminal("whoami", environment=environment, dialogue=(("Password for ada", PASSWORD),))
    assert code == 0, shown
    assert "no keyring that keeps secrets" in shown
    assert "for this command only" in shown
    assert service.open_tokens == set()
    assert run_device_update("whoami", environment=environment).exit_code == 4


@pytest.fixture(scope="module")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KerberosRealm]:
    with kerberos_realm(tmp_path_factory.mktemp("kdc")) as center:
        yield center


@pytest.fixture
def the_realm_is_known(realm: KerberosRealm, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in realm.environment().items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("the_realm_is_known")
@pytest.mark.parametrize("binding", ["allow", "require"])
async def test_whoever_has_a_ticket_needs_no_password(
    realm: KerberosRealm, certificate: ServerCertificate, tmp_path: Path, binding: ChannelBindingPolicy
) -> None:
    async with domain_service(tmp_path, realm, certificate, binding) as url:
        environment = person(url, tmp_path, **realm.ticket_of(USER), DEVICE_UPDATE_PIN=certificate.fingerprint)
        del environment["DEVICE_UPDATE_ACCOUNT"]

        def commands() -> None:
            finished = run_device_update("whoami", environment=environment)  # for this run alone
            assert finished.exit_code == 0, finished.stderr
            assert f"{USER}@" in finished.stdout.decode() or f"\\{USER}" in finished.stdout.decode()
            assert run_device_update("login", environment=environment).exit_code == 0
            without = {**environment, "KRB5CCNAME": "FILE:/nowhere"}
            assert run_device_update("whoami", environment=without).exit_code == 0
            assert run_device_update("logout", environment=without).exit_code == 0
            assert run_device_update("whoami", environment=without).exit_code == 4

        await asyncio.to_thread(commands)


@pytest.mark.usefixtures("the_realm_is_known")
async def test_a_ticket_that_is_not_for_the_service_falls_back_to_asking(
    realm: KerberosRealm, certificate: ServerCertificate, tmp_path: Path
) -> None:
    async with domain_service(tmp_path, realm, certificate, "allow") as url:
        ticket = realm.ticket_of(STRANGER, OTHER_REALM)
        environment = person(url, tmp_path, **ticket, DEVICE_UPDATE_PIN=certificate.fingerprint)
        del environment["DEVICE_UPDATE_ACCOUNT"]
        finished = await asyncio.to_thread(run_device_update, "whoami", environment=environment)
        assert finished.exit_code == 4
        dialogue = (("Account", "nobody"), ("Password for nobody", "wrong password"))
        code, shown = await asyncio.to_thread(lambda: on_terminal("login", environment=environment, dialogue=dialogue))
        assert code == 4
        assert "ticket" not in shown.lower()
