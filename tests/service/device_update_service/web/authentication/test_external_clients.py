"""Clients of other makers check in and download through the external listener."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
import requests
import requests_ntlm
from httpx_ntlm import HttpNtlmAuth  # type: ignore[import-untyped]
from spnego.channel_bindings import GssChannelBindings
from tests.support.external_listeners import ACCOUNT, CHECK, PASSWORD, ExternalService, external_service
from tests.support.handshake_clients import SCHEMES, binding_to
from tests.support.programs import required_library, required_program

from device_update_contract.device_messages.answers import CheckAnswer, parse_check_answer
from device_update_service.identity.handshakes import HandshakeScheme


def image_address(body: bytes) -> tuple[str, int]:
    """Where an answer says that the image is, outside, and its size."""
    answer = parse_check_answer(body)
    assert isinstance(answer, CheckAnswer)
    assert answer.update is not None
    module = answer.update.modules[0]
    assert module.size is not None
    return f"{answer.update.external_base_url}/{module.file_name}", module.size


async def curl(*arguments: str | Path, environment: dict[str, str] | None = None) -> bytes:
    process = await asyncio.create_subprocess_exec(
        required_program("curl", "curl"),
        "-sS",
        "--fail-with-body",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, (errors.decode(), output)
    return output


@pytest.fixture
def check_file(tmp_path: Path) -> Path:
    file = tmp_path / "check.xml"
    file.write_bytes(CHECK)
    return file


@pytest.mark.parametrize("account", [ACCOUNT, f"CONTOSO\\{ACCOUNT}", f"{ACCOUNT}@contoso.com"])
async def test_curl_signs_in_with_ntlm_and_reads_images_whole_and_in_part(
    service: ExternalService, tmp_path: Path, check_file: Path, account: str
) -> None:
    config = tmp_path / "config"
    escaped = account.replace("\\", "\\\\")
    config.write_text(f'ntlm\nuser = "{escaped}:{PASSWORD}"\ncacert = "{service.certificate.authority}"\n')
    body = await curl("-K", config, "--data-binary", f"@{check_file}", service.check_url)
    address, size = image_address(body)
    assert len(await curl("-K", config, address)) == size
    resumed = await curl("-K", config, "-r", "5-", address)
    assert len(resumed) == size - 5
    assert b"200 OK" in await curl("-K", config, "-I", address)


async def test_curl_signs_in_with_negotiate(service: ExternalService, tmp_path: Path, check_file: Path) -> None:
    required_library("gssntlmssp/gssntlmssp.so", "gss-ntlmssp")
    users = tmp_path / "users"
    users.write_text(f"CONTOSO:{ACCOUNT}:{PASSWORD}\n")
    environment = {"NTLM_USER_FILE": str(users), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    options = ("--negotiate", "-u", f"CONTOSO\\{ACCOUNT}:", "--cacert", service.certificate.authority)
    body = await curl(*options, "--data-binary", f"@{check_file}", service.check_url, environment=environment)
    address, size = image_address(body)
    assert len(await curl(*options, address, environment=environment)) == size


@pytest.mark.parametrize("policy", ["off", "allow", "require"])
async def test_requests_ntlm_is_let_in_with_its_channel_binding_under_every_policy(folder: Path, policy: str) -> None:
    def calls(service: ExternalService) -> None:
        with requests.Session() as session:
            session.trust_env = False  # a bundle of certificates that the environment names would win
            session.verify = str(service.certificate.authority)
            session.auth = requests_ntlm.HttpNtlmAuth(ACCOUNT, PASSWORD)
            answer = session.post(service.check_url, data=CHECK)
            assert answer.status_code == 200
            address, size = image_address(answer.content)
            assert len(session.get(address).content) == size

    async with external_service(folder, channel_binding=policy) as service:
        await asyncio.to_thread(calls, service)


async def test_httpx_ntlm_is_let_in(service: ExternalService) -> None:
    def calls() -> None:
        auth = HttpNtlmAuth(ACCOUNT, PASSWORD)
        with httpx.Client(verify=service.certificate.client_tls(), auth=auth) as client:
            answer = client.post(service.check_url, content=CHECK)
            assert answer.status_code == 200
            address, size = image_address(answer.content)
            assert len(client.get(address).content) == size

    await asyncio.to_thread(calls)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_where_binding_is_required_only_the_listener_s_own_certificate_will_do(
    folder: Path, scheme: HandshakeScheme, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with external_service(folder, channel_binding="require") as service:
        own, other = binding_to(bytes.fromhex(service.certificate.fingerprint)), binding_to(bytes(range(32)))

        async def status(bindings: GssChannelBindings | None) -> int:
            async with await service.connect() as connection:
                return (await connection.sign_in(scheme, body=CHECK, bindings=bindings)).status

        assert [await status(own), await status(other), await status(None)] == [200, 401, 401]
        monkeypatch.setattr("spnego._ntlm.md5", lambda _: bytes(16))  # the client's hash of its bindings
        assert await status(own) == 401
        assert await service.refusals() == [("external-sign-in", "channel-binding", ACCOUNT, "127.0.0.1")]


async def test_without_credentials_every_client_gets_401(service: ExternalService, tmp_path: Path) -> None:
    def calls() -> None:
        with requests.Session() as session, httpx.Client(verify=service.certificate.client_tls()) as client:
            session.trust_env = False
            by_requests = session.post(service.check_url, data=CHECK, verify=str(service.certificate.authority))
            by_httpx = client.post(service.check_url, content=CHECK)
        for status, answer in (
            (by_requests.status_code, by_requests.content),
            (by_httpx.status_code, by_httpx.content),
        ):
            assert status == 401
            assert b"anonymous-access-not-supported" in answer

    await asyncio.to_thread(calls)
    body = tmp_path / "body"
    status = await asyncio.create_subprocess_exec(
        required_program("curl", "curl"), "-sS", "-o", body, "-w", "%{http_code}", "--cacert",
        service.certificate.authority, service.check_url, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert (await status.communicate())[0] == b"401"
    assert b"anonymous-access-not-supported" in body.read_bytes()
