"""The service's own log: what it shows of an error, and what it must not."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Literal

import pytest

from device_update_service.configuration.configuration import Log
from device_update_service.service_log import set_up_service_log

SECRET = "correct horse"


@pytest.fixture(autouse=True)
def own_root_handlers() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_traceback_shows_no_value_that_was_sent(
    capsys: pytest.CaptureFixture[str], log_format: Literal["text", "json"]
) -> None:
    set_up_service_log(Log(format=log_format))

    def sign_in(password: str) -> None:
        raise RuntimeError(f"a fault of ours, met with {len(password)} characters")

    try:
        sign_in(SECRET)  # not written here, for the line of code is shown
    except RuntimeError:
        logging.getLogger("device_update_service").exception("A request failed")
    shown = capsys.readouterr().err
    assert "in sign_in" in shown
    assert "a fault of ours" in shown
    assert SECRET not in shown
