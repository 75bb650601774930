"""Rules for every test: nothing is logged that the test does not expect, and nothing but this machine is talked to."""

from __future__ import annotations

import gc
import ipaddress
import logging
import os
import re
import sys
from collections.abc import Iterator
from typing import Any

from tests.support.screens import DESK

os.environ["QT_QPA_PLATFORM"] = DESK  # before Qt is imported by anything
# No test trusts an authority of this machine; reading all of them is a twentieth of the start of each program.
os.environ["SSL_CERT_FILE"] = os.devnull

import hypothesis
import pytest

# The same examples at every run, so that a change is judged by what it changed; `hunt` looks for new ones.
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, max_examples=50)
hypothesis.settings.register_profile("hunt", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("ci")


class TalkedToAnotherMachine(Exception):
    """A test tried to connect to something that is not this machine."""


def _only_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return  # another event, or a socket of this machine's file system
    host = str(arguments[1][0])
    try:
        is_here = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        is_here = host == "localhost"
    if not is_here:
        raise TalkedToAnotherMachine(host)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "expects_log_records(*regular_expressions): records of level WARNING and above whose message is found by one "
        "of these do not fail the test",
    )
    sys.addaudithook(_only_this_machine)
    gc.disable()


def pytest_collection_finish() -> None:
    """What was collected stays to the end: the garbage collector need not look through all of it in each test."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say with which order and random numbers tests failed; `-q` keeps the line that says so at the start."""
    seed = config.getoption("randomly_seed", None)
    if seed is not None and any(terminalreporter.stats.get(each) for each in ("failed", "error")):
        terminalreporter.write_line(f"To run in the same order: --randomly-seed={seed}")


@pytest.fixture(autouse=True)
def no_unexpected_log_records(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fails a test that logs what it did not expect, while it is set up, run or torn down.

    A test says what it expects with the marker, or looks at `caplog` itself and clears it.
    """
    yield
    expected = [each for marker in request.node.iter_markers("expects_log_records") for each in marker.args]
    records = [record for phase in ("setup", "call", "teardown") for record in caplog.get_records(phase)]
    unexpected = [
        record
        for record in records
        if record.levelno >= logging.WARNING and not any(re.search(each, record.getMessage()) for each in expected)
    ]
    if unexpected:
        lines = (f"{record.levelname} {record.name}: {record.getMessage()}" for record in unexpected)
        pytest.fail("Unexpected log records:\n" + "\n".join(lines), pytrace=False)
