"""The exit codes of every command (contract section 6), and which failure means which."""

from __future__ import annotations

from enum import IntEnum

from device_update_console.core.failures import NotAuthenticated, NotPermitted, ServiceUnreachable
from device_update_contract.refusals import InvalidValue, Refusal


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    REFUSED = 1
    WRONG_USAGE = 2
    UNREACHABLE = 3
    NOT_PERMITTED = 4


def exit_code_of(refusal: Refusal) -> ExitCode:
    """The exit code that a refusal stands for."""
    if isinstance(refusal, ServiceUnreachable):
        return ExitCode.UNREACHABLE
    if isinstance(refusal, NotAuthenticated | NotPermitted):
        return ExitCode.NOT_PERMITTED
    if isinstance(refusal, InvalidValue):
        return ExitCode.WRONG_USAGE
    return ExitCode.REFUSED
