"""Through what an action came is said in words; what another client calls itself stays."""

from __future__ import annotations

import pytest

from device_update_console.core.logs_and_audit.audit_ways import through_text


@pytest.mark.parametrize(
    ("through", "said"),
    [
        ("administration-api, session 21, device-update-console", "Administration API, session 21, Console"),
        ("administration-api, device-update", "Administration API, Command line"),
        (
            "administration-api, session 3, curl/8.5 (x86_64, linux)",
            "Administration API, session 3, curl/8.5 (x86_64, linux)",
        ),
        ("command line on the host", "Command line on the host"),
        ("service", "The service itself"),
        ("", ""),
    ],
)
def test_the_way_of_an_action_is_said_in_words(through: str, said: str) -> None:
    assert through_text(through) == said
