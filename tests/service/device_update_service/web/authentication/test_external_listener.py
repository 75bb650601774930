"""What the external listener tells whom, over real TLS: nothing to strangers, all of it to signed-in devices.

Contract section 3.1.
"""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from tests.support.external_listeners import ACCOUNT, CHECK, PASSWORD, ExternalService, external_service, ntlm_client
from tests.support.handshake_clients import SCHEMES

from device_update_contract.administration.roles import Role
from device_update_contract.device_messages.answers import CheckAnswer, ErrorAnswer, parse_check_answer
from device_update_contract.image_paths import EXTERNAL_CHECK_ROUTES
from device_update_service.identity.handshakes import HandshakeScheme
from device_update_service.identity.nt_hashes import nt_hash

IMAGE = "/UCPhone/Polycom/CX700/A/ENU/4.0.7577.4387/CPE/CPE.nbt"


def code_of(body: bytes) -> str:
    answer = parse_check_answer(body)
    assert isinstance(answer, ErrorAnswer)
    return answer.code


async def test_without_credentials_both_schemes_are_offered_and_nothing_is_told(service: ExternalService) -> None:
    async with await service.connect() as connection:
        answer = await connection.send(body=CHECK)
        elsewhere = await connection.send("GET", "/api/v1/server")
        image = await connection.send("GET", f"/DeviceUpdateFiles_Ext{IMAGE}")
    assert answer.status == 401
    assert answer.all("WWW-Authenticate") == ["Negotiate", "NTLM"]
    assert answer.first("Content-Type") == "text/xml; charset=utf-8"
    assert code_of(answer.body) == "anonymous-access-not-supported"
    assert answer.without_date == elsewhere.without_date == image.without_date
    assert await service.refusals() == []


async def test_only_the_configured_schemes_are_offered_and_taken(folder: Path) -> None:
    async with external_service(folder, schemes=("ntlm",)) as service, await service.connect() as connection:
        assert (await connection.send()).all("WWW-Authenticate") == ["NTLM"]
        refused = await connection.token("negotiate", ntlm_client("negotiate").step() or b"")
        assert (refused.status, code_of(refused.body)) == (401, "sign-in-refused")
        assert (await connection.sign_in("ntlm", body=CHECK)).status == 200


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("route", EXTERNAL_CHECK_ROUTES)
async def test_a_signed_in_device_checks_in_and_downloads_over_its_connection(
    service: ExternalService, scheme: HandshakeScheme, route: str
) -> None:
    async with await service.connect() as connection:
        answer = await connection.sign_in(scheme, path=route, body=CHECK)
        again = await connection.send(path=route, body=CHECK)
        image = await connection.send("GET", f"/RequestHandlerExt/Files{IMAGE}")
        head = await connection.send("HEAD", f"/DeviceUpdateFiles_Ext{IMAGE}")
        inside = await connection.send("GET", f"/DeviceUpdateFiles_Int{IMAGE}")
    check = parse_check_answer(answer.body)
    assert isinstance(check, CheckAnswer)
    assert check.update is not None
    assert check.update.base_url.startswith(f"{service.internal}/DeviceUpdateFiles_Int/")
    assert check.update.external_base_url is not None
    assert check.update.external_base_url.startswith(f"{service.external}/DeviceUpdateFiles_Ext/")
    assert (answer.status, again.status, inside.status) == (200, 200, 404)
    assert (image.status, len(image.body)) == (200, check.update.modules[0].size)
    assert image.first("Cache-Control") == "private, max-age=31536000, immutable"
    assert (head.status, head.first("Content-Length"), head.body) == (200, str(len(image.body)), b"")


async def test_the_published_address_is_the_configured_one(folder: Path) -> None:
    url = "https://updates.fabrikam.com"
    async with external_service(folder, url=url) as service, await service.connect() as connection:
        answer = parse_check_answer((await connection.sign_in(body=CHECK)).body)
    assert isinstance(answer, CheckAnswer)
    assert answer.update is not None
    assert (answer.update.external_base_url or "").startswith("https://updates.fabrikam.com/DeviceUpdateFiles_Ext/")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", ["/RequestHandlerExt/ucdevice.upx", f"/DeviceUpdateFiles_Ext{IMAGE}", "/nothing"])
async def test_the_proof_of_the_service_goes_with_whatever_answer_ends_a_negotiation(
    service: ExternalService, scheme: HandshakeScheme, path: str
) -> None:
    client = ntlm_client(scheme)
    method = "GET" if "Files" in path else "POST"
    async with await service.connect() as connection:
        challenge = await connection.token(scheme, client.step() or b"", method=method, path=path)
        answer = await connection.token(scheme, client.step(challenge.token) or b"", method=method, path=path)
        assert answer.status != 401
        assert len(answer.all("WWW-Authenticate")) == (1 if scheme == "negotiate" else 0)
        if scheme == "negotiate":
            client.step(answer.token)
        assert client.complete
        assert (await connection.send(method, path)).all("WWW-Authenticate") == []


@pytest.mark.parametrize("role", list(Role))
async def test_accounts_of_any_role_may_connect(service: ExternalService, role: Role) -> None:
    await service.add_account("somebody", role)
    async with await service.connect() as connection:
        assert (await connection.sign_in(user="X\\somebody", body=CHECK)).status == 200


async def test_an_unknown_user_and_a_wrong_password_get_the_same_answer_byte_for_byte(service: ExternalService) -> None:
    async with await service.connect() as connection:
        unknown = await connection.sign_in(user="nobody", body=CHECK)
        wrong = await connection.sign_in(password="wrong horse", body=CHECK)
    assert unknown.without_date == wrong.without_date
    assert (wrong.status, wrong.all("WWW-Authenticate"), code_of(wrong.body)) == (
        401,
        ["Negotiate", "NTLM"],
        "sign-in-refused",
    )
    assert await service.refusals() == [
        ("external-sign-in", "unknown-account", "nobody", "127.0.0.1"),
        ("external-sign-in", "wrong-password", ACCOUNT, "127.0.0.1"),
    ]
    assert service.parts.metrics.sign_ins == {("external", "unknown-account"): 1, ("external", "wrong-password"): 1}


@pytest.mark.parametrize("values", [{"enabled": False}, {"nt_hash": nt_hash("another one")}, {"role": Role.OPERATOR}])
async def test_an_account_that_changes_is_signed_out_in_the_middle_of_its_connection(
    service: ExternalService, values: dict[str, object]
) -> None:
    async with await service.connect() as connection:
        assert (await connection.sign_in(body=CHECK)).status == 200
        await service.change_account(ACCOUNT, **values)
        answer = await connection.send(body=CHECK)
        assert (answer.status, code_of(answer.body)) == (401, "anonymous-access-not-supported")


async def test_a_disabled_account_with_the_right_password_is_refused_like_any_other(service: ExternalService) -> None:
    await service.change_account(ACCOUNT, enabled=False)
    async with await service.connect() as connection:
        answer = await connection.sign_in(body=CHECK)
    assert (answer.status, code_of(answer.body)) == (401, "sign-in-refused")
    assert await service.refusals() == [("external-sign-in", "account-disabled", ACCOUNT, "127.0.0.1")]


async def test_a_new_sign_in_ends_the_one_before_at_once(service: ExternalService) -> None:
    async with await service.connect() as connection:
        await connection.sign_in(body=CHECK)
        await connection.token("ntlm", ntlm_client("ntlm").step() or b"")
        assert (await connection.send(body=CHECK)).status == 401


@pytest.mark.parametrize("header", ["Basic cGhvbmU6eA==", "Bearer abc", "Digest x", "NTLM", "Negotiate ", "", "NTLM ?"])
async def test_credentials_of_another_kind_are_refused_and_sign_out(service: ExternalService, header: str) -> None:
    async with await service.connect() as connection:
        await connection.sign_in(body=CHECK)
        answer = await connection.send(body=CHECK, authorization=header)
        assert (answer.status, code_of(answer.body)) == (401, "sign-in-refused")
        assert (await connection.send(body=CHECK)).status == 401


async def test_a_connection_survives_bodies_of_checks_that_are_not_read(service: ExternalService) -> None:
    client = ntlm_client("ntlm")
    body = CHECK + b" " * (64 * 1024 - len(CHECK))
    async with await service.connect() as connection:
        assert (await connection.send(body=body)).status == 401
        challenge = await connection.token("ntlm", client.step() or b"", body=body)
        assert (await connection.token("ntlm", client.step(challenge.token) or b"", body=body)).status == 200


async def test_a_large_body_is_refused_before_it_is_sent(service: ExternalService) -> None:
    async with await service.connect() as connection:
        head = "POST /RequestHandlerExt/ucdevice.upx HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n"
        connection.writer.write(head.encode())
        answer = await connection.answer()
    assert (answer.status, answer.first("Connection")) == (401, "close")


async def test_whoever_waits_to_send_a_body_is_asked_for_it_only_in_the_middle_of_a_sign_in(
    service: ExternalService,
) -> None:
    head = "POST /RequestHandlerExt/ucdevice.upx HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n"
    async with await service.connect() as connection:
        connection.writer.write(f"{head}\r\n".encode())
        answer = await connection.answer()
        assert (answer.status, answer.first("Connection")) == (401, "close")
    client = ntlm_client("ntlm")
    async with await service.connect() as connection:
        first = base64.b64encode(client.step() or b"").decode()
        connection.writer.write(f"{head}Authorization: NTLM {first}\r\n\r\n".encode())
        assert (await connection.answer()).status == 100
        challenge = await connection.answer()
        connection.writer.write(b"<Request>")
        answer = await connection.token("ntlm", client.step(challenge.token) or b"", body=CHECK)
        assert answer.status == 200


@pytest.mark.parametrize(("version", "headers"), [("1.0", {}), ("1.1", {"Connection": "close"})])
async def test_a_sign_in_cannot_begin_on_a_connection_that_ends(
    service: ExternalService, version: str, headers: dict[str, str]
) -> None:
    async with await service.connect() as connection:
        answer = await connection.token("ntlm", ntlm_client("ntlm").step() or b"", version=version, headers=headers)
        assert (answer.status, answer.all("WWW-Authenticate")) == (401, ["Negotiate", "NTLM"])
        assert await connection.is_closed()


async def test_a_head_request_is_refused_without_a_body(service: ExternalService) -> None:
    async with await service.connect() as connection:
        answer = await connection.send("HEAD", f"/DeviceUpdateFiles_Ext{IMAGE}")
        assert (answer.status, int(answer.first("Content-Length") or 0) > 0) == (401, True)
        assert (await connection.sign_in(method="HEAD", path=f"/DeviceUpdateFiles_Ext{IMAGE}")).status == 200


async def test_malformed_checks_of_signed_in_devices_are_kept_with_their_account(service: ExternalService) -> None:
    async with await service.connect() as connection:
        assert (await connection.sign_in(body=b"nonsense")).status == 400
    assert await service.refusals() == [("check", "malformed-request", ACCOUNT, "127.0.0.1")]


async def test_signed_in_connections_are_known_by_their_device_s_address(service: ExternalService) -> None:
    async with await service.connect() as connection:
        await connection.sign_in(body=CHECK)
    assert await service.rows("SELECT mac, address FROM device") == [("00-04-F2-00-01-76", "127.0.0.1")]
    ((last,),) = await service.rows(f"SELECT last_sign_in_at FROM account WHERE name = '{ACCOUNT}'")
    assert last is not None


async def test_the_password_may_be_any_text(service: ExternalService) -> None:
    await service.add_account("other", password="pässwörd ☎")
    async with await service.connect() as connection:
        assert (await connection.sign_in(user="other@contoso.com", password="pässwörd ☎", body=CHECK)).status == 200
        assert (await connection.sign_in(user="other", password=PASSWORD, body=CHECK)).status == 401


async def test_sign_ins_are_counted_by_listener_and_cause(service: ExternalService) -> None:
    async with await service.connect() as connection:
        await connection.send(body=CHECK)
        await connection.sign_in(password="wrong horse")
        await connection.sign_in(body=CHECK)
    async with service.client.get(f"{service.listening.admin}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    assert [line for line in lines if line.startswith("device_update_sign_ins_total")] == [
        'device_update_sign_ins_total{cause="",listener="external",result="accepted"} 1.0',
        'device_update_sign_ins_total{cause="wrong-password",listener="external",result="refused"} 1.0',
    ]
