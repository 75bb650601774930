"""The doctor and the external listener: certificates, and signing in, with and without faults."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from tests.support.examinations import THIS_HOST, case_of, examined
from tests.support.outside_services import (
    HOST,
    PHONE,
    Files,
    certificate_files,
    outside_configuration,
    published_at,
    running_outside,
)
from tests.support.running_services import approve_versions
from tests.support.service_process import free_port

from device_update_service.configuration.configuration import Configuration
from device_update_service.doctor.case import Credentials
from device_update_service.doctor.findings import Finding, Verdict
from device_update_service.identity.self_signed_certificates import make_certificate, write_certificate
from device_update_service.storage import tables
from device_update_service.web.serving import Parts


@pytest.fixture
def configured(tmp_path: Path, files: Files) -> Configuration:
    folder = tmp_path / "data"
    folder.mkdir(0o700)
    approve_versions(folder, "4.0.7577.4387")
    return outside_configuration(folder, files.certificate, files.key)


@pytest.fixture
async def service(configured: Configuration) -> AsyncIterator[Parts]:
    async with running_outside(configured) as parts:
        yield parts


async def findings(configured: Configuration, authority: Path | None, **more: Any) -> dict[str, Finding]:
    case = case_of(configured, {HOST: THIS_HOST}, authorities=authority, **more)
    return await asyncio.to_thread(examined, case)


async def test_a_service_that_is_well_has_nothing_wrong_outside(
    service: Parts, configured: Configuration, files: Files
) -> None:
    found = await findings(configured, files.authority, credentials=PHONE)
    outside = [finding for name, finding in found.items() if name.startswith("external-")]
    expected = {"external-name": "warning"}  # this host is loopback in tests
    assert {finding.name: finding.verdict.value for finding in outside if finding.verdict is not Verdict.OK} == expected
    assert "Proved private" in found["external-proxy"].sentence
    assert "signs in with NTLM" in found["external-sign-in-ntlm"].sentence
    assert "signs in with Negotiate" in found["external-sign-in-negotiate"].sentence


async def test_it_can_be_run_again_at_once_and_leaves_one_refused_sign_in_each_time(
    service: Parts, configured: Configuration, files: Files
) -> None:
    for _ in range(3):
        found = await findings(configured, files.authority, credentials=PHONE)
        assert found["external-sign-in-ntlm"].verdict is Verdict.OK
        assert found["external-wrong-password"].verdict is Verdict.OK
    await service.service.write(lambda: None)
    rows = "SELECT code, account, count FROM refused_request"
    kept = await service.service.read(lambda: tables.DATABASE.execute_sql(rows).fetchall())
    assert [row for row in kept if row[0] != "anonymous-access-not-supported"] == [("wrong-password", "phone", 3)]


async def test_without_an_account_what_needs_one_is_not_checked(
    service: Parts, configured: Configuration, files: Files
) -> None:
    found = await findings(configured, files.authority)
    for name in ("sign-in-ntlm", "sign-in-negotiate", "file", "proxy", "wrong-password"):
        assert found[f"external-{name}"].verdict is Verdict.NOT_CHECKED
        assert "--account" in found[f"external-{name}"].sentence
    assert found["external-anonymous"].verdict is Verdict.OK
    assert found["external-schemes"].verdict is Verdict.OK


async def test_a_wrong_password_is_wrong_for_both_schemes_and_never_printed(
    service: Parts, configured: Configuration, files: Files
) -> None:
    found = await findings(configured, files.authority, credentials=Credentials("phone", "wrong horse"))
    for scheme in ("ntlm", "negotiate"):
        assert found[f"external-sign-in-{scheme}"].verdict is Verdict.WRONG
        assert "device-update sign-ins" in found[f"external-sign-in-{scheme}"].sentence
    assert found["external-proxy"].verdict is Verdict.NOT_CHECKED
    assert "wrong horse" not in repr(found)
    assert "wrong horse" not in repr(case_of(configured, credentials=Credentials("phone", "wrong horse")))


async def test_a_scheme_that_is_configured_and_not_offered_is_wrong(
    tmp_path: Path, configured: Configuration, files: Files
) -> None:
    external = configured.listeners.external
    assert external is not None
    only_ntlm = external.model_copy(update={"schemes": ("ntlm",)})
    listeners = configured.listeners.model_copy(update={"external": only_ntlm})
    async with running_outside(configured.model_copy(update={"listeners": listeners})):
        found = await findings(configured, files.authority)
    assert found["external-schemes"].verdict is Verdict.WRONG
    assert found["external-schemes"].sentence.startswith("Devices are not offered negotiate, though Negotiate and NTLM")


async def test_an_external_url_that_points_at_nothing_is_wrong(
    service: Parts, configured: Configuration, files: Files
) -> None:
    url = f"https://{HOST}:{free_port()}"
    found = await findings(published_at(configured, url), files.authority, credentials=PHONE)
    assert found["external-check"].verdict is Verdict.WRONG
    assert f"Devices outside are told {url} and get no answer" in found["external-check"].sentence
    assert found["external-proxy"].sentence == "Not looked at, because of external-check."


async def test_an_external_url_whose_name_nobody_knows_is_wrong(service: Parts, configured: Configuration) -> None:
    found = await findings(published_at(configured, "https://gone.contoso.com"), None)
    assert (found["external-name"].verdict, found["external-name"].sentence) == (
        Verdict.WRONG,
        "The name gone.contoso.com has no address.",
    )


async def test_an_external_url_that_leads_to_the_internal_listener_lets_anybody_in(
    service: Parts, configured: Configuration, files: Files
) -> None:
    internal = configured.listeners.internal
    assert internal is not None
    url = f"http://{HOST}:{internal.address.port}"
    found = await findings(published_at(configured, url), files.authority, credentials=PHONE)
    assert found["external-anonymous"].verdict is Verdict.WRONG
    assert found["external-anonymous"].sentence.startswith("Anybody outside is served without an account")
    assert found["external-certificate-trust"].verdict is Verdict.WRONG
    assert found["external-sign-in-ntlm"].verdict is Verdict.NOT_CHECKED
    assert found["external-sign-in-ntlm"].sentence.startswith("No password was tried")


async def test_a_certificate_for_another_name_is_wrong(tmp_path: Path, configured: Configuration) -> None:
    files = certificate_files(tmp_path, "other.contoso.com")
    async with running_outside(configured):
        found = await findings(configured, files.authority, credentials=PHONE)
    assert found["external-certificate-names"].verdict is Verdict.WRONG
    assert f"told {HOST}, and the certificate is for other.contoso.com" in found["external-certificate-names"].sentence
    assert found["external-certificate-trust"].verdict is Verdict.WRONG
    assert found["external-sign-in-ntlm"].verdict is Verdict.OK


@pytest.mark.parametrize(
    ("began", "verdict", "words"),
    [(0, "ok", "valid until"), (61, "warning", "renew it"), (91, "wrong", "devices outside are turned away")],
)
async def test_a_certificate_that_ends_is_told_in_time(
    configured: Configuration, files: Files, began: int, verdict: str, words: str
) -> None:
    made = make_certificate([HOST], 90, datetime.now(UTC) - timedelta(days=began))
    write_certificate(made, files.certificate, files.key, replace=True)
    async with running_outside(configured):
        found = await findings(configured, None)
    assert found["external-certificate"].verdict.value == verdict
    assert words in found["external-certificate"].sentence


async def test_a_self_signed_certificate_is_a_warning(configured: Configuration, files: Files) -> None:
    write_certificate(make_certificate([HOST], 90, datetime.now(UTC)), files.certificate, files.key, replace=True)
    async with running_outside(configured):
        found = await findings(configured, None, credentials=PHONE)
    assert found["external-certificate-trust"].verdict is Verdict.WARNING
    assert "is self-signed" in found["external-certificate-trust"].sentence
    assert found["external-sign-in-ntlm"].verdict is Verdict.OK


async def test_a_chain_without_its_middle_is_wrong(tmp_path: Path, configured: Configuration, files: Files) -> None:
    root = trustme.CA()
    certificate_files(tmp_path, HOST, authority=root.create_child_ca())
    root.cert_pem.write_to_path(files.authority)
    leaf = files.certificate.read_text().partition("-----END CERTIFICATE-----\n")
    async with running_outside(configured) as parts:
        whole = await findings(configured, files.authority)
        files.certificate.write_text(leaf[0] + leaf[1])
        parts.reload_certificates()
        cut = await findings(configured, files.authority)
    assert whole["external-certificate-trust"].verdict is Verdict.OK
    assert cut["external-certificate-trust"].verdict is Verdict.WRONG
    assert "The chain of the certificate" in cut["external-certificate-trust"].sentence


def test_a_key_that_is_too_short_is_wrong(configured: Configuration, files: Files) -> None:
    command = ["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:1024", "-subj", "/CN=x", "-days", "30"]
    subprocess.run([*command, "-keyout", files.key, "-out", files.certificate], capture_output=True, check=True)
    found = examined(case_of(configured))
    assert found["external-certificate-key"].verdict is Verdict.WRONG
    assert "RSA 1024" in found["external-certificate-key"].sentence


def test_a_key_of_another_certificate_is_wrong(configured: Configuration, files: Files) -> None:
    files.key.write_bytes(make_certificate([HOST], 90, datetime.now(UTC)).key)
    found = examined(case_of(configured))
    assert found["external-certificate-key"].verdict is Verdict.WRONG
    assert "the key belongs to another certificate" in found["external-certificate-key"].sentence


def test_a_key_file_that_everybody_can_read_is_wrong(configured: Configuration, files: Files) -> None:
    files.key.chmod(0o644)
    found = examined(case_of(configured))
    assert found["key-files"].verdict is Verdict.WRONG
    assert f"{files.key}, a private key of TLS, has mode 0644" in found["key-files"].sentence


def test_an_old_version_of_tls_is_a_warning(tmp_path: Path, files: Files) -> None:
    old = outside_configuration(tmp_path / "data", files.certificate, files.key, tls_minimum="1.0")
    found = examined(case_of(old))
    assert found["external-tls-version"].verdict is Verdict.WARNING
    assert "allows TLS 1.0" in found["external-tls-version"].sentence
