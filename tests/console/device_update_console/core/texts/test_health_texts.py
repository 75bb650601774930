"""What the service tells of its health is said in the person's language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from device_update_console.core.texts.health_texts import health_text
from device_update_console.core.texts.language import choose, language_of
from device_update_contract.administration.server import HealthCheck


@pytest.fixture
def german() -> Iterator[None]:
    choose(language_of("de"))
    yield
    choose(language_of("en"))


def check(detail: str) -> HealthCheck:
    return HealthCheck(name="certificate", status="degraded", detail=detail)


def test_in_english_it_is_what_the_service_says() -> None:
    assert health_text(check("No listener has TLS.")) == "No listener has TLS."


@pytest.mark.usefixtures("german")
def test_several_sentences_are_said_one_after_the_other_with_their_facts() -> None:
    said = health_text(
        check(
            "The certificate of the external listener (/etc/a.pem) expires on 2026-05-03, in 9 days: renew it. "
            "The external listener goes on with the certificate that it had."
        )
    )
    assert "/etc/a.pem" in said
    assert "2026-05-03" in said
    assert "listener" not in said.replace("Listener", "")
    assert health_text(check("The service is stopping.")) == "Der Dienst wird beendet."


@pytest.mark.usefixtures("german")
def test_sizes_and_seconds_are_written_as_the_person_does() -> None:
    assert "0 Byte der zulässigen 10 GB" in health_text(check("Device logs take 0 bytes of the 10 GB that they may."))
    assert " 0,023 " in health_text(check("A write waits 0.023 seconds for the database's writer."))


@pytest.mark.usefixtures("german")
def test_what_is_not_known_is_shown_as_it_was_said() -> None:
    assert health_text(check("The moon is full.")) == "The moon is full."
