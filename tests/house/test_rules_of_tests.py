"""The rules of `tests/conftest.py` hold: tests that break them fail."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import pytest
from tests.conftest import TalkedToAnotherMachine

pytest_plugins = ["pytester"]

_CONFTEST = (Path(__file__).parents[1] / "conftest.py").read_text(encoding="utf-8")
_INI = "[pytest]\nasyncio_default_fixture_loop_scope = function\npythonpath = " + str(Path(__file__).parents[2])


_TESTS = """
import logging

def test_that_warns():
    logging.getLogger("x").warning("disk is full")

def test_that_informs():
    logging.getLogger("x").info("ready")
"""


def test_a_warning_that_a_test_does_not_expect_fails_it_and_information_does_not(pytester: pytest.Pytester) -> None:
    pytester.makeini(_INI)
    pytester.makeconftest(_CONFTEST)
    pytester.makepyfile(_TESTS)
    result = pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist", "-v")
    assert result.parseoutcomes() == {"passed": 2, "errors": 1}
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_that_warns*", "WARNING x: disk is full"])


@pytest.mark.parametrize("workers", [(), ("-n", "1")])
def test_a_run_that_failed_says_how_to_have_its_order_again_and_one_that_held_does_not(
    pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    pytester.makeini(_INI)
    pytester.makeconftest(_CONFTEST)
    pytester.makepyfile(_TESTS)
    options = ("-q", "-p", "no:cacheprovider", "--randomly-seed=4711", *workers)
    said = "To run in the same order: --randomly-seed=4711"
    assert said in pytester.runpytest_subprocess(*options).outlines
    assert said not in pytester.runpytest_subprocess(*options, "-k", "informs").outlines


@pytest.mark.expects_log_records("^disk is full$")
def test_an_expected_record_does_not_fail_the_test(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("x").warning("disk is full")
    assert caplog.messages == ["disk is full"]


def test_a_record_that_the_test_looked_at_and_cleared_does_not_fail_it(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("x").warning("disk is full")
    assert caplog.messages == ["disk is full"]
    caplog.clear()


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_a_connection_to_another_machine_is_refused(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as connection, pytest.raises(TalkedToAnotherMachine, match=host):
        connection.connect((host, 9))
