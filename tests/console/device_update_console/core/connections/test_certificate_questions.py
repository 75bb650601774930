"""What a person is asked before a certificate is trusted that no authority vouches for."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.administration_stand_in import running_stand_in
from tests.support.signing_in_server import ServerCertificate, server_certificate

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.certificate_questions import (
    CertificateQuestion,
    certificate_question,
    spaced,
)
from device_update_console.core.failures import ServiceUnreachable
from device_update_contract.administration.endpoints import HEALTH
from device_update_contract.administration.server import HealthAnswer

HEALTHY = HealthAnswer(status="ok", checks=[])
EARLIER = "ab" * 32


@pytest.fixture
def certificate(tmp_path: Path) -> ServerCertificate:
    return server_certificate(tmp_path)


async def test_an_unknown_certificate_is_asked_about_with_its_fingerprint(certificate: ServerCertificate) -> None:
    with running_stand_in(certificate.server_tls()) as service:
        service.lay(HEALTH, HEALTHY)
        address = parse_server_address(service.url)
        question = await certificate_question(address)
        assert question == CertificateQuestion(address.pinned(certificate.fingerprint))
        assert question is not None
        assert question.sentence.startswith("No authority vouches for")
        assert await certificate_question(question.server) is None
        assert {asked.endpoint for asked in service.asked} == {HEALTH}


async def test_another_certificate_than_the_accepted_one_is_said_to_be_another(certificate: ServerCertificate) -> None:
    with running_stand_in(certificate.server_tls()) as service:
        service.lay(HEALTH, HEALTHY)
        address = parse_server_address(service.url)
        question = await certificate_question(address.pinned(EARLIER))
        assert question == CertificateQuestion(address.pinned(certificate.fingerprint), EARLIER)
        assert question is not None
        assert "not the one that was accepted before" in question.sentence
        assert service.asked == []
        assert await certificate_question(question.server) is None


async def test_plain_http_has_no_certificate_to_ask_about() -> None:
    with running_stand_in() as service:
        service.lay(HEALTH, HEALTHY)
        assert await certificate_question(parse_server_address(service.url)) is None


async def test_where_no_service_is_there_is_no_question_but_a_reason() -> None:
    with running_stand_in() as service:
        url = service.url
        with pytest.raises(ServiceUnreachable, match="No TLS connection"):
            await certificate_question(parse_server_address(url.replace("http:", "https:")))
    with pytest.raises(ServiceUnreachable, match="There is no service at"):
        await certificate_question(parse_server_address(url))


def test_a_fingerprint_is_shown_so_that_it_can_be_compared() -> None:
    lines = spaced("0123456789abcdef" * 4).splitlines()
    assert lines == ["0123 4567 89AB CDEF 0123 4567 89AB CDEF"] * 2
